// Whole rounds in which one call fails, for every call there is.

#include <algorithm>
#include <filesystem>

#include "base/messages_db.h"
#include "catch.h"
#include "rounds.h"

using base::http::Failure;
using core::RoundResult;
using state::Settled;
using Cause = base::Error::Cause;
using Lines = std::vector<std::string>;

namespace {

// Something is to be removed, to be added, and to be switched off.
void furnish(Rounds& rounds) {
  rounds.add(1, "a,b@gone,c", "default,vip");
  rounds.offer(1, "a,c,new");
  rounds.add(2, "x,y");
  rounds.add(3, "dead@gone,dead@nochannel", "alone");
  rounds.add(4, "p,q@gone");
}

Lines lines_after(Rounds& rounds) {
  rounds.round();
  return rounds.tables();
}

Lines untouched() {
  Rounds rounds;
  furnish(rounds);
  return rounds.tables();
}

Lines meant() {
  Rounds rounds;
  furnish(rounds);
  return lines_after(rounds);
}

// All that is meant, but that nobody offered the new name.
Lines meant_without_offer() {
  Rounds rounds;
  furnish(rounds);
  rounds.offer(1, "a,c");
  return lines_after(rounds);
}

// A line says "1: a,c 1": each has to be in one of `allowed`.
bool is_allowed(const Lines& is, const std::vector<Lines>& allowed) {
  return std::all_of(is.begin(), is.end(), [&](const std::string& line) {
    return std::any_of(allowed.begin(), allowed.end(), [&](const Lines& lines) {
      return std::find(lines.begin(), lines.end(), line) != lines.end();
    });
  });
}

void check_that_nothing_is_lost(Rounds& rounds, const Lines& right) {
  const auto report = rounds.round();
  CHECK(report.result == RoundResult::complete);
  CHECK(rounds.tables() == right);
  CHECK(rounds.journal(Settled::open).empty());
  CHECK(rounds.journal(Settled::strange).empty());
  // What is gone may come back, whoever took note of it.
  for (std::int64_t id = 1; id <= 4; ++id) {
    for (const auto& [name, known] : rounds.memory(id).names) {
      CAPTURE(id, name);
      CHECK_FALSE(known.dismissed);
    }
  }
  CHECK(rounds.memory(1).names.at("b@gone").removed);
  CHECK(rounds.memory(4).names.at("q@gone").removed);
  CHECK(rounds.memory(3).disabled_by_us);
}

}  // namespace

TEST_CASE("whichever HTTP call fails, no round writes what is not so") {
  const Lines before = untouched();
  const Lines right = meant();
  const Lines unlisted = meant_without_offer();
  REQUIRE(before != right);
  Rounds counted;
  furnish(counted);
  counted.round();
  REQUIRE(counted.calls > 10);
  for (int at = 1; at <= counted.calls; ++at) {
    for (const Failure kind :
         {Failure::connect, Failure::broken, Failure::timeout,
          Failure::too_large, Failure::undecoded}) {
      const int status = kind == Failure::broken ? 200 : 0;
      CAPTURE(at, static_cast<int>(kind));
      Rounds rounds;
      furnish(rounds);
      const auto report =
          rounds.round({}, {.at = at, .kind = kind, .status = status});
      CHECK(report.result == RoundResult::complete);
      CHECK(rounds.left_open == 0);
      CHECK(is_allowed(rounds.tables(), {before, right, unlisted}));
      check_that_nothing_is_lost(rounds, right);
    }
  }
}

TEST_CASE("whichever statement fails, the next round puts all right") {
  const Lines before = untouched();
  const Lines right = meant();
  Rounds counted;
  furnish(counted);
  counted.round();
  const int statements = counted.statements;
  REQUIRE(statements > 20);
  for (int at = 1; at <= statements; ++at) {
    for (const Cause cause : {Cause::refused, Cause::busy, Cause::lost}) {
      for (const bool done : {false, true}) {
        if (done && cause != Cause::lost) continue;
        CAPTURE(at, static_cast<int>(cause), done);
        Rounds rounds;
        furnish(rounds);
        rounds.round({.at = at, .cause = cause, .done = done});
        CHECK(rounds.left_open == 0);
        CHECK(is_allowed(rounds.tables(), {before, right}));
        check_that_nothing_is_lost(rounds, right);
      }
    }
  }
}

TEST_CASE("a commit that was not answered is looked up, and done once") {
  const bool done = GENERATE(true, false);
  CAPTURE(done);
  Rounds counted;
  counted.add(1, "a,b@gone");
  counted.round();
  // The last statement of the round is its only commit.
  const int commit = counted.statements;
  Rounds rounds;
  rounds.add(1, "a,b@gone");
  const std::int64_t writes = rounds.writes();
  rounds.round({.at = commit, .cause = Cause::lost, .done = done});
  CHECK(rounds.models(1) == (done ? "a" : "a,b@gone"));
  REQUIRE(rounds.journal(Settled::open).size() == 1);
  rounds.round();
  CHECK(rounds.models(1) == "a");
  CHECK(rounds.writes() == writes + 1);
  CHECK(rounds.journal(Settled::open).empty());
  CHECK(rounds.journal(Settled::written).size() == 1);
  CHECK(rounds.journal(Settled::dropped).size() == (done ? 0 : 1));
  CHECK(rounds.memory(1).names.at("b@gone").removed);
}

TEST_CASE("an administrator who comes after a lost commit has the last word") {
  Rounds counted;
  counted.add(1, "a,b@gone");
  counted.round();
  Rounds rounds;
  rounds.add(1, "a,b@gone");
  rounds.round({.at = counted.statements, .cause = Cause::lost, .done = true});
  rounds.change("UPDATE channels SET models = 'a,his'");
  rounds.round();
  CHECK(rounds.journal(Settled::strange).size() == 1);
  CHECK(rounds.models(1) == "a,his");
}

// A journal that goes nowhere is none: nothing could be undone.
TEST_CASE("a state that is lost in mid-round keeps the gateway as it is") {
  const Lines before = untouched();
  const Lines right = meant();
  for (const bool is_replaced : {false, true}) {
    CAPTURE(is_replaced);
    Rounds rounds;
    furnish(rounds);
    rounds.at_call = [&] {
      for (const char* end : {"", "-wal", "-shm"})
        std::filesystem::remove(rounds.state_file() + end);
      if (is_replaced) state::open_state(rounds.state_file(), rounds.stop);
    };
    const auto report = rounds.round();
    CHECK(report.result == RoundResult::failed);
    CHECK(report.error.is(base::say::file_replaced));
    CHECK(rounds.tables() == before);
    // It does not come back by itself.
    CHECK(rounds.round().result == RoundResult::failed);
    CHECK(rounds.tables() == before);

    CHECK(rounds.refresh_state().is(is_replaced ? base::say::state_replaced
                                                : base::say::state_gone));
    CHECK(rounds.refresh_state().empty());
    check_that_nothing_is_lost(rounds, right);
    CHECK(state::look_at_state(rounds.state_file(), rounds.stop)
              ->last_round(state::GatewayId{1}));
  }
}
