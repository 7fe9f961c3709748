#include "core/names.h"

#include <algorithm>
#include <array>
#include <memory_resource>
#include <unordered_set>

#include "base/text.h"

namespace core {

namespace {

// Items of `items` in their order without repeats.
std::vector<std::string> without_repeats(
    const std::vector<std::string_view>& items) {
  std::vector<std::string> names;
  constexpr std::size_t bytes_of_node = 64;
  std::pmr::monotonic_buffer_resource room(bytes_of_node * (items.size() + 1));
  std::pmr::unordered_set<std::string_view> seen(&room);
  names.reserve(items.size());
  seen.reserve(items.size());
  for (const std::string_view item : items) {
    if (seen.insert(item).second) names.emplace_back(item);
  }
  return names;
}

bool is_glob(std::string_view pattern) {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

}  // namespace

std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string_view> items = base::split(list, ',');
  for (std::string_view& item : items) {
    item = base::trimmed(item);
  }
  std::erase(items, std::string_view());
  return without_repeats(items);
}

bool has_name(std::string_view list) {
  const auto items = base::split(list, ',');
  return std::any_of(items.begin(), items.end(), [](std::string_view item) {
    return !base::trimmed(item).empty();
  });
}

std::vector<std::string> raw_names_of(std::string_view list) {
  return without_repeats(base::split(list, ','));
}

const std::string& shown(const ShownNames& others, const std::string& name) {
  const auto other = others.find(name);
  return other == others.end() ? name : other->second;
}

std::string comma_list(const std::vector<std::string>& names) {
  return base::joined(names, ",");
}

bool may_be_listed(std::string_view name, std::size_t most_bytes) {
  if (name.empty() || name.size() > most_bytes) return false;
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != ',';
  });
  if (is_plain) return true;
  // What could not be read, and what nobody sees: two names would look alike.
  constexpr std::array<std::string_view, 10> unseen = {
      "\u200b", "\u200c", "\u2060", "\ufeff", "\u00ad",
      "\u2028", "\u2029", "\u3000", "\u00a0", "\ufffd"};
  return name.find(',') == std::string_view::npos && base::is_utf8(name) &&
         !base::has_control(name) &&
         std::none_of(unseen.begin(), unseen.end(), [name](auto character) {
           return name.find(character) != std::string_view::npos;
         });
}

NamePatterns::NamePatterns(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    (is_glob(pattern) ? globs_ : exact_).push_back(pattern);
  }
  std::sort(exact_.begin(), exact_.end());
}

bool NamePatterns::match(std::string_view name) const {
  if (std::binary_search(exact_.begin(), exact_.end(), name)) return true;
  return std::any_of(
      globs_.begin(), globs_.end(),
      [name](const std::string& glob) { return base::matches(glob, name); });
}

}  // namespace core
