#include "core/report.h"

#include <string>
#include <vector>

#include "base/json.h"
#include "base/messages_probe.h"
#include "catch.h"

using base::Language;
using core::ChannelReport;
using core::ChannelResult;
using core::ModelReport;
using core::Outcome;
using core::Report;
using core::RoundResult;
using core::Verdict;

namespace {

ModelReport model(Outcome outcome, bool listed = true) {
  ModelReport report{.name = "m", .listed = listed, .outcome = outcome};
  if (outcome == Outcome::ok) report.verdict = Verdict::keep;
  if (outcome != Outcome::ok) report.reason = {base::say::told, 500, "why"};
  return report;
}

Report report_of(ChannelReport channel) {
  Report report;
  report.channels.push_back(std::move(channel));
  return report;
}

int code(ChannelReport channel) {
  return core::exit_code_of(report_of(std::move(channel)));
}

base::json::Document parsed(const std::string& json) {
  base::json::Document document;
  REQUIRE(document.parse(json));
  return document;
}

// Everything that a report can hold.
Report full() {
  Report report;
  report.version = "1.2.3";
  report.id = 7;
  report.started = base::wall_time(1'763'700'000);
  report.finished = base::wall_time(1'763'700'012);
  report.seconds = 12.3456;
  report.product = core::Product::newapi;
  report.database = "sqlite";
  report.tokens = 99;
  report.probes = 12;
  report.guards = {
      {core::Guard::mass_removal, {}, {base::say::cut_off_all}},
      {core::Guard::auto_ban, core::ChannelId(5), {base::say::auto_ban}}};
  ChannelReport channel;
  channel.id = core::ChannelId(5);
  channel.name = "a \"name\"\x1b\xff";
  channel.type = 1;
  channel.provider = "openai";
  channel.status = 1;
  channel.new_status = 3;
  channel.result = ChannelResult::held;
  channel.reason = {base::say::auto_ban};
  channel.source = core::ListSource::upstream;
  channel.list_outcome = Outcome::ok;
  channel.offered = 4;
  ModelReport alive{.name = "a",
                    .upstream = "b",
                    .kind = core::Kind::chat,
                    .listed = true,
                    .outcome = Outcome::ok,
                    .verdict = Verdict::keep,
                    .http_status = 200,
                    .attempts = 2,
                    .key = 1,
                    .times = {.headers = 1, .first_token = 2.5, .total = 3},
                    .tokens_per_second = 40};
  channel.models = {alive, model(Outcome::timeout), model(Outcome::untestable),
                    model(Outcome::model_gone, false)};
  channel.models[1].due = false;
  channel.added = {"x"};
  channel.removed = {"y", "z"};
  channel.dismissed = {"d"};
  channel.keys = {{.key = 1,
                   .enabled = true,
                   .outcome = Outcome::auth_failed,
                   .reason = {base::say::told_empty, 401}}};
  report.channels.push_back(channel);
  return report;
}

}  // namespace

TEST_CASE("a round that did not come to its end says how by its exit code") {
  Report report;
  CHECK(core::exit_code_of(report) == 0);
  report.result = RoundResult::failed;
  CHECK(core::exit_code_of(report) == 3);
  report.result = RoundResult::locked;
  CHECK(core::exit_code_of(report) == 4);
  report.result = RoundResult::cancelled;
  CHECK(core::exit_code_of(report) == 130);
}

TEST_CASE("a channel's result decides the exit code of a complete round") {
  struct Row {
    ChannelResult result;
    int code;
  };
  for (const Row& row : std::vector<Row>{{ChannelResult::unchanged, 0},
                                         {ChannelResult::changed, 0},
                                         {ChannelResult::would_change, 0},
                                         {ChannelResult::skipped, 0},
                                         {ChannelResult::held, 1},
                                         {ChannelResult::changed_meanwhile, 1},
                                         {ChannelResult::config_error, 1},
                                         {ChannelResult::unreachable, 1},
                                         {ChannelResult::cancelled, 1},
                                         {ChannelResult::failed, 1}}) {
    INFO(core::name_of(row.result));
    CHECK(code({.result = row.result}) == row.code);
  }
}

TEST_CASE("a listed model that does not answer is a failure, others are not") {
  for (std::size_t i = 0; i < core::outcome_count; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    const bool fine = outcome == Outcome::ok || outcome == Outcome::untestable;
    INFO(core::name_of(outcome));
    CHECK(code({.models = {model(outcome)}}) == (fine ? 0 : 1));
    CHECK(code({.models = {model(outcome, false)}}) == 0);
  }
}

TEST_CASE("additions are fine, removals and guards are not") {
  CHECK(code({.result = ChannelResult::changed, .added = {"a"}}) == 0);
  CHECK(code({.dismissed = {"a"}}) == 0);
  CHECK(code({.source = core::ListSource::configuration,
              .list_outcome = Outcome::bad_response}) == 0);
  CHECK(code({.result = ChannelResult::changed, .removed = {"a"}}) == 1);
  CHECK(code({.result = ChannelResult::would_change, .removed = {"a"}}) == 1);
  Report report;
  report.guards.push_back({core::Guard::mass_addition, {}, {}});
  CHECK(core::exit_code_of(report) == 1);
}

TEST_CASE("totals count what the round did") {
  const core::Totals totals = core::totals_of(full());
  CHECK(totals.channels == 1);
  CHECK(totals.models == 4);
  CHECK(totals.probes == 12);
  CHECK(totals.tokens == 99);
  CHECK(totals.added == 1);
  CHECK(totals.removed == 2);
  CHECK(totals.held == 1);
  CHECK(totals.disabled == 1);
  CHECK(totals.enabled == 0);
  CHECK(totals.untouched == 1);
  CHECK(core::json_of(totals) ==
        R"({"channels":1,"models":4,"probes":12,"outcomes":{"ok":1,)"
        R"("model_gone":1,"timeout":1,"untestable":1},"added":1,"removed":2,)"
        R"("held":1,"disabled":1,"enabled":0,"tokens":99,"untouched":1})");
}

TEST_CASE("the report in JSON has the shape of its schema") {
  const std::string json = core::json_of(full(), Language::en);
  CHECK(json.find('\n') == std::string::npos);
  const auto document = parsed(json);
  CHECK(document.number("/schema") == 1);
  CHECK(document.text("/version") == "1.2.3");
  CHECK(document.number("/round/id") == 7);
  CHECK(document.text("/round/result") == "complete");
  CHECK(document.text("/round/started") == "2025-11-21T04:40:00Z");
  CHECK(document.text("/round/finished") == "2025-11-21T04:40:12Z");
  CHECK(document.real("/round/seconds") == Approx(12.346));
  CHECK(document.truth("/round/dry_run") == false);
  CHECK(document.text("/round/product") == "newapi");
  CHECK(document.text("/round/database") == "sqlite");
  CHECK_FALSE(document.text("/round/error"));
  CHECK(document.is_object("/totals/outcomes"));
  CHECK(document.text("/guards/0/guard") == "mass_removal");
  CHECK_FALSE(document.number("/guards/0/channel"));
  CHECK(document.number("/guards/1/channel") == 5);
  CHECK_FALSE(document.text("/guards/1/text").value_or("").empty());

  CHECK(document.number("/channels/0/id") == 5);
  CHECK(document.text("/channels/0/name") == "a \"name\"\x1b\xef\xbf\xbd");
  CHECK(document.number("/channels/0/type") == 1);
  CHECK(document.text("/channels/0/provider") == "openai");
  CHECK(document.number("/channels/0/status") == 1);
  CHECK(document.number("/channels/0/new_status") == 3);
  CHECK(document.text("/channels/0/result") == "held");
  CHECK_FALSE(document.text("/channels/0/reason").value_or("").empty());
  CHECK(document.text("/channels/0/list/source") == "upstream");
  CHECK(document.text("/channels/0/list/outcome") == "ok");
  CHECK(document.number("/channels/0/list/offered") == 4);
  CHECK(document.text("/channels/0/added/0") == "x");
  CHECK(document.size("/channels/0/removed") == 2);
  CHECK(document.text("/channels/0/dismissed/0") == "d");
  CHECK(document.number("/channels/0/keys/0/key") == 1);
  CHECK(document.truth("/channels/0/keys/0/enabled") == true);
  CHECK(document.text("/channels/0/keys/0/outcome") == "auth_failed");
  CHECK_FALSE(document.text("/channels/0/keys/0/reason").value_or("").empty());

  const std::string alive = "/channels/0/models/0";
  CHECK(document.text(alive + "/name") == "a");
  CHECK(document.text(alive + "/upstream") == "b");
  CHECK(document.text(alive + "/kind") == "chat");
  CHECK(document.truth(alive + "/listed") == true);
  CHECK(document.text(alive + "/outcome") == "ok");
  CHECK(document.text(alive + "/verdict") == "keep");
  CHECK_FALSE(document.text(alive + "/reason"));
  CHECK(document.number(alive + "/http_status") == 200);
  CHECK(document.number(alive + "/attempts") == 2);
  CHECK(document.number(alive + "/key") == 1);
  CHECK(document.real(alive + "/headers_ms") == Approx(1));
  CHECK(document.real(alive + "/first_token_ms") == Approx(2.5));
  CHECK(document.real(alive + "/total_ms") == Approx(3));
  CHECK(document.real(alive + "/tokens_per_second") == Approx(40));
}

TEST_CASE("what is not known is left out of the JSON") {
  ChannelReport channel;
  channel.models = {model(Outcome::timeout)};
  const auto document = parsed(core::json_of(report_of(channel), Language::en));
  for (const auto* absent :
       {"/round/id", "/round/product", "/round/database", "/round/error",
        "/channels/0/provider", "/channels/0/new_status", "/channels/0/reason",
        "/channels/0/list/outcome", "/channels/0/list/offered",
        "/channels/0/models/0/upstream", "/channels/0/models/0/http_status",
        "/channels/0/models/0/key", "/channels/0/models/0/headers_ms",
        "/channels/0/models/0/first_token_ms", "/channels/0/models/0/total_ms",
        "/channels/0/models/0/tokens_per_second"}) {
    INFO(absent);
    CHECK_FALSE(document.text(absent));
    CHECK_FALSE(document.real(absent));
  }
  CHECK_FALSE(document.is_array("/channels/0/keys"));
  CHECK_FALSE(document.is_array("/channels/0/dismissed"));
  CHECK(document.is_array("/channels/0/added"));
  CHECK(document.is_array("/channels/0/removed"));
  CHECK(document.text("/channels/0/models/0/reason") == "HTTP 500: why");
  CHECK(document.number("/channels/0/models/0/attempts") == 0);
}

TEST_CASE("sentences in JSON are in the language that was asked for") {
  Report report;
  report.result = RoundResult::failed;
  report.error = {base::say::too_large};
  CHECK(parsed(core::json_of(report, Language::en)).text("/round/error") ==
        "the answer passed a limit of size");
  CHECK(parsed(core::json_of(report, Language::zh)).text("/round/error") ==
        "响应超过了大小上限");
}
