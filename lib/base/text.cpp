#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <iterator>

#include <fmt/format.h>

namespace base {
namespace {

constexpr char32_t replacement = 0xFFFD;
constexpr std::string_view replacement_utf8 = "\xEF\xBF\xBD";

constexpr std::uint8_t byte_of(char c) {
  return static_cast<std::uint8_t>(c);
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// How many bytes at the start of `text` are ASCII, at least; found eight at a
// time.
std::size_t ascii_run(std::string_view text) {
  std::size_t size = 0;
  for (; size + 8 <= text.size(); size += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + size, 8);
    if ((eight & 0x8080808080808080U) != 0) return size;
  }
  return size;
}

struct Character {
  char32_t code = replacement;
  std::size_t size = 1;  // bytes; of a bad one, those that nothing can mend
  bool good = false;
};

// What the second byte of a character may be; it rules out what is overlong, a
// surrogate or beyond U+10FFFF.
struct Bounds {
  std::uint8_t lowest = 0x80;
  std::uint8_t highest = 0xBF;
};

Bounds second_byte_after(std::uint8_t lead) {
  switch (lead) {
    case 0xE0: return {.lowest = 0xA0};
    case 0xED: return {.highest = 0x9F};
    case 0xF0: return {.lowest = 0x90};
    case 0xF4: return {.highest = 0x8F};
    default: return {};
  }
}

std::size_t size_after(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead <= 0xF4 ? 4 : 0;
}

// The first character of `text`, which is not empty.
Character first_of(std::string_view text) {
  const std::uint8_t lead = byte_of(text[0]);
  const std::size_t size = size_after(lead);
  if (size == 0) return {};
  if (size == 1) return {.code = lead, .size = 1, .good = true};

  char32_t code = lead & (0x7FU >> size);
  Bounds bounds = second_byte_after(lead);
  for (std::size_t i = 1; i < size; ++i) {
    if (i >= text.size()) return {.size = i};
    const std::uint8_t next = byte_of(text[i]);
    if (next < bounds.lowest || next > bounds.highest) return {.size = i};
    code = code << 6U | (next & 0x3FU);
    bounds = {};
  }
  return {.code = code, .size = size, .good = true};
}

bool turns_direction(char32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F ||
         (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || turns_direction(code);
}

bool ends_line(char32_t code) {
  return code == '\n' || code == '\r' || code == 0x2028 || code == 0x2029;
}

struct Columns {
  char32_t first;
  char32_t last;
  std::size_t columns;
};

// The characters that do not take one column, in order.  Regions that are wide
// but for a few unassigned places are one entry.
constexpr std::array wide_and_narrow = {
    Columns{0x0300, 0x036F, 0},   Columns{0x0483, 0x0489, 0},
    Columns{0x0591, 0x05BD, 0},   Columns{0x0610, 0x061A, 0},
    Columns{0x064B, 0x065F, 0},   Columns{0x093C, 0x093C, 0},
    Columns{0x094D, 0x094D, 0},   Columns{0x0E31, 0x0E31, 0},
    Columns{0x0E34, 0x0E3A, 0},   Columns{0x0E47, 0x0E4E, 0},
    Columns{0x1100, 0x115F, 2},   Columns{0x1160, 0x11FF, 0},
    Columns{0x1AB0, 0x1AFF, 0},   Columns{0x1DC0, 0x1DFF, 0},
    Columns{0x200B, 0x200F, 0},   Columns{0x2028, 0x202E, 0},
    Columns{0x2060, 0x206F, 0},   Columns{0x20D0, 0x20F0, 0},
    Columns{0x231A, 0x231B, 2},   Columns{0x2329, 0x232A, 2},
    Columns{0x23E9, 0x23EC, 2},   Columns{0x23F0, 0x23F0, 2},
    Columns{0x23F3, 0x23F3, 2},   Columns{0x25FD, 0x25FE, 2},
    Columns{0x2614, 0x2615, 2},   Columns{0x2648, 0x2653, 2},
    Columns{0x267F, 0x267F, 2},   Columns{0x2693, 0x2693, 2},
    Columns{0x26A1, 0x26A1, 2},   Columns{0x26AA, 0x26AB, 2},
    Columns{0x26BD, 0x26BE, 2},   Columns{0x26C4, 0x26C5, 2},
    Columns{0x26CE, 0x26CE, 2},   Columns{0x26D4, 0x26D4, 2},
    Columns{0x26EA, 0x26EA, 2},   Columns{0x26F2, 0x26F3, 2},
    Columns{0x26F5, 0x26F5, 2},   Columns{0x26FA, 0x26FA, 2},
    Columns{0x26FD, 0x26FD, 2},   Columns{0x2705, 0x2705, 2},
    Columns{0x270A, 0x270B, 2},   Columns{0x2728, 0x2728, 2},
    Columns{0x274C, 0x274C, 2},   Columns{0x274E, 0x274E, 2},
    Columns{0x2753, 0x2755, 2},   Columns{0x2757, 0x2757, 2},
    Columns{0x2795, 0x2797, 2},   Columns{0x27B0, 0x27B0, 2},
    Columns{0x27BF, 0x27BF, 2},   Columns{0x2B1B, 0x2B1C, 2},
    Columns{0x2B50, 0x2B50, 2},   Columns{0x2B55, 0x2B55, 2},
    Columns{0x2E80, 0x3029, 2},   Columns{0x302A, 0x302D, 0},
    Columns{0x302E, 0x303E, 2},   Columns{0x3041, 0x3098, 2},
    Columns{0x3099, 0x309A, 0},   Columns{0x309B, 0x33FF, 2},
    Columns{0x3400, 0x4DBF, 2},   Columns{0x4E00, 0xA4CF, 2},
    Columns{0xA960, 0xA97F, 2},   Columns{0xAC00, 0xD7A3, 2},
    Columns{0xD7B0, 0xD7FF, 0},   Columns{0xF900, 0xFAFF, 2},
    Columns{0xFE00, 0xFE0F, 0},   Columns{0xFE10, 0xFE19, 2},
    Columns{0xFE20, 0xFE2F, 0},   Columns{0xFE30, 0xFE6F, 2},
    Columns{0xFEFF, 0xFEFF, 0},   Columns{0xFF01, 0xFF60, 2},
    Columns{0xFFE0, 0xFFE6, 2},   Columns{0x16FE0, 0x18DFF, 2},
    Columns{0x1AFF0, 0x1B2FF, 2}, Columns{0x1F004, 0x1F004, 2},
    Columns{0x1F0CF, 0x1F0CF, 2}, Columns{0x1F18E, 0x1F18E, 2},
    Columns{0x1F191, 0x1F19A, 2}, Columns{0x1F200, 0x1F265, 2},
    Columns{0x1F300, 0x1F64F, 2}, Columns{0x1F680, 0x1F6FF, 2},
    Columns{0x1F7E0, 0x1F7F0, 2}, Columns{0x1F90C, 0x1FAFF, 2},
    Columns{0x20000, 0x3FFFD, 2}, Columns{0xE0000, 0xE0FFF, 0},
};
static_assert(std::ranges::is_sorted(wide_and_narrow, std::ranges::less_equal{},
                                     &Columns::first));

std::size_t columns_of(char32_t code) {
  if (is_control(code)) return 0;
  const auto* found =
      std::ranges::lower_bound(wide_and_narrow, code, {}, &Columns::last);
  if (found == wide_and_narrow.end() || code < found->first) return 1;
  return found->columns;
}

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view hex_digits_upper = "0123456789ABCDEF";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered)
    c = lower(c);
  return lowered;
}

bool same_but_for_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](char one, char other) { return lower(one) == lower(other); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::string replaced(std::string text, std::string_view what,
                     std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::string joined(const std::vector<std::string>& texts,
                   std::string_view separator) {
  std::string all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) all += separator;
    all += texts[i];
  }
  return all;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    text.remove_prefix(ascii_run(text));
    if (text.empty()) return true;
    const Character character = first_of(text);
    if (!character.good) return false;
    text.remove_prefix(character.size);
  }
  return true;
}

