#include "state/entries.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "state/words.h"

namespace state {

namespace {

constexpr char nothing_known = '-';
constexpr char set = 'd';

}  // namespace

void EntryWriter::begin() {
  if (!text_.empty()) text_ += ';';
  is_at_begin_ = true;
}

void EntryWriter::number(std::int64_t number) {
  next_part();
  const fmt::format_int digits(number);
  text_.append(digits.data(), digits.size());
}

void EntryWriter::word(std::string_view word) {
  number(words_.number_of(word));
}

void EntryWriter::flag(bool is_set) {
  next_part();
  text_ += is_set ? set : nothing_known;
}

void EntryWriter::nothing() {
  next_part();
  text_ += nothing_known;
}

std::string EntryWriter::take() {
  is_at_begin_ = true;
  return std::exchange(text_, {});
}

void EntryWriter::next_part() {
  if (!is_at_begin_) text_ += ' ';
  is_at_begin_ = false;
}

std::optional<std::int64_t> Entry::number() {
  return base::whole_number(next_part());
}

bool Entry::flag() {
  return next_part() == std::string_view(&set, 1);
}

std::string_view Entry::word() {
  const auto known = number();
  return known ? words_.word_of(*known) : std::string_view();
}

std::string_view Entry::next_part() {
  if (is_over_) {
    was_short_ = true;
    return {};
  }
  const std::size_t end = rest_.find(' ');
  const std::string_view part = rest_.substr(0, end);
  is_over_ = end == std::string_view::npos;
  if (!is_over_) rest_.remove_prefix(end + 1);
  was_short_ = was_short_ || part.empty();
  return part;
}

}  // namespace state
