#include <chrono>
#include <csignal>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "catch.h"
#include "support/kuma_thread.h"
#include "world.h"

using e2e::holds;
using e2e::World;
using support::KumaThread;

// Uptime Kuma, as the built program tells it of its rounds.

namespace {

const std::string secret = "TokenOfNobody42";

std::string kuma_block(const std::map<std::string, std::string>& models,
                       const std::map<std::string, std::string>& channels) {
  base::json::Writer json;
  json.begin_object().member("status", "enabled").key("model_url");
  json.begin_object();
  for (const auto& [name, url] : models)
    json.member(name, url);
  json.end_object().key("channel_url").begin_object();
  for (const auto& [id, url] : channels)
    json.member(id, url);
  return json.end_object().end_object().take();
}

// "token status msg": sorted, since they come in any order.
std::map<std::string, KumaThread::Beat> by_token(const KumaThread& kuma) {
  std::map<std::string, KumaThread::Beat> all;
  for (const auto& beat : kuma.beats())
    all[beat.token] = beat;
  return all;
}

void make_channels(World& world) {
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,dead@503,limited@limited"});
  world.add({.id = 2, .site = "b", .models = "x,y@gone"});
  world.add({.id = 3, .site = "c", .models = "z@503"});
}

}  // namespace

TEST_CASE("a round pushes once what is up and what is down, and no more") {
  KumaThread kuma({"x", "dead", "limited", "y", "one", "three", "else"});
  World world;
  make_channels(world);
  world.set("retry", R"({"attempts": 1})");
  world.set("uptime-kuma", kuma_block({{"x", kuma.url("x") + "&kept=1"},
                                       {"dead@503", kuma.url("dead")},
                                       {"limited@limited", kuma.url("limited")},
                                       {"nowhere", kuma.url("else")}},
                                      {{"1", kuma.url("one")},
                                       {"3", kuma.url("three")},
                                       {"2", kuma.url(secret)}}));
  const bool is_read_only = GENERATE(false, true);
  if (is_read_only) world.set("do_not_modify_db", "true");
  const auto round = world.round();
  INFO(round.ended.err);
  const auto beats = by_token(kuma);
  CHECK(kuma.beats().size() == 4);
  REQUIRE(beats.size() == 4);
  CHECK(beats.at("x").status == "up");
  CHECK(beats.at("x").msg == "2 of 2 channels answer");
  CHECK(beats.at("x").others == "kept=1&");
  CHECK(std::stoi(beats.at("x").ping) > 0);
  CHECK(beats.at("dead").status == "down");
  CHECK(holds(beats.at("dead").msg, "server_error"));
  CHECK(beats.at("dead").ping.empty());
  CHECK(beats.at("one").status == "up");
  CHECK(beats.at("three").status == "down");
  CHECK(kuma.refused() == 1);
  CHECK(holds(round.ended.err, "1 of 5 pushes"));
  CHECK(holds(round.ended.err, "channel 2"));
  CHECK(holds(round.ended.err, "Monitor not found or not active."));
  for (const auto& [name, bytes] : e2e::everything_in(world.folder())) {
    if (name == "config.json") continue;
    INFO(name);
    CHECK_FALSE(holds(bytes, secret));
  }
  CHECK_FALSE(holds(round.ended.err + round.ended.out, secret));
}

TEST_CASE("what is not the whole truth is not pushed") {
  KumaThread kuma({"x"});
  World world;
  make_channels(world);
  world.set("uptime-kuma", kuma_block({{"x", kuma.url("x")}}, {}));
  SECTION("a dry run") {
    world.round({"--dry-run"});
  }
  SECTION("a part of the channels") {
    world.round({"--channel", "1"});
  }
  SECTION("a machine without a network") {
    world.upstream.stop_listening();
    world.round();
  }
  SECTION("it is turned off") {
    world.set("uptime-kuma", R"({"status": "disabled", "model_url": {"x": ")" +
                                 kuma.url("x") + R"("}})");
    world.round();
  }
  CHECK(kuma.beats().empty());
}

TEST_CASE("a Kuma that is dead costs its limit, and no time at a stop") {
  KumaThread kuma({"x", "y"});
  kuma.fall_silent();
  World world;
  make_channels(world);
  world.set("uptime-kuma",
            kuma_block({{"x", kuma.url("x")},
                        {"dead@503", "http://127.0.0.1:1/api/push/t"}},
                       {}));
  SECTION("its limit") {
    const auto round = world.round();
    CHECK(round.ended.seconds > 9);
    CHECK(round.ended.seconds < 15);
    CHECK(holds(round.ended.err, "2 of 2 pushes"));
    CHECK(round.code() == 1);
  }
  SECTION("no time") {
    world.write_configuration();
    support::Program program(world.command({"--once", "--quiet"}));
    // The round is over when its end is in the state.
    REQUIRE(e2e::wait_for([&] {
      return world.upstream.log().size() >= 6 &&
             support::look_up(world.state(),
                              "SELECT count(*) FROM rounds WHERE result ="
                              " 'complete'") == "1";
    }));
    program.send(SIGTERM);
    const auto ended = program.wait();
    CHECK(ended.seconds < 9);
    CHECK_FALSE(ended.timed_out);
  }
}
