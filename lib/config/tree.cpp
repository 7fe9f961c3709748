#include "config/tree.h"

#include <algorithm>
#include <array>

#include "base/messages_config.h"
#include "base/text.h"
#include "config/tree_builder.h"

namespace config {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes the digits off the front; returns how many there were.
std::size_t take_digits(std::string_view& text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits]))
    ++digits;
  text.remove_prefix(digits);
  return digits;
}

bool take_exponent(std::string_view& text) {
  if (text.empty() || (text[0] != 'e' && text[0] != 'E')) return true;
  text.remove_prefix(1);
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    text.remove_prefix(1);
  }
  return take_digits(text) > 0;
}

bool is_number(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    text.remove_prefix(1);
  }
  const bool zero = text.starts_with('0');
  std::size_t digits = take_digits(text);
  if (zero && digits > 1) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += take_digits(text);
  }
  return digits > 0 && take_exponent(text) && text.empty();
}

bool is_any(std::string_view text, const std::array<std::string_view, 3>& of) {
  return std::find(of.begin(), of.end(), text) != of.end();
}

}  // namespace

const Member* Value::find(std::string_view name) const {
  for (const Member& member : members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

Value plain_scalar(std::string_view text) {
  Value value{.kind = Value::Kind::text, .plain = true};
  value.text = text;
  if (text.empty() || text == "~" || is_any(text, {"null", "Null", "NULL"})) {
    value.kind = Value::Kind::null;
  } else if (is_any(text, {"true", "True", "TRUE"})) {
    value.kind = Value::Kind::truth;
    value.truth = true;
  } else if (is_any(text, {"false", "False", "FALSE"})) {
    value.kind = Value::Kind::truth;
  } else if (is_number(text)) {
    value.kind = Value::Kind::number;
  }
  return value;
}

std::variant<Value, base::Sentence> tree_of(std::string_view text,
                                            Format format) {
  if (text.size() > most_bytes) {
    return base::Sentence(base::say::config_too_large, most_bytes >> 20);
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    return base::Sentence(base::say::config_nul, line_of(text, nul));
  }
  if (!base::is_utf8(text)) {
    return base::Sentence(base::say::config_not_utf8);
  }
  return format == Format::json ? json_tree(text) : yaml_tree(text);
}

}  // namespace config
