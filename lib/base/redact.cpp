#include "base/redact.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "base/http.h"
#include "base/text.h"

namespace base {
namespace {

constexpr auto none = std::string_view::npos;
constexpr std::size_t shortest_form = 4;
constexpr std::size_t shortest_base64 = 8;
constexpr std::size_t shortest_line = 16;  // of a secret of several
constexpr std::size_t shortest_torn = 8;   // a beginning that tells something
constexpr std::size_t shortest_key = 8;    // what follows "sk-"
constexpr std::size_t longest_excerpt = 200;
constexpr int most_decodings = 2;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_of_word(char c) {
  return is_alphanumeric(c) || c == '_' || static_cast<unsigned char>(c) > 0x7F;
}

std::size_t hash_of_start(std::string_view text) {
  std::uint32_t start = 0;
  std::memcpy(&start, text.data(), shortest_form);
  return start * 2654435761U >> 20U;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The value of the first `count` characters of `text` in hexadecimal.
std::optional<char32_t> hex_number(std::string_view text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  char32_t value = 0;
  for (const char c : text.substr(0, count)) {
    const int digit = hex_value(c);
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<char32_t>(digit);
  }
  return value;
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

// What one escape stands for, and how long it is; 1 where there is none.
struct Decoded {
  std::string text;
  std::size_t size = 1;
};

Decoded percent_decoded(std::string_view rest) {
  const auto byte = hex_number(rest.substr(1), 2);
  if (!byte) return {std::string(1, '%')};
  return {std::string(1, static_cast<char>(*byte)), 3};
}

Decoded json_character(std::string_view rest) {
  const auto first = hex_number(rest.substr(2), 4);
  if (!first) return {std::string(1, '\\')};
  Decoded decoded{.size = 6};
  char32_t code = *first;
  if (code >= 0xD800 && code < 0xDC00 && rest.substr(6).starts_with("\\u")) {
    const auto second = hex_number(rest.substr(8), 4);
    if (second && *second >= 0xDC00 && *second < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10U) + (*second - 0xDC00);
      decoded.size = 12;
    }
  }
  append_utf8(code, decoded.text);
  return decoded;
}

Decoded json_decoded(std::string_view rest) {
  constexpr std::string_view escaped = "\"\\/bfnrt";
  constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
  if (rest.size() < 2) return {std::string(1, '\\')};
  if (rest[1] == 'u') return json_character(rest);
  const std::size_t which = escaped.find(rest[1]);
  if (which == none) return {std::string(1, '\\')};
  return {std::string(1, meant[which]), 2};
}

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool has_at(std::string_view text, std::size_t at, std::string_view word) {
  return same_but_for_case(text.substr(at, word.size()), word);
}

std::size_t past(std::string_view text, std::size_t at, std::string_view any) {
  return std::min(text.find_first_not_of(any, at), text.size());
}

std::size_t until(std::string_view text, std::size_t at, std::string_view any) {
  return std::min(text.find_first_of(any, at), text.size());
}

// "sk-…", with what masks its middle.
Span key_at(std::string_view text, std::size_t at) {
  if (!has_at(text, at, "sk-")) return {};
  if (at > 0 && is_alphanumeric(text[at - 1])) return {};
  std::size_t end = at + 3;
  while (end < text.size() &&
         (is_alphanumeric(text[end]) || text[end] == '_' || text[end] == '-' ||
          text[end] == '*' || text[end] == '.')) {
    ++end;
  }
  while (text[end - 1] == '.')
    --end;
  return end - at - 3 < shortest_key ? Span{} : Span{at, end};
}

Span bearer_at(std::string_view text, std::size_t at) {
  if (!has_at(text, at, "bearer")) return {};
  const std::size_t begin = past(text, at + 6, " \t");
  if (begin == at + 6) return {};
  return {begin, until(text, begin, " \t\r\n\"'<>,;)\\")};
}

Span authorization_at(std::string_view text, std::size_t at) {
  constexpr std::string_view between = " \t\"'\\";
  if (!has_at(text, at, "authorization")) return {};
  const std::size_t colon = past(text, at + 13, between);
  if (colon == text.size() || (text[colon] != ':' && text[colon] != '=')) {
    return {};
  }
  const std::size_t begin = past(text, colon + 1, between);
  return {begin, until(text, begin, "\r\n\"'<>)\\")};
}

Span userinfo_at(std::string_view text, std::size_t at) {
  if (!has_at(text, at, "://")) return {};
  const std::size_t begin = at + 3;
  const std::size_t end = until(text, begin, "/?# \t\r\n\"'<>\\");
  const std::size_t sign = text.substr(begin, end - begin).rfind('@');
  return sign == none ? Span{} : Span{begin, begin + sign};
}

// What looks like a secret and is announced at `at`; empty if nothing is.
Span suspicious_at(std::string_view text, std::size_t at) {
  switch (text[at]) {
    case 's':
    case 'S': return key_at(text, at);
    case 'b':
    case 'B': return bearer_at(text, at);
    case 'a':
    case 'A': return authorization_at(text, at);
    case ':': return userinfo_at(text, at);
    default: return {};
  }
}

}  // namespace

// Where spans of the text begin (+1) and end (-1); they may overlap.
struct Redactor::Marks {
  std::vector<int> steps;
  bool guesses = true;  // what only looks like a secret is one, too