std::string as_utf8(std::string_view text) {
  std::string mended;
  mended.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_of(text);
    mended +=
        character.good ? text.substr(0, character.size) : replacement_utf8;
    text.remove_prefix(character.size);
  }
  return mended;
}

bool has_control(std::string_view text) {
  while (!text.empty()) {
    const Character character = first_of(text);
    if (is_control(character.code)) return true;
    text.remove_prefix(character.size);
  }
  return false;
}

std::string printable(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_of(text);
    if (ends_line(character.code)) {
      safe += ' ';
      if (text.starts_with("\r\n")) text.remove_prefix(1);
    } else if (is_control(character.code)) {
      safe += character.code <= 0xFF
                  ? fmt::format("\\x{:02x}", std::uint32_t{character.code})
                  : fmt::format("\\u{:04x}", std::uint32_t{character.code});
    } else {
      safe +=
          character.good ? text.substr(0, character.size) : replacement_utf8;
    }
    text.remove_prefix(character.size);
  }
  return safe;
}

std::string shortened(std::string_view text, std::size_t most) {
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size(); ++count) {
    if (count == most) return std::string(text.substr(0, end)) + "…";
    end += first_of(text.substr(end)).size;
  }
  return std::string(text);
}

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Character character = first_of(text);
    columns += columns_of(character.code);
    text.remove_prefix(character.size);
  }
  return columns;
}

bool matches(std::string_view glob, std::string_view text) {
  // Only the last star is ever tried again, one character further on: what
  // stands before it has matched as early as it could, and earlier is better.
  std::size_t g = 0;
  std::size_t t = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t retry = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      after_star = ++g;
      retry = t;
    } else if (g < glob.size() && glob[g] == '?') {
      ++g;
      t += first_of(text.substr(t)).size;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (after_star != std::string_view::npos) {
      g = after_star;
      retry += first_of(text.substr(retry)).size;
      t = retry;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
      continue;
    }
    encoded += '%';
    encoded += hex_digits_upper[byte_of(c) >> 4U];
    encoded += hex_digits_upper[byte_of(c) & 0xFU];
  }
  return encoded;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  encoded.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t here = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8U | (k < here ? byte_of(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      encoded += k <= here ? digits[bits >> (18 - 6 * k) & 0x3FU] : '=';
    }
  }
  return encoded;
}

std::string base64url(std::string_view bytes) {
  std::string text = base64(bytes);
  while (text.ends_with('='))
    text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::string hex(std::string_view bytes) {
  std::string encoded;
  encoded.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    encoded += hex_digits[byte_of(c) >> 4U];
    encoded += hex_digits[byte_of(c) & 0xFU];
  }
  return encoded;
}

}  // namespace base
