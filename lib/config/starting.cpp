#include "config/starting.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/json.h"
#include "base/messages_init.h"
#include "config/parse.h"

namespace config {

namespace {

// Those that a beginner may want; onehub's last.
constexpr std::array<std::string_view, 13> common_keys = {
    "exclude_channel",  "exclude_model",  "protect_model",
    "add_new_models",   "max_concurrent", "rps",
    "timeout",          "on_all_failed",  "auto_enable",
    "do_not_modify_db", "state",          "base_url",
    "system_token"};

const KeyInfo& key_named(std::string_view path) {
  const auto& keys = known_keys();
  return *std::find_if(keys.begin(), keys.end(),
                       [&](const KeyInfo& key) { return key.path == path; });
}

std::string member(std::string_view path, std::string_view json, bool is_last,
                   base::Language language) {
  const KeyInfo& key = key_named(path);
  return fmt::format("  // {}\n  \"{}\": {}{}\n",
                     base::Sentence(key.meaning).in(language), path, json,
                     is_last ? "" : ",\n");
}

}  // namespace

std::string starting_file(const Start& start, base::Language language) {
  using base::json::quote;
  std::string text = fmt::format(
      "// {}\n{{\n", base::Sentence(base::say::start_head).in(language));
  text += member("db_type", quote(start.db_type), false, language);
  text += member("db_dsn", quote(start.dsn.reveal()), false, language);
  text += member("time_period", quote(start.period), false, language);
  text += member("language", quote(start.language), false, language);
  for (const std::string_view key : common_keys) {
    const std::string json =
        key == "state" ? quote(start.state) : key_named(key).fallback;
    text += member(key, json, key == common_keys.back(), language);
  }
  return text + "}\n";
}

}  // namespace config
