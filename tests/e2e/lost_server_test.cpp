// A server that is lost, that says nothing, or that somebody else has locked;
// a file that is not there any more.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "catch.h"
#include "db/lock.h"
#include "support/wire.h"
#include "world.h"

using db::Engine;
using e2e::holds;
using e2e::World;
using std::chrono::milliseconds;
using support::Break;
using Clock = std::chrono::steady_clock;

namespace {

const std::vector<Engine> engines = {Engine::mysql, Engine::postgres};

// Two channels that will be changed, and one that a round waits for.
void make_gateway(World& world, bool slow) {
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone"});
  world.add({.id = 2, .site = "b", .models = "x,z@gone"});
  world.offer("a", {"x", "new"});
  world.offer("b", {"x", "new"});
  if (slow) world.add({.id = 3, .site = "c", .models = "slow@hang"});
  world.set("timeout", R"("3s")");
  world.set("guard", R"({"max_removed_percent": 100})");
  world.write_configuration();
}

// The program reaches the database by way of `wire`, tests without.
void lead(World& world, const support::Wire& wire) {
  db::Server through = world.database().server();
  through.port = wire.port();
  world.set("db_dsn", base::json::quote(e2e::dsn_of(world.engine(), through)));
  world.write_configuration();
}

bool is_in_mid_round(World& world) {
  return e2e::wait_for([&] { return world.upstream.log().size() >= 10; });
}

std::int64_t intents(const World& world, int settled) {
  try {
    return std::stoll(support::look_up(
        world.state(),
        fmt::format("SELECT COUNT(*) FROM intents WHERE settled = {}",
                    settled)));
  } catch (const std::exception&) {
    return -1;
  }
}

// Sends SIGTERM; returns how it ended, after two seconds at most.
support::Ended terminated(support::Program& program) {
  program.send(SIGTERM);
  const auto begin = Clock::now();
  auto ended = program.wait();
  CHECK(Clock::now() - begin < std::chrono::seconds(2));
  return ended;
}

// After a whole round, whatever was before it.
void must_be_written(World& world) {
  const auto next = world.round();
  CAPTURE(next.ended.out, next.ended.err);
  CHECK(next.report.text("/round/result") == "complete");
  CHECK(world.models(1) == "x,new");
  CHECK(world.models(2) == "x,new");
  CHECK(world.abilities(1) == "default/new=1 default/x=1");
  CHECK(intents(world, 0) == 0);
  CHECK(support::look_up(world.state(),
                         "SELECT COUNT(*) FROM channels WHERE names LIKE"
                         " '%d%'") == "0");
}

}  // namespace

TEST_CASE("a commit whose answer is lost is looked up at the next start") {
  const Engine engine = GENERATE(from_range(engines));
  const auto at = GENERATE(Break::At::commit_told, Break::At::commit_unsent);
  const bool was_written = at == Break::At::commit_told;
  CAPTURE(engine, was_written);
  World world(engine);
  make_gateway(world, false);
  support::Wire wire(world.database().server().port);
  lead(world, wire);
  wire.break_at({.at = at});
  const auto round = world.round();
  CAPTURE(round.ended.out, round.ended.err);
  CHECK(wire.is_broken());
  CHECK(round.code() == 1);
  CHECK(round.report.result(1) == "failed");
  CHECK(holds(round.report.reason(1), "not answered"));
  CHECK(round.report.result(2) == "changed");
  CHECK(world.models(1) == (was_written ? "x,new" : "x,y@gone"));
  CHECK(intents(world, 0) == 1);
  must_be_written(world);
  CHECK(intents(world, 1) == 2);
  CHECK(intents(world, 2) == (was_written ? 0 : 1));
}

TEST_CASE("a commit that is never answered does not hold up a stop") {
  const Engine engine = GENERATE(from_range(engines));
  CAPTURE(engine);
  World world(engine);
  make_gateway(world, false);
  support::Wire wire(world.database().server().port);
  lead(world, wire);
  wire.break_at({.at = Break::At::commit_in_silence});
  support::Program program(world.command({"--once", "--format", "json"}));
  REQUIRE(e2e::wait_for([&] { return wire.is_broken(); }));
  CHECK(terminated(program).code == 130);
  CHECK(intents(world, 0) == 2);
  wire.mend();
  must_be_written(world);
}

