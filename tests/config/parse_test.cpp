#include "config/parse.h"

#include <chrono>
#include <string>
#include <vector>

#include "base/text.h"
#include "catch.h"
#include "config/pattern.h"
#include "support.h"

using config::Complaints;
using config::Config;
using config::Format;
using config::Parsed;
using config::Rounds;
using Lines = std::vector<std::string>;

TEST_CASE("rps is 5 only where neither rps nor rpm is given") {
  struct Row {
    std::string members;
    double rps, rpm;
  };
  const auto [members, rps, rpm] =
      GENERATE(values<Row>({{R"("models": [])", 5, 0},
                            {R"("rps": 2)", 2, 0},
                            {R"("rpm": 30)", 0, 30},
                            {R"("rps": 2, "rpm": 30)", 2, 30},
                            {R"("rps": 0)", 0, 0},
                            {R"("rpm": 0)", 0, 0}}));
  INFO(members);
  const auto all = configured(with(members));
  REQUIRE(all);
  CHECK(all->rps == rps);
  CHECK(all->rpm == rpm);
}

TEST_CASE("time_period is not needed where there is only one round") {
  const std::string text = R"({"db_dsn": "u:p@tcp(h)/d"})";
  const auto once =
      config::parse(text, Format::json, Rounds::one, World{}.sources());
  REQUIRE(std::holds_alternative<Parsed>(once));
  CHECK_FALSE(std::get<Parsed>(once).config.round_timeout);
  CHECK(complaints(text).size() == 1);
}

TEST_CASE("a round may last as long as its period unless something is said") {
  const auto all = configured(with(R"("models": [])"));
  REQUIRE(all);
  CHECK(all->round_timeout == std::chrono::hours(1));
}

TEST_CASE("timeout is a number of seconds or a duration") {
  using namespace std::chrono_literals;
  struct Row {
    std::string value;
    base::Milliseconds time;
  };
  const auto [value, time] = GENERATE(values<Row>({{"10", 10s},
                                                   {"0.5", 500ms},
                                                   {"\"90s\"", 90s},
                                                   {"\"1m30s\"", 90s},
                                                   {"3600", 1h}}));
  INFO(value);
  const auto all = configured(with("\"timeout\": " + value));
  REQUIRE(all);
  CHECK(all->timeout == time);
}

TEST_CASE("what older files say of the usual is the usual") {
  const auto all =
      configured(with(R"("timeout": 0, "uptime-kuma": {"status": ""})"));
  REQUIRE(all);
  CHECK(all->timeout == std::chrono::seconds(10));
  CHECK_FALSE(all->uptime_kuma.enabled);
}

TEST_CASE("an unknown key is warned of with the nearest known one") {
  struct Row {
    std::string members, warning;
  };
  const auto [members, warning] = GENERATE(values<Row>({
      {R"("max_concurrency": 5)",
       "max_concurrency (line 1): there is no such key; did you mean "
       "max_concurrent?"},
      {R"("uptime_kuma": {})",
       "uptime_kuma (line 1): there is no such key; did you mean uptime-kuma?"},
      {R"("log": {"levl": "info"})",
       "log.levl (line 1): there is no such key; did you mean log.level?"},
      {R"("min_models": 3)",
       "min_models (line 1): there is no such key; did you mean "
       "guard.min_models?"},
      {R"("weather": "fine")", "weather (line 1): there is no such key"},
      {R"("notification": {"barc": {"key": "secret"}})",
       "notification.barc (line 1): there is no such key; did you mean "
       "notification.bark?"},
      {R"("a\u001bb": 1)", "a\\x1bb (line 1): there is no such key"},
  }));
  CHECK(warnings(with(members)) == Lines{warning});
}

TEST_CASE("an unknown hint at the gateway is only warned of") {
  CHECK(warnings(with(R"("oneapi_type": "oneapi-plus")")) ==
        Lines{"oneapi_type (line 1): expected one of oneapi, newapi, onehub, "
              "found \"oneapi-plus\""});
  CHECK(warnings(with(R"("oneapi_type": "")")).empty());
  CHECK(complaints(with(R"("oneapi_type": 3)")).size() == 1);
}

TEST_CASE("empty names are left out with a warning") {
  const std::string text = with(R"("models": [" gpt-4o ", "", " "])");
  CHECK(warnings(text) == Lines{"models (line 1): an empty name was left out"});
  const auto all = configured(text);
  REQUIRE(all);
  CHECK(all->models == Lines{"gpt-4o"});
}

