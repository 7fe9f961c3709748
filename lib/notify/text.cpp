#include "notify/text.h"

#include <cstdint>

#include "base/text.h"

namespace notify {

namespace {

constexpr std::string_view ellipsis = "…";

// Bytes of the character that begins at `at`.
std::size_t size_at(std::string_view text, std::size_t at) {
  std::size_t size = 1;
  while (at + size < text.size() &&
         (static_cast<std::uint8_t>(text[at + size]) & 0xC0U) == 0x80U) {
    ++size;
  }
  return size;
}

bool is_markup(char c) {
  return std::string_view("\\`*_{}[]<>()#+-.!|~&$:").find(c) !=
         std::string_view::npos;
}

}  // namespace

std::string titled(const core::Message& message) {
  return "Channel Monitor: " + message.title;
}

std::string body_of(const core::Message& message, std::string_view end) {
  return base::joined(message.lines, end);
}

std::size_t in_bytes(std::string_view text) {
  return text.size();
}

std::size_t in_utf16(std::string_view text) {
  std::size_t units = 0;
  for (std::size_t i = 0; i < text.size(); i += size_at(text, i)) {
    constexpr std::uint8_t first_of_four = 0xF0;
    const bool is_pair = static_cast<std::uint8_t>(text[i]) >= first_of_four;
    units += is_pair ? std::size_t{2} : std::size_t{1};
  }
  return units;
}

std::string cut(std::string_view text, std::size_t most,
                std::size_t (*count)(std::string_view)) {
  if (count(text) <= most) return std::string(text);
  const std::size_t room = most - std::min(most, count(ellipsis));
  std::size_t end = 0;
  std::size_t used = 0;
  while (end < text.size()) {
    const std::size_t size = size_at(text, end);
    const std::size_t more = count(text.substr(end, size));
    if (used + more > room) break;
    used += more;
    end += size;
  }
  return std::string(text.substr(0, end)) + std::string(ellipsis);
}

std::string markdown(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (is_markup(c)) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string markdown_cut(std::string_view text, std::size_t most,
                         std::size_t (*count)(std::string_view)) {
  std::string escaped = cut(markdown(text), most, count);
  const std::size_t end = escaped.size() - ellipsis.size();
  const bool was_cut = escaped.ends_with(ellipsis) && !text.ends_with(ellipsis);
  if (!was_cut) return escaped;
  // An odd number of backslashes would escape what follows.
  std::size_t slashes = 0;
  while (slashes < end && escaped[end - 1 - slashes] == '\\')
    ++slashes;
  if (slashes % 2 == 1) escaped.erase(end - 1, 1);
  return escaped;
}

}  // namespace notify