TEST_CASE("a round goes on where its connection was lost while it probed") {
  const Engine engine = GENERATE(from_range(engines));
  CAPTURE(engine);
  World world(engine);
  make_gateway(world, true);
  support::Wire wire(world.database().server().port);
  lead(world, wire);
  support::Program program(world.command({"--once", "--format", "json"}));
  REQUIRE(is_in_mid_round(world));
  wire.mend();  // closes what is open
  SECTION("and nobody has come in between") {
    const auto ended = program.wait();
    CAPTURE(ended.out, ended.err);
    CHECK(ended.code == 1);
    CHECK(world.models(1) == "x,new");
    CHECK(world.models(2) == "x,new");
  }
  SECTION("but not where another monitor has taken the lock") {
    const auto other = world.open();
    REQUIRE_FALSE(db::lock_server(*other));
    const auto ended = program.wait();
    CAPTURE(ended.out, ended.err);
    CHECK(ended.code == 3);
    CHECK(holds(ended.out, "another monitor took the lock"));
    CHECK(world.models(1) == "x,y@gone");
    CHECK(world.models(2) == "x,z@gone");
  }
}

TEST_CASE("a killed monitor locks nobody out of a server") {
  const Engine engine = GENERATE(from_range(engines));
  CAPTURE(engine);
  World world(engine);
  make_gateway(world, true);
  world.set("timeout", R"("60s")");  // it is at work until it is killed
  world.write_configuration();
  support::Program program(world.command({"--once"}));
  REQUIRE(is_in_mid_round(world));
  REQUIRE(world.run({"--once"}).code == 4);
  program.send(SIGKILL);
  program.wait();
  world.set("timeout", R"("1s")");
  world.write_configuration();
  must_be_written(world);
}

TEST_CASE("SIGTERM ends a wait for a server's locks within two seconds") {
  const Engine engine = GENERATE(from_range(engines));
  const bool whole_table = GENERATE(false, true);
  const bool once = GENERATE(false, true);
  CAPTURE(engine, whole_table, once);
  World world(engine);
  make_gateway(world, false);
  world.set("time_period", R"("1h")");
  world.write_configuration();
  const auto holder = world.open();
  if (!whole_table) {
    holder->begin();
    holder->query(R"(SELECT "id" FROM "channels" FOR UPDATE)");
  } else if (engine == Engine::mysql) {
    holder->execute(R"(LOCK TABLES "channels" WRITE, "abilities" WRITE)");
  } else {
    holder->begin();
    holder->execute(R"(LOCK TABLE "channels" IN ACCESS EXCLUSIVE MODE)");
  }
  support::Program program(
      world.command(once ? e2e::Arguments{"--once"} : e2e::Arguments{"--now"}));
  if (!whole_table) {
    REQUIRE(e2e::wait_for([&] { return intents(world, 0) == 2; }));
  }
  std::this_thread::sleep_for(milliseconds(700));
  REQUIRE(program.is_running());
  CHECK(terminated(program).code == (once ? 130 : 0));
  if (whole_table && engine == Engine::mysql) {
    holder->execute("UNLOCK TABLES");
  } else {
    holder->execute("ROLLBACK");
  }
  CHECK(world.models(1) == "x,y@gone");
  must_be_written(world);
}

TEST_CASE("a gateway's file that is lost in mid-round ends it with 3") {
  namespace fs = std::filesystem;
  World world;
  make_gateway(world, true);
  world.set("timeout", R"("1s")");
  world.set("retry", R"({"attempts": 0})");
  world.write_configuration();
  const std::string before = world.look("SELECT models FROM channels");
  support::Program program(world.command({"--once", "--format", "json"}));
  REQUIRE(is_in_mid_round(world));
  const std::string aside = world.file("aside.db");
  fs::rename(world.gateway(), aside);
  const bool is_replaced = GENERATE(false, true);
  CAPTURE(is_replaced);
  if (is_replaced) fs::copy_file(aside, world.gateway());
  const auto ended = program.wait();
  CAPTURE(ended.out, ended.err);
  CHECK(ended.code == 3);
  const e2e::Report report(ended.out);
  CHECK(report.text("/round/result") == "failed");
  CHECK(holds(report.text("/round/error"), "was deleted, replaced or"));
  if (!is_replaced) fs::rename(aside, world.gateway());
  CHECK(world.look("SELECT models FROM channels") == before);
  must_be_written(world);
}