TEST_CASE("a whole text may come from the environment or a file") {
  const World world{.variables = {{"DSN", "u:p@tcp(h)/d"},
                                  {"RPS", "3"},
                                  {"MODEL", "360"},
                                  {"EMPTY", ""},
                                  {"FORCE", "true"}},
                    .files = {{"/run/secrets/token", "abc\r\n"}}};
  const auto all = configured(
      R"({"time_period": "1h", "db_dsn": "${DSN}", "rps": "${RPS}",
          "models": ["${MODEL}"], "base_url": "${EMPTY}",
          "force_models": "${FORCE}",
          "system_token": "file:/run/secrets/token",
          "probe": {"prompt": "say ${MODEL}"}})",
      world);
  REQUIRE(all);
  CHECK(all->database.host == "h");
  CHECK(all->rps == 3);
  CHECK(all->models == Lines{"360"});
  CHECK(all->base_url.empty());
  CHECK(all->system_token.reveal() == "abc");
  CHECK(all->probe.prompt == "say ${MODEL}");
}

TEST_CASE("a file may be in a folder of the environment") {
  const World world{.variables = {{"CREDENTIALS_DIRECTORY", "/run/c"}},
                    .files = {{"/run/c/token", "abc\n"}}};
  const auto all = configured(
      with(R"("system_token": "file:${CREDENTIALS_DIRECTORY}/token")"), world);
  REQUIRE(all);
  CHECK(all->system_token.reveal() == "abc");
  CHECK(complaints(with(R"("system_token": "file:${NO_SUCH}/token")"), world)
            .size() == 1);
  CHECK(complaints(with(R"("system_token": "file:${X")"), world).size() == 1);
}

TEST_CASE("metrics for everybody need a token") {
  const auto blames = [](const std::string& metrics) {
    const Lines all = complaints(with(R"("metrics": )" + metrics));
    if (all.empty()) return false;
    CHECK(all.size() == 1);
    CHECK(all.at(0).find("set metrics.token, or listen at 127.0.0.1") !=
          std::string::npos);
    return true;
  };
  for (const char* listen : {":9464", "0.0.0.0:9464", "[::]:9464", "box:9464",
                             "10.0.0.1:1", "127.evil.example:1"}) {
    INFO(listen);
    const std::string key = R"({"listen": ")" + std::string(listen) + '"';
    CHECK(blames(key + "}"));
    CHECK_FALSE(blames(key + R"(, "token": "t"})"));
  }
  for (const char* listen :
       {"127.0.0.1:9464", "localhost:1", "[::1]:9464", "127.0.0.53:9"}) {
    INFO(listen);
    CHECK_FALSE(blames(R"({"listen": ")" + std::string(listen) + "\"}"));
  }
}

TEST_CASE("a secret that could not be read names its key and its source") {
  const World world{.variables = {{"BAD", "\xff"}},
                    .files = {{"/nul", std::string("a\0b", 3)}}};
  CHECK(complaints(with(R"("system_token": "${BAD}")"), world) ==
        Lines{"system_token (line 1): what ${BAD} stands for is not UTF-8"});
  CHECK(complaints(with(R"("system_token": "file:/nul")"), world) ==
        Lines{"system_token (line 1): a NUL is in the value"});
  CHECK(complaints(with(R"("log": {"level": "${BAD}x}"})"), world) ==
        Lines{"log.level (line 1): ${BAD}x} names no variable of the "
              "environment: a name is of letters, digits and underscores"});
}

TEST_CASE("for SQLite file: is the URI, for the others a file with the DSN") {
  const World world{.files = {{"/run/dsn", "u:p@tcp(elsewhere)/d\n"}}};
  const auto sqlite = configured(
      R"({"time_period": "1h", "db_dsn": "file:/run/dsn", "db_type": "sqlite"})",
      world);
  REQUIRE(sqlite);
  CHECK(sqlite->database.file == "/run/dsn");
  const auto mysql =
      configured(R"({"time_period": "1h", "db_dsn": "file:/run/dsn"})", world);
  REQUIRE(mysql);
  CHECK(mysql->database.host == "elsewhere");
}

TEST_CASE("a block that is turned off may hold the words of an example") {
  CHECK(warnings(with(R"("uptime-kuma": {"status": "disabled",
      "model_url": {"gpt-4o": "your url here"}, "channel_url": {"id": "url"}})"))
            .size() == 1);
  CHECK(configured(with(R"("notification": {"smtp": {"enabled": false}})")));
}

