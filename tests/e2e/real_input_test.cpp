#include <ctime>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "catch.h"
#include "db/session.h"
#include "demo/upstream_answers.h"
#include "support/whole_database.h"
#include "world.h"

using e2e::Arguments;
using e2e::World;
using support::differences;
using support::whole_database;

namespace {

// What a round has to make of one channel.
struct Expected {
  std::int64_t id = 0;
  std::string models;
};

// Makes the edits that are expected in a copy of the database as it was, in the
// plainest way.
void make_expected(const std::string& file, const std::string& actual,
                   const std::vector<Expected>& edits) {
  const auto session = db::open_sqlite(file, db::Access::write);
  const bool is_newapi = session->columns("abilities").size() > 5;
  session->query("PRAGMA synchronous = OFF");
  session->execute("BEGIN");
  for (const Expected& edit : edits) {
    for (const char* column : {"test_time", "response_time"}) {
      const std::string now = support::look_up(
          actual, fmt::format("SELECT {} FROM channels WHERE id = {}", column,
                              edit.id));
      session->execute(fmt::format("UPDATE channels SET {} = {} WHERE id = {}",
                                   column, now, edit.id));
    }
    session->execute("UPDATE channels SET models = ? WHERE id = ?",
                     {edit.models, edit.id});
    session->execute("DELETE FROM abilities WHERE channel_id = ?", {edit.id});
    const auto rows = session->query(
        R"(SELECT "group" FROM channels WHERE id = ?)", {edit.id});
    for (const std::string& model : e2e::split(edit.models, ',')) {
      for (const std::string& group :
           e2e::split(db::text_of(rows.at(0).at(0)), ',')) {
        session->execute(
            fmt::format(R"(INSERT INTO abilities
                             SELECT ?, ?, id, status = 1, COALESCE(priority, 0)
                                    {} FROM channels WHERE id = ?)",
                        is_newapi ? ", COALESCE(weight, 0), tag" : ""),
            {group, model, edit.id});
      }
    }
  }
  session->execute("COMMIT");
}

