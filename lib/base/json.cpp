#include "base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"

namespace base::json {
namespace {

// The parser counts the text itself as a level, and an empty array or object as
// none.
constexpr std::size_t most_levels = 64 + 1;

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

void escape(char c, std::string& to) {
  switch (c) {
    case '"': to += "\\\""; break;
    case '\\': to += "\\\\"; break;
    case '\b': to += "\\b"; break;
    case '\f': to += "\\f"; break;
    case '\n': to += "\\n"; break;
    case '\r': to += "\\r"; break;
    case '\t': to += "\\t"; break;
    default:
      fmt::format_to(std::back_inserter(to), "\\u{:04x}",
                     static_cast<unsigned>(c));
  }
}

void append_quoted_utf8(std::string_view text, std::string& to) {
  to.reserve(to.size() + text.size() + 2);
  to += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t begin = i;
    while (i < text.size() && is_plain(text[i]))
      ++i;
    to.append(text, begin, i - begin);
    if (i < text.size()) escape(text[i], to);
  }
  to += '"';
}

void append_quoted(std::string_view text, std::string& to) {
  if (is_utf8(text)) {
    append_quoted_utf8(text, to);
  } else {
    append_quoted_utf8(as_utf8(text), to);
  }
}

// Goes over a JSON text once and writes it anew with what the parser refuses
// put right: see Document::parse_of_others().
class Mender {
 public:
  explicit Mender(std::string text) : text_(std::move(text)) {}

  std::string mended() {
    mended_.reserve(text_.size());
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') in_string_ = !in_string_;
      if (in_string_ && c == '\\') {
        escaped();
      } else if (!in_string_ && is_digit(c)) {
        number();
      } else {
        keep(1);
      }
    }
    return std::move(mended_);
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  void keep(std::size_t size) {
    mended_.append(text_, at_, size);
    at_ += size;
  }

  // The code of "\uXXXX" at `at`, else 0.
  unsigned code_at(std::size_t at) const {
    unsigned code = 0;
    if (at + 6 > text_.size() || text_[at] != '\\' || text_[at + 1] != 'u') {
      return 0;
    }
    const char* const end = text_.data() + at + 6;
    return std::from_chars(end - 4, end, code, 16).ptr == end ? code : 0;
  }

  void escaped() {
    const auto is_high = [](unsigned code) { return code >> 10 == 0x36; };
    const auto is_low = [](unsigned code) { return code >> 10 == 0x37; };
    const unsigned code = code_at(at_);
    if (is_high(code) && is_low(code_at(at_ + 6))) return keep(12);
    if (!is_high(code) && !is_low(code)) return keep(2);
    mended_ += "\\ufffd";
    at_ += 6;
  }

  void number() {
    constexpr std::size_t digits_of_64_bits = 18;  // any so long
    const auto end =
        std::min(text_.find_first_not_of("0123456789+-.eE", at_), text_.size());
    const std::string_view digits(text_.data() + at_, end - at_);
    const bool is_whole = digits.find_first_of(".eE") == digits.npos;
    keep(digits.size());
    if (is_whole && digits.size() > digits_of_64_bits) mended_ += ".0";
  }

