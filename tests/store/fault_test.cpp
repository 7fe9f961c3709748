#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/messages_db.h"
#include "catch.h"
#include "databases.h"
#include "db/transaction.h"
#include "support/failing_session.h"
#include "support/whole_database.h"

using Cause = base::Error::Cause;
using Lines = std::vector<std::string>;
using support::whole_database;

namespace {

// Takes a model off, adds one and disables: every kind of statement.
core::ChannelChange change_of(const core::Channel& before) {
  return {.before = before,
          .models = "claude-haiku,new-model",
          .status = core::disabled_automatically,
          .status_reason = "gone",
          .now = 1'770'000'000,
          .response_time = 5};
}

struct Outcome {
  std::optional<store::Result> result;  // nothing: it threw
  std::optional<Cause> thrown;
  int calls = 0;
  Lines database;
};

// Applies the change to a new database while a call fails.
Outcome apply_with(const Origin& origin, const support::Fault& fault) {
  const Gateway gateway(origin);
  const core::Channel before = gateway.channel(2);
  Outcome outcome;
  {
    auto session = std::make_unique<support::FailingSession>(
        db::open_sqlite(gateway.file(), db::Access::write), support::Fault(),
        outcome.calls);
    auto found = store::detect(*session);
    const auto schema = std::get<core::Schema>(std::move(found));
    // The store asks for its columns when it is made; what is of interest comes
    // after that.
    {
      const auto store =
          store::make_channel_store(std::move(session), schema, gateway.stop);
    }
    outcome.calls = 0;
    auto failing = std::make_unique<support::FailingSession>(
        db::open_sqlite(gateway.file(), db::Access::write), fault,
        outcome.calls);
    try {
      const auto store =
          store::make_channel_store(std::move(failing), schema, gateway.stop);
      outcome.result = store->apply(change_of(before));
    } catch (const base::Error& error) {
      outcome.thrown = error.cause();
    }
  }
  outcome.database = whole_database(gateway.file());
  return outcome;
}

bool is_applied(const Outcome& outcome) {
  return outcome.result &&
         std::holds_alternative<store::Applied>(*outcome.result);
}

}  // namespace

TEST_CASE("whichever call fails, a change is written whole or not at all") {
  const Origin origin = GENERATE(from_range(origins()));
  CAPTURE(origin.name);
  const Lines before = whole_database(Gateway(origin).file());
  const Outcome meant = apply_with(origin, {});
  REQUIRE(is_applied(meant));
  REQUIRE(meant.database != before);
  REQUIRE(meant.calls >= 5);

  for (int at = 1; at <= meant.calls; ++at) {
    for (const Cause cause : {Cause::refused, Cause::busy, Cause::lost}) {
      for (const bool done : {false, true}) {
        CAPTURE(at, static_cast<int>(cause), done);
        // A statement is refused or busy without being done.
        if (done && cause != Cause::lost) continue;
        const Outcome outcome =
            apply_with(origin, {.at = at, .cause = cause, .done = done});
        CHECK(
            (outcome.database == before || outcome.database == meant.database));
        if (is_applied(outcome)) CHECK(outcome.database == meant.database);
        // What is told is what happened.
        if (outcome.result &&
            std::holds_alternative<store::Failed>(*outcome.result)) {
          CHECK(outcome.database == before);
        }
        if (cause == Cause::busy && at > 1) CHECK(is_applied(outcome));
      }
    }
  }
}

TEST_CASE("only the answer to a commit leaves a change in doubt") {
  const Origin origin = newapi_origin();
  const Lines before = whole_database(Gateway(origin).file());
  const Outcome meant = apply_with(origin, {});
  for (int at = 2; at <= meant.calls; ++at) {
    for (const bool done : {false, true}) {
      CAPTURE(at, done);
      const Outcome outcome =
          apply_with(origin, {.at = at, .cause = Cause::lost, .done = done});
      if (at < meant.calls) {
        CHECK(outcome.thrown == Cause::lost);
        CHECK(outcome.database == before);
        continue;
      }
      REQUIRE(outcome.result);
      CHECK(std::holds_alternative<store::InDoubt>(*outcome.result));
      CHECK(outcome.database == (done ? meant.database : before));
    }
  }
}

TEST_CASE("a row that the database refuses is a failure of that row alone") {
  const Gateway gateway(newapi_origin());
  gateway.change(
      "CREATE TRIGGER no BEFORE INSERT ON abilities BEGIN"
      " SELECT RAISE(ABORT, 'not here'); END");
  const Lines before = whole_database(gateway.file());
  const auto store = gateway.store();
  const auto result = store->apply(change_of(gateway.channel(2)));
  REQUIRE(std::holds_alternative<store::Failed>(result));
  CHECK(std::get<store::Failed>(result)
            .why.in(base::Language::en)
            .find("not here") != std::string::npos);
  CHECK(whole_database(gateway.file()) == before);
  CHECK(std::holds_alternative<store::Unchanged>(
      store->apply({.before = gateway.channel(1)})));
}

TEST_CASE("abilities that would not be those of the row are not written") {
  const Gateway gateway(newapi_origin());
  gateway.change(
      "CREATE TRIGGER drop_it AFTER INSERT ON abilities BEGIN"
      " DELETE FROM abilities WHERE model = NEW.model; END");
  const Lines before = whole_database(gateway.file());
  const auto result = gateway.store()->apply(change_of(gateway.channel(2)));
  REQUIRE(std::holds_alternative<store::Failed>(result));
  CHECK(std::get<store::Failed>(result).why.is(base::say::abilities_disagree));
  CHECK(whole_database(gateway.file()) == before);
}

TEST_CASE("a file that another connection writes is waited for") {
  const Gateway gateway(newapi_origin());
  const auto store = gateway.store();
  const core::Channel before = gateway.channel(2);
  const auto holder = db::open_sqlite(gateway.file(), db::Access::write);
  holder->begin();
  holder->execute("UPDATE channels SET used_quota = used_quota + 1");
  std::thread release([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    holder->execute("COMMIT");
  });
  const auto result = store->apply(change_of(before));
  release.join();
  CHECK(std::holds_alternative<store::Applied>(result));
  CHECK(gateway.channel(2).models == "claude-haiku,new-model");
  CHECK(gateway.look_up("SELECT used_quota FROM channels WHERE id = 2") == "1");
}

TEST_CASE("a stop ends the waiting for a busy file within a second or so") {
  Gateway gateway(newapi_origin());
  const auto store = gateway.store();
  const core::Channel before = gateway.channel(2);
  const auto holder = db::open_sqlite(gateway.file(), db::Access::write);
  holder->begin();
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    gateway.stop.set();
  });
  const auto begin = std::chrono::steady_clock::now();
  std::optional<Cause> thrown;
  try {
    store->apply(change_of(before));
  } catch (const base::Error& error) {
    thrown = error.cause();
  }
  stopper.join();
  CHECK(thrown == Cause::stopped);
  CHECK(std::chrono::steady_clock::now() - begin <
        std::chrono::milliseconds(1700));
  holder->execute("ROLLBACK");
  CHECK(gateway.look_up("SELECT models FROM channels WHERE id = 2") ==
        "'claude-sonnet,claude-haiku'");
}
