#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "catch.h"
#include "support/rsa.h"
#include "world.h"

using e2e::World;

// Vendors of whom the databases of real gateways have no channel: strict ones
// behind a socket, asked by the built program.  Of each channel four models are
// left and one is gone; another is new where the vendor has a list.

namespace {

struct Case {
  std::int64_t type = 0;
  std::string vendor;
  std::string key = "sk-made-up-0001";
  std::string accepts = {};  // the vendor's form of the key, where another
  bool has_list = true;
  std::string model = "model";  // how names begin
  std::string at = {};          // see demo::Site
  std::string path = {};        // behind the address of the site
  std::string login = {};       // there, for a key that is a Google account
  std::vector<std::pair<std::string, std::string>> columns = {};
};

std::vector<std::string> names_of(const Case& one,
                                  const std::vector<std::string>& ends) {
  std::vector<std::string> names;
  names.reserve(ends.size());
  for (const std::string& end : ends)
    names.push_back(one.model + '-' + end);
  return names;
}

std::string site_of(const Case& one) {
  return fmt::format("site-{}", one.type);
}

// A service account that gets its passes at `login`.
std::string account(const std::string& login) {
  const support::RsaPair pair;
  return fmt::format(
      R"({{"type":"service_account","project_id":"p","client_email":"a@b",)"
      R"("private_key":{},"token_uri":{}}})",
      base::json::quote(pair.private_pem()), base::json::quote(login));
}

void add(World& world, const Case& one) {
  const std::string site = site_of(one);
  const std::string key = one.login.empty()
                              ? one.key
                              : account(world.upstream.url(site) + one.login);
  world.upstream.set(site,
                     {.vendor = one.vendor,
                      .at = one.at,
                      .models = names_of(one, {"1", "2", "3", "4", "new"}),
                      .keys = {one.accepts.empty() ? one.key : one.accepts}});
  const auto models = names_of(one, {"1", "2", "3", "4", "gone"});
  const auto gateway = world.open();
  gateway->execute(
      R"(INSERT INTO "channels" ("id", "type", "key", "status", "name",
           "created_time", "base_url", "models", "group")
         VALUES (?, ?, ?, 1, ?, 1760000000, ?, ?, 'default'))",
      {one.type, one.type, key, site, world.upstream.url(site) + one.path,
       e2e::comma_list(models)});
  for (const auto& [column, value] : one.columns) {
    gateway->execute(
        fmt::format(R"(UPDATE "channels" SET "{}" = ? WHERE "id" = ?)", column),
        {value, one.type});
  }
  if (gateway->columns("abilities").empty()) return;
  for (const std::string& model : models) {
    gateway->execute(R"(INSERT INTO "abilities" ("group", "model",)"
                     R"( "channel_id", "enabled") VALUES ('default', ?, ?, 1))",
                     {model, one.type});
  }
}

std::string line_of(const Case& one) {
  const auto names = names_of(one, {"1", "2", "3", "4", "gone", "new"});
  std::string line = fmt::format("{} changed, list {}:", one.type,
                                 one.has_list ? "ok" : "none");
  for (std::size_t i = 0; i < 4; ++i)
    line += fmt::format(" {} ok keep,", names[i]);
  line += fmt::format(" {} model_gone remove", names[4]);
  if (one.has_list) line += fmt::format(", {} ok add", names[5]);
  return line;
}

void check(const std::string& schema, const std::vector<Case>& cases) {
  World world;
  world.make_gateway(std::string(GATEWAY_SCHEMAS) + "/" + schema +
                     "-sqlite.sql");
  for (const char* table : {"channels", "abilities"}) {
    if (world.open()->columns(table).empty()) continue;
    world.change(fmt::format(R"(DELETE FROM "{}")", table));
  }
  std::vector<std::string> lines;
  for (const Case& one : cases) {
    add(world, one);
    lines.push_back(line_of(one));
  }
  const auto round = world.round();
  INFO(round.ended.out << round.ended.err);
  CHECK(round.report.lines(10) == lines);
  CHECK(round.report.guards() == std::vector<std::string>());
}

}  // namespace

TEST_CASE("new-api's other vendors are asked in their own protocols") {
  const std::string route =
      R"({"advanced_custom":{"advanced_routes":[)"
      R"({"incoming_path":"/v1/models","upstream_path":"/v1/models"},)"
      R"({"incoming_path":"/v1/chat/completions",)"
      R"("upstream_path":"/v1/chat/completions"}]}})";
  check("newapi",
        {{.type = 8,
          .vendor = "openai",
          .has_list = false,
          .path = "/v1/chat/completions"},
         {.type = 16,
          .vendor = "zhipu",
          .key = "made-up-id.made-up-secret",
          .has_list = false},
         {.type = 25, .vendor = "moonshot"},
         {.type = 27, .vendor = "perplexity", .has_list = false},
         {.type = 35, .vendor = "minimax"},
         {.type = 38, .vendor = "jina", .model = "embeddings"},
         {.type = 39,
          .vendor = "cloudflare",
          .accepts = "account-1|sk-made-up-0001",
          .has_list = false,
          .columns = {{"other", "account-1"}}},
         {.type = 41,
          .vendor = "vertex",
          .accepts = "a-made-up-pass",
          .has_list = false,
          .login = "/token",
          .columns = {{"other", "us-east5"}}},
         {.type = 44, .vendor = "mokaai", .has_list = false, .model = "m3e"},
         {.type = 45, .vendor = "volcengine"},
         {.type = 46, .vendor = "baidu_v2", .key = "made-up-token|app-1"},
         {.type = 57,
          .vendor = "codex",
          .key = R"({"access_token":"made-up-token","account_id":"account-1"})",
          .accepts = "account-1|made-up-token"},
         {.type = 58, .vendor = "openai", .columns = {{"settings", route}}}});
}

TEST_CASE("one-api's other vendors are asked in their own protocols") {
  check("oneapi", {{.type = 27, .vendor = "minimax"},
                   {.type = 37,
                    .vendor = "cloudflare",
                    .accepts = "account-1|sk-made-up-0001",
                    .has_list = false,
                    .columns = {{"config", R"({"user_id":"account-1"})"}}},
                   {.type = 40, .vendor = "volcengine"},
                   {.type = 41, .vendor = "novita", .at = "/v3/openai"},
                   {.type = 47, .vendor = "baidu_v2"},
                   {.type = 49, .vendor = "ali"},
                   {.type = 50, .vendor = "openai", .at = "/v1"},
                   {.type = 51, .vendor = "gemini", .at = "/v1beta/openai"}});
}

TEST_CASE("one-hub's other vendors are asked in their own protocols") {
  check("onehub", {{.type = 27, .vendor = "minimax"},
                   {.type = 32,
                    .vendor = "bedrock",
                    .key = "us-east-1|made-up-token",
                    .accepts = "made-up-token",
                    .has_list = false,
                    .model = "anthropic.claude-made-up"},
                   {.type = 35,
                    .vendor = "cloudflare",
                    .key = "account-1|made-up-token",
                    .has_list = false,
                    .model = "@cf/made-up/model"},
                   {.type = 47, .vendor = "jina", .model = "rerank"},
                   {.type = 49, .vendor = "github"},
                   {.type = 55,
                    .vendor = "azure_v1",
                    .has_list = false,
                    .columns = {{"other", "preview"}}}});
}
