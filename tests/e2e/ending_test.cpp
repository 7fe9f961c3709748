// Exit codes, signals, and the lock.

#include <chrono>
#include <csignal>
#include <thread>

#include <fmt/format.h>

#include "catch.h"
#include "db/lock.h"
#include "db/session.h"
#include "support/whole_database.h"
#include "world.h"

using e2e::holds;
using e2e::World;
using support::differences;
using support::whole_database;

namespace {

using Lines = std::vector<std::string>;

// One model hangs, the others are through at once, and there is something to
// be written.
void make_slow(World& world) {
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone"});
  world.add({.id = 2, .site = "b", .models = "slow@hang"});
  world.offer("a", {"x", "new"});
  world.set("timeout", R"("15s")");
  world.set("time_period", R"("1h")");
  world.write_configuration();
}

// Until everything is asked and only the hanging one is open.
bool is_in_mid_round(World& world) {
  return e2e::wait_for([&] { return world.upstream.log().size() >= 6; });
}

std::int64_t rounds_in(const World& world, const char* result) {
  return std::stoll(support::look_up(
      world.state(),
      fmt::format("SELECT count(*) FROM rounds WHERE result = '{}'", result)));
}

}  // namespace

TEST_CASE("0 is all well, 1 is that something is not") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,picture-image-1"});
  world.offer("a", {"x", "dead@gone"});
  CHECK(world.round().code() == 0);  // nor does an offered dead name count
  const auto* const mood = GENERATE("limited", "503", "gone", "400", "hang");
  CAPTURE(mood);
  world.set("timeout", R"("300ms")");
  world.add({.id = 2, .site = "b", .models = fmt::format("x,y@{}", mood)});
  CHECK(world.round().code() == 1);
}

TEST_CASE("SIGINT and SIGTERM end a round within two seconds, unwritten") {
  const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
  CAPTURE(signal);
  World world;
  make_slow(world);
  const auto before = whole_database(world.gateway());
  support::Program program(world.command({"--once", "--format", "json"}));
  REQUIRE(is_in_mid_round(world));
  const auto begin = std::chrono::steady_clock::now();
  program.send(signal);
  const auto ended = program.wait();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
  INFO(ended.out << ended.err);
  CHECK(ended.code == 130);
  const e2e::Report report(ended.out);
  CHECK(report.text("/round/result") == "cancelled");
  CHECK(differences(before, whole_database(world.gateway())) == Lines());
  // The next one starts from what is there, and knows nothing of this one.
  world.set("timeout", R"("300ms")");
  CHECK(world.round().report.result(1) == "changed");
  CHECK(world.models(1) == "x,new");
}

TEST_CASE("a round that was stopped is recorded as cancelled") {
  World world;
  make_slow(world);
  support::Program program(world.command({"--once"}));
  REQUIRE(is_in_mid_round(world));
  program.send(SIGINT);
  CHECK(program.wait().err == "");
  CHECK(rounds_in(world, "cancelled") == 1);
}

TEST_CASE("the daemon ends with 0 after SIGTERM, with 130 after SIGINT") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  World world;
  make_slow(world);
  const auto before = whole_database(world.gateway());
  support::Program program(world.command({}));
  REQUIRE(is_in_mid_round(world));
  const auto begin = std::chrono::steady_clock::now();
  program.send(signal);
  const auto ended = program.wait();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
  CHECK(ended.code == (signal == SIGTERM ? 0 : 130));
  CHECK(differences(before, whole_database(world.gateway())) == Lines());
}

TEST_CASE("a stop while lists are written leaves each as a whole or not") {
  const bool once = GENERATE(true, false);
  CAPTURE(once);
  World world;
  world.make_gateway();
  constexpr int count = 60;
  for (int i = 1; i <= count; ++i) {
    world.add(
        {.id = i, .site = "a", .models = "x,y@gone,z", .group = "default,vip"});
  }
  world.offer("a", {"x", "new"});
  world.set("time_period", R"("1h")");
  world.set("guard", R"({"max_removed_percent": 100})");
  world.write_configuration();
  const std::string counter =
      support::text_of_file(world.gateway()).substr(24, 4);
  support::Program program(
      world.command(once ? e2e::Arguments{"--once"} : e2e::Arguments{}));
  while (support::text_of_file(world.gateway()).substr(24, 4) == counter &&
         program.is_running()) {
  }
  const auto begin = std::chrono::steady_clock::now();
  program.send(SIGTERM);
  const auto ended = program.wait();
  CHECK(std::chrono::steady_clock::now() - begin <
        std::chrono::milliseconds(1500));
  INFO(ended.err);
  int written = 0;
  for (int i = 1; i <= count; ++i) {
    CAPTURE(i);
    const bool is_new = world.models(i) == "x,z,new";
    written += is_new ? 1 : 0;
    if (!is_new) CHECK(world.models(i) == "x,y@gone,z");
    CHECK(world.abilities(i) ==
          (is_new ? "default/new=1 default/x=1 default/z=1 vip/new=1 vip/x=1 "
                    "vip/z=1"
                  : "default/x=1 default/y@gone=1 default/z=1 vip/x=1 "
                    "vip/y@gone=1 vip/z=1"));
  }
  CHECK(written >= 1);
  CHECK_FALSE(holds(ended.out + ended.err, "do_not_modify_db"));
  // It may have come too late to be heard.
  if (written < count) CHECK(ended.code == (once ? 130 : 0));
  // What was removed before the stop is remembered as that.
  world.offer("a", {"x", "new", "y@gone"});
  const auto round = world.round();
  CHECK(round.report.number("/totals/removed") == count - written);
  CHECK(round.report.names(1, "dismissed") == Lines());
  CHECK(round.report.outcome(1, "y@gone") == "model_gone");
}

