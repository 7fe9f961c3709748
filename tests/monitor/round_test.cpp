#include "monitor/round.h"

#include "catch.h"
#include "rounds.h"

using core::ChannelResult;
using core::Outcome;

TEST_CASE("what had not begun when time was up is reported as stopped") {
  Rounds rounds;
  rounds.add(1, "a,b");
  rounds.add(2, "c@gone");
  const auto tables = rounds.tables();
  rounds.policy.timeout = base::Milliseconds(1);
  rounds.gives_turns = false;
  const core::Report report = rounds.round();
  CHECK(rounds.calls == 0);
  CHECK(rounds.tables() == tables);
  CHECK(report.result == core::RoundResult::complete);
  CHECK(report.probes == 0);
  REQUIRE(report.channels.size() == 2);
  for (const core::ChannelReport& channel : report.channels) {
    CHECK(channel.result == ChannelResult::cancelled);
    for (const core::ModelReport& model : channel.models) {
      CHECK(model.outcome == Outcome::cancelled);
      CHECK(model.verdict == core::Verdict::hold);
    }
  }
  CHECK(report.channels[0].models.size() == 2);
  // Nothing was learnt of them, so the next round looks at all of it.
  rounds.policy.timeout.reset();
  rounds.gives_turns = true;
  rounds.round();
  CHECK(rounds.models(1) == "a,b");
  CHECK(rounds.status(2) == core::disabled_automatically);
}

TEST_CASE("a channel that cannot be understood keeps its place in the report") {
  Rounds rounds;
  rounds.add(1, "a");
  rounds.add(2, "b");
  rounds.add(3, "c");
  rounds.change("UPDATE channels SET model_mapping = '[' WHERE id = 2");
  const core::Report report = rounds.round();
  REQUIRE(report.channels.size() == 3);
  CHECK(report.channels[1].result == ChannelResult::config_error);
  CHECK(report.channels[1].models.empty());
  CHECK(report.channels[0].models.size() == 1);
  CHECK(report.channels[2].models.size() == 1);
}

TEST_CASE("what is slow by its limits begins first") {
  Rounds rounds;
  for (std::int64_t id = 1; id <= 5; ++id)
    rounds.add(id, "a");
  rounds.policy.lane = {.concurrent = 8, .rps = 5};
  rounds.policy.limits = {{.channels = {2}, .rps = 50.0},
                          {.channels = {4}, .rpm = 30.0},
                          {.channels = {5}, .rps = 0.1}};
  rounds.round();
  CHECK(rounds.turns == std::vector<net::Lane>{5, 4, 1, 3, 2});
}

TEST_CASE("a secret in a name that stays is not shown") {
  Rounds rounds;
  rounds.add(1, "gone-sk-made-up-00000001");
  rounds.offer(1, "new", {"gone-sk-made-up-00000001"});
  rounds.add(2, "a,gone,b-sk-made-up-00000002,c-sk-made-up-00000002");
  rounds.offer(2, "a", {"gone"});
  rounds.policy.examination.candidates.exclude = core::NamePatterns({"c-*"});
  rounds.policy.judge.verdict.recover_after = 2;
  rounds.policy.told = {"a service"};
  const core::Report report = rounds.round();
  REQUIRE(report.guards.size() == 1);
  CHECK(report.guards[0].guard == core::Guard::last_model);
  CHECK(base::in(base::Language::en, report.guards[0].text) ==
        "every model of the list would go; gone-[redacted] stays, so that the "
        "list is not empty");
  CHECK(report.channels[0].reason.in(base::Language::en).find("sk-made-up") ==
        std::string::npos);
  CHECK(report.channels[1].removed == std::vector<std::string>{"gone"});
  CHECK(report.channels[1].list_after ==
        std::vector<std::string>{"a", "b-[redacted]", "c-[redacted]"});
  // It is written as it is.
  CHECK(rounds.models(2) == "a,b-sk-made-up-00000002,c-sk-made-up-00000002");
}
