#include <set>
#include <string>

#include "base/text.h"
#include "catch.h"
#include "config/config.h"
#include "config/parse.h"
#include "config/reading.h"
#include "support.h"

namespace {

// "guard.min_models", 20 -> "guard": {"min_models": 20}
std::string nested(const std::string& path, const std::string& value) {
  std::string text;
  std::string ends;
  for (const std::string_view name : base::split(path, '.')) {
    if (!text.empty()) {
      text += '{';
      ends += '}';
    }
    text.append("\"").append(name).append("\": ");
  }
  return text + value + ends;
}

}  // namespace

TEST_CASE("the defaults of the table are those of the structs") {
  const auto plain = configured(with(R"("models": [])"));
  REQUIRE(plain);
  int tried = 0;
  for (const config::KeyInfo& key : config::known_keys()) {
    if (key.fallback.empty() || key.path.find("[]") != std::string::npos) {
      continue;
    }
    if (key.path == "db_type" || key.path == "rpm") continue;
    INFO(key.path);
    const auto same = configured(with(nested(key.path, key.fallback)));
    REQUIRE(same);
    CHECK((*same == *plain));
    ++tried;
  }
  CHECK(tried > 60);
}

TEST_CASE("every key of the table is told apart and has a meaning") {
  std::set<std::string> paths;
  for (const config::KeyInfo& key : config::known_keys()) {
    INFO(key.path);
    CHECK(paths.insert(key.path).second);
    CHECK_FALSE(key.expected.in(base::Language::zh).empty());
    CHECK_FALSE(key.meaning.en.empty());
    CHECK(key.meaning.en != key.meaning.zh);
  }
  for (const char* path :
       {"db_dsn", "guard.min_models", "limits[].rps", "probe.kinds[].match",
        "uptime-kuma.channel_url", "notification.webhook.telegram.chat_id"}) {
    CHECK(paths.contains(path));
  }
}

TEST_CASE("kinds are named as the specification names them") {
  CHECK(config::name_of(config::Kind::chat) == "chat");
  CHECK(config::name_of(config::Kind::image) == "image");
  CHECK(config::name_of(config::Kind::realtime) == "realtime");
}

TEST_CASE("distance counts changes, but no case and no hyphens") {
  CHECK(config::distance("", "") == 0);
  CHECK(config::distance("Uptime_Kuma", "uptime-kuma") == 0);
  CHECK(config::distance("rps", "") == 3);
  CHECK(config::distance("rps", "rpm") == 1);
  CHECK(config::distance("max_concurrency", "max_concurrent") == 2);
}
