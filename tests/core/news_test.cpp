#include "core/news.h"

#include <string>
#include <vector>

#include "base/messages_probe.h"
#include "base/messages_report.h"
#include "base/text.h"
#include "catch.h"

using core::ChannelId;
using core::ChannelReport;
using core::ChannelResult;
using core::Event;
using core::Guard;
using core::Message;
using core::Outcome;
using core::Phase;
using core::Report;
using core::RoundResult;
using core::Told;
using Lines = std::vector<std::string>;

namespace {

const auto start = base::wall_time(1'760'000'000);

ChannelReport channel(std::int64_t id, ChannelResult result) {
  ChannelReport report;
  report.id = ChannelId{id};
  report.name = "name " + std::to_string(id);
  report.status = core::enabled;
  report.result = result;
  return report;
}

ChannelReport changed(std::int64_t id, Lines added, Lines removed) {
  ChannelReport report = channel(id, ChannelResult::changed);
  report.added = std::move(added);
  report.removed = std::move(removed);
  report.list_after = {"a", "b"};
  return report;
}

core::ModelReport model(const std::string& name, Outcome outcome,
                        bool listed = true) {
  return {.name = name, .listed = listed, .outcome = outcome};
}

// Rounds one after the other, an hour apart, as one monitor tells of them.
class Rounds {
 public:
  explicit Rounds(core::NewsPolicy policy = {}) : policy_(policy) {}

  std::optional<Message> tell(Report report) {
    report.started = start + std::chrono::hours(hour_++);
    const core::News news = core::news_of(report, told_, policy_);
    // What is kept in a file is the same as what is kept in mind.
    told_ = core::told_in(core::json_of(news.told));
    CHECK(told_ == news.told);
    if (news.message) {
      CHECK(core::message_in(core::json_of(*news.message)) == news.message);
    }
    return news.message;
  }

  std::optional<Message> tell(std::vector<ChannelReport> channels) {
    Report report;
    report.channels = std::move(channels);
    return tell(std::move(report));
  }

  const Told& told() const { return told_; }

 private:
  core::NewsPolicy policy_;
  Told told_;
  int hour_ = 0;
};

Report guarded(std::vector<core::GuardNote> guards) {
  Report report;
  report.guards = std::move(guards);
  return report;
}

Report failing() {
  Report report;
  report.result = RoundResult::failed;
  report.error = {
      base::say::summary, "the database is away", 0, 0, 0, 0, 0, 0, 0, 0, 0};
  return report;
}

std::string all_of(const Message& message) {
  return base::joined(message.lines, "\n");
}

}  // namespace

TEST_CASE("a round with nothing new is not told of") {
  Rounds rounds;
  CHECK_FALSE(rounds.tell({channel(1, ChannelResult::unchanged)}));
  CHECK_FALSE(rounds.tell({channel(1, ChannelResult::unreachable)}));
  CHECK_FALSE(rounds.tell({channel(1, ChannelResult::changed_meanwhile)}));
  CHECK(rounds.told().empty());
}

TEST_CASE("what was added and removed is told, with what is listed now") {
  Rounds rounds;
  auto report = changed(7, {"new"}, {"gone"});
  report.models = {model("gone", Outcome::model_gone)};
  const auto message = rounds.tell({report});
  REQUIRE(message);
  CHECK(message->title == "models removed: 1, models added: 1");
  CHECK(message->lines ==
        Lines{"Channel 7 (name 7):", "- removed: gone (model_gone)",
              "- added: new", "- listed now (2): a, b"});
  CHECK_FALSE(message->is_good);
  CHECK(message->applied);
  REQUIRE(message->items.size() == 2);
  CHECK(message->items[0].event == Event::removed);
  CHECK(message->items[0].models == Lines{"gone"});
  CHECK_FALSE(rounds.tell({channel(7, ChannelResult::unchanged)}));
}

TEST_CASE("a model that comes back tells how long it was gone") {
  Rounds rounds;
  rounds.tell({changed(7, {}, {"m"})});
  rounds.tell({channel(7, ChannelResult::unchanged)});
  const auto message = rounds.tell({changed(7, {"m", "n"}, {})});
  REQUIRE(message);
  CHECK(message->lines.at(1) == "- added: m (after 2h), n");
  CHECK(message->items.at(0).lasted == 7200);
  CHECK(message->is_good);
  CHECK(rounds.told().empty());
  SECTION("but not where the administrator brought it back") {
    rounds.tell({changed(7, {}, {"m"})});
    auto listed = channel(7, ChannelResult::unchanged);
    listed.models = {model("m", Outcome::ok)};
    CHECK_FALSE(rounds.tell({listed}));
    CHECK(rounds.told().empty());
  }
}

TEST_CASE("a channel that is switched off, and on again") {
  Rounds rounds;
  auto off = channel(3, ChannelResult::changed);
  off.new_status = core::disabled_automatically;
  off.reason = {base::say::what_kept, "x"};
  auto message = rounds.tell({off});
  REQUIRE(message);
  CHECK(message->title == "channels disabled: 1");
  CHECK(message->lines.at(1) == "- disabled: kept: x");
  CHECK(message->items.at(0).phase == Phase::began);
  auto on = channel(3, ChannelResult::changed);
  on.status = core::disabled_automatically;
  on.new_status = core::enabled;
  message = rounds.tell({on});
  REQUIRE(message);
  CHECK(message->title == "channels enabled: 1");
  CHECK(message->lines.at(1) == "- enabled again after 1h");
  CHECK(message->items.at(0).phase == Phase::ended);
  CHECK(message->is_good);
  CHECK(rounds.told().empty());
}

TEST_CASE("a state that lasts is told when it begins and when it is over") {
  Rounds rounds;
  auto broken = channel(4, ChannelResult::config_error);
  broken.reason = {base::say::what_kept, "mapping"};
  auto message = rounds.tell({broken});
  REQUIRE(message);
  CHECK(message->title == "channels misconfigured: 1");
  CHECK(message->lines.at(1) == "- configuration error: kept: mapping");
  CHECK_FALSE(rounds.tell({broken}));
  CHECK_FALSE(rounds.tell({broken}));
  CHECK_FALSE(rounds.tell({channel(5, ChannelResult::unchanged)}));
  message = rounds.tell({channel(4, ChannelResult::unchanged)});
  REQUIRE(message);
  CHECK(message->title == "well again: 1");
  CHECK(message->lines.at(1) == "- the configuration is right again, after 4h");
  CHECK(message->is_good);
}

TEST_CASE("a guard is told once for each channel, and when it lets go") {
  Rounds rounds;
  const core::GuardNote note{
      Guard::last_model, ChannelId{9}, {base::say::what_kept, "m"}};
  Report report = guarded({note, note});
  report.channels = {channel(9, ChannelResult::held)};
  auto message = rounds.tell(report);
  REQUIRE(message);
  CHECK(message->title == "guards held: 1");
  CHECK(message->lines ==
        Lines{"Channel 9 (name 9):", "- guard last_model: kept: m"});
  CHECK_FALSE(rounds.tell(report));
  // Not looked at: nobody knows.
  CHECK_FALSE(rounds.tell({channel(1, ChannelResult::unchanged)}));
  message = rounds.tell({channel(9, ChannelResult::unchanged)});
  REQUIRE(message);
  CHECK(message->lines.at(1) ==
        "- guard last_model holds nothing any more, after 3h");
}

TEST_CASE("being cut off hides what else there was, and ends nothing") {
  Rounds rounds;
  auto broken = channel(4, ChannelResult::config_error);
  broken.reason = {base::say::what_kept, "mapping"};
  Report before = guarded({{Guard::mass_removal, {}, {base::say::answers}}});
  before.channels = {broken};
  REQUIRE(rounds.tell(before));
  const Report cut = guarded({{Guard::cut_off, {}, {base::say::answers}}});
  auto message = rounds.tell(cut);
  REQUIRE(message);
  CHECK(message->title == "no upstream can be reached");
  CHECK(message->lines == Lines{"Guard cut_off: answers"});
  message = rounds.tell(before);
  REQUIRE(message);
  CHECK(message->lines ==
        Lines{"Guard cut_off holds nothing any more, after 1h."});
  CHECK_FALSE(rounds.tell(before));
}

TEST_CASE("failing rounds are told once, and once when they work again") {
  Rounds rounds;
  auto message = rounds.tell(failing());
  REQUIRE(message);
  CHECK(message->title == "the rounds fail");
  CHECK(message->lines.at(0).starts_with("The round failed: the database"));
  CHECK_FALSE(rounds.tell(failing()));
  Report cancelled;
  cancelled.result = RoundResult::cancelled;
  CHECK_FALSE(rounds.tell(cancelled));
  Report locked;
  locked.result = RoundResult::locked;
  CHECK_FALSE(rounds.tell(locked));
  message = rounds.tell({changed(1, {"m"}, {})});
  REQUIRE(message);
  CHECK(message->title == "the rounds work again, models added: 1");
  CHECK(message->lines.at(0) == "The rounds work again, after 4h.");
}

TEST_CASE("what a round had written before it failed is told") {
  Rounds rounds;
  Report report = failing();
  report.channels = {changed(1, {}, {"m"}),
                     channel(2, ChannelResult::would_change)};
  auto message = rounds.tell(report);
  REQUIRE(message);
  CHECK(message->title == "the rounds fail, models removed: 1");
  report.result = RoundResult::cancelled;
  message = rounds.tell(report);
  REQUIRE(message);
  CHECK(message->title == "models removed: 1");
}

TEST_CASE("what is only looked at is told once, as not applied") {
  Rounds rounds({.applied = false});
  auto would = changed(7, {"new"}, {"dead"});
  would.result = ChannelResult::would_change;
  would.models = {model("dead", Outcome::model_gone),
                  model("new", Outcome::ok, false)};
  auto message = rounds.tell({would});
  REQUIRE(message);
  CHECK(message->title == "not applied: models removed: 1, models added: 1");
  CHECK(message->lines.at(0) ==
        "Not applied: do_not_modify_db is set, the gateway is as it was.");
  CHECK_FALSE(message->applied);
  CHECK_FALSE(rounds.tell({would}));
  would.removed.push_back("dead too");
  would.models.push_back(model("dead too", Outcome::model_gone));
  message = rounds.tell({would});
  REQUIRE(message);
  CHECK(message->items.at(0).models == Lines{"dead too"});
  // It answers again, and nothing would be removed any more.
  auto well = channel(7, ChannelResult::unchanged);
  well.models = {model("dead", Outcome::ok), model("dead too", Outcome::ok)};
  message = rounds.tell({well});
  REQUIRE(message);
  CHECK(message->lines.at(2) ==
        "- answers again: dead (after 3h), dead too (after 1h)");
  CHECK_FALSE(rounds.tell({well}));
}

TEST_CASE("a channel that would be switched off is told once") {
  Rounds rounds({.applied = false});
  auto off = channel(3, ChannelResult::would_change);
  off.new_status = core::disabled_automatically;
  off.models = {model("m", Outcome::model_gone)};
  auto message = rounds.tell({off});
  REQUIRE(message);
  CHECK(message->lines.at(2) == "- disabled: none of its models answers");
  CHECK_FALSE(rounds.tell({off}));
  auto well = channel(3, ChannelResult::unchanged);
  well.models = {model("m", Outcome::ok)};
  message = rounds.tell({well});
  REQUIRE(message);
  CHECK(message->lines.at(2) == "- answers again, after 2h");
  CHECK_FALSE(rounds.tell({well}));
}

TEST_CASE("a dry run is told to nobody, and changes nothing") {
  Rounds rounds({.applied = false});
  Report report;
  report.dry_run = true;
  report.channels = {changed(7, {}, {"m"})};
  CHECK_FALSE(rounds.tell(report));
  CHECK(rounds.told().empty());
}

TEST_CASE("eight channels and twelve models are named, the worst first") {
  Rounds rounds;
  std::vector<ChannelReport> channels;
  for (int id = 1; id <= 10; ++id)
    channels.push_back(changed(id, {"m"}, {}));
  Lines many;
  for (int i = 10; i < 30; ++i)
    many.push_back("m" + std::to_string(i));
  channels[8] = changed(9, {}, many);
  channels[9] = channel(10, ChannelResult::changed);
  channels[9].new_status = core::disabled_automatically;
  const auto message = rounds.tell(channels);
  REQUIRE(message);
  CHECK(message->title ==
        "channels disabled: 1, models removed: 20, models added: 8");
  CHECK(message->lines.at(0) == "Channel 10 (name 10):");
  CHECK(message->lines.at(2) == "Channel 9 (name 9):");
  CHECK(message->lines.at(3) ==
        "- removed: m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, "
        "m21, +8 more");
  CHECK(message->lines.back() == "+2 more channels");
  CHECK(message->more_channels == 2);
  CHECK(message->items.at(1).models.size() == 12);
  CHECK(message->items.at(1).model_count == 20);
}

TEST_CASE("names cannot turn the text around or break its lines") {
  Rounds rounds;
  auto report = changed(7, {"a\x1b[31m\nb"}, {"x\u202Ey\u200F"});
  report.name = "evil\r\n\u2067name";
  const auto message = rounds.tell({report});
  REQUIRE(message);
  for (const std::string& line : message->lines) {
    INFO(line);
    CHECK_FALSE(base::has_control(line));
    CHECK(base::is_utf8(line));
  }
  CHECK(all_of(*message).find("\\u202e") != std::string::npos);
}

TEST_CASE("a message is in the language that was asked for") {
  Rounds rounds({.language = base::Language::zh});
  const auto message = rounds.tell({changed(7, {"n"}, {"m"})});
  REQUIRE(message);
  CHECK(message->title == "移除模型 1 个,添加模型 1 个");
  CHECK(message->lines.at(0) == "渠道 7(name 7):");
}

TEST_CASE("what is told of channels that are gone is forgotten in time") {
  core::Report report;
  report.started = start;
  report.channels = {changed(7, {}, {"m"})};
  const auto first = core::news_of(report, {}, {});
  CHECK(first.told.size() == 1);
  Report later;
  later.started = start + std::chrono::hours(24 * 59);
  CHECK(core::news_of(later, first.told, {}).told.size() == 1);
  later.started = start + std::chrono::hours(24 * 61);
  CHECK(core::news_of(later, first.told, {}).told.empty());
}

TEST_CASE("what is no message of ours is none") {
  CHECK_FALSE(core::message_in(""));
  CHECK_FALSE(core::message_in("[]"));
  CHECK_FALSE(core::message_in(R"({"title":1,"lines":[]})"));
  CHECK(core::told_in("nonsense").empty());
  CHECK(core::told_in(R"({"round":"x"})").empty());
}
