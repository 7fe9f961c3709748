#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "catch.h"
#include "core/product.h"
#include "demo/upstream_answers.h"
#include "expected.h"
#include "support/servers.h"
#include "support/whole_database.h"
#include "world.h"

using core::Product;
using db::Engine;
using e2e::Expected;
using e2e::World;
using support::Database;

// The databases of real gateways, of every product on every engine: what a
// round of the built program makes of them, to the cell.

namespace {

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

// A row that has what the product's API let through on that engine.
struct Untidy {
  std::int64_t id = 0;
  std::string becomes;  // where "GPT-4o" and "gpt-4.1" are offered
};

struct Fixture {
  std::string folder;
  Product product = Product::newapi;
  Engine engine = Engine::sqlite;
  Untidy untidy;
  bool has_many_keys = false;
};

std::string dump(const Fixture& fixture) {
  const char* const name = fixture.engine == Engine::sqlite  ? "sqlite"
                           : fixture.engine == Engine::mysql ? "mysql"
                                                             : "postgres";
  return fmt::format("{}/{}/{}.sql", GATEWAY_FIXTURES, fixture.folder, name);
}

std::vector<std::string> listed(db::Session& gateway, std::int64_t id) {
  const db::Rows rows =
      gateway.query(R"(SELECT "models" FROM "channels" WHERE "id" = ?)", {id});
  return e2e::split(db::text_of(rows.at(0).at(0)), ',');
}

// Vendors who take nothing but what their own protocol says.  Of each channel
// some models are left, some are gone, and there are new ones.
void add_vendors(World& world, const Fixture& fixture,
                 std::vector<Expected>& edits) {
  const bool is_onehub = fixture.product == Product::onehub;
  const bool is_newapi = fixture.product == Product::newapi;
  world.upstream.set("claude",
                     {.vendor = "anthropic",
                      .models = {"claude-sonnet-4-5", "claude-opus-4-5"},
                      .keys = {"sk-test-0005"}});
  world.upstream.set("gemini",
                     {.vendor = "gemini",
                      .models = {"gemini-2.5-flash", "gemini-3-pro-preview",
                                 "gemini-embedding-001"},
                      .keys = {"sk-test-0006"}});
  world.upstream.set("azure", {.vendor = "azure",
                               .models = {"gpt-4o", "gpt-5-mini"},
                               .keys = {"sk-test-0007"}});
  world.upstream.set("ollama",
                     {.vendor = "ollama",
                      .models = {"nomic-embed-text:latest", "qwen3:8b"},
                      .keys = {"sk-test-ollama"}});
  world.upstream.set(
      "siliconflow",
      {.vendor = "siliconflow",
       .models = {"Qwen/Qwen3-8B", "BAAI/bge-m3", "BAAI/bge-reranker-v2-m3",
                  "zai-org/GLM-4.6", "stabilityai/sdxl"},
       .keys = {"sk-test-0009"}});
  world.upstream.set("ali",
                     {.vendor = "ali",
                      .models = {"qwen-max", "text-embedding-v3", "qwen3-max"},
                      .keys = {"sk-test-0010"}});
  world.upstream.set("zhipu", {.vendor = is_newapi ? "zhipu_v4" : "zhipu",
                               .at = is_onehub ? "/api/paas/v4" : "",
                               .models = {"glm-4-flash", "glm-4.6"},
                               .keys = {"testid.testsecret0001"}});
  world.upstream.set(
      "cohere", {.vendor = "cohere",
                 .models = {"rerank-v3.5", "command-a-03-2025", "embed-v4.0"},
                 .keys = {"sk-test-0012"}});
  world.upstream.set(
      "openrouter",
      {.vendor = "openrouter",
       .models = {"openai/gpt-4o", "mistralai/mistral-7b-instruct:free"},
       .keys = {"sk-test-0014"},
       .moods = {{"meta-llama/llama-3.1-8b-instruct:free", "503"}}});
  // Where a gateway has no way to ask for a list, nothing is added; where it
  // has none to ask for embeddings, none of them.
  const std::vector<Expected> follows = {
      {5, "claude-sonnet-4-5,claude-opus-4-5"},
      {6, is_onehub ? "gemini-2.5-flash,gemini-3-pro-preview"
                    : "gemini-2.5-flash,gemini-3-pro-preview,"
                      "gemini-embedding-001"},
      {7, is_onehub ? "gpt-4o,gpt-5-mini" : "gpt-4o"},
      {8, "nomic-embed-text:latest,qwen3:8b"},
      {9, "Qwen/Qwen3-8B,BAAI/bge-m3,BAAI/bge-reranker-v2-m3,zai-org/GLM-4.6"},
      {10, "qwen-max,text-embedding-v3,qwen3-max"},
      {11, is_newapi ? "glm-4-flash,glm-4.6" : "glm-4-flash"},
      {12, "rerank-v3.5,command-a-03-2025"},
      {14,
       "openai/gpt-4o,meta-llama/llama-3.1-8b-instruct:free,"
       "mistralai/mistral-7b-instruct:free"}};
  edits.insert(edits.end(), follows.begin(), follows.end());
}

// The upstreams of a fixture, as they may well be some weeks later; returns
// what follows for the lists.
std::vector<Expected> give_upstreams(World& world, db::Session& gateway,
                                     const Fixture& fixture) {
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
  world.offer("embeddings", {"text-embedding-3-large", "bge-m3"});
  add_vendors(world, fixture, edits);

  world.offer("mapping", {"gpt-4o", "small-model", "chain-b", "plain-model",
                          "chain-a", "extra-model"});
  edits.push_back(
      {15, "gpt-4o-alias,fast,cheap,chain-a,plain-model,extra-model"});

  world.upstream.set("dead", {.models = {"gpt-4o"}, .keys = {"sk-another"}});

  auto many = listed(gateway, 18);
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
  edits.push_back({fixture.untidy.id, fixture.untidy.becomes});
  world.offer("prompt", {"prompt-model"});
  if (fixture.product != Product::oneapi) {
    world.offer("tag-a", {"o4-mini", "gpt-4o-mini", "o4-nano"});
    world.offer("tag-b", {"o4-mini", "gpt-4o-mini", "o4-nano"});
    edits.push_back({19, "gpt-4o-mini,o4-mini,o4-nano"});
  }
  if (fixture.product == Product::onehub) {
    edits.push_back({20, "gpt-4o-mini,o4-mini,o4-nano"});
    world.offer("overrides", {"override-model", "another-model"});
    edits.push_back({21, "override-model,wild-*,another-model"});
    world.offer("proxy", {"proxy-model"});
    world.offer("deleted", {"deleted-model"});
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

void check_headers(const demo::Seen& seen, Product product) {
  const auto header = [&](std::string_view name) {
    return base::http::value_of(seen.headers, name);
  };
  if (seen.site == "multi-random") {
    CHECK(header("Authorization") != "Bearer sk-test-m002");
  }
  if (seen.site == "multi-polling") {
    CHECK(header("Authorization") == "Bearer sk-test-p002");
  }
  if (seen.site == "openai" && product == Product::newapi) {
    CHECK(header("OpenAI-Organization") == "org-test-0001");
  }
  if (seen.site != "overrides") return;
  if (product == Product::onehub) {
    CHECK(header("X-Test") == "yes");
  } else {
    CHECK(header("X-Test-Key") == "sk-test-0023");
  }
}

// Which sites were asked, and with which keys.
void only_the_right_were_asked(World& world, const Fixture& fixture) {
  // "proxy" is behind a proxy that is not there.
  const std::set<std::string> never = {"manual", "deleted", "proxy"};
  for (const demo::Seen& seen : world.upstream.log()) {
    INFO(seen.site << ' ' << seen.path);
    CHECK_FALSE(never.contains(seen.site));
    check_headers(seen, fixture.product);
  }
}

// A second look at the same world writes nothing: not even what is there.
void nothing_more(World& world, db::Session& gateway) {
  std::vector<std::string> tables = {"channels", "options"};
  if (!gateway.columns("abilities").empty()) tables.emplace_back("abilities");
  support::watch_writes(gateway, tables);
  const auto before = support::whole_database(gateway);
  const auto round = world.round();
  INFO(round.ended.out);
  CHECK(round.report.text("/round/result") == "complete");
  CHECK(round.report.number("/totals/added") == 0);
  CHECK(round.report.number("/totals/removed") == 0);
  CHECK(support::differences(before, support::whole_database(gateway)) ==
        std::vector<std::string>());
  CHECK(support::watched_writes(gateway) == std::vector<std::string>());
  // The watch is awake.
  gateway.execute(R"(UPDATE "channels" SET "name" = "name" WHERE "id" = 16)");
  CHECK(support::watched_writes(gateway) ==
        std::vector<std::string>{"channels UPDATE"});
}

// What is expected of every channel but the untidy one, whose list is another
// on each engine.
std::vector<std::string> expected_lines(const Fixture& fixture) {
  std::ifstream file(
      fmt::format("{}/fixtures/{}.txt", TEST_DATA, fixture.folder));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

void check_lines(const World::Round& round, const Fixture& fixture) {
  auto lines = round.report.lines(10);
  std::erase_if(lines, [&](const std::string& line) {
    return line.starts_with(fmt::format("{} ", fixture.untidy.id));
  });
  CHECK(lines == expected_lines(fixture));
}

void check_report(const World::Round& round,
                  const std::vector<Expected>& edits) {
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
}

void load(const Database& database, const Fixture& fixture, int port) {
  database.load(dump(fixture));
  database.open()->execute(
      fmt::format(R"(UPDATE "channels" SET "base_url" = REPLACE("base_url",)"
                  R"( '127.0.0.1:21900', '127.0.0.1:{}'))",
                  port));
}

void test_fixture(const Fixture& fixture) {
  if (std::string_view(GATEWAY_FIXTURES).empty()) {
    WARN("no databases of real gateways here");
    return;
  }
  CAPTURE(dump(fixture));
  World world;
  const Database database(fixture.engine);
  const Database copy(fixture.engine);
  load(database, fixture, world.upstream.port());
  load(copy, fixture, world.upstream.port());
  const auto gateway = database.open();
  const auto twin = copy.open();
  const auto edits = give_upstreams(world, *gateway, fixture);
  world.set("db_type", base::json::quote(database.type()));
  world.set("db_dsn", base::json::quote(database.dsn()));
  world.set("exclude_channel", "[2]");
  const auto round = only_expected_changes(world, *gateway, *twin, edits);
  INFO(round.ended.out);
  CHECK(round.report.text("/round/product") == core::name_of(fixture.product));
  CHECK(round.report.text("/round/database") == database.type());
  check_report(round, edits);
  check_lines(round, fixture);
  only_the_right_were_asked(world, fixture);
  nothing_more(world, *gateway);
}

// What the administrator wrote, less blanks and repeats; MySQL takes "GPT-4o"
// for "gpt-4o", so that it is never added there.
constexpr const char* two_cases = "gpt-4o,GPT-4o,o3-mini,gpt-4.1";
constexpr const char* one_case = "gpt-4o,o3-mini,gpt-4.1";

}  // namespace

TEST_CASE("one-api's database is changed where it has to be, nowhere else") {
  const auto [engine, untidy] =
      GENERATE(table<Engine, Untidy>({{Engine::sqlite, {20, two_cases}},
                                      {Engine::mysql, {22, one_case}},
                                      {Engine::postgres, {20, two_cases}}}));
  test_fixture({.folder = "one-api-0.6",
                .product = Product::oneapi,
                .engine = engine,
                .untidy = untidy});
}

TEST_CASE("a new-api of 2025's database is changed where it has to be, only") {
  const auto [engine, untidy] =
      GENERATE(table<Engine, Untidy>({{Engine::sqlite, {21, two_cases}},
                                      {Engine::mysql, {23, one_case}},
                                      {Engine::postgres, {22, two_cases}}}));
  test_fixture(
      {.folder = "new-api-2025-04", .engine = engine, .untidy = untidy});
}

TEST_CASE("new-api's database is changed where it has to be, nowhere else") {
  test_fixture(
      {.folder = "new-api-2026-08",
       .engine = GENERATE(Engine::sqlite, Engine::mysql, Engine::postgres),
       .untidy = {24, two_cases},
       .has_many_keys = true});
}

TEST_CASE("one-hub's database is changed where it has to be, nowhere else") {
  test_fixture(
      {.folder = "one-hub-2026-02",
       .product = Product::onehub,
       .engine = GENERATE(Engine::sqlite, Engine::mysql, Engine::postgres),
       .untidy = {24, two_cases}});
}
