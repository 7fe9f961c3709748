#include <algorithm>
#include <cstddef>

#include "base/text.h"
#include "config/dsn_parts.h"

namespace config {

namespace {

// As the server splits "options": a backslash takes what follows as it is.
std::vector<std::string> words_of(std::string_view options) {
  std::vector<std::string> words;
  bool is_open = false;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (options[i] == ' ' || (options[i] >= '\t' && options[i] <= '\r')) {
      is_open = false;
      continue;
    }
    if (options[i] == '\\' && i + 1 < options.size()) ++i;
    if (!is_open) words.emplace_back();
    is_open = true;
    words.back() += options[i];
  }
  return words;
}

// "-c search_path=a", "-csearch_path=a" or "--search-path=a"; the last counts.
std::string search_path_in(std::string_view options) {
  std::string found;
  bool is_setting = false;  // the word is what follows "-c"
  for (const std::string& word : words_of(options)) {
    std::string_view setting = word;
    const bool has_mark = word.starts_with("-c") || word.starts_with("--");
    if (!std::exchange(is_setting, false)) {
      if (!has_mark) continue;
      setting.remove_prefix(2);
      is_setting = setting.empty();
    }
    const std::size_t equals = setting.find('=');
    if (equals == std::string_view::npos) continue;
    std::string name = base::lower(setting.substr(0, equals));
    std::replace(name.begin(), name.end(), '-', '_');
    if (name == "search_path") found = setting.substr(equals + 1);
  }
  return found;
}

}  // namespace

std::string only_schema(const Address& address) {
  const auto given = [&](const char* name) {
    const auto found = address.parameters.find(name);
    return found == address.parameters.end() ? std::string() : found->second;
  };
  std::string path = given("search_path");
  if (path.empty()) path = search_path_in(given("options"));
  std::string_view name = base::trimmed(path);
  const bool is_quoted =
      name.size() > 2 && name.starts_with('"') && name.ends_with('"');
  if (is_quoted) name = name.substr(1, name.size() - 2);
  if (name.find('"') != name.npos || name == "$user") return {};
  if (is_quoted) return std::string(name);
  return name.find(',') == name.npos ? base::lower(name) : std::string();
}

}  // namespace config
