#include <algorithm>
#include <string>
#include <vector>

#include "base/messages_probe.h"
#include "base/text.h"
#include "catch.h"
#include "core/report.h"

using base::Language;
using core::ChannelReport;
using core::ChannelResult;
using core::ModelReport;
using core::Outcome;
using core::Report;
using core::Verdict;

namespace {

Report report_of(ChannelReport channel) {
  Report report;
  report.channels.push_back(std::move(channel));
  return report;
}

std::vector<std::string> lines_of(const std::string& text) {
  REQUIRE(text.ends_with('\n'));
  const auto lines =
      base::split(std::string_view(text).substr(0, text.size() - 1), '\n');
  return {lines.begin(), lines.end()};
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// The column of the terminal at which `part` begins in the line that has it.
std::size_t column_of(const std::string& table, std::string_view part) {
  for (const std::string& line : lines_of(table)) {
    const auto at = line.find(part);
    if (at != std::string::npos) return base::width(line.substr(0, at));
  }
  FAIL("no line has " << part);
  return 0;
}

ChannelReport changed() {
  ChannelReport channel;
  channel.id = core::ChannelId(5);
  channel.name = "Relay";
  channel.result = ChannelResult::changed;
  channel.models = {{.name = "gone",
                     .listed = true,
                     .outcome = Outcome::model_gone,
                     .verdict = Verdict::remove,
                     .reason = {base::say::told, 404, "no such model"}},
                    {.name = "新模型",
                     .outcome = Outcome::ok,
                     .verdict = Verdict::add,
                     .times = {.first_token = 120.4}},
                    {.name = "limited",
                     .listed = true,
                     .outcome = Outcome::rate_limited,
                     .reason = {base::say::told, 429, "slow down"}}};
  channel.removed = {"gone"};
  channel.added = {"新模型"};
  return channel;
}

}  // namespace

TEST_CASE("a table says what changed and why") {
  const auto table = core::table_of(report_of(changed()), Language::en, false);
  const auto lines = lines_of(table);
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].starts_with("CHANNEL"));
  CHECK(holds(lines[1], "#5 Relay  gone"));
  CHECK(holds(lines[1], "removed"));
  CHECK(lines[1].ends_with("HTTP 404: no such model"));
  CHECK(holds(lines[2], "added"));
  CHECK(lines[2].ends_with("answers, first token after 120 ms"));
  CHECK(holds(lines[3], "kept: rate_limited"));
  CHECK(lines[3].ends_with("HTTP 429: slow down"));
  CHECK(holds(lines[4], "1 channels, 3 models"));
  CHECK(holds(lines[4], "1 added, 1 removed, 1 held"));
}

TEST_CASE("columns stand below each other, Chinese or not") {
  for (const auto language : {Language::en, Language::zh}) {
    ChannelReport channel = changed();
    channel.name = "中转站";
    Report report = report_of(channel);
    report.channels.push_back(changed());
    report.channels[1].models[1].name = "plain";
    report.channels[1].added = {"plain"};
    const auto table = core::table_of(report, language, false);
    CHECK(column_of(table, "gone") == column_of(table, "新模型"));
    CHECK(column_of(table, "plain") == column_of(table, "新模型"));
    CHECK(column_of(table, "plain") > column_of(table, "中转站"));
    const auto why = column_of(table, "HTTP 404");
    CHECK(why == column_of(table, "HTTP 429"));
    CHECK(why ==
          column_of(table, language == Language::en ? "answers" : "可用"));
    CHECK(why == column_of(table, language == Language::en ? "WHY" : "原因"));
  }
}

TEST_CASE("Chinese is said to who reads it") {
  const auto table = core::table_of(report_of(changed()), Language::zh, false);
  CHECK(holds(table, "移除"));
  CHECK(holds(table, "添加"));
  CHECK_FALSE(holds(table, "removed"));
}

