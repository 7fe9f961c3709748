// What an earlier monitor did to its users, each as a test that would fail
// without the rule that prevents it.

#include <fmt/format.h>

#include "catch.h"
#include "demo/upstream_answers.h"
#include "support/whole_database.h"
#include "world.h"

using e2e::holds;
using e2e::World;
using support::differences;
using support::whole_database;

namespace {

using Lines = std::vector<std::string>;

// Runs a round; returns which lines of the whole database differ after it.
Lines changed_by_round(World& world, const e2e::Arguments& more = {}) {
  const auto before = whole_database(world.gateway());
  world.round(more);
  return differences(before, whole_database(world.gateway()));
}

}  // namespace

TEST_CASE("a list of which nothing is left upstream is not emptied") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x@gone,y@gone,z@nochannel"});
  world.add({.id = 2, .site = "b", .models = "alive"});
  const auto round = world.round();
  INFO(round.ended.out);
  CHECK(round.code() == 1);
  CHECK(world.models(1) == "x@gone,y@gone,z@nochannel");
  CHECK(world.look("SELECT status FROM channels WHERE id = 1") == "3");
  CHECK(world.abilities(1) ==
        "default/x@gone=0 default/y@gone=0 default/z@nochannel=0");
  CHECK(world.abilities(2) == "default/alive=1");
}

TEST_CASE("a list that an upstream answers with nothing in it is no list") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y"});
  world.upstream.set("a", {.list = "empty"});
  CHECK(changed_by_round(world) == Lines());
}

TEST_CASE("a group's only model that was renamed leaves no group uncovered") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "old@gone", .group = "solo"});
  world.add({.id = 2, .site = "b", .models = "alive"});
  world.offer("a", {"renamed"});
  const auto round = world.round();
  INFO(round.ended.out);
  CHECK(world.models(1) == "renamed");
  CHECK(world.abilities(1) == "solo/renamed=1");
  CHECK(world.look("SELECT status FROM channels WHERE id = 1") == "1");
}

TEST_CASE("abilities of a channel that is off stay off") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone", .status = 3});
  world.add({.id = 2, .site = "b", .models = "x,y@gone", .status = 2});
  world.offer("a", {"x", "new"});
  world.offer("b", {"x", "new"});
  world.round();
  CHECK(world.models(1) == "x,new");
  CHECK(world.abilities(1) == "default/new=0 default/x=0");
  CHECK(world.look("SELECT status FROM channels WHERE id = 1") == "3");
  CHECK(world.models(2) == "x,y@gone");
  CHECK(world.abilities(2) == "default/x=0 default/y@gone=0");
}

TEST_CASE("what the administrator edits during a round wins") {
  struct Edit {
    const char* sql;
    const char* result = "changed_meanwhile";
  };
  const auto edit = GENERATE(
      Edit{"UPDATE channels SET models = 'x,y@gone,z' WHERE id = 1"},
      Edit{"UPDATE channels SET \"group\" = 'default,vip' WHERE id = 1"},
      Edit{"UPDATE channels SET key = 'sk-another-one-11111' WHERE id = 1"},
      Edit{"UPDATE channels SET model_mapping = '{\"x\":\"z\"}' WHERE id = 1"},
      Edit{"UPDATE channels SET base_url = 'http://127.0.0.1:9' WHERE id = 1"},
      Edit{"UPDATE channels SET type = 8 WHERE id = 1"},
      Edit{"UPDATE channels SET status = 2 WHERE id = 1"},
      Edit{"DELETE FROM channels WHERE id = 1"});
  CAPTURE(edit.sql);
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone"});
  world.offer("a", {"x", "new"});
  // A slow one keeps the round open; another shows that it goes on.
  world.add({.id = 2, .site = "b", .models = "slow@hang,well"});
  world.add({.id = 3, .site = "c", .models = "x,y@gone"});
  world.set("timeout", R"("600ms")");
  world.write_configuration();
  support::Program program(
      world.command({"--once", "--format", "json", "--force"}));
  REQUIRE(e2e::wait_for([&] { return world.upstream.log().size() >= 8; }));
  world.change(edit.sql);
  const auto edited = whole_database(world.gateway());
  const auto ended = program.wait();
  const e2e::Report report(ended.out);
  INFO(ended.out);
  CHECK(report.result(1) == edit.result);
  CHECK(report.names(1, "removed") == Lines());
  CHECK(world.models(3) == "x");
  for (const auto& line :
       differences(edited, whole_database(world.gateway()))) {
    INFO(line);
    CHECK((holds(line, "id=3, ") || holds(line, "channel_id=3")));
  }
  CHECK(ended.code == 1);
}

