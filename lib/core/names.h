#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace core {

// Splits a comma list for probing: outer blanks go, empty items and repeats
// too; the order stays.  Linear in the length of the list.
std::vector<std::string> names_of(std::string_view list);

// Whether there is any name in the list, as names_of() would find it.
bool has_name(std::string_view list);

// Splits a comma list as the gateways do: nothing trimmed, "" one empty name;
// only repeats go.
std::vector<std::string> raw_names_of(std::string_view list);

// What is shown for names that have a secret in them, by name.
using ShownNames = std::map<std::string, std::string>;

// What is shown for `name`: hardly ever anything but itself.
const std::string& shown(const ShownNames& others, const std::string& name);

std::string comma_list(const std::vector<std::string>& names);

// Whether a gateway could list the name at all: no comma, no control
// characters, good UTF-8, not empty, at most `most_bytes` long.
bool may_be_listed(std::string_view name, std::size_t most_bytes);

// Exact names and globs ("*", "?").  Fast for long lists of exact names.
class NamePatterns {
 public:
  NamePatterns() = default;
  explicit NamePatterns(const std::vector<std::string>& patterns);

  bool match(std::string_view name) const;
  bool empty() const { return exact_.empty() && globs_.empty(); }

 private:
  std::vector<std::string> exact_;  // sorted
  std::vector<std::string> globs_;
};

}  // namespace core
