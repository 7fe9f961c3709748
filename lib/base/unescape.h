#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace base {

// What one escape stands for, and how many bytes of the text it takes: 1 where
// there is none, and then the byte itself.  Each takes a text that begins with
// the character that begins its escapes.
struct Unescaped {
  std::string text;
  std::size_t size = 1;
};

// "%2F" (RFC 3986 2.1).
Unescaped percent_unescaped(std::string_view rest);

// "\n", "\/", "\u002F", two of which may be one character (RFC 8259 7).
Unescaped json_unescaped(std::string_view rest);

// "&amp;", "&#43;", "&#x2b;" (HTML 13.1.4); of the names those of ASCII.
Unescaped html_unescaped(std::string_view rest);

}  // namespace base
