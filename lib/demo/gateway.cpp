#include "demo/gateway.h"

#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "db/session.h"
#include "db/transaction.h"

namespace demo {

std::vector<std::string_view> gateway_schema();  // made by cmake/embed.cmake

namespace {

constexpr std::int64_t first_day = 1'760'000'000;  // created_time of the first

void add_abilities(db::Session& session, std::int64_t id,
                   const DemoChannel& channel) {
  for (const std::string& model : channel.models) {
    session.execute(R"(INSERT INTO "abilities" VALUES
                         ('default', ?, ?, ?, 0, 0, NULL))",
                    {model, id, channel.status == 1});
  }
}

}  // namespace

std::vector<DemoChannel> demo_channels() {
  return {
      {.name = "all is well",
       .site = "well",
       .models = {"gpt-4o", "gpt-4o-mini", "text-embedding-3-small"},
       .upstream = {.models = {"gpt-4o", "gpt-4o-mini",
                               "text-embedding-3-small"}}},
      {.name = "上游有新模型 (new models)",
       .site = "fresh",
       .models = {"deepseek-chat", "deepseek-reasoner@reasoning"},
       .upstream = {.models = {"deepseek-chat", "deepseek-reasoner@reasoning",
                               "deepseek-v4", "bge-m3"}}},
      {.name = "some are gone",
       .site = "gone",
       .models = {"glm-4-plus", "glm-3-turbo@gone", "chatglm_pro@nochannel",
                  "glm-4-flash"},
       .upstream = {.models = {"glm-4-plus", "glm-4-flash"}}},
      {.name = "rate limited",
       .site = "limited",
       .models = {"qwen-max@limited", "qwen-plus@limited-daily", "qwen-turbo"},
       .upstream = {.models = {"qwen-max@limited", "qwen-turbo"}}},
      {.name = "hanging",
       .site = "hanging",
       .models = {"yi-large@hang", "yi-medium@drip", "yi-light"},
       .upstream = {.models = {"yi-light"}}},
      {.name = "lying",
       .site = "lying",
       .models = {"llama-3.3-70b@lie", "llama-4@html", "llama-3.1-8b@empty"},
       .upstream = {.models = {"llama-3.3-70b@lie"}}},
      {.name = "dead key",
       .site = "deadkey",
       .key = "sk-demo-revoked-000000",
       .models = {"gpt-4.1", "gpt-4.1-mini"},
       .upstream = {.models = {"gpt-4.1"}, .keys = {"sk-some-other-key"}}},
      {.name = "back again",
       .site = "back",
       .models = {"kimi-k2", "moonshot-v1-8k"},
       .status = 3,
       .upstream = {.models = {"kimi-k2", "moonshot-v1-8k"}}},
      {.name = "aliases 别名",
       .site = "mapped",
       .models = {"fast", "smart"},
       .mapping = R"({"fast":"gpt-4o-mini","smart":"gpt-4o"})",
       .upstream = {.models = {"gpt-4o", "gpt-4o-mini"}}},
      {.name = "off by hand",
       .site = "off",
       .models = {"gpt-3.5-turbo@gone"},
       .status = 2,
       .upstream = {.models = {"gpt-3.5-turbo"}}},
  };
}

void make_gateway(const std::string& file, int port,
                  const std::vector<DemoChannel>& channels) {
  const auto session = db::open_sqlite(file, db::Access::create);
  for (const std::string_view sql : gateway_schema())
    session->execute(sql);
  db::Transaction transaction(*session);
  std::int64_t id = 0;
  for (const DemoChannel& channel : channels) {
    ++id;
    session->execute(
        R"(INSERT INTO "channels" ("id", "type", "key", "status", "name",
             "created_time", "base_url", "models", "model_mapping",
             "auto_ban", "other_info")
           VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ''))",
        {id, channel.key, channel.status, channel.name, first_day + id,
         fmt::format("http://127.0.0.1:{}/{}", port, channel.site),
         base::joined(channel.models, ","), channel.mapping, channel.auto_ban});
    add_abilities(*session, id, channel);
  }
  transaction.commit();
}

}  // namespace demo