TEST_CASE("a stop is heard while a locked gateway is waited for") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone"});
  world.write_configuration();
  const auto holder = db::open_sqlite(world.gateway(), db::Access::write);
  holder->execute("BEGIN IMMEDIATE");
  support::Program program(world.command({"--once", "--format", "json"}));
  REQUIRE(e2e::wait_for([&] { return world.upstream.log().size() >= 3; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  const auto begin = std::chrono::steady_clock::now();
  program.send(SIGINT);
  const auto ended = program.wait();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
  CHECK(ended.code == 130);
  holder->execute("ROLLBACK");
  CHECK(world.models(1) == "x,y@gone");
  CHECK(world.round().report.names(1, "removed") == Lines{"y@gone"});
}

TEST_CASE("commands that wait for a locked database end with 130") {
  const auto command =
      GENERATE(e2e::Arguments{"check"}, e2e::Arguments{"list"},
               e2e::Arguments{"test", "1"}, e2e::Arguments{"repair"},
               e2e::Arguments{"undo", "1"},
               e2e::Arguments{"init", "--output", "new.json"});
  CAPTURE(command);
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone"});
  REQUIRE(world.round().code() == 1);
  e2e::Arguments all = command;
  if (command.front() == "init") {
    all.insert(all.end(), {"--db-type", "sqlite", "--dsn", world.gateway()});
  }
  const auto before = e2e::everything_in(world.folder());
  const auto holder = db::open_sqlite(world.gateway(), db::Access::write);
  holder->execute("BEGIN EXCLUSIVE");
  support::Program program(world.command(all));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  program.send(GENERATE(SIGINT, SIGTERM));
  const auto ended = program.wait();
  holder->execute("ROLLBACK");
  INFO(ended.out << ended.err);
  CHECK(ended.code == 130);
  CHECK(ended.out.empty());
  CHECK(holds(ended.err, "asked to stop while waiting"));
  CHECK(e2e::lines_in(ended.err) == 1);
  CHECK(e2e::everything_in(world.folder()) == before);
}

TEST_CASE("history that waits for a locked state ends with 130") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x"});
  REQUIRE(world.round().code() == 0);
  const auto holder = db::open_sqlite(world.state(), db::Access::write);
  holder->query("PRAGMA journal_mode = DELETE");
  holder->execute("BEGIN EXCLUSIVE");
  support::Program program(world.command({"history"}));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  program.send(SIGTERM);
  const auto ended = program.wait();
  INFO(ended.out << ended.err);
  CHECK(ended.code == 130);
}

TEST_CASE("a killed round leaves nothing half-written, and no lock") {
  World world;
  make_slow(world);
  const auto before = whole_database(world.gateway());
  {
    support::Program program(world.command({"--once"}));
    REQUIRE(is_in_mid_round(world));
    program.send(SIGKILL);
    CHECK(program.wait().signal == SIGKILL);
  }
  CHECK(differences(before, whole_database(world.gateway())) == Lines());
  world.set("timeout", R"("300ms")");
  CHECK(world.round().report.result(1) == "changed");
}

TEST_CASE("a second monitor ends with 4 and says who is at work") {
  World world;
  make_slow(world);
  support::Program first(world.command({"--once"}));
  REQUIRE(is_in_mid_round(world));
  world.set("state", R"("another.db")");
  const auto second = world.round();
  INFO(second.ended.out);
  CHECK(second.code() == 4);
  CHECK(second.report.text("/round/result") == "locked");
  CHECK(holds(second.report.text("/round/error"), std::to_string(first.id())));
  const auto plain = world.run({"--once"});
  CHECK(plain.code == 4);
  CHECK(e2e::lines_in(plain.err) == 1);
  // To look is allowed, and so is a dry run, with a warning.
  CHECK(world.run({"list"}).code == 0);
  world.set("timeout", R"("300ms")");
  const auto dry = world.round({"--dry-run"});
  CHECK(dry.code() == 1);
  CHECK(dry.report.result(1) == "would_change");
  CHECK(holds(dry.ended.err, std::to_string(first.id())));
  CHECK(world.models(1) == "x,y@gone");
}

TEST_CASE("the lock of another program's hand is respected, too") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x"});
  const auto lock = db::lock_sqlite(world.gateway());
  REQUIRE(lock.index() == 0);
  CHECK(world.round().code() == 4);
  CHECK(world.upstream.log().empty());
}