  std::string text_;
  std::string mended_;
  std::size_t at_ = 0;
  bool in_string_ = false;
};

using Element = simdjson::dom::element;

// `Found` is an element or what the search for one came to.
template <typename Type, typename Found>
std::optional<Type> value_as(const Found& found) {
  Type value{};
  if (found.get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

}  // namespace

std::string quote(std::string_view text) {
  std::string quoted;
  append_quoted(text, quoted);
  return quoted;
}

struct Document::State {
  simdjson::dom::parser parser;
  std::vector<char> buffer;
  Element root;
  bool good = false;

  simdjson::simdjson_result<Element> at(std::string_view pointer) const {
    if (!good) return simdjson::UNINITIALIZED;
    return root.at_pointer(pointer);
  }

  template <typename Type>
  std::optional<Type> as(std::string_view pointer) const {
    return value_as<Type>(at(pointer));
  }
};

Document::Document() : state_(std::make_unique<State>()) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

bool Document::parse(std::string_view text) {
  State& state = *state_;
  state.good = false;
  // One version of the parser skips a byte order mark, another refuses it.
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  if (text.starts_with(mark)) return false;
  if (state.parser.capacity() < text.size() &&
      state.parser.allocate(text.size(), most_levels) != simdjson::SUCCESS) {
    return false;
  }
  const std::size_t needed = text.size() + simdjson::SIMDJSON_PADDING;
  if (state.buffer.size() < needed) state.buffer.resize(needed);
  if (!text.empty()) {
    std::memcpy(state.buffer.data(), text.data(), text.size());
  }
  state.good = state.parser.parse(state.buffer.data(), text.size(), false)
                   .get(state.root) == simdjson::SUCCESS;
  return state.good;
}

bool Document::parse_of_others(std::string_view text) {
  if (parse(text)) return true;
  const std::size_t start = text.find_first_of("{[");
  return start != text.npos && parse(Mender(as_utf8(text)).mended());
}

std::optional<std::string_view> Document::text(std::string_view pointer) const {
  return state_->as<std::string_view>(pointer);
}

std::optional<std::int64_t> Document::number(std::string_view pointer) const {
  const auto found = state_->at(pointer);
  if (const auto whole = value_as<std::int64_t>(found)) return whole;
  const auto value = value_as<double>(found);
  // 2^53: up to there a double is exact.
  if (!value || std::abs(*value) > 9007199254740992.0 ||
      std::trunc(*value) != *value) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*value);
}

std::optional<double> Document::real(std::string_view pointer) const {
  return state_->as<double>(pointer);
}

std::optional<bool> Document::truth(std::string_view pointer) const {
  return state_->as<bool>(pointer);
}

bool Document::is_object(std::string_view pointer) const {
  return state_->as<simdjson::dom::object>(pointer).has_value();
}

bool Document::is_array(std::string_view pointer) const {
  return state_->as<simdjson::dom::array>(pointer).has_value();
}

bool Document::is_null(std::string_view pointer) const {
  const auto found = state_->as<Element>(pointer);
  return found && found->is_null();
}

std::size_t Document::size(std::string_view pointer) const {
  const auto found = state_->at(pointer);
  if (const auto array = value_as<simdjson::dom::array>(found)) {
    return array->size();
  }
  const auto object = value_as<simdjson::dom::object>(found);
  return object ? object->size() : 0;
}

std::optional<std::vector<std::pair<std::string, std::string>>>
Document::members(std::string_view pointer) const {
  const auto object = state_->as<simdjson::dom::object>(pointer);
  if (!object) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> all;
  all.reserve(object->size());
  for (const auto field : *object) {
    all.emplace_back(field.key, simdjson::minify(field.value));
  }
  return all;
}

std::optional<std::vector<std::string>> Document::elements(
    std::string_view pointer) const {
  const auto array = state_->as<simdjson::dom::array>(pointer);
  if (!array) return std::nullopt;
  std::vector<std::string> all;
  all.reserve(array->size());
  for (const Element element : *array)
    all.push_back(simdjson::minify(element));
  return all;
}

std::optional<std::vector<std::pair<std::string, std::string>>>
Document::strings(std::string_view pointer) const {
  const auto object = state_->as<simdjson::dom::object>(pointer);
  if (!object) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto field : *object) {
    const auto text = value_as<std::string_view>(field.value);
    if (!text) return std::nullopt;
    all.emplace_back(field.key, *text);
  }
  return all;
}

std::vector<std::string> Document::texts(std::string_view pointer,
                                         std::string_view member) const {
  std::vector<std::string> all;
  const auto array = state_->as<simdjson::dom::array>(pointer);
  if (!array) return all;
  for (const Element element : *array) {
    const auto text = element.is_object()
                          ? value_as<std::string_view>(element.at_key(member))
                          : value_as<std::string_view>(element);
    if (text) all.emplace_back(*text);
  }
  return all;
}

void Writer::separate() {
  if (!first_ && !after_key_) text_ += ',';
  first_ = false;
  after_key_ = false;
}

Writer& Writer::begin_object() {
  separate();
  text_ += '{';
  first_ = true;
  return *this;
}

Writer& Writer::end_object() {
  text_ += '}';
  first_ = false;
  return *this;
}

Writer& Writer::begin_array() {
  separate();
  text_ += '[';
  first_ = true;
  return *this;
}

Writer& Writer::end_array() {
  text_ += ']';
  first_ = false;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  separate();
  append_quoted(name, text_);
  text_ += ':';
  after_key_ = true;
  return *this;
}

Writer& Writer::value(std::string_view text) {
  separate();
  append_quoted(text, text_);
  return *this;
}

Writer& Writer::value(bool truth) {
  return raw(truth ? "true" : "false");
}

Writer& Writer::value(double number) {
  if (!std::isfinite(number)) return raw("null");
  std::string digits = fmt::format("{:.3f}", number);
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.ends_with('.')) digits.pop_back();
  return raw(digits == "-0" ? "0" : digits);
}

Writer& Writer::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

std::string Writer::take() {
  first_ = true;
  after_key_ = false;
  return std::exchange(text_, {});
}

}  // namespace base::json