TEST_CASE("another priority, weight or tag is used fresh") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone"});
  world.add({.id = 2, .site = "b", .models = "slow@hang,well"});
  world.set("timeout", R"("600ms")");
  world.write_configuration();
  support::Program program(
      world.command({"--once", "--format", "json", "--force"}));
  REQUIRE(e2e::wait_for([&] { return world.upstream.log().size() >= 5; }));
  world.change(
      "UPDATE channels SET priority = 7, weight = 3, tag = 't' WHERE id = 1");
  program.wait();
  CHECK(world.models(1) == "x");
  CHECK(world.look("SELECT group_concat(model || priority || weight || tag) "
                   "FROM abilities WHERE channel_id = 1") == "'x73t'");
}

TEST_CASE("a name that the administrator took off is not put back") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,unwanted"});
  world.round();
  world.change(
      "UPDATE channels SET models = 'x' WHERE id = 1; DELETE FROM "
      "abilities WHERE model = 'unwanted'");
  for (int i = 0; i < 2; ++i) {
    const auto round = world.round();
    CHECK(round.code() == 0);
    CHECK(round.report.names(1, "dismissed") == Lines{"unwanted"});
    CHECK(world.models(1) == "x");
  }
  // Until somebody lists it again.
  world.change("UPDATE channels SET models = 'x,unwanted' WHERE id = 1");
  CHECK(world.round().report.names(1, "dismissed") == Lines());
  CHECK(world.models(1) == "x,unwanted");
}

TEST_CASE("nothing is concluded while this machine is cut off") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y"});
  world.add({.id = 2, .site = "b", .models = "z", .status = 3});
  world.set("fail_after_passing", "1");
  REQUIRE(world.round().code() == 0);
  world.upstream.stop_listening();
  const auto before = whole_database(world.gateway());
  for (int i = 0; i < 4; ++i) {
    const auto round = world.round();
    CHECK(round.report.guards() == Lines{"cut_off"});
    CHECK(round.code() == 1);
  }
  CHECK(differences(before, whole_database(world.gateway())) == Lines());
  // Nor was anything learnt: one failing round alone is none of three.
  world.set("fail_after_passing", "2");
  world.upstream.listen_again();
  world.upstream.set("a", {.models = {"x", "y"}});
  world.upstream.answer("/a/", "\"y\"", demo::error_reply(503, "", "", ""));
  const auto round = world.round();
  CHECK(round.report.outcome(1, "y") == "server_error");
  CHECK(world.models(1) == "x,y");
  CHECK(world.round().report.names(1, "removed") == Lines{"y"});
}

TEST_CASE("an address to ask decides whether this machine is cut off") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x@gone,y"});
  support::UpstreamThread other;
  other.set("ping", {.models = {"z"}});
  world.set("guard", fmt::format(R"({{"connectivity_url": "{}"}})",
                                 other.url("ping/v1/models")));
  other.stop_listening();
  CHECK(world.round().report.guards() == Lines{"cut_off"});
  CHECK(world.models(1) == "x@gone,y");
  other.listen_again();
  CHECK(world.round().report.guards() == Lines());
  CHECK(world.models(1) == "y");
}

TEST_CASE("an upstream that never understood us proves nothing") {
  const int status = GENERATE(400, 404, 405, 500, 502, 200);
  CAPTURE(status);
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y"});
  world.add({.id = 2, .site = "b", .models = "alive"});
  world.upstream.answer(
      "/a/", "",
      {.status = status,
       .headers = {{"Content-Type", "text/html"}},
       .body = {{.bytes = "<!doctype html><html><body>It works!</body>"}}});
  world.set("fail_after_passing", "1");
  const auto before = whole_database(world.gateway());
  for (int i = 0; i < 4; ++i) {
    CHECK(world.round().code() == 1);
  }
  CHECK(differences(before, whole_database(world.gateway())) == Lines());
}

TEST_CASE("an upstream that breaks after it once worked is believed") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y"});
  REQUIRE(world.round().code() == 0);
  world.upstream.answer("/a/v1/chat", "\"y\"",
                        demo::error_reply(500, "", "", ""));
  CHECK(world.round().report.verdict(1, "y") == "hold");
  CHECK(world.round().report.verdict(1, "y") == "hold");
  CHECK(world.round().report.verdict(1, "y") == "remove");
  CHECK(world.models(1) == "x");
}

TEST_CASE("an excluded model is neither asked for, removed nor added") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,secret-1@gone,y@gone"});
  world.offer("a", {"x", "secret-2", "new"});
  world.set("exclude_model", R"(["secret-*"])");
  world.round();
  CHECK(world.models(1) == "x,secret-1@gone,new");
  CHECK(world.abilities(1) ==
        "default/new=1 default/secret-1@gone=1 default/x=1");
  for (const auto& seen : world.upstream.log()) {
    CHECK_FALSE(holds(seen.body, "secret"));
  }
}

TEST_CASE("a protected model stays, and so does its channel") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x@gone,y@gone"});
  world.add({.id = 2, .site = "b", .models = "alive"});
  world.set("protect_model", R"(["x@*"])");
  const auto round = world.round();
  CHECK(round.report.outcome(1, "x@gone") == "model_gone");
  CHECK(round.report.verdict(1, "x@gone") == "hold");
  CHECK(world.look("SELECT status FROM channels WHERE id = 1") == "1");
  CHECK(holds(world.models(1), "x@gone"));
}

