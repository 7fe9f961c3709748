#include "base/unescape.h"

#include <array>
#include <optional>
#include <utility>

namespace base {
namespace {

constexpr auto none = std::string_view::npos;

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The value of all of `text` as a number of that base.
std::optional<char32_t> number(std::string_view text, char32_t radix) {
  char32_t value = 0;
  for (const char c : text) {
    const int digit = digit_value(c);
    if (digit < 0 || static_cast<char32_t>(digit) >= radix) return std::nullopt;
    value = value * radix + static_cast<char32_t>(digit);
  }
  return text.empty() ? std::nullopt : std::optional(value);
}

// The value of the first `count` characters of `text` in hexadecimal.
std::optional<char32_t> hex_number(std::string_view text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  return number(text.substr(0, count), 16);
}

void append_utf8(char32_t code, std::string& to) {
  const auto add = [&to](char32_t byte) { to += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0U | code >> 6U);
    add(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    add(0xE0U | code >> 12U);
    add(0x80U | (code >> 6U & 0x3FU));
    add(0x80U | (code & 0x3FU));
  } else {
    add(0xF0U | code >> 18U);
    add(0x80U | (code >> 12U & 0x3FU));
    add(0x80U | (code >> 6U & 0x3FU));
    add(0x80U | (code & 0x3FU));
  }
}

Unescaped json_character(std::string_view rest) {
  const auto first = hex_number(rest.substr(2), 4);
  if (!first) return {"\\"};
  Unescaped character{.size = 6};
  char32_t code = *first;
  if (code >= 0xD800 && code < 0xDC00 && rest.substr(6).starts_with("\\u")) {
    const auto second = hex_number(rest.substr(8), 4);
    if (second && *second >= 0xDC00 && *second < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10U) + (*second - 0xDC00);
      character.size = 12;
    }
  }
  append_utf8(code, character.text);
  return character;
}

std::optional<char32_t> html_number(std::string_view digits) {
  constexpr std::size_t most_digits = 7;
  constexpr char32_t last = 0x10FFFF;
  const bool is_hex = digits.starts_with('x') || digits.starts_with('X');
  if (is_hex) digits.remove_prefix(1);
  if (digits.size() > most_digits) return std::nullopt;
  const auto code = number(digits, is_hex ? 16 : 10);
  return code && *code <= last ? code : std::nullopt;
}

std::optional<char32_t> html_name(std::string_view name) {
  using Name = std::pair<std::string_view, char>;
  constexpr std::array<Name, 29> names = {
      {{"Tab", '\t'},  {"NewLine", '\n'}, {"excl", '!'},   {"quot", '"'},
       {"num", '#'},   {"dollar", '$'},   {"percnt", '%'}, {"amp", '&'},
       {"apos", '\''}, {"lpar", '('},     {"rpar", ')'},   {"ast", '*'},
       {"plus", '+'},  {"comma", ','},    {"period", '.'}, {"sol", '/'},
       {"colon", ':'}, {"semi", ';'},     {"lt", '<'},     {"equals", '='},
       {"gt", '>'},    {"quest", '?'},    {"commat", '@'}, {"lsqb", '['},
       {"bsol", '\\'}, {"rsqb", ']'},     {"lowbar", '_'}, {"verbar", '|'},
       {"nbsp", ' '}}};
  for (const auto& [known, character] : names) {
    if (known == name) return static_cast<unsigned char>(character);
  }
  return std::nullopt;
}

}  // namespace

Unescaped percent_unescaped(std::string_view rest) {
  const auto byte = hex_number(rest.substr(1), 2);
  if (!byte) return {"%"};
  return {std::string(1, static_cast<char>(*byte)), 3};
}

Unescaped json_unescaped(std::string_view rest) {
  constexpr std::string_view escaped = "\"\\/bfnrt";
  constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
  if (rest.size() < 2) return {"\\"};
  if (rest[1] == 'u') return json_character(rest);
  const std::size_t which = escaped.find(rest[1]);
  if (which == none) return {"\\"};
  return {std::string(1, meant[which]), 2};
}

Unescaped html_unescaped(std::string_view rest) {
  constexpr std::size_t longest = 10;
  const std::size_t end = rest.substr(0, longest).find(';');
  if (end == none) return {"&"};
  const std::string_view inside = rest.substr(1, end - 1);
  const auto code = inside.starts_with('#') ? html_number(inside.substr(1))
                                            : html_name(inside);
  if (!code) return {"&"};
  Unescaped character{.size = end + 1};
  append_utf8(*code, character.text);
  return character;
}

}  // namespace base
