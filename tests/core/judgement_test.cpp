#include "core/judgement.h"

#include <string>
#include <vector>

#include "base/messages_probe.h"
#include "catch.h"
#include "core/names.h"

using core::AutoEnable;
using core::Guard;
using core::Kind;
using core::Outcome;
using core::Verdict;
using Names = std::vector<std::string>;

namespace {

const auto now = base::wall_time(1'760'000'000);

struct Seen {
  std::string name;
  Outcome outcome;
  bool listed = true;
  bool is_protected = false;
  bool may_be_added = true;
  bool due = true;
  Kind kind = Kind::chat;
};

// One channel over as many rounds as wanted.
struct Rounds {
  std::vector<Seen> seen;
  core::JudgePolicy policy = {};
  core::Channel channel = {};
  core::Schema schema = {};
  core::ChannelMemory memory = {};
  bool is_partial = false;
  bool proven = true;

  core::Judgement judge() {
    if (channel.models.empty()) {
      Names listed;
      for (const Seen& one : seen) {
        if (one.listed) listed.push_back(one.name);
      }
      channel.models = core::comma_list(listed);
    }
    if (proven) memory.proven.emplace("openai", Kind::chat);
    core::Candidates candidates;
    candidates.is_partial = is_partial;
    std::vector<core::Finding> findings;
    for (const Seen& one : seen) {
      core::Finding finding;
      finding.candidate = {.name = one.name,
                           .upstream = one.name,
                           .listed = one.listed,
                           .may_be_added = one.may_be_added,
                           .is_protected = one.is_protected};
      finding.due = one.due;
      finding.ending.outcome = one.outcome;
      finding.ending.kind = one.kind;
      if (one.outcome != Outcome::ok) {
        finding.ending.why = {base::say::told, 500, one.name};
      }
      findings.push_back(std::move(finding));
    }
    return core::judge({.channel = channel,
                        .schema = schema,
                        .candidates = candidates,
                        .findings = findings,
                        .memory = memory,
                        .provider = "openai",
                        .now = now},
                       policy);
  }

  // The last of `count` rounds in a row.
  core::Judgement after(int count) {
    core::Judgement last = judge();
    for (int i = 1; i < count; ++i) {
      memory = last.memory;
      last = judge();
    }
    return last;
  }
};

bool has_failed_whole(Rounds rounds, int count = 1) {
  return !rounds.after(count).all_failed.empty();
}

// An alive model beside, so that the channel as a whole is not the question.
Rounds beside(Seen seen) {
  return {.seen = {std::move(seen), {"alive", Outcome::ok}}};
}

}  // namespace

TEST_CASE("what proves nothing holds, listed or not") {
  for (const auto outcome :
       {Outcome::rate_limited, Outcome::bad_request, Outcome::untestable,
        Outcome::inconclusive, Outcome::cancelled, Outcome::auth_failed,
        Outcome::quota_exhausted}) {
    for (const bool listed : {true, false}) {
      const auto found =
          beside({.name = "m", .outcome = outcome, .listed = listed}).after(9);
      CHECK(found.verdicts[0] == Verdict::hold);
      CHECK(found.removed.empty());
      CHECK(found.added.empty());
      const auto known = found.memory.names.find("m");
      CHECK((known == found.memory.names.end() ||
             known->second.streak == core::Streak{}));
    }
  }
}

TEST_CASE("a definite failure goes at once, a passing one in round three") {
  for (const auto outcome : {Outcome::model_gone, Outcome::forbidden}) {
    CHECK(beside({"m", outcome}).after(1).removed == Names{"m"});
  }
  for (const auto outcome : {Outcome::server_error, Outcome::timeout,
                             Outcome::network_error, Outcome::bad_response}) {
    CHECK(beside({"m", outcome}).after(2).removed.empty());
    CHECK(beside({"m", outcome}).after(3).removed == Names{"m"});
  }
}

TEST_CASE("the policy says after how many rounds") {
  Rounds rounds = beside({"m", Outcome::model_gone});
  rounds.policy.verdict.fail_after = 2;
  CHECK(rounds.after(1).removed.empty());
  CHECK(rounds.after(2).removed == Names{"m"});
  Rounds passing = beside({"m", Outcome::timeout});
  passing.policy.verdict.fail_after_passing = 1;
  CHECK(passing.after(1).removed == Names{"m"});
}

TEST_CASE("what answers is kept or added") {
  const auto found =
      Rounds{.seen = {{"a", Outcome::ok}, {"b", Outcome::ok, false}}}.after(1);
  CHECK(found.verdicts == std::vector{Verdict::keep, Verdict::add});
  CHECK(found.added == Names{"b"});
  CHECK(found.some_answer);
  CHECK(found.reasons[0].empty());
  CHECK(found.memory.names.at("b").outcome == Outcome::ok);
  CHECK(found.memory.names.at("b").judged == now);
  CHECK(found.memory.names.at("b").kind == Kind::chat);
}

TEST_CASE("recover_after rounds are waited for before a name is added") {
  Rounds rounds{.seen = {{"b", Outcome::ok, false}}};
  rounds.policy.verdict.recover_after = 2;
  CHECK(rounds.after(1).added.empty());
  CHECK(rounds.after(2).added == Names{"b"});
}

TEST_CASE("what may not be added is not, and dead names stay unlisted") {
  CHECK(Rounds{.seen = {{.name = "b",
                         .outcome = Outcome::ok,
                         .listed = false,
                         .may_be_added = false}}}
            .after(3)
            .added.empty());
  CHECK(beside({"b", Outcome::model_gone, false}).after(9).verdicts[0] ==
        Verdict::hold);
}

TEST_CASE("a protected name is reported and never removed") {
  const auto found =
      beside(
          {.name = "m", .outcome = Outcome::model_gone, .is_protected = true})
          .after(5);
  CHECK(found.verdicts[0] == Verdict::hold);
  CHECK(found.removed.empty());
  CHECK_FALSE(found.reasons[0].empty());
}

TEST_CASE("our own recipe is suspect until it has worked once") {
  for (const auto outcome : {Outcome::bad_response, Outcome::server_error}) {
    Rounds rounds{.seen = {{"m", outcome}, {"n", Outcome::timeout}}};
    rounds.proven = false;
    const auto found = rounds.after(9);
    CHECK(found.verdicts[0] == Verdict::hold);
    CHECK(found.reasons[0].is(base::say::unproven));
    CHECK(found.memory.names.at("m").streak == core::Streak{});
    CHECK(found.verdicts[1] == Verdict::remove);  // a timeout counts
  }
}

TEST_CASE("a recipe is proven by provider and kind, in the same round even") {
  Rounds same = beside({"m", Outcome::bad_response});
  same.proven = false;
  CHECK(same.after(3).removed == Names{"m"});
  Rounds other = beside(
      {.name = "m", .outcome = Outcome::bad_response, .kind = Kind::embedding});
  CHECK(other.after(9).removed.empty());
  CHECK(other.after(1).memory.proven.contains({"openai", Kind::chat}));
}

TEST_CASE("what is not due changes no streak and no list") {
  Rounds rounds{
      .seen = {{.name = "m", .outcome = Outcome::model_gone, .due = false},
               {.name = "a", .outcome = Outcome::ok, .due = false}}};
  rounds.memory.names["m"].streak.failed = 5;
  const auto before = rounds.memory.names;
  const auto found = rounds.judge();
  CHECK(found.verdicts == std::vector{Verdict::hold, Verdict::keep});
  CHECK(found.removed.empty());
  CHECK(found.memory.names == before);
}

TEST_CASE("a channel of which nothing answers is disabled, not emptied") {
  Rounds rounds{
      .seen = {{"a", Outcome::model_gone}, {"b", Outcome::forbidden}}};
  const auto found = rounds.judge();
  CHECK(found.new_status == core::disabled_automatically);
  CHECK_FALSE(found.all_failed.empty());
  CHECK(found.removed.empty());
  CHECK(found.verdicts == std::vector{Verdict::hold, Verdict::hold});
  CHECK_FALSE(found.some_answer);
  CHECK(core::list_after(rounds.channel, found) == Names{"a", "b"});
}

TEST_CASE("the whole channel's verdict waits as long as its weakest failure") {
  Rounds definite{.seen = {{"a", Outcome::model_gone}}};
  CHECK(has_failed_whole(definite, 1));
  definite.policy.verdict.fail_after = 2;
  CHECK_FALSE(has_failed_whole(definite, 1));
  CHECK(has_failed_whole(definite, 2));
  const Rounds passing{.seen = {{"a", Outcome::timeout},
                                {"b", Outcome::network_error},
                                {"c", Outcome::server_error}}};
  CHECK_FALSE(has_failed_whole(passing, 2));
  CHECK(has_failed_whole(passing, 3));
}

TEST_CASE("what says nothing of a listed name forbids the channel's verdict") {
  for (const auto outcome :
       {Outcome::rate_limited, Outcome::bad_request, Outcome::bad_response,
        Outcome::inconclusive, Outcome::auth_failed, Outcome::quota_exhausted,
        Outcome::ok}) {
    CHECK_FALSE(has_failed_whole(
        {.seen = {{"a", Outcome::timeout}, {"b", outcome}}}, 9));
  }
  CHECK(has_failed_whole(
      {.seen = {{"a", Outcome::timeout}, {"b", Outcome::server_error}}}, 3));
  Rounds unproven{
      .seen = {{"a", Outcome::timeout}, {"b", Outcome::server_error}}};
  unproven.proven = false;
  CHECK_FALSE(has_failed_whole(unproven, 9));
}

TEST_CASE("untestable names and unlisted failures do not count for it") {
  CHECK(has_failed_whole({.seen = {{"a", Outcome::model_gone},
                                   {"b", Outcome::untestable},
                                   {"c", Outcome::rate_limited, false}}}));
  CHECK_FALSE(has_failed_whole({.seen = {{"b", Outcome::untestable}}}, 9));
  CHECK_FALSE(has_failed_whole({.seen = {{"c", Outcome::timeout, false}}}, 9));
  CHECK_FALSE(has_failed_whole({}, 9));
}

TEST_CASE("an unlisted model that answers keeps the channel alive") {
  CHECK_FALSE(has_failed_whole(
      {.seen = {{"a", Outcome::timeout}, {"n", Outcome::ok, false}}}, 9));
}

TEST_CASE("dead keys fail a channel where every listed name has them") {
  CHECK(has_failed_whole({.seen = {{"a", Outcome::auth_failed},
                                   {"b", Outcome::quota_exhausted},
                                   {"c", Outcome::untestable}}}));
  CHECK_FALSE(has_failed_whole(
      {.seen = {{"a", Outcome::auth_failed}, {"b", Outcome::model_gone}}}, 9));
}

TEST_CASE("names that were not looked at forbid the channel's verdict") {
  Rounds rounds{.seen = {{"a", Outcome::model_gone}}};
  rounds.is_partial = true;
  CHECK_FALSE(has_failed_whole(rounds, 9));
}

TEST_CASE("the channel's own row of failures ends when something answers") {
  Rounds rounds{.seen = {{"a", Outcome::timeout}}};
  rounds.memory = rounds.after(2).memory;
  CHECK(rounds.memory.failed == 2);
  Rounds alive = rounds;
  alive.seen = {{"a", Outcome::ok}};
  CHECK(alive.judge().memory.failed == 0);
  Rounds limited = rounds;
  limited.seen = {{"a", Outcome::rate_limited}};
  CHECK(limited.judge().memory.failed == 2);
}

TEST_CASE("rounds in which nothing was due do not count against a channel") {
  Rounds rounds{
      .seen = {{.name = "a", .outcome = Outcome::timeout, .due = false}}};
  CHECK(rounds.after(9).memory.failed == 0);
  CHECK_FALSE(has_failed_whole(rounds, 9));
}

TEST_CASE("a channel is left on where the policy or the row says so") {
  const Rounds dead{.seen = {{"a", Outcome::model_gone}}};
  Rounds keep = dead;
  keep.policy.disable_on_all_failed = false;
  CHECK_FALSE(keep.judge().new_status);
  CHECK(keep.judge().removed.empty());
  CHECK_FALSE(keep.judge().all_failed.empty());

  Rounds guarded = dead;
  guarded.seen.push_back(
      {.name = "p", .outcome = Outcome::model_gone, .is_protected = true});
  CHECK_FALSE(guarded.judge().new_status);
  CHECK(guarded.judge().removed.empty());

  for (const auto& [column, value, disables] :
       std::vector<std::tuple<bool, std::optional<std::int64_t>, bool>>{
           {true, 1, true},
           {true, 0, false},
           {true, std::nullopt, false},
           {false, std::nullopt, true}}) {
    Rounds rounds = dead;
    if (column) rounds.schema.columns = {"auto_ban"};
    rounds.channel.auto_ban = value;
    const auto found = rounds.judge();
    CHECK(found.new_status.has_value() == disables);
    CHECK(found.guards.empty() == disables);
    if (!disables) CHECK(found.guards.at(0).guard == Guard::auto_ban);
  }
}

TEST_CASE("a disabled channel is not disabled again, nor emptied") {
  Rounds rounds{.seen = {{"a", Outcome::model_gone}}};
  rounds.channel.status = core::disabled_automatically;
  CHECK_FALSE(rounds.judge().new_status);
  CHECK(rounds.judge().removed.empty());
}

TEST_CASE("a channel comes back on as the policy says") {
  struct Row {
    AutoEnable policy;
    bool ours;
    std::int64_t status;
    bool enables;
  };
  for (const Row& row : std::vector<Row>{{AutoEnable::own, true, 3, true},
                                         {AutoEnable::own, false, 3, false},
                                         {AutoEnable::any, false, 3, true},
                                         {AutoEnable::any, true, 3, true},
                                         {AutoEnable::never, true, 3, false},
                                         {AutoEnable::any, true, 2, false},
                                         {AutoEnable::own, true, 2, false},
                                         {AutoEnable::any, false, 1, false}}) {
    Rounds rounds{.seen = {{"a", Outcome::ok}, {"b", Outcome::timeout}}};
    rounds.policy.auto_enable = row.policy;
    rounds.memory.disabled_by_us = row.ours;
    rounds.channel.status = row.status;
    CHECK((rounds.judge().new_status == core::enabled) == row.enables);
  }
}

TEST_CASE("only an answer of this round brings a channel back on") {
  Rounds rounds;
  rounds.policy.auto_enable = AutoEnable::any;
  rounds.channel.status = core::disabled_automatically;
  for (const Seen& seen :
       {Seen{.name = "a", .outcome = Outcome::ok, .due = false},
        Seen{"a", Outcome::rate_limited}, Seen{"a", Outcome::untestable},
        Seen{.name = "a",
        .outcome = Outcome::ok,
        .listed = false,
        .may_be_added = false}}) {
    rounds.seen = {seen};
    CHECK_FALSE(rounds.judge().new_status);
  }
  rounds.seen = {{"a", Outcome::ok, false}};
  CHECK(rounds.judge().new_status == core::enabled);
}

TEST_CASE("the name with the weakest evidence stays when all would go") {
  Rounds rounds{.seen = {{"gone", Outcome::model_gone},
                         {"bad", Outcome::bad_response},
                         {"slow", Outcome::timeout}}};
  rounds.memory.names["bad"].streak.failed = 9;
  rounds.memory.names["slow"].streak.failed = 3;
  const auto found = rounds.judge();
  CHECK(found.removed == Names{"gone", "bad"});
  CHECK(found.verdicts[2] == Verdict::hold);
  REQUIRE(found.guards.size() == 1);
  CHECK(found.guards[0].guard == Guard::last_model);
  CHECK(found.guards[0].channel == rounds.channel.id);
  CHECK(core::list_after(rounds.channel, found) == Names{"slow"});
}

TEST_CASE("the first name stays when all are as weak") {
  Rounds rounds{
      .seen = {{"a", Outcome::bad_response}, {"b", Outcome::bad_response}}};
  CHECK(rounds.after(3).removed == Names{"b"});
}

TEST_CASE("an added name is enough of a list") {
  Rounds rounds{
      .seen = {{"a", Outcome::model_gone}, {"n", Outcome::ok, false}}};
  const auto found = rounds.judge();
  CHECK(found.removed == Names{"a"});
  CHECK(found.guards.empty());
  CHECK(core::list_after(rounds.channel, found) == Names{"n"});
}

TEST_CASE("survivors keep their places and added names follow") {
  Rounds rounds{.seen = {{"c", Outcome::ok},
                         {"b", Outcome::model_gone},
                         {"a", Outcome::ok},
                         {"z", Outcome::ok, false},
                         {"y", Outcome::ok, false}}};
  rounds.channel.models = " c ,,b,a,c,x";  // x is not looked at
  const auto found = rounds.judge();
  CHECK(core::list_after(rounds.channel, found) ==
        Names{"c", "a", "x", "z", "y"});
}

TEST_CASE("held removals leave additions alone") {
  Rounds rounds{.seen = {{"a", Outcome::model_gone},
                         {"b", Outcome::ok},
                         {"n", Outcome::ok, false}}};
  auto found = rounds.judge();
  core::hold_removals(found);
  CHECK(found.removed.empty());
  CHECK(found.added == Names{"n"});
  CHECK(found.verdicts ==
        std::vector{Verdict::hold, Verdict::keep, Verdict::add});
  Rounds dead{.seen = {{"a", Outcome::model_gone}}};
  auto off = dead.judge();
  REQUIRE(off.new_status == core::disabled_automatically);
  core::hold_removals(off);
  CHECK_FALSE(off.new_status);
}