TEST_CASE("a key goes to no host of another product's table") {
  World world;
  world.make_gateway(std::string(GATEWAY_SCHEMAS) + "/oneapi-sqlite.sql");
  // SiliconFlow in new-api, Doubao in one-api.
  world.change("UPDATE channels SET type = 40, base_url = '' WHERE id = 1");
  world.environment.emplace_back("https_proxy=" + world.upstream.url());
  world.environment.emplace_back("http_proxy=" + world.upstream.url());
  world.write_configuration();
  const auto ended = world.run({"test", "1", "--format", "json"});
  INFO(ended.out);
  CHECK(e2e::Report(ended.out).is_json());
  CHECK_FALSE(holds(ended.out, "siliconflow"));
  for (const auto& seen : world.upstream.log()) {
    CHECK_FALSE(holds(seen.path, "siliconflow"));
  }
}

TEST_CASE("a host that is not named in ASCII is asked in any locale") {
  for (const char* locale : {"", "C", "zh_CN.UTF-8", "C.UTF-8"}) {
    CAPTURE(locale);
    World world;
    world.make_gateway();
    std::string url = world.upstream.url("a");
    const std::string host = "127.0.0.1";
    url.replace(url.find(host), host.size(), "中文.localhost");
    world.add({.id = 1, .site = "a", .models = "x", .base_url = url});
    world.upstream.set("a", {.models = {"x"}});
    world.environment.emplace_back(std::string("LANG=") + locale);
    world.environment.emplace_back("LC_ALL=");
    world.environment.emplace_back("LC_CTYPE=");
    const auto round = world.round();
    INFO(round.ended.out);
    CHECK(round.report.outcome(1, "x") == "ok");
  }
}

TEST_CASE("a redirect takes no key to another host or port") {
  const bool of_list = GENERATE(true, false);
  const int status = GENERATE(301, 307);
  World world;
  support::UpstreamThread other;
  other.set("a", {.models = {"x", "stolen"}});
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y"});
  world.upstream.answer(
      of_list ? "/a/v1/models" : "/a/v1/chat", "",
      {.status = status,
       .headers = {{"Location", other.url("a/v1/models?then=1")}}});
  const auto before = whole_database(world.gateway());
  const auto round = world.round();
  INFO(round.ended.out);
  CHECK(other.counters().connections == 0);
  CHECK(differences(before, whole_database(world.gateway())) == Lines());
}

TEST_CASE("a channel is nothing special for being named refresh") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x", .name = "refresh"});
  CHECK(changed_by_round(world) == Lines());
}

TEST_CASE("no list is put in another order") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "m,c,z@gone,a,b"});
  world.offer("a", {"a", "new-2", "b", "c", "new-1", "m"});
  world.round();
  CHECK(world.models(1) == "m,c,a,b,new-2,new-1");
}

TEST_CASE("where nothing changes, no cell does") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@limited"});
  world.add({.id = 2, .site = "b", .models = " x , ,x,y"});
  world.add({.id = 3, .site = "c", .models = "x", .status = 3});
  world.offer("b", {"x", "y"});
  CHECK(changed_by_round(world) == Lines());
}

TEST_CASE("test times are written for every probed channel when asked for") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x"});
  world.add({.id = 2, .site = "b", .models = "x", .status = 2});
  world.set("write_test_time", "true");
  world.round();
  CHECK(world.look("SELECT test_time > 0 FROM channels WHERE id = 1") == "1");
  CHECK(world.look("SELECT test_time FROM channels WHERE id = 2") == "0");
  CHECK(world.look("SELECT used_quota FROM channels WHERE id = 1") == "4711");
}

TEST_CASE("do_not_modify_db writes nothing to the gateway") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone"});
  world.offer("a", {"x", "new"});
  world.set("do_not_modify_db", "true");
  const auto round = world.round();
  CHECK(round.report.result(1) == "would_change");
  CHECK(world.models(1) == "x,y@gone");
  // Nothing is remembered as removed either.
  world.set("do_not_modify_db", "false");
  CHECK(world.round().report.names(1, "removed") == Lines{"y@gone"});
}

TEST_CASE("a channel that no request can be made of is left alone") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y"});
  world.add({.id = 2,
             .site = "b%20c",
             .models = "x,y",
             .base_url = world.upstream.url("b c")});
  world.change(
      R"(UPDATE channels SET header_override = '{"X":"a\nb"}' WHERE id = 1)");
  world.set("fail_after_passing", "1");
  world.write_configuration();
  const auto round = world.round();
  CAPTURE(round.ended.out, round.ended.err);
  CHECK(round.report.outcome(1, "x") == "inconclusive");
  CHECK(world.models(1) == "x,y");
  CHECK(world.look("SELECT status FROM channels WHERE id = 1") == "1");
  // The gateways' client sends a blank in an address as "%20".
  CHECK(round.report.outcome(2, "x") == "ok");
}