TEST_CASE("every service of notification says what it cannot do without") {
  struct Row {
    std::string block;
    Lines needed;
  };
  const auto [block, needed] = GENERATE(values<Row>({
      {"feishu", {"url"}},
      {"dingtalk", {"url"}},
      {"wecom", {"url"}},
      {"slack", {"url"}},
      {"discord", {"url"}},
      {"signed_webhook", {"url", "secret"}},
      {"bark", {"key"}},
      {"serverchan", {"key"}},
      {"ntfy", {"topic"}},
      {"gotify", {"server", "token"}},
      {"pushdeer", {"key"}},
      {"alertmanager", {"server"}},
  }));
  INFO(block);
  const std::string text =
      with("\"notification\": {\"" + block + "\": {\"enabled\": true}}");
  Lines expected;
  for (const std::string& key : needed) {
    expected.push_back("notification." + block + "." + key +
                       " (line 1): is needed, but missing");
  }
  CHECK(complaints(text) == expected);
  CHECK(configured(with("\"notification\": {\"" + block + "\": {}}")));
}

TEST_CASE("complaints come in the order of the file, missing keys last") {
  const Lines all = complaints(
      "{\n\"rps\": \"x\",\n\"rps\": 1,\n\"fail_after\": 0,\n\"base_url\": "
      "7\n}");
  REQUIRE(all.size() == 6);
  CHECK(all[0].starts_with("rps (line 2)"));
  CHECK(all[1].starts_with("rps (line 3)"));
  CHECK(all[2].starts_with("fail_after (line 4)"));
  CHECK(all[3].starts_with("base_url (line 5)"));
  CHECK(all[4].starts_with("db_dsn: "));
  CHECK(all[5].starts_with("time_period: "));
}

TEST_CASE("thousands of complaints are cut short") {
  std::string list = "\"exclude_channel\": [0";
  for (int i = 0; i < 5000; ++i)
    list += ", \"x\"";
  const Lines all = complaints(with(list + "]"));
  REQUIRE(all.size() == 201);
  CHECK(all.back() == "and 4800 more");
  std::string unknown = "\"a\": 1";
  for (int i = 0; i < 5000; ++i) {
    unknown += ", \"" + std::string(60, 'k') + std::to_string(i) + "\": 1";
  }
  CHECK(warnings(with(unknown)).size() == 201);
}

TEST_CASE("no complaint shows the value of a secret key") {
  const std::string secret = "hunter2-hunter2";
  for (const std::string members :
       {R"("system_token": {"a": "SECRET"})", R"("system_token": "SECRET\n2")",
        R"("uptime-kuma": {"model_url": "SECRET"})",
        R"("uptime-kuma": {"status": "enabled", "model_url": {"a": "SECRET"}})",
        R"("notification": "SECRET")", R"("metrics": ["SECRET"])",
        R"("notification": {"smtp": {"password": ["SECRET"]}})",
        R"("notification": {"slack": {"url": "hooks/SECRET"}})",
        R"("notification": {"ntfy": {"server": "ftp://u:SECRET@h"}})",
        R"("notification": {"feishu": {"url": {"a": "SECRET"}}})",
        R"("base_url": "ftp://u:SECRET@host")",
        R"("guard": {"connectivity_url": "host/?token=SECRET"})",
        R"("system_token": "SECRET)", R"("system_token": "\SECRET")"}) {
    std::string text = with(members);
    text.replace(text.find("SECRET"), 6, secret);
    INFO(text);
    const Lines all = complaints(text);
    CHECK_FALSE(all.empty());
    for (const std::string& line : all) {
      CHECK(line.find("hunter2") == std::string::npos);
    }
  }
}

TEST_CASE("a pattern that would never end is matched in no time") {
  const std::string name(255, 'a');
  for (const char* text :
       {"(a+)+b", "(a|aa)+$b", "(a*)*c", "(.*a){20}b", "((a?){8}){8}b"}) {
    INFO(text);
    const auto compiled = config::pattern(text);
    REQUIRE(compiled);
    CHECK_FALSE(std::regex_search(name, *compiled));
  }
  CHECK_FALSE(config::pattern("((a?){100}){100}"));
  CHECK_FALSE(config::pattern("a{99999999999999999999}"));
  CHECK_FALSE(config::pattern(""));
  CHECK_FALSE(config::pattern(std::string(201, 'a')));
  REQUIRE(config::pattern("^bge-|-embed(ding)?s?$"));
  CHECK(std::regex_search("text-embeddings", *config::pattern("embedding")));
}

TEST_CASE("every prefix of a configuration is refused or read, never a crash") {
  const std::string json = data("v0.5.5/readme.json");
  for (std::size_t i = 0; i < json.size(); i += 7) {
    const auto result = parsed(json.substr(0, i));
    CHECK(std::holds_alternative<Complaints>(result));
  }
  const std::string yaml = data("valid/everything.yaml");
  for (std::size_t i = 0; i < yaml.size(); i += 7) {
    parsed(yaml.substr(0, i), Format::yaml);
  }
  SUCCEED();
}
