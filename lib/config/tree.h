#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/messages.h"

namespace config {

enum class Format : std::uint8_t { json, yaml };

inline constexpr std::size_t most_bytes = std::size_t{4} << 20;
inline constexpr std::size_t most_levels = 64;

struct Member;

// A value as the file has it, before anybody knows what it is for.
struct Value {
  enum class Kind : std::uint8_t { null, truth, number, text, list, object };

  Kind kind = Kind::null;
  bool truth = false;
  bool plain = false;  // a text of YAML without quotes: `yes` may be a truth
  int line = 0;        // the first is 1; 0 is unknown
  std::string text;    // of a text; of a number, as it was written
  std::string
      source;  // "${NAME}" or "file:/path" where it was taken from there
  std::vector<Value> elements;
  std::vector<Member> members;  // in their order, repeated ones included

  // The first member of that name, or null.
  const Member* find(std::string_view name) const;
};

struct Member {
  std::string name;
  int line = 0;
  Value value;
};

// Reads a whole file: JSON with comments, or one document of YAML, whose
// aliases and merge keys ("<<") come out as copies.  Returns what is wrong
// where it is neither, is too large or too deep, or holds a NUL or broken
// UTF-8.  A byte order mark is skipped.  The sentence quotes nothing of `text`,
// which may be a secret.
std::variant<Value, base::Sentence> tree_of(std::string_view text,
                                            Format format);

// A scalar of YAML without quotes, or a value of the environment: null, truth,
// number, or else a text that is marked as plain.  Numbers are decimal ones; a
// leading zero ("010") makes a text.
Value plain_scalar(std::string_view text);

}  // namespace config
