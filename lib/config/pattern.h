#pragma once

#include <cstddef>
#include <optional>
#include <regex>
#include <string_view>

namespace config {

inline constexpr std::size_t longest_pattern = 200;

// Compiles a regular expression (ECMAScript, without references back) that is
// to be searched in names.  No expression makes the search take more than about
// a second, even in the longest name.  Returns nothing where it is none, or too
// long, its counts ("{3}") written out.
std::optional<std::regex> pattern(std::string_view text);

}  // namespace config
