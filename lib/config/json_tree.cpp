#include <cstddef>
#include <istream>
#include <streambuf>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/messages_config.h"
#include "config/tree_builder.h"

namespace config {
namespace {

using base::Sentence;
namespace say = base::say;

// Tells how far the parser has come: it tells no positions itself but those of
// errors.
class Input : public std::streambuf {
 public:
  explicit Input(std::string_view text) : text_(text) {
    setg(text_.data(), text_.data(), text_.data() + text_.size());
  }
  std::size_t reached() const {
    return static_cast<std::size_t>(gptr() - eback());
  }

 private:
  std::string text_;
};

// The end of the comment or the string that begins at text[at].
std::size_t end_of_token(std::string_view text, std::size_t at) {
  if (text.substr(at).starts_with("//")) return text.find('\n', at);
  if (text.substr(at).starts_with("/*")) {
    const std::size_t end = text.find("*/", at + 2);
    return end == std::string_view::npos ? end : end + 2;
  }
  std::size_t end = at + 1;
  if (text[at] != '"') return end;
  while (end < text.size() && text[end] != '"') {
    end += text[end] == '\\' ? 2U : 1U;
  }
  return end + 1;
}

// The last character of `text` that is neither blank nor in a comment.
char last_character(std::string_view text) {
  char last = '\0';
  for (std::size_t at = 0; at < text.size(); at = end_of_token(text, at)) {
    const bool comment =
        text.substr(at).starts_with("//") || text.substr(at).starts_with("/*");
    const bool blank =
        std::string_view(" \t\r\n").find(text[at]) != std::string_view::npos;
    if (!comment && !blank) last = text[at];
  }
  return last;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool says(const nlohmann::detail::exception& error, std::string_view what) {
  return std::string_view(error.what()).find(what) != std::string_view::npos;
}

// "+1", "05" or "0x10", of which the parser takes the first digit.
bool is_odd_number(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '+') return true;
  return at > 0 && is_digit(text[at - 1]) && (is_digit(c) || is_letter(c));
}

// What is wrong in the text at `at`, for whoever wrote it.
const base::Phrase& guess(std::string_view text, std::size_t at,
                          const nlohmann::detail::exception& error) {
  if (says(error, "surrogate")) return say::config_not_json;
  if (says(error, "backslash") || says(error, "'\\u'")) {
    return say::config_odd_escape;
  }
  if (says(error, "control character")) return say::config_raw_control;
  if (says(error, "unexpected string literal")) {
    return say::config_missing_comma;
  }
  if (text[at] == '=') return say::config_no_colon;
  if (is_odd_number(text, at)) return say::config_odd_number;
  // The parser stops at the first letter that can be no true, false or null.
  std::size_t end = at;
  while (end < text.size() && (is_letter(text[end]) || is_digit(text[end])))
    ++end;
  if (end == at) return say::config_not_json;
  const std::size_t next = text.find_first_not_of(" \t", end);
  const bool is_key = next != std::string_view::npos && text[next] == ':';
  return is_key ? say::config_key_unquoted : say::config_word_unquoted;
}

// What the parser calls, by the names that it wants.
class Events {
 public:
  explicit Events(std::string_view text) : text_(text), input_(text) {}

  std::streambuf& input() { return input_; }
  std::variant<Value, Sentence> take() { return builder_.take(); }

  bool null() { return builder_.add({.line = line()}); }
  bool boolean(bool truth) {
    return builder_.add(
        {.kind = Value::Kind::truth, .truth = truth, .line = line()});
  }
  bool number_integer(std::int64_t number) {
    return add_number(std::to_string(number));
  }
  bool number_unsigned(std::uint64_t number) {
    return add_number(std::to_string(number));
  }
  bool number_float(double /*number*/, const std::string& text) {
    return add_number(text);
  }
  bool string(std::string& text) {
    Value value{.kind = Value::Kind::text, .line = line()};
    value.text = std::move(text);
    return builder_.add(std::move(value));
  }
  bool binary(nlohmann::json::binary_t& /*bytes*/) { return false; }

  bool start_object(std::size_t /*size*/) {
    return builder_.open(Value::Kind::object, line());
  }
  bool key(std::string& name) { return builder_.name(std::move(name), line()); }
  bool end_object() { return builder_.close(); }
  bool start_array(std::size_t /*size*/) {
    return builder_.open(Value::Kind::list, line());
  }
  bool end_array() { return builder_.close(); }

  // `token` may be a piece of a secret: it is not shown.
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) {
    return builder_.fail(fault_at(position == 0 ? 0 : position - 1, error));
  }

 private:
  // The parser may have read one character more than the value, never two.
  int line() {
    const std::size_t reached = input_.reached();
    const std::size_t here = reached == 0 ? 0 : reached - 1;
    for (; counted_ < here; ++counted_)
      line_ += text_[counted_] == '\n' ? 1 : 0;
    return line_;
  }

  bool add_number(std::string text) {
    Value value{.kind = Value::Kind::number, .line = line()};
    value.text = std::move(text);
    return builder_.add(std::move(value));
  }

  Sentence fault_at(std::size_t at,
                    const nlohmann::detail::exception& error) const {
    constexpr int out_of_range = 406;
    const int where = line_of(text_, at);
    if (error.id == out_of_range) return {say::config_number_too_large, where};
    if (last_character(text_) == '\0') return say::config_empty;
    if (at >= text_.size()) return say::config_ends_early;
    if (builder_.is_complete()) return {say::config_garbage, where};
    const std::string_view rest = text_.substr(at);
    if (rest.starts_with("NaN") || rest.starts_with("Infinity")) {
      return {say::config_no_number, where};
    }
    if ((rest[0] == ']' || rest[0] == '}') &&
        last_character(text_.substr(0, at)) == ',') {
      return {say::config_trailing_comma, where};
    }
    if (rest[0] == '\'') return {say::config_single_quote, where};
    const std::size_t column = at - text_.substr(0, at).rfind('\n');
    return {guess(text_, at, error), where, column};
  }

  std::string_view text_;
  Input input_;
  std::size_t counted_ = 0;  // bytes whose line ends are in line_
  int line_ = 1;
  TreeBuilder builder_;
};

}  // namespace

std::variant<Value, Sentence> json_tree(std::string_view text) {
  Events events(text);
  std::istream stream(&events.input());
  nlohmann::json::sax_parse(stream, &events,
                            nlohmann::json::input_format_t::json, true, true);
  return events.take();
}

}  // namespace config