// Runs a round and compares every cell of the whole database.
e2e::World::Round only_expected_changes(World& world,
                                        const std::vector<Expected>& edits,
                                        const Arguments& arguments = {}) {
  const std::string copy = world.file("expected.db");
  db::open_sqlite(world.gateway(), db::Access::write)
      ->execute("VACUUM INTO ?", {copy});  // what is in a WAL, too
  const std::time_t begin = std::time(nullptr);
  auto round = world.round(arguments);
  INFO(round.ended.err);
  REQUIRE(round.report.is_json());
  for (const Expected& edit : edits) {
    const std::int64_t at = std::stoll(world.look(
        fmt::format("SELECT test_time FROM channels WHERE id = {}", edit.id)));
    CHECK(at >= begin);
    CHECK(at <= std::time(nullptr));
    CHECK(world.look(fmt::format("SELECT response_time BETWEEN 0 AND 5000 "
                                 "FROM channels WHERE id = {}",
                                 edit.id)) == "1");
  }
  make_expected(copy, world.gateway(), edits);
  CHECK(differences(whole_database(copy), whole_database(world.gateway())) ==
        std::vector<std::string>());
  CHECK(world.look(R"(SELECT count(*) FROM channels c WHERE status = 1 AND
                        "group" = 'vip' AND NOT EXISTS (SELECT 1 FROM abilities
                        WHERE channel_id = c.id AND "group" = 'vip'))") == "0");
  return round;
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

web::Reply not_found(const std::string& model) {
  return demo::error_reply(404,
                           fmt::format("The model `{}` does not exist", model),
                           "invalid_request_error", "model_not_found");
}

void make_gone(World& world, const std::string& site,
               const std::string& model) {
  world.upstream.answer("/" + site + "/", "\"" + model + "\"",
                        not_found(model));
}

struct Fixture {
  std::string folder;
  bool has_tags = false;
  bool has_many_keys = false;
  std::int64_t untidy = 0;
};

std::vector<std::string> listed(World& world, std::int64_t id) {
  return e2e::split(world.models(id), ',');
}

// The upstreams of a fixture, as they may well be some weeks later; returns
// what follows for the lists.
std::vector<Expected> give_upstreams(World& world, const Fixture& fixture) {
  world.offer("openai", {"gpt-4o-mini", "gpt-4o", "gpt-4.1",
                         "text-embedding-3-small", "gpt-4o"});
  make_gone(world, "openai", "gpt-3.5-turbo");
  std::vector<Expected> edits = {
      {1, "gpt-4o,gpt-4o-mini,text-embedding-3-small,gpt-4.1"}};

  world.offer("slash", {"deepseek-chat", "deepseek-reasoner"});
  world.upstream.answer(
      "/slash/", "\"deepseek-reasoner\"",
      demo::error_reply(429, "Rate limit reached", "requests", ""));
  world.offer("suffix", {"qwen2.5-72b-instruct"});
  world.offer("siliconflow",
              {"Qwen/Qwen3-8B", "deepseek-ai/DeepSeek-V3", "BAAI/bge-m3",
               "BAAI/bge-reranker-v2-m3", "stabilityai/sdxl"});
  world.offer("embeddings", {"text-embedding-3-large", "bge-m3"});

  world.offer("openrouter",
              {"openai/gpt-4o", "mistralai/mistral-7b-instruct:free"});
  world.upstream.answer(
      "/openrouter/", "llama-3.1-8b",
      demo::error_reply(503, "try again later", "server_error", ""));
  edits.push_back({14,
                   "openai/gpt-4o,meta-llama/llama-3.1-8b-instruct:free,"
                   "mistralai/mistral-7b-instruct:free"});

  world.offer("mapping", {"gpt-4o", "small-model", "chain-b", "plain-model",
                          "chain-a", "extra-model"});
  edits.push_back(
      {15, "gpt-4o-alias,fast,cheap,chain-a,plain-model,extra-model"});

  world.upstream.set("dead", {.models = {"gpt-4o"}, .keys = {"sk-another"}});

  auto many = listed(world, 18);
  REQUIRE(many.size() == 300);
  std::vector<std::string> left;
  for (std::size_t i = 0; i < many.size(); ++i) {
    if (i % 37 == 5) {
      make_gone(world, "many", many[i]);
    } else {
      left.push_back(many[i]);
    }
  }
  many.emplace_back("vendor/brand-new");
  left.emplace_back("vendor/brand-new");
  world.offer("many", many);
  edits.push_back({18, e2e::comma_list(left)});

  world.offer("untidy", {"gpt-4o", "GPT-4o", "o3-mini", "gpt-4.1"});
  edits.push_back({fixture.untidy, "gpt-4o,GPT-4o,o3-mini,gpt-4.1"});
  world.offer("prompt", {"prompt-model"});
  if (fixture.has_tags) {
    world.offer("tag-a", {"o4-mini", "gpt-4o-mini", "o4-nano"});
    world.offer("tag-b", {"o4-mini", "gpt-4o-mini", "o4-nano"});
    edits.push_back({19, "gpt-4o-mini,o4-mini,o4-nano"});
  }
  if (fixture.has_many_keys) {
    world.upstream.set("multi-random",
                       {.models = {"gpt-4o", "gpt-4.1-nano", "gpt-5-nano"},
                        .keys = {"sk-test-m003", "sk-test-m002"}});
    edits.push_back({21, "gpt-4o,gpt-4.1-nano,gpt-5-nano"});
    world.upstream.set("multi-polling",
                       {.models = {"multi-polling-model"},
                        .keys = {"sk-test-p002", "sk-test-p003"}});
    world.offer("overrides", {"override-model"});
  }
  return edits;
}

// Which sites were asked, and with which keys.
void only_the_right_were_asked(World& world, const Fixture& fixture) {
  const std::set<std::string> own_protocols = {
      "claude", "gemini", "azure", "ollama", "ali", "zhipu", "cohere"};
  for (const demo::Seen& seen : world.upstream.log()) {
    INFO(seen.site << ' ' << seen.path);
    CHECK(seen.site != "manual");
    CHECK(seen.site != "");
    CHECK_FALSE(own_protocols.contains(seen.site));
    const auto key = base::http::value_of(seen.headers, "Authorization");
    if (seen.site == "multi-random") CHECK(key != "Bearer sk-test-m002");
    if (seen.site == "multi-polling") CHECK(key == "Bearer sk-test-p002");
    if (seen.site == "openai" && fixture.has_tags) {
      CHECK(base::http::value_of(seen.headers, "OpenAI-Organization") ==
            "org-test-0001");
    }
    if (seen.site == "overrides") {
      CHECK(base::http::value_of(seen.headers, "X-Test-Key") == "sk-test-0023");
    }
  }
}

void test_fixture(const Fixture& fixture) {
  const std::string file = support::fixture(GATEWAY_FIXTURES, fixture.folder);
  if (file.empty()) {
    WARN("no databases of real gateways here");
    return;
  }
  World world;
  world.make_gateway(file);
  world.change(
      fmt::format("UPDATE channels SET base_url = REPLACE(base_url, "
                  "'127.0.0.1:21900', '127.0.0.1:{}')",
                  world.upstream.port()));
  const auto edits = give_upstreams(world, fixture);
  world.set("exclude_channel", "[2]");
  const auto round = only_expected_changes(world, edits);
  INFO(round.ended.out);
  CHECK(round.code() == 1);
  CHECK(round.report.guards() == std::vector<std::string>());
  for (const Expected& edit : edits) {
    INFO(edit.id);
    CHECK(round.report.result(edit.id) == "changed");
  }
  for (const std::int64_t id : {2, 16}) {
    INFO(id);
    CHECK(round.report.result(id) == "");
  }
  CHECK(round.report.outcome(3, "deepseek-reasoner") == "rate_limited");
  CHECK(round.report.outcome(14, "meta-llama/llama-3.1-8b-instruct:free") ==
        "server_error");
  CHECK(round.report.outcome(17, "gpt-4o") == "auth_failed");
  CHECK(round.report.outcome(5, "claude-haiku-4-5") == "untestable");
  only_the_right_were_asked(world, fixture);
  nothing_more(world);
}

}  // namespace

TEST_CASE("one-api's database is changed where it has to be, nowhere else") {
  test_fixture({.folder = "one-api-0.6", .untidy = 20});
}

TEST_CASE("a new-api of 2025's database is changed where it has to be, only") {
  test_fixture({.folder = "new-api-2025-04", .has_tags = true, .untidy = 21});
}

TEST_CASE("new-api's database is changed where it has to be, nowhere else") {
  test_fixture({.folder = "new-api-2026-08",
                .has_tags = true,
                .has_many_keys = true,
                .untidy = 24});
}

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
