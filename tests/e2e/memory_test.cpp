#include <filesystem>

#include <fmt/format.h>

#include "base/json.h"
#include "catch.h"
#include "demo/upstream_answers.h"
#include "support/whole_database.h"
#include "world.h"

using e2e::holds;
using e2e::World;

namespace {

using Lines = std::vector<std::string>;

std::string status_of(World& world) {
  return world.look("SELECT status FROM channels WHERE id = 1");
}

// Whatever is asked of site "a" in these words gets an error from now on; what
// is asked of "b" is well.
void break_a(World& world, const std::string& body, int status = 404) {
  world.upstream.answer(
      "/a/v1/chat", body,
      demo::error_reply(status, "not now", "",
                        status == 404 ? "model_not_found" : ""));
}

// A gateway with another channel that is always well, so that no round is cut
// off and nothing is much of all.
void make(World& world, const std::string& models) {
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = models});
  world.add({.id = 2, .site = "b", .models = "alive"});
}

// The same upstream at another address.
void point_to(World& world, const std::string& site) {
  world.change(fmt::format("UPDATE channels SET base_url = '{}' WHERE id = 1",
                           world.upstream.url(site)));
}

}  // namespace

TEST_CASE("a channel of which nothing is left is off at once, with a reason") {
  World world;
  make(world, "x@gone,y@gone");
  world.change(R"(UPDATE channels SET other_info = '{"owner":"ops"}')");
  const auto round = world.round();
  CHECK(status_of(world) == "3");
  CHECK(round.report.number("/totals/disabled") == 1);
  CHECK(world.models(1) == "x@gone,y@gone");
  CHECK(world.abilities(1) == "default/x@gone=0 default/y@gone=0");
  const std::string info =
      world.look("SELECT other_info FROM channels WHERE id = 1");
  base::json::Document document;
  REQUIRE(document.parse(info.substr(1, info.size() - 2)));
  CHECK(document.text("/owner") == "ops");
  CHECK(document.text("/status_reason").value_or("").size() > 10);
  CHECK(document.text("/status_reason").value_or("").size() <= 400);
  CHECK(document.number("/status_time").value_or(0) > 1'700'000'000);
  CHECK(world.look("SELECT used_quota FROM channels WHERE id = 1") == "4711");
}

TEST_CASE("a channel with a dead key is off after as many rounds as are set") {
  World world;
  make(world, "x,y");
  world.upstream.set("a", {.models = {"x"}, .keys = {"sk-another"}});
  world.set("fail_after", "3");
  for (const char* expected : {"1", "1", "3"}) {
    world.round();
    CHECK(status_of(world) == expected);
  }
  CHECK(world.models(1) == "x,y");
}

TEST_CASE("a channel that fails in a way that may pass has three rounds") {
  World world;
  make(world, "x,y");
  REQUIRE(world.round().code() == 0);
  break_a(world, "", 503);
  for (const char* expected : {"1", "1", "3"}) {
    world.round();
    CHECK(status_of(world) == expected);
  }
  CHECK(world.models(1) == "x,y");
  CHECK(world.abilities(1) == "default/x=0 default/y=0");
}

TEST_CASE("one limited model is reason enough to leave the channel on") {
  World world;
  make(world, "x@gone,y@limited");
  world.round();
  CHECK(status_of(world) == "1");
  CHECK(world.models(1) == "y@limited");
}

TEST_CASE("on_all_failed keep only reports") {
  World world;
  make(world, "x@gone,y@gone");
  world.set("on_all_failed", R"("keep")");
  const auto before = support::whole_database(world.gateway());
  CHECK(world.round().code() == 1);
  CHECK(support::differences(
            before, support::whole_database(world.gateway())) == Lines());
}

TEST_CASE("a channel that we switched off comes back when it answers") {
  World world;
  make(world, "x,y");
  world.upstream.set("a", {.models = {"x", "y"}, .keys = {"sk-another"}});
  world.round();
  REQUIRE(status_of(world) == "3");
  world.upstream.set("a", {.models = {"x", "y"}});
  const auto round = world.round();
  CHECK(round.report.number("/totals/enabled") == 1);
  CHECK(status_of(world) == "1");
  CHECK(world.models(1) == "x,y");
  CHECK(world.abilities(1) == "default/x=1 default/y=1");
  CHECK(holds(world.look("SELECT other_info FROM channels WHERE id = 1"),
              R"("status_reason":"")"));
}

TEST_CASE("a channel that somebody else switched off is only his to switch") {
  const auto* const rule = GENERATE("own", "any", "never");
  CAPTURE(rule);
  World world;
  make(world, "x,y");
  world.change(
      "UPDATE channels SET status = 3 WHERE id = 1; UPDATE abilities "
      "SET enabled = 0 WHERE channel_id = 1");
  world.set("auto_enable", base::json::quote(rule));
  world.round();
  CHECK(status_of(world) == (std::string(rule) == "any" ? "1" : "3"));
}

TEST_CASE("a channel that was switched since is not ours any more") {
  const int status = GENERATE(1, 2);
  CAPTURE(status);
  World world;
  make(world, "x,y");
  world.upstream.set("a", {.models = {"x", "y"}, .keys = {"sk-another"}});
  world.round();
  REQUIRE(status_of(world) == "3");
  world.change(
      fmt::format("UPDATE channels SET status = {} WHERE id = 1", status));
  world.set("on_all_failed", R"("keep")");
  world.round();
  world.change("UPDATE channels SET status = 3 WHERE id = 1");
  world.upstream.set("a", {.models = {"x", "y"}});
  world.round();
  CHECK(status_of(world) == "3");
}

TEST_CASE("a removed name returns when it answers, listed upstream or not") {
  World world;
  make(world, "x,y,z");
  const std::string other = world.upstream.url("c");
  world.upstream.set("a", {.models = {"x"}});
  break_a(world, "\"y\"");
  world.round();
  REQUIRE(world.models(1) == "x,z");
  CHECK(world.abilities(1) == "default/x=1 default/z=1");
  CHECK(world.round().report.outcome(1, "y") == "model_gone");
  world.upstream.forget_answers();
  CHECK(world.round().report.names(1, "added") == Lines{"y"});
  CHECK(world.models(1) == "x,z,y");
  CHECK(world.abilities(1) == "default/x=1 default/y=1 default/z=1");
}

TEST_CASE("a removed name that add_new_models holds off returns, a new not") {
  World world;
  make(world, "x,y");
  world.set("add_new_models", "false");
  break_a(world, "\"y\"");
  world.round();
  REQUIRE(world.models(1) == "x");
  world.upstream.forget_answers();
  world.offer("a", {"x", "y", "new"});
  world.round();
  CHECK(world.models(1) == "x,y");
}

TEST_CASE("without the state file only memory is lost") {
  World world;
  make(world, "x,y");
  world.upstream.set("a", {.models = {"x"}});
  break_a(world, "\"y\"");
  world.round();
  REQUIRE(world.models(1) == "x");
  std::filesystem::remove(world.state());
  world.upstream.forget_answers();
  const auto before = support::whole_database(world.gateway());
  CHECK(world.round().code() == 0);
  CHECK(support::differences(
            before, support::whole_database(world.gateway())) == Lines());
}

TEST_CASE("with a new address memory and streaks begin anew") {
  World world;
  make(world, "x,y,q@503");
  world.upstream.set("a", {.models = {"x"}});
  world.upstream.set("c", {.models = {"x"}});
  break_a(world, "\"y\"");
  world.round();
  world.round();
  REQUIRE(world.models(1) == "x,q@503");
  point_to(world, "c");
  const auto round = world.round();
  // The third failure of q, but the first here; y is not asked for.
  CHECK(world.models(1) == "x,q@503");
  CHECK(round.report.outcome(1, "y") == "");
}

TEST_CASE("what was dismissed stays so at a new address") {
  World world;
  make(world, "x,y");
  world.upstream.set("c", {.models = {"x", "y"}});
  world.round();
  world.change(
      "UPDATE channels SET models = 'x' WHERE id = 1; DELETE FROM "
      "abilities WHERE model = 'y'");
  point_to(world, "c");
  CHECK(world.round().report.names(1, "dismissed") == Lines{"y"});
  CHECK(world.models(1) == "x");
}

TEST_CASE("another channel under the same id has no memory") {
  World world;
  make(world, "x,y");
  world.round();
  world.change(
      "DELETE FROM channels WHERE id = 1; DELETE FROM abilities WHERE "
      "channel_id = 1");
  world.add({.id = 1, .site = "a", .models = "x"});
  world.change("UPDATE channels SET created_time = 1790000000 WHERE id = 1");
  world.offer("a", {"x", "y"});
  world.round();
  CHECK(world.models(1) == "x,y");
}

TEST_CASE("one state serves two gateways and mixes nothing up") {
  World world;
  make(world, "x,y");
  support::TemporaryFolder elsewhere;
  world.set("state", base::json::quote(elsewhere.file("shared.db")));
  world.round();
  World other;
  make(other, "x");
  other.offer("a", {"x", "y"});
  other.set("state", base::json::quote(elsewhere.file("shared.db")));
  other.round();
  CHECK(other.models(1) == "x,y");  // not dismissed: it never was there
}

TEST_CASE("what is not due costs no call and changes nothing") {
  World world;
  make(world, "x,y@503");
  world.set("recheck", R"({"alive": "1h", "dead": "1h"})");
  world.round();
  world.upstream.clear_log();
  world.round();
  for (const auto& seen : world.upstream.log()) {
    CHECK(seen.method == "GET");
  }
  // A changed key makes everything due.
  world.change("UPDATE channels SET key = 'sk-changed-key-22222'");
  world.upstream.clear_log();
  world.round();
  CHECK(world.upstream.log().size() >= 5);
}