TEST_CASE("what would be done is not said to be done") {
  ChannelReport channel = changed();
  channel.result = ChannelResult::would_change;
  channel.new_status = core::enabled;
  Report report = report_of(channel);
  report.dry_run = true;
  const auto table = core::table_of(report, Language::en, false);
  CHECK(holds(table, "would be removed"));
  CHECK(holds(table, "would be added"));
  CHECK(holds(table, "would be enabled"));
  CHECK(holds(table, "Dry run, nothing was written"));
}

TEST_CASE("a channel that is switched says which way and why") {
  ChannelReport channel;
  channel.result = ChannelResult::changed;
  channel.new_status = core::disabled_automatically;
  channel.reason = {base::say::told_empty, 401};
  auto table = core::table_of(report_of(channel), Language::en, false);
  CHECK(holds(table, "disabled  HTTP 401 with an empty body"));
  channel.new_status = core::enabled;
  table = core::table_of(report_of(channel), Language::en, false);
  CHECK(holds(table, "enabled  a model answers again"));
}

TEST_CASE("every result that is trouble has a line with its reason") {
  for (const auto result :
       {ChannelResult::held, ChannelResult::config_error,
        ChannelResult::unreachable, ChannelResult::failed,
        ChannelResult::cancelled, ChannelResult::changed_meanwhile}) {
    ChannelReport channel;
    channel.result = result;
    channel.reason = {base::say::mapping_circle};
    INFO(core::name_of(result));
    CHECK(holds(core::table_of(report_of(channel), Language::en, false),
                "model_mapping leads this name in a circle"));
  }
}

TEST_CASE("an unreachable channel does not tell the same for each model") {
  ChannelReport channel = changed();
  channel.removed.clear();
  channel.added.clear();
  for (core::ModelReport& model : channel.models) {
    model.listed = true;
    model.verdict = core::Verdict::hold;
    model.outcome = core::Outcome::network_error;
  }
  channel.result = ChannelResult::held;
  CHECK(holds(core::table_of(report_of(channel), Language::en, false), "kept"));
  channel.result = ChannelResult::unreachable;
  CHECK_FALSE(
      holds(core::table_of(report_of(channel), Language::en, false), "kept"));
}

TEST_CASE("control characters never reach the terminal") {
  ChannelReport channel = changed();
  channel.name = "evil\x1b[2J\xe2\x80\xae";
  channel.models[0].name = "go\x07ne\nx";
  channel.removed = {"go\x07ne\nx"};
  channel.models[0].reason = {base::say::told, 404, "a\x1b]0;title\x07"};
  channel.dismissed = {"d\x9b"};
  Report report = report_of(channel);
  report.guards.push_back(
      {core::Guard::last_model, {}, {base::say::last_model, "\x1b[31m"}});
  Report broken;
  broken.result = core::RoundResult::failed;
  broken.error = {base::say::network, "server said \x1b[2J\r\n"};
  for (const Report& each : {report, broken}) {
    auto table = core::table_of(each, Language::en, false);
    CHECK(lines_of(table).size() < 9);
    std::erase(table, '\n');
    CHECK_FALSE(base::has_control(table));
    CHECK(holds(table, "\\x1b"));
  }
}

TEST_CASE("colors are only there where they are wanted, and end") {
  const auto plain = core::table_of(report_of(changed()), Language::en, false);
  auto colored = core::table_of(report_of(changed()), Language::en, true);
  CHECK_FALSE(holds(plain, "\x1b"));
  CHECK(holds(colored, "\x1b[31mremoved"));
  CHECK(holds(colored, "\x1b[32madded"));
  for (const std::string color :
       {"\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"}) {
    for (auto at = colored.find(color); at != std::string::npos;
         at = colored.find(color)) {
      colored.erase(at, color.size());
    }
  }
  CHECK(colored == plain);
}

