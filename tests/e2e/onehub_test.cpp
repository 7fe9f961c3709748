#include <csignal>

#include <fmt/format.h>

#include "catch.h"
#include "demo/upstream_answers.h"
#include "world.h"

using e2e::holds;
using e2e::World;

namespace {

constexpr const char* token = "made-up-access-token-01";
constexpr const char* not_told = "does not know of the changes";

// A one-hub whose first channel has a model that is gone, and whose admin API
// is a site of the simulated upstream.
class OneHub {
 public:
  OneHub() {
    world.make_gateway(std::string(GATEWAY_SCHEMAS) + "/onehub-sqlite.sql");
    world.change(
        fmt::format("UPDATE channels SET base_url = REPLACE(base_url,"
                    " '127.0.0.1:9', '127.0.0.1:{}');"
                    "UPDATE channels SET models = 'gpt-4o,gpt-4o-mini@gone'"
                    " WHERE id IN (1, 11)",
                    world.upstream.port()));
    world.offer("plain", {"gpt-4o", "gpt-4o-mini@gone"});
    world.set("include_channel", "[1, 11]");
    world.set("base_url", base::json::quote(world.upstream.url("admin/")));
    world.set("system_token", base::json::quote(token));
    world.set("language", R"("en")");
    world.upstream.set("admin", {});
    answers(demo::json_reply(200, R"({"success":true,"message":""})"));
  }

  void answers(web::Reply reply) {
    world.upstream.forget_answers();
    world.upstream.answer("/admin/", "", std::move(reply));
  }

  // What its admin API was asked.
  std::vector<demo::Seen> orders() {
    std::vector<demo::Seen> orders;
    for (demo::Seen& seen : world.upstream.log()) {
      if (seen.site != "plain") orders.push_back(std::move(seen));
    }
    return orders;
  }

  World world;
};

void no_token_in(const World& world, const support::Ended& ended) {
  CHECK_FALSE(holds(ended.out + ended.err, token));
  for (const auto& [name, bytes] : e2e::everything_in(world.folder())) {
    INFO(name);
    if (name != "config.json") CHECK_FALSE(holds(bytes, token));
  }
}

}  // namespace

TEST_CASE("a one-hub is told to read its channels again after a write") {
  OneHub hub;
  const auto round = hub.world.round();
  CAPTURE(round.ended.err);
  CHECK(round.report.result(1) == "changed");
  CHECK(hub.world.models(1) == "gpt-4o");
  CHECK(hub.world.models(11) == "gpt-4o,gpt-4o-mini@gone");  // is deleted
  CHECK(round.report.result(11) == "");
  const auto orders = hub.orders();
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].site == "admin");
  CHECK(orders[0].method == "DELETE");
  CHECK(orders[0].path == "/api/channel/2147483647");
  CHECK(orders[0].body.empty());
  CHECK(base::http::value_of(orders[0].headers, "Authorization") ==
        std::string("Bearer ") + token);
  CHECK(holds(round.ended.err, "was told to read its channels again"));
  no_token_in(hub.world, round.ended);

  // Nothing is written, nothing is to be told.
  hub.world.upstream.clear_log();
  CHECK(hub.world.round().report.result(1) == "unchanged");
  CHECK(hub.orders().empty());
}

TEST_CASE("check says whether a one-hub will be told") {
  OneHub hub;
  hub.world.write_configuration();
  const auto ready = hub.world.run({"check"});
  CHECK(holds(ready.out, "will be told to read its channels again"));
  hub.world.set("system_token", R"("")");
  hub.world.write_configuration();
  const auto mute = hub.world.run({"check"});
  CHECK(holds(mute.out, not_told));
  CHECK(mute.code == ready.code);
  CHECK(hub.orders().empty());
}

TEST_CASE("no channel that is there is ever named in a reload") {
  OneHub hub;
  hub.world.change(
      "UPDATE channels SET id = 2147483647 WHERE id = 2;"
      "UPDATE channels SET id = 2147483646 WHERE id = 3");
  hub.world.round();
  const auto orders = hub.orders();
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].path == "/api/channel/2147483645");
}

TEST_CASE("nothing is told where nothing may be written") {
  OneHub hub;
  hub.world.round({"--dry-run"});
  CHECK(hub.orders().empty());
  hub.world.set("do_not_modify_db", "true");
  const auto round = hub.world.round();
  CHECK(round.report.result(1) == "would_change");
  CHECK(hub.orders().empty());
  CHECK_FALSE(holds(round.ended.err, not_told));
}

