#include "base/redact.h"

#include <algorithm>
#include <utility>

#include "base/http.h"
#include "base/text.h"
#include "base/unescape.h"

namespace base {
namespace {

constexpr auto none = std::string_view::npos;
constexpr std::string_view mark_of_secret = "[redacted]";
constexpr std::size_t shortest_base64 = 8;
constexpr std::size_t shortest_line = 16;  // of a secret of several
constexpr std::size_t shortest_folded = SecretIndex::shortest_part;
constexpr std::size_t shortest_key = 8;  // what follows "sk-"
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

// The text with escapes taken away, and for each byte of it the place in the
// text as it came; no places where nothing was taken away.
struct Redactor::View {
  std::string text;
  std::vector<std::size_t> places;

  std::size_t place(std::size_t at) const {
    return places.empty() ? at : places[at];
  }

  // Where what `at` stands for ends: the bytes of one character have one place.
  std::size_t end_of(std::size_t at) const {
    if (places.empty()) return at + 1;
    std::size_t next = at + 1;
    while (places[next] == places[at])
      ++next;
    return places[next];
  }

  template <typename Unescape>
  View without(char escape, const Unescape& unescape) const {
    View result;
    result.text.reserve(text.size());
    result.places.reserve(text.size() + 1);
    for (std::size_t i = 0; i < text.size();) {
      Unescaped next{std::string(1, text[i])};
      if (text[i] == escape) next = unescape(std::string_view(text).substr(i));
      result.text += next.text;
      result.places.push_back(place(i));
      i += next.size;
      result.places.resize(result.text.size(), place(i - next.size));
    }
    result.places.push_back(place(text.size()));
    return result;
  }
};

namespace {

bool is_blank(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '\x7F';
}

std::string without_blanks(std::string text) {
  std::erase_if(text, is_blank);
  return text;
}

// Of a key a part tells nearly all; of a sentence, an address or a document it
// may be what everybody says.
bool is_of_words(std::string_view secret) {
  return secret.find("://") != none || std::ranges::any_of(secret, [](char c) {
           return is_blank(c) || c == '"' || c == '\'' ||
                  static_cast<unsigned char>(c) > 0x7F;
         });
}

void add_whole(const std::string& raw, Redactor::Parts parts,
               std::vector<SecretForm>& forms) {
  constexpr std::size_t part = SecretIndex::shortest_part;
  const bool count = parts == Redactor::Parts::are_secret;
  const auto add = [&forms, count](std::string form, std::size_t shortest) {
    forms.push_back({std::move(form), count ? shortest : 0});
  };
  add(raw, is_of_words(raw) ? 0 : part);
  if (std::ranges::any_of(raw, is_blank)) {
    std::string form = raw;
    std::ranges::replace(form, ' ', '+');
    add(form, 0);
    form = without_blanks(raw);
    if (form.size() >= shortest_folded) add(form, 0);
  }
  std::string form = hex(raw);
  add(form, part * 2);
  for (char& c : form) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  add(form, part * 2);

  for (std::size_t before = 0; before < 3; ++before) {
    form = base64(std::string(before, '\0') + raw);
    // The first and the last digit also depend on what stands beside.
    const std::size_t begin = (before * 8 + 5) / 6;
    const std::size_t end = (before + raw.size()) * 8 / 6;
    form = form.substr(begin, end - begin);
    if (form.size() < shortest_base64) continue;
    add(form, part * 4 / 3);
    std::ranges::replace(form, '+', '-');
    std::ranges::replace(form, '/', '_');
    add(form, part * 4 / 3);
  }
}

void add_forms(const std::string& raw, Redactor::Parts parts,
               std::vector<SecretForm>& forms) {
  add_whole(raw, parts, forms);
  if (raw.find('\n') == none) return;
  for (const std::string_view line : split(raw, '\n')) {
    const std::string_view text = trimmed(line);
    if (text.size() >= shortest_line) {
      add_whole(std::string(text), parts, forms);
    }
  }
}

}  // namespace

void Redactor::add(const Secret& secret, Parts parts) {
  const std::string& raw = secret.reveal();
  if (raw.empty()) return;
  if (raw.size() >= SecretIndex::shortest_form) {
    known_.push_back({secret, parts});
    index_.reset();
  } else if (std::ranges::find(words_, raw) == words_.end()) {
    words_.push_back(raw);
  }
}

const SecretIndex& Redactor::index() const {
  if (index_ == nullptr) {
    std::vector<SecretForm> forms;
    for (const auto& [secret, parts] : known_)
      add_forms(secret.reveal(), parts, forms);
    index_ = std::make_shared<const SecretIndex>(std::move(forms));
  }
  return *index_;
}

void Redactor::add_escaped(std::string_view part) {
  const View written{std::string(part), {}};
  add(Secret(written.text));
  add(Secret(written.without('%', percent_unescaped).text));
}

void Redactor::add_url(std::string_view url) {
  const std::string_view userinfo = http::userinfo_of(url);
  const std::size_t colon = userinfo.find(':');
  for (const std::string_view part :
       {userinfo, userinfo.substr(0, colon),
        colon == none ? std::string_view() : userinfo.substr(colon + 1)}) {
    add_escaped(part);
  }
}

void Redactor::mark(const View& view, Marks& marks) const {
  const std::string_view text = view.text;
  const auto add = [&](std::size_t begin, std::size_t end) {
    marks.add(view.place(begin), view.end_of(end - 1));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t size = index().form_at(text.substr(i));
    if (size > 0) add(i, i + size);
  }
  const std::size_t torn = index().start_of_torn_form(text);
  if (torn < text.size()) add(torn, text.size());
  for (std::size_t i = 0; marks.guesses && i < text.size();) {
    const Span span = suspicious_at(text, i);
    if (span.begin < span.end) add(span.begin, span.end);
    i = std::max(i + 1, span.end);
  }
  mark_words(view, marks);
  mark_folded(view, marks);
}

// Long forms and parts of them, also where they are broken into lines, or their
// characters stand apart.
void Redactor::mark_folded(const View& view, Marks& marks) const {
  std::string unfolded;
  std::vector<std::size_t> kept;
  unfolded.reserve(view.text.size());
  kept.reserve(view.text.size());
  for (std::size_t i = 0; i < view.text.size(); ++i) {
    if (is_blank(view.text[i])) continue;
    unfolded += view.text[i];
    kept.push_back(i);
  }
  const std::string_view text = unfolded;
  const auto add = [&](std::size_t begin, std::size_t size) {
    marks.add(view.place(kept[begin]), view.end_of(kept[begin + size - 1]));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t size = index().form_at(text.substr(i));
    if (size >= shortest_folded) add(i, size);
  }
  for (std::size_t i = 0; i < text.size();) {
    const SecretIndex::Part part = index().next_part(text, i);
    if (part.size > 0) add(part.begin, part.size);
    i = part.next;
  }
}

void Redactor::mark_words(const View& view, Marks& marks) const {
  const std::string_view text = view.text;
  for (const std::string& word : words_) {
    for (std::size_t i = text.find(word); i != none;
         i = text.find(word, i + 1)) {
      const std::size_t end = i + word.size();
      const bool whole = (i == 0 || !is_of_word(text[i - 1])) &&
                         (end == text.size() || !is_of_word(text[end]));
      if (whole) marks.add(view.place(i), view.end_of(end - 1));
    }
  }
}

void Redactor::mark_all(const View& view, int decodings, Marks& marks) const {
  mark(view, marks);
  if (decodings == 0) return;
  const auto look = [&](char escape, auto unescape) {
    if (view.text.find(escape) == none) return;
    const View next = view.without(escape, unescape);
    if (next.text != view.text) mark_all(next, decodings - 1, marks);
  };
  look('%', percent_unescaped);
  look('\\', json_unescaped);
  look('&', html_unescaped);
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
    if (depth > 0 && !was_in) redacted += mark_of_secret;
  }
  return redacted;
}

bool Redactor::would_change(std::string_view text) const {
  return redact(text) != printable(text);
}

bool Redactor::tells_secret(std::string_view text) const {
  constexpr std::size_t shortest_real = 12;
  if (text.size() < shortest_real) return false;
  std::size_t hidden = printable(text).size();
  const std::string redacted = redact(text);
  std::size_t kept = redacted.size();
  for (std::size_t i = redacted.find(mark_of_secret); i != none;
       i = redacted.find(mark_of_secret, i + 1)) {
    kept -= mark_of_secret.size();
  }
  hidden -= std::min(hidden, kept);
  return hidden >= shortest_real;
}

std::string Redactor::shown(const std::string& name) const {
  return tells_secret(name) ? redact(name) : name;
}

std::string Redactor::excerpt(std::string_view text) const {
  return shortened(redact(text), longest_excerpt);
}

}  // namespace base