TEST_CASE("the daemon skips a round that it has no lock for, and goes on") {
  World world;
  make_slow(world);
  world.set("time_period", R"("10s")");
  world.write_configuration();
  auto lock = db::lock_sqlite(world.gateway());
  support::Program program(world.command({}));
  REQUIRE(
      e2e::wait_for([&] { return holds(program.err(), "another monitor"); }));
  CHECK(program.is_running());
  program.send(SIGTERM);
  CHECK(program.wait().code == 0);
}

TEST_CASE("a daemon that starts again waits out the rest of its period") {
  const bool at_once = GENERATE(false, true);
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x"});
  world.set("time_period", R"("1h")");
  world.round();
  world.upstream.clear_log();
  support::Program program(
      world.command(at_once ? e2e::Arguments{"--now"} : e2e::Arguments{}));
  if (at_once) {
    CHECK(e2e::wait_for([&] { return !world.upstream.log().empty(); }));
  } else {
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    CHECK(world.upstream.log().empty());
  }
  program.send(SIGTERM);
  CHECK(program.wait().code == 0);
}

TEST_CASE("SIGHUP takes a good configuration over and leaves a bad one") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x"});
  world.set("time_period", R"("1h")");
  world.write_configuration();
  support::Program program(world.command({}));
  REQUIRE(e2e::wait_for([&] { return world.upstream.log().size() >= 2; }));
  support::write_file(world.file("config.json"), "{");
  program.send(SIGHUP);
  CHECK(e2e::wait_for([&] { return holds(program.err(), "the old one"); }));
  world.set("rps", "7");
  world.write_configuration();
  program.send(SIGHUP);
  CHECK(e2e::wait_for([&] { return holds(program.err(), "read again"); }));
  CHECK(program.is_running());
  program.send(SIGTERM);
  CHECK(program.wait().code == 0);
}

TEST_CASE("SIGHUP takes over what is logged, how, and in which language") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x"});
  world.set("time_period", R"("1h")");
  world.set("log", R"({"level":"warning"})");
  world.write_configuration();
  support::Program program(world.command({}));
  REQUIRE(e2e::wait_for([&] { return world.upstream.log().size() >= 2; }));
  world.set("log", R"({"level":"info","format":"json"})");
  world.set("language", R"("zh")");
  world.write_configuration();
  program.send(SIGHUP);
  CHECK(e2e::wait_for([&] {
    return holds(program.err(),
                 R"("level":"info","message":"已重新读取配置"})");
  }));
  program.send(SIGTERM);
  CHECK(program.wait().code == 0);
}

TEST_CASE(
    "hanging, dripping and endless upstreams cost a healthy one nothing") {
  World world;
  world.make_gateway();
  for (int i = 1; i <= 6; ++i) {
    const auto* const mood = i == 1   ? "hang"
                             : i == 2 ? "drip"
                             : i == 3 ? "hang-body"
                             : i == 4 ? "endless"
                             : i == 5 ? "bomb"
                                      : "big";
    world.add({.id = i,
               .site = fmt::format("bad-{}", i),
               .models = e2e::comma_list(
                   e2e::many_models(6, std::string("@") + mood))});
  }
  for (int i = 11; i <= 20; ++i) {
    world.add({.id = i,
               .site = fmt::format("good-{}", i),
               .models = "x,y@slow-first,z@reasoning,bge-m3,rerank-1,q@gone"});
  }
  world.add({.id = 30, .site = "lists", .models = "x"});
  world.upstream.set("lists", {.list = "hang"});
  world.add({.id = 31, .site = "huge", .models = "x"});
  world.upstream.set("huge", {.list = "huge"});
  world.set("timeout", R"("2500ms")");  // enough on a busy machine
  const auto round = world.round();
  INFO(round.ended.out);
  CHECK(round.ended.seconds < 15);
  for (int i = 11; i <= 20; ++i) {
    CAPTURE(i);
    CHECK(world.models(i) == "x,y@slow-first,z@reasoning,bge-m3,rerank-1");
  }
  for (int i = 1; i <= 6; ++i) {
    CAPTURE(i);
    CHECK(e2e::split(world.models(i), ',').size() == 6);
  }
  CHECK(round.report.outcome(30, "x") == "ok");
  CHECK(round.report.outcome(31, "x") == "ok");
  CHECK(round.report.outcome(1, "model-000@hang") == "timeout");
  CHECK(round.report.outcome(2, "model-000@drip") == "timeout");
}

TEST_CASE("a round that runs out of time writes what was complete") {
  World world;
  make_slow(world);
  world.set("round_timeout", R"("1s")");
  const auto round = world.round();
  INFO(round.ended.out);
  CHECK(round.ended.seconds < 4);
  CHECK(round.code() == 1);
  CHECK(round.report.text("/round/result") == "complete");
  CHECK(round.report.outcome(2, "slow@hang") == "cancelled");
  CHECK(round.report.result(2) == "cancelled");
  CHECK(world.models(1) == "x,new");
}