TEST_CASE("an undo in a one-hub is told, too") {
  OneHub hub;
  hub.world.round();
  hub.world.upstream.clear_log();
  const auto dry = hub.world.run({"undo", "1", "--dry-run"});
  CHECK(dry.code == 0);
  CHECK(hub.orders().empty());
  const auto ended = hub.world.run({"undo", "1"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.code == 0);
  CHECK(hub.world.models(1) == "gpt-4o,gpt-4o-mini@gone");
  REQUIRE(hub.orders().size() == 1);
  CHECK(hub.orders()[0].method == "DELETE");
  no_token_in(hub.world, ended);
}

TEST_CASE("without an address it is said when a one-hub will see a change") {
  OneHub hub;
  hub.world.set(GENERATE("base_url", "system_token"), R"("")");
  const auto round = hub.world.round();
  CHECK(round.report.result(1) == "changed");
  CHECK(hub.orders().empty());
  CHECK(holds(round.ended.err, not_told));
  CHECK(holds(round.ended.err, "restart"));
  CHECK(holds(round.ended.err, "base_url"));
  // Of a round that writes nothing there is nothing to say.
  CHECK_FALSE(holds(hub.world.round().ended.err, not_told));
}

TEST_CASE("a one-hub that does not reload is named, and the write stands") {
  struct Case {
    web::Reply reply;
    const char* says;
  };
  web::Reply redirect = demo::json_reply(307, "");
  redirect.headers = {{"Location", "/elsewhere"}};
  web::Reply nothing = demo::json_reply(500, "");
  nothing.body.clear();
  const Case cases[] = {
      {demo::json_reply(
           200, fmt::format(R"({{"success":false,"message":"{}"}})", token)),
       "access token of an administrator"},
      {demo::json_reply(401, R"({"success":false,"message":"未登录"})"),
       "未登录"},
      {nothing, "NULL in its weight or priority"},
      {redirect, "leads elsewhere (status 307)"},
      {demo::json_reply(404, "404 page not found"), "status 404"},
      {demo::json_reply(200, "<html>"), "not as a One Hub does"},
      {{.status = 0, .ending = web::Ending::reset}, "does not answer"},
      {{.status = 0, .ending = web::Ending::unfinished}, "does not answer"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.says);
    OneHub hub;
    hub.answers(one.reply);
    const auto round = hub.world.round();
    CAPTURE(round.ended.err);
    CHECK(round.report.result(1) == "changed");
    CHECK(hub.world.models(1) == "gpt-4o");
    CHECK(holds(round.ended.err, not_told));
    CHECK(holds(round.ended.err, one.says));
    REQUIRE_FALSE(hub.orders().empty());
    for (const demo::Seen& order : hub.orders()) {
      CHECK(order.path == "/api/channel/2147483647");  // no redirect
    }
    CHECK(round.ended.seconds < 8);
    no_token_in(hub.world, round.ended);
  }
}

TEST_CASE("what a one-hub was not told is told after the next round") {
  OneHub hub;
  hub.answers(demo::json_reply(503, ""));
  hub.world.set("time_period", R"("10s")");
  hub.world.write_configuration();
  support::Program daemon(hub.world.command({"run", "--now"}));
  REQUIRE(e2e::wait_for([&] { return hub.orders().size() == 1; }));
  REQUIRE(e2e::wait_for([&] { return holds(daemon.err(), not_told); }));
  hub.answers(demo::json_reply(200, R"({"success":true,"message":""})"));
  for (int i = 0; i < 3 && hub.orders().size() < 2; ++i) {
    e2e::wait_for([&] { return hub.orders().size() == 2; });
  }
  CHECK(hub.orders().size() == 2);
  CHECK(e2e::wait_for([&] {
    return holds(daemon.err(), "was told to read its channels again");
  }));
  daemon.send(SIGTERM);
  CHECK(daemon.wait().code == 0);
}

TEST_CASE("a one-hub that hangs holds up no stop") {
  OneHub hub;
  hub.answers({.status = 0, .ending = web::Ending::unfinished});
  hub.world.set("timeout", R"("60s")");
  hub.world.write_configuration();
  support::Program program(hub.world.command({"--once"}));
  REQUIRE(e2e::wait_for([&] { return hub.orders().size() == 1; }));
  program.send(SIGTERM);
  const auto ended = program.wait();
  CHECK(ended.code == 130);
  CHECK(ended.seconds < 10);
  CHECK(holds(ended.err, not_told));
  CHECK(hub.world.models(1) == "gpt-4o");
}
