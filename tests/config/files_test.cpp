#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/text.h"
#include "catch.h"
#include "config/find.h"
#include "config/parse.h"
#include "support.h"

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

namespace {

std::vector<fs::path> configurations(const std::string& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry :
       fs::directory_iterator(fs::path(TEST_DATA "/config") / folder)) {
    const fs::path& path = entry.path();
    if (path.extension() != ".expected") paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Lines lines_of(const std::vector<base::Sentence>& sentences) {
  Lines lines;
  for (const base::Sentence& one : sentences) {
    lines.push_back(one.in(base::Language::en));
  }
  return lines;
}

// Everything that is said of a file: complaints, or else warnings.
Lines said_of(const fs::path& path, const World& world) {
  const std::string text = data(path.string());
  const auto result = parsed(text, config::format_of(path, text), world);
  if (const auto* all = std::get_if<config::Complaints>(&result)) {
    return lines_of(all->all);
  }
  return lines_of(std::get<config::Parsed>(result).warnings);
}

Lines expected_of(fs::path path) {
  const std::string text = data(path.replace_extension(".expected").string());
  Lines lines;
  for (const std::string_view line : base::split(text, '\n')) {
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

World usual_world() {
  return {.variables = {{"TOKEN", "token"},
                        {"SMTP_PORT", "2525"},
                        {"WORD", "secret"}},
          .files = {{"/run/secrets/metrics", "metrics\n"},
                    {"/run/binary", "\xff\xfe"},
                    {"/run/secrets/slack", "https://hooks.example/a\n"}}};
}

}  // namespace

TEST_CASE("every invalid configuration is refused with its own sentences") {
  const std::vector<fs::path> paths = configurations("invalid");
  CHECK(paths.size() >= 240);
  for (const fs::path& path : paths) {
    INFO(path);
    CHECK_FALSE(expected_of(path).empty());
    CHECK(said_of(path, usual_world()) == expected_of(path));
  }
}

TEST_CASE("no complaint quotes a secret of the invalid configurations") {
  for (const fs::path& path : configurations("invalid")) {
    INFO(path);
    for (const std::string& line : expected_of(path)) {
      CHECK(line.find("root") == std::string::npos);
      CHECK(line.find("found \"secret") == std::string::npos);
    }
  }
}

TEST_CASE("valid configurations are accepted without a word") {
  const std::string folder = GENERATE("valid", "v0.5.5");
  for (const fs::path& path : configurations(folder)) {
    INFO(path);
    CHECK(said_of(path, usual_world()) == Lines{});
  }
}

TEST_CASE("the example is accepted without a word, and changes no default") {
  const fs::path path = fs::path(TEST_DATA) / "../../config_example.json";
  CHECK(said_of(path, {}) == Lines{});
  const auto example = configured(data(path.string()));
  auto plain = configured(R"({"time_period": "1h",
      "db_dsn": "oneapi:password@tcp(127.0.0.1:3306)/oneapi"})");
  REQUIRE((example && plain));
  plain->limits = example->limits;
  plain->uptime_kuma = example->uptime_kuma;
  plain->notification = example->notification;
  CHECK(*plain == *example);
}

TEST_CASE("older configurations mean what they meant") {
  const auto all = configured(data("v0.5.5/readme.json"));
  REQUIRE(all);
  CHECK(all->oneapi_type == config::Product::oneapi);
  CHECK(all->product == config::Product::automatic);
  CHECK(all->exclude_channel == std::vector<std::int64_t>{5, 17});
  CHECK(all->exclude_model == Lines{"advanced-voice", "minimax_s2v-01"});
  CHECK(all->time_period == std::chrono::hours(1));
  CHECK(all->timeout == std::chrono::seconds(10));
  CHECK(all->database.user == "oneapi");
  CHECK(all->database.password.reveal() == "p@ss/w:rd");
  CHECK_FALSE(all->uptime_kuma.enabled);
  CHECK(all->uptime_kuma.channel_url.count(5) == 1);
  CHECK(all->notification.smtp.to == Lines{"admin@example.com"});
  CHECK(all->notification.webhook.telegram.chat_id == "-1001234567890");
  CHECK(all->notification.webhook.telegram.retry == 3);
}

TEST_CASE("a number of older YAML stands for a text") {
  auto result = parsed(data("v0.5.5/readme.yaml"), config::Format::yaml);
  REQUIRE(std::holds_alternative<config::Parsed>(result));
  const config::Config all = std::get<config::Parsed>(result).config;
  CHECK(all.exclude_model == Lines{"advanced-voice", "360"});
  CHECK(all.notification.webhook.telegram.chat_id == "-1001234567890");
  CHECK(all.notification.smtp.password.reveal() == "123456");
  CHECK(all.notification.smtp.to ==
        Lines{"admin@example.com", "second@example.com"});
  CHECK(all.uptime_kuma.channel_url.size() == 2);
  CHECK(all.database.password.reveal() == "my password");
  CHECK(all.database.parameters.at("TimeZone") == "Asia/Shanghai");
}

TEST_CASE("every key can be set in YAML") {
  auto result = parsed(data("valid/everything.yaml"), config::Format::yaml,
                       usual_world());
  REQUIRE(std::holds_alternative<config::Parsed>(result));
  const config::Config all = std::get<config::Parsed>(result).config;
  CHECK(all.product == config::Product::newapi);
  CHECK(all.round_timeout == std::chrono::minutes(20));
  CHECK(all.rps == 2.5);
  CHECK(all.rpm == 60);
  CHECK(all.timeout == std::chrono::seconds(90));
  REQUIRE(all.limits.size() == 2);
  CHECK(all.limits[0].rpm == 3.0);
  CHECK(all.limits[0].rps == 0.0);
  CHECK_FALSE(all.limits[1].rps);
  CHECK(all.limits[1].type == 14);
  CHECK(all.limits[1].timeout == std::chrono::seconds(30));
  CHECK(all.auto_enable == config::AutoEnable::never);
  CHECK_FALSE(all.probe.stream);
  CHECK(all.probe.prompt == "Say hi.\nThen stop.\n");
  REQUIRE(all.probe.kinds.size() == 2);
  CHECK(all.probe.kinds[1].kind == config::Kind::speech);
  CHECK(all.do_not_modify_db);
  CHECK(all.system_token.reveal() == "token");
  CHECK(all.metrics.token.reveal() == "metrics");
  CHECK(all.notification.smtp.port == 2525);
  CHECK_FALSE(all.notification.smtp.verify_certificate);
  CHECK(all.notification.feishu.secret.reveal() == "token");
  CHECK(all.notification.dingtalk.keyword == "网关");
  CHECK(all.notification.slack.url.reveal() == "https://hooks.example/a");
  CHECK(all.notification.ntfy.topic.reveal() == "secret-topic");
  CHECK(all.notification.ntfy.key.reveal() == "tk_a");
  CHECK(all.notification.gotify.key.reveal() == "123");
  CHECK(all.notification.alertmanager.server.reveal() ==
        "http://am.example.com:9093");
}

TEST_CASE("aliases and merge keys of YAML are followed") {
  auto result = parsed(data("valid/anchors.yaml"), config::Format::yaml);
  REQUIRE(std::holds_alternative<config::Parsed>(result));
  const config::Config all = std::get<config::Parsed>(result).config;
  REQUIRE(all.limits.size() == 3);
  CHECK(all.limits[1].type == 24);
  CHECK(all.limits[1].rps == 1.0);
  CHECK(all.limits[2].type == 1);
  CHECK(all.limits[2].timeout == std::chrono::seconds(60));
  CHECK(all.protect_model == all.models);
}
