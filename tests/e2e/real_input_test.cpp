#include <fmt/format.h>

#include "catch.h"
#include "db/session.h"
#include "demo/upstream_answers.h"
#include "expected.h"
#include "world.h"

using e2e::Expected;
using e2e::World;

namespace {

// The same of a file.
World::Round only_expected_changes(World& world,
                                   const std::vector<Expected>& edits) {
  const std::string copy = world.file("expected.db");
  const auto gateway = db::open_sqlite(world.gateway(), db::Access::write);
  gateway->execute("VACUUM INTO ?", {copy});  // what is in a WAL, too
  const auto twin = db::open_sqlite(copy, db::Access::write);
  return e2e::only_expected_changes(world, *gateway, *twin, edits);
}

// What must not happen at a second look at the same world: any write at all.
void nothing_more(World& world) {
  const std::string before = support::text_of_file(world.gateway());
  const auto round = world.round();
  INFO(round.ended.out);
  CHECK(round.report.number("/totals/added") == 0);
  CHECK(round.report.number("/totals/removed") == 0);
  const std::string after = support::text_of_file(world.gateway());
  CHECK(before.substr(24, 4) == after.substr(24, 4));  // the change counter
  CHECK((before == after));
  for (const std::string& name : support::files_in(world.folder())) {
    CHECK_FALSE(name.ends_with("-journal"));
    CHECK_FALSE(name.ends_with("-wal"));
  }
}

}  // namespace

TEST_CASE("the gateways' tables in our own words are changed where needed") {
  const auto* const sql = GENERATE("oneapi", "newapi-2025-04", "newapi");
  CAPTURE(sql);
  World world;
  world.make_gateway(fmt::format("{}/{}-sqlite.sql", GATEWAY_SCHEMAS, sql));
  world.change(
      fmt::format("UPDATE channels SET base_url = REPLACE(base_url, "
                  "'127.0.0.1:9', '127.0.0.1:{}')",
                  world.upstream.port()));
  world.offer("plain", {"gpt-4o", "gpt-4o-mini"});
  world.offer("itself", {"gpt-4o"});
  world.offer("alone", {"only-model", "another"});
  world.offer("untidy", {"A-MODEL", "a-model", "b-model", "c-model"});
  world.offer("mapped", {"real-model", "plain-model"});
  // The last channels are not the same in all of them.
  world.set("include_channel", "[1, 3, 4, 5, 6, 7, 9]");
  const auto round = only_expected_changes(
      world,
      {{5, "only-model,another"}, {6, "a-model,b-model,A-MODEL,c-model"}});
  CHECK(round.report.result(9) == "config_error");
  CHECK(round.report.result(1) == "unchanged");
  CHECK(round.report.result(4) == "unchanged");
  CHECK(round.code() == 1);
  nothing_more(world);
}

TEST_CASE("a gateway's file in WAL mode is written and stays in that mode") {
  World world;
  world.make_gateway();
  const auto gateway = db::open_sqlite(world.gateway(), db::Access::write);
  gateway->query("PRAGMA journal_mode = WAL");
  world.add({.id = 1, .site = "a", .models = "x,y@gone"});
  const auto round = only_expected_changes(world, {{1, "x"}});
  CHECK(round.report.result(1) == "changed");
  CHECK(db::text_of(gateway->query("PRAGMA journal_mode").at(0).at(0)) ==
        "wal");
}

TEST_CASE("a channel whose /v1 is doubled is left alone where it answers") {
  World world;
  world.make_gateway();
  world.add({.id = 4, .site = "suffix", .models = "qwen2.5-72b-instruct"});
  world.change("UPDATE channels SET base_url = base_url || '/v1'");
  const auto round = only_expected_changes(world, {});
  CHECK(round.report.result(4) == "unchanged");
  CHECK(round.report.outcome(4, "qwen2.5-72b-instruct") == "ok");
  CHECK(round.code() == 0);
}

TEST_CASE("a doubled /v1 that answers 404 is named, and nothing is written") {
  World world;
  world.make_gateway();
  world.add({.id = 4, .site = "suffix", .models = "qwen2.5-72b-instruct,b"});
  world.change("UPDATE channels SET base_url = base_url || '/v1'");
  web::Reply missing = demo::json_reply(404, "404 page not found");
  world.upstream.answer("/v1/v1/", "", missing);
  const auto round = only_expected_changes(world, {});
  INFO(round.ended.out);
  CHECK(round.report.result(4) == "config_error");
  CHECK(e2e::holds(round.report.reason(4), world.upstream.url("suffix")));
  CHECK(round.code() == 1);
  nothing_more(world);
}

TEST_CASE("without a base URL the type's own host is asked") {
  struct Host {
    std::int64_t type;
    const char* name;
  };
  const auto host =
      GENERATE(Host{1, "api.openai.com"}, Host{40, "api.siliconflow.cn"},
               Host{43, "api.deepseek.com"});
  World world;
  world.make_gateway();
  world.add({.id = 2, .models = "gpt-4.1", .type = host.type, .base_url = "-"});
  world.change("UPDATE channels SET base_url = ''");
  // Nothing may leave this machine: a proxy that is not there sees to it.
  world.environment.emplace_back("https_proxy=http://127.0.0.1:9");
  world.write_configuration();
  const auto ended = world.run({"test", "2", "--format", "json"});
  const e2e::Report report(ended.out);
  REQUIRE(report.is_json());
  CHECK(e2e::holds(
      report.text("/calls/0/request"),
      fmt::format("POST https://{}/v1/chat/completions", host.name)));
  CHECK(ended.code == 1);
}
