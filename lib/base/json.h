#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base::json {

// Returns `text` as a JSON string, quotes included.  What is not UTF-8 becomes
// U+FFFD.
std::string quote(std::string_view text);

// One JSON text, looked into by JSON pointers such as "/error/code" (RFC
// 6901).  Keep one where many are read: it keeps its memory.
class Document {
 public:
  Document();
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  // Returns whether all of `text` is JSON, of at most 64 levels and with no
  // whole number beyond 64 bits.  What was parsed before is forgotten.
  bool parse(std::string_view text);

  // The same of what others have written, less strictly: what is no UTF-8 and a
  // half of a surrogate pair become U+FFFD, as encoding/json of Go has it, and
  // a whole number beyond 64 bits a real().
  bool parse_of_others(std::string_view text);

  // Each returns nothing where there is no such thing.  5.0 is a number() like
  // 5.  A text lives until the next parse().  Of members of one name the first
  // is found.
  std::optional<std::string_view> text(std::string_view pointer) const;
  std::optional<std::int64_t> number(std::string_view pointer) const;
  std::optional<double> real(std::string_view pointer) const;
  std::optional<bool> truth(std::string_view pointer) const;

  bool is_object(std::string_view pointer) const;
  bool is_array(std::string_view pointer) const;
  bool is_null(std::string_view pointer) const;

  // The size of the array or object, 0 where there is none.
  std::size_t size(std::string_view pointer) const;

  // The members of an object, in their order, each with its value as JSON text;
  // nothing where there is no object.
  std::optional<std::vector<std::pair<std::string, std::string>>> members(
      std::string_view pointer) const;

  // The elements of an array as JSON texts; nothing where there is no array.
  std::optional<std::vector<std::string>> elements(
      std::string_view pointer) const;

  // The members of an object whose values are all strings, in their order;
  // nothing where there is no object or some value is no string.
  std::optional<std::vector<std::pair<std::string, std::string>>> strings(
      std::string_view pointer) const;

  // For an array of objects: the text of `member` of each that has one; for an
  // array of strings, the strings.
  std::vector<std::string> texts(std::string_view pointer,
                                 std::string_view member) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Writes JSON from front to back.  Commas and colons come by themselves.
class Writer {
 public:
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  Writer& value(std::string_view text);
  Writer& value(const char* text) { return value(std::string_view(text)); }
  Writer& value(const std::string& text) {
    return value(std::string_view(text));
  }
  Writer& value(bool truth);
  template <std::integral Number>
  requires(sizeof(Number) > 1) Writer& value(Number number) {
    return raw(std::to_string(number));
  }
  Writer& value(double number);  // at most 3 decimals; null if it is not finite
  Writer& raw(std::string_view json);

  template <typename Value>
  Writer& member(std::string_view name, const Value& value_of_it) {
    return key(name).value(value_of_it);
  }

  // What has been written; the next one begins anew.
  std::string take();

  // What has been written since the last piece; the rest goes on after it.
  std::string take_piece() { return std::exchange(text_, std::string()); }

 private:
  void separate();

  std::string text_;
  bool first_ = true;  // nothing stands before in this object or array
  bool after_key_ = false;
};

}  // namespace base::json