TEST_CASE("long lists are cut and say by how much") {
  ChannelReport channel;
  channel.result = ChannelResult::changed;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "model" + std::to_string(i);
    channel.removed.push_back(name);
    channel.dismissed.push_back("off" + std::to_string(i));
    channel.models.push_back({.name = "kept" + std::to_string(i),
                              .listed = true,
                              .outcome = Outcome::timeout});
  }
  const auto table = core::table_of(report_of(channel), Language::en, false);
  CHECK(lines_of(table).size() == 1 + 3 * 13 + 1);
  CHECK(holds(table, "… and 8 more"));
  CHECK(holds(table, "model11"));
  CHECK_FALSE(holds(table, "model12"));
}

TEST_CASE("a name of any length leaves room for the others") {
  ChannelReport channel = changed();
  channel.name = std::string(500, 'c');
  channel.removed = {std::string(500, 'm')};
  const auto table = core::table_of(report_of(channel), Language::en, false);
  for (const auto& line : lines_of(table))
    CHECK(base::width(line) < 200);
}

TEST_CASE("a round without news says so") {
  ChannelReport channel;
  channel.models = {
      {.name = "a", .listed = true, .outcome = Outcome::ok, .due = true}};
  Report report = report_of(channel);
  report.id = 3;
  report.seconds = 1.26;
  const auto lines = lines_of(core::table_of(report, Language::en, true));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("Every listed model that was probed answers"));
  CHECK(lines[1].starts_with("Round 3: 1 channels, 1 models"));
  CHECK(holds(lines[1], "1.3 s"));
}

TEST_CASE("a round that had no model to probe does not say that all answer") {
  for (const Report& report : {Report(), report_of(ChannelReport())}) {
    const auto lines = lines_of(core::table_of(report, Language::en, false));
    CHECK(lines[0] == "There was no model to probe; nothing changed.");
  }
}

TEST_CASE("a round that did not happen says why, and nothing else") {
  Report report = report_of(changed());
  report.error = {base::say::too_large};
  for (const auto result :
       {core::RoundResult::failed, core::RoundResult::locked}) {
    report.result = result;
    const auto lines = lines_of(core::table_of(report, Language::en, false));
    REQUIRE(lines.size() == 1);
    CHECK(holds(lines[0], "the answer passed a limit of size"));
  }
  report.result = core::RoundResult::cancelled;
  CHECK(holds(core::table_of(report, Language::en, false),
              "The round was cancelled."));
}

TEST_CASE("guards come first, with their channel where they have one") {
  Report report = report_of(changed());
  report.guards = {
      {core::Guard::mass_removal, {}, {base::say::cut_off_all}},
      {core::Guard::auto_ban, core::ChannelId(5), {base::say::auto_ban}}};
  const auto lines = lines_of(core::table_of(report, Language::en, false));
  CHECK(holds(lines[1], "guard mass_removal"));
  CHECK(lines[2].starts_with("#5 "));
  CHECK(holds(lines[2], "guard auto_ban"));
}

TEST_CASE("after a write the table says when the gateway works with it") {
  Report report = report_of(changed());
  const auto says_when = [&report] {
    return holds(core::table_of(report, Language::en, false),
                 "sees the changes");
  };
  report.product = core::Product::newapi;
  CHECK_FALSE(says_when());
  report.wrote = true;
  CHECK(holds(core::table_of(report, Language::en, false),
              "\nNew API sees the changes at once; with MEMORY_CACHE_ENABLED "
              "or Redis, at its next sync, within SYNC_FREQUENCY seconds (60 "
              "if it is not set).\n"));
  CHECK(holds(core::table_of(report, Language::zh, false), "默认 60"));
  report.product = core::Product::oneapi;
  CHECK(holds(core::table_of(report, Language::en, false), "(600 if"));
  report.dry_run = true;
  CHECK_FALSE(says_when());
  report.dry_run = false;
  // It is told, and the log says how that went.
  report.product = core::Product::onehub;
  CHECK_FALSE(says_when());
}
