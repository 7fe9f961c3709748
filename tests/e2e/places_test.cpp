#include <unistd.h>

#include <filesystem>

#include "base/json.h"
#include "catch.h"
#include "support/whole_database.h"
#include "world.h"

using e2e::everything_in;
using e2e::holds;
using e2e::World;

namespace {

void make(World& world) {
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone"});
  world.offer("a", {"x"});
  world.write_configuration();
}

// Ends with 2 and one line, and nothing in the folder is touched.
void refused(World& world, const e2e::Arguments& arguments,
             const std::string& says) {
  const auto before = everything_in(world.folder());
  const auto ended = world.run(arguments);
  INFO(ended.err);
  CHECK(ended.code == 2);
  CHECK(e2e::lines_in(ended.err) == 1);
  CHECK(holds(ended.err, says));
  CHECK((everything_in(world.folder()) == before));
  CHECK(world.upstream.log().empty());
}

}  // namespace

TEST_CASE("metrics are never written over another file of ours or theirs") {
  const auto name = GENERATE(
      as<std::string>(), "gateway.db", "gateway.db-journal", "gateway.db-wal",
      "gateway.db-shm", "gateway.db.channel-monitor.lock", "config.json",
      "channel-monitor.db", "channel-monitor.db-wal", "soft.prom", "hard.prom",
      "./here/../gateway.db");
  CAPTURE(name);
  World world;
  make(world);
  std::filesystem::create_symlink("gateway.db", world.file("soft.prom"));
  std::filesystem::create_hard_link(world.gateway(), world.file("hard.prom"));
  std::filesystem::create_directory(world.file("here"));
  world.set("metrics", R"({"textfile": )" + base::json::quote(name) + "}");
  world.write_configuration();
  refused(world, {"check"}, "metrics.textfile");
  refused(world, {"--once"}, "metrics.textfile");
}

TEST_CASE("the state is never kept in another file of ours or theirs") {
  const auto name =
      GENERATE(as<std::string>(), "gateway.db", "gateway.db-journal",
               "gateway.db.channel-monitor.lock", "config.json");
  CAPTURE(name);
  World world;
  make(world);
  world.set("state", base::json::quote(name));
  world.write_configuration();
  refused(world, {"--once"}, "state names");
}

TEST_CASE("init never writes over the database that it leads to") {
  const auto name = GENERATE(as<std::string>(), "gateway.db",
                             "gateway.db-journal", "channel-monitor.db");
  CAPTURE(name);
  World world;
  make(world);
  refused(world,
          {"init", "--db-type", "sqlite", "--dsn", world.gateway(), "--period",
           "1h", "--output", world.file(name), "--force", "--quiet"},
          "--output names");
}