  void add(std::size_t begin, std::size_t end) {
    ++steps[begin];
    --steps[end];
  }
};

// The text with escapes taken away, and for each place in it the place in the
// text as it came; no places where nothing was taken away.
struct Redactor::View {
  std::string text;
  std::vector<std::size_t> places;

  std::size_t place(std::size_t at) const {
    return places.empty() ? at : places[at];
  }

  template <typename Decode>
  View decoded(char escape, const Decode& decode) const {
    View result;
    result.text.reserve(text.size());
    result.places.reserve(text.size() + 1);
    for (std::size_t i = 0; i < text.size();) {
      Decoded next{std::string(1, text[i])};
      if (text[i] == escape) next = decode(std::string_view(text).substr(i));
      result.text += next.text;
      result.places.push_back(place(i));
      i += next.size;
      // Whoever stops in the middle of a character takes all of it.
      result.places.resize(result.text.size(), place(i));
    }
    result.places.push_back(place(text.size()));
    return result;
  }
};

void Redactor::add_form(std::string_view form) {
  if (form.size() < shortest_form) return;
  starts_.set(hash_of_start(form));
  forms_.emplace(form);
  longest_form_ = std::max(longest_form_, form.size());
}

void Redactor::add(const Secret& secret) {
  const std::string& raw = secret.reveal();
  if (raw.empty()) return;
  if (raw.size() < shortest_form) {
    if (std::ranges::find(words_, raw) == words_.end()) words_.push_back(raw);
    return;
  }
  add_whole(raw);
  if (raw.find('\n') == none) return;
  for (const std::string_view line : split(raw, '\n')) {
    const std::string_view text = trimmed(line);
    if (text.size() >= shortest_line) add_whole(std::string(text));
  }
}

void Redactor::add_whole(const std::string& raw) {
  add_form(raw);

  std::string form = raw;
  std::ranges::replace(form, ' ', '+');
  add_form(form);

  form = hex(raw);
  add_form(form);
  for (char& c : form) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  add_form(form);

  for (std::size_t before = 0; before < 3; ++before) {
    form = base64(std::string(before, '\0') + raw);
    // The first and the last digit also depend on what stands beside.
    const std::size_t begin = (before * 8 + 5) / 6;
    const std::size_t end = (before + raw.size()) * 8 / 6;
    form = form.substr(begin, end - begin);
    if (form.size() < shortest_base64) continue;
    add_form(form);
    std::ranges::replace(form, '+', '-');
    std::ranges::replace(form, '/', '_');
    add_form(form);
  }
}

void Redactor::add_url(std::string_view url) {
  const std::string_view userinfo = http::userinfo_of(url);
  const std::size_t colon = userinfo.find(':');
  for (const std::string_view part :
       {userinfo, userinfo.substr(0, colon),
        colon == none ? std::string_view() : userinfo.substr(colon + 1)}) {
    const View written{std::string(part), {}};
    add(Secret(written.text));
    add(Secret(written.decoded('%', percent_decoded).text));
  }
}

// The size of the longest form that `text` begins with, 0 if with none.
std::size_t Redactor::form_at(std::string_view text) const {
  if (text.size() < shortest_form || !starts_.test(hash_of_start(text))) {
    return 0;
  }
  while (text.size() >= shortest_form) {
    // Every form that `text` begins with stands before it in the order, and
    // shares with the last of those that do as much as `text` does.
    auto found = forms_.upper_bound(text);
    if (found == forms_.begin()) return 0;
    const std::string& form = *--found;
    const auto common = static_cast<std::size_t>(
        std::ranges::mismatch(form, text).in1 - form.begin());
    if (common == form.size()) return common;
    text = text.substr(0, common);
  }
  return 0;
}

// Where a form begins that goes on behind the end of `text`; its size if none
// does.  What somebody has cut off is no secret less.
std::size_t Redactor::start_of_torn_form(std::string_view text) const {
  if (text.size() < shortest_torn) return text.size();
  const std::size_t first = text.size() - std::min(text.size(), longest_form_);
  for (std::size_t i = first; i + shortest_torn <= text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (!starts_.test(hash_of_start(rest))) continue;
    const auto found = forms_.lower_bound(rest);
    if (found != forms_.end() && found->starts_with(rest)) return i;
  }
  return text.size();
}

void Redactor::mark(const View& view, Marks& marks) const {
  const std::string_view text = view.text;
  const auto add = [&](std::size_t begin, std::size_t end) {
    marks.add(view.place(begin), view.place(end));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t size = form_at(text.substr(i));
    if (size > 0) add(i, i + size);
  }
  const std::size_t torn = start_of_torn_form(text);
  if (torn < text.size()) add(torn, text.size());
  for (std::size_t i = 0; marks.guesses && i < text.size();) {
    const Span span = suspicious_at(text, i);
    if (span.begin < span.end) add(span.begin, span.end);
    i = std::max(i + 1, span.end);
  }
  mark_words(view, marks);
}

void Redactor::mark_words(const View& view, Marks& marks) const {
  const std::string_view text = view.text;
  for (const std::string& word : words_) {
    for (std::size_t i = text.find(word); i != none;
         i = text.find(word, i + 1)) {
      const std::size_t end = i + word.size();
      const bool whole = (i == 0 || !is_of_word(text[i - 1])) &&
                         (end == text.size() || !is_of_word(text[end]));
      if (whole) marks.add(view.place(i), view.place(end));
    }
  }
}

void Redactor::mark_all(const View& view, int decodings, Marks& marks) const {
  mark(view, marks);
  if (decodings == 0) return;
  if (view.text.find('%') != none) {
    mark_all(view.decoded('%', percent_decoded), decodings - 1, marks);
  }
  if (view.text.find('\\') != none) {
    mark_all(view.decoded('\\', json_decoded), decodings - 1, marks);
  }
}

// A line end that becomes a blank, or an escape that ends in a letter, may put
// a secret together: what was made printable is looked through once more, for
// secrets only; where a line ended, what was announced in it ended, too.
std::string Redactor::redact(std::string_view text) const {
  constexpr int most_turns = 4;
  std::string shown(text);
  for (int turn = 0; turn < most_turns; ++turn) {
    const std::string redacted = without_secrets(shown, turn == 0);
    shown = printable(redacted);
    if (shown == redacted) break;
  }
  return shown;
}

std::string Redactor::without_secrets(std::string_view text,
                                      bool guesses) const {
  Marks marks{std::vector<int>(text.size() + 1), guesses};
  mark_all(View{std::string(text), {}}, most_decodings, marks);

  std::string redacted;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool was_in = depth > 0;
    depth += marks.steps[i];
    if (depth == 0) redacted += text[i];
    if (depth > 0 && !was_in) redacted += "[redacted]";
  }
  return redacted;
}

std::string Redactor::excerpt(std::string_view text) const {
  return shortened(redact(text), longest_excerpt);
}

}  // namespace base
