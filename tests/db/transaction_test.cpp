#include "db/transaction.h"

#include "base/error.h"
#include "catch.h"
#include "db/session.h"
#include "support/failing_session.h"
#include "support/gateways.h"

using Cause = base::Error::Cause;
using std::chrono::milliseconds;

namespace {

constexpr base::Phrase failed{"failed", "失败"};

// How often `work` was called, where the first calls fail.
struct Tried {
  int calls = 0;
  std::optional<Cause> thrown;
};

Tried try_patiently(int failures, Cause cause, const db::Patience& patience,
                    const base::StopFlag& stop = {}) {
  Tried tried;
  try {
    db::patiently(patience, stop, [&] {
      if (++tried.calls <= failures) throw base::Error(failed, cause);
    });
  } catch (const base::Error& error) {
    tried.thrown = error.cause();
  }
  return tried;
}

}  // namespace

TEST_CASE("what is busy is tried again until it goes well") {
  const Tried tried = try_patiently(3, Cause::busy, {});
  CHECK(tried.calls == 4);
  CHECK_FALSE(tried.thrown);
}

TEST_CASE("patience ends") {
  const auto begin = std::chrono::steady_clock::now();
  const Tried tried =
      try_patiently(1'000'000, Cause::busy, {2, milliseconds(100)});
  CHECK(tried.thrown == Cause::busy);
  CHECK(tried.calls > 2);
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds(200));
  CHECK(try_patiently(9, Cause::busy, {0, milliseconds(0)}).calls == 1);
}

TEST_CASE("only what is busy is tried again") {
  for (const Cause cause : {Cause::refused, Cause::lost, Cause::stopped}) {
    const Tried tried = try_patiently(1, cause, {});
    CHECK(tried.calls == 1);
    CHECK(tried.thrown == cause);
  }
}

TEST_CASE("a stop ends the waiting, and so does one in its last step") {
  const db::Patience patience =
      GENERATE(db::Patience(), db::Patience{.tries = 0});
  base::StopFlag stop;
  int calls = 0;
  std::optional<Cause> thrown;
  try {
    db::patiently(patience, stop, [&] {
      ++calls;
      stop.set();
      throw base::Error(failed, Cause::busy);
    });
  } catch (const base::Error& error) {
    thrown = error.cause();
  }
  CHECK(calls == 1);
  CHECK(thrown == Cause::stopped);
  CHECK(try_patiently(0, Cause::busy, {}, stop).calls == 0);
}

TEST_CASE("a commit without an answer is neither a success nor an error") {
  const support::TemporaryFolder folder;
  for (const bool done : {false, true}) {
    CAPTURE(done);
    const std::string file = folder.file(done ? "done.db" : "not.db");
    db::open_sqlite(file, db::Access::create)->execute("CREATE TABLE t (a)");
    int calls = 0;
    {
      support::FailingSession session(
          db::open_sqlite(file, db::Access::write),
          {.at = 3, .cause = Cause::lost, .done = done}, calls);
      db::Transaction transaction(session);
      session.execute("INSERT INTO t VALUES (1)");
      CHECK_FALSE(transaction.commit());
    }
    CHECK(support::look_up(file, "SELECT COUNT(*) FROM t") ==
          (done ? "1" : "0"));
  }
}

TEST_CASE("a commit that is refused is an error and leaves nothing behind") {
  const support::TemporaryFolder folder;
  const std::string file = folder.file("test.db");
  db::open_sqlite(file, db::Access::create)->execute("CREATE TABLE t (a)");
  int calls = 0;
  support::FailingSession session(db::open_sqlite(file, db::Access::write),
                                  {.at = 3, .cause = Cause::refused}, calls);
  {
    db::Transaction transaction(session);
    session.execute("INSERT INTO t VALUES (1)");
    CHECK_THROWS_AS(transaction.commit(), base::Error);
  }
  CHECK(session.query("SELECT 1 FROM t").empty());
}
