#include "config/pattern.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace config {
namespace {

// How long the expression is once its counts ("{3}", "{1,20}") are written out;
// an upper bound.  The matcher's stack grows with it.
std::size_t written_out(std::string_view text) {
  constexpr std::size_t plenty = 1'000'000;
  std::size_t length = text.size();
  for (std::size_t at = text.find('{'); at != text.npos;
       at = text.find('{', at + 1)) {
    std::size_t most = 1;
    const char* next = text.data() + at + 1;
    const char* end = text.data() + text.size();
    for (;;) {
      std::size_t count = 0;
      const auto read = std::from_chars(next, end, count);
      if (read.ec == std::errc::result_out_of_range) return plenty;
      if (read.ec != std::errc()) break;
      most = std::max(most, count);
      next = read.ptr;
      if (next == end || *next != ',') break;
      ++next;
    }
    length = std::min(length * std::min(most, plenty), plenty);
  }
  return length;
}

}  // namespace

std::optional<std::regex> pattern(std::string_view text) {
  constexpr std::size_t longest_written_out = 1000;
  if (text.empty() || text.size() > longest_pattern) return std::nullopt;
  if (written_out(text) > longest_written_out) return std::nullopt;
  // The usual matcher of libstdc++ tries every way, of which "(a+)+b" has more
  // than there is time for.  This flag takes the one that follows all ways at
  // once.
  const auto flags =
      std::regex_constants::ECMAScript | std::regex_constants::__polynomial;
  try {
    return std::regex(text.begin(), text.end(), flags);
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

}  // namespace config
