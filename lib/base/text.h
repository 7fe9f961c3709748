#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// ASCII letters in lower case; everything else as it is.
std::string lower(std::string_view text);

// Whether the two differ in the case of ASCII letters at most.
bool same_but_for_case(std::string_view a, std::string_view b);

// Without blanks, tabs and line ends at both ends.
std::string_view trimmed(std::string_view text);

// Split at every `separator`, empty pieces included; "" is one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

// `text` with `with` wherever it says `what`; what is put in is not looked at
// again.
std::string replaced(std::string text, std::string_view what,
                     std::string_view with);

std::string joined(const std::vector<std::string>& texts,
                   std::string_view separator);

// Whether `text` is well-formed UTF-8 (RFC 3629: no surrogates, nothing
// overlong).
bool is_utf8(std::string_view text);

// `text` with U+FFFD for what is not UTF-8.
std::string as_utf8(std::string_view text);

// Whether `text` holds C0 or C1 control characters, DEL, or characters that
// change the direction of what follows.
bool has_control(std::string_view text);

// Safe to print anywhere: control characters and direction marks become
// "\x1b" or "\u202e", what is not UTF-8 becomes U+FFFD; line ends become
// blanks.
std::string printable(std::string_view text);

// The first `most` characters (not bytes), with "…" after them where something
// was cut.
std::string shortened(std::string_view text, std::size_t most);

// Columns that `text` takes on a terminal; Chinese characters and emoji take
// two.
std::size_t width(std::string_view text);

// Whether `glob` ("*" any text, "?" one character) matches all of `text`.
bool matches(std::string_view glob, std::string_view text);

// The number that all of `text` is in decimal digits, perhaps after a "-".
std::optional<std::int64_t> whole_number(std::string_view text);

std::string percent_encoded(std::string_view text);
std::string base64(std::string_view bytes);
// With "-" and "_", and nothing at the end (RFC 4648 5, RFC 7515 2).
std::string base64url(std::string_view bytes);
std::string hex(std::string_view bytes);

}  // namespace base
