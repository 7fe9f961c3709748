#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace state {

class Words;

// Texts of many entries that are written and read all at once: ';' between the
// entries, ' ' between the parts of one.  A part is a number; that of a word is
// its number in the table `names`; '-' is nothing, 'd' a flag that is set.
class EntryWriter {
 public:
  // `words` must outlive it.
  explicit EntryWriter(Words& words) : words_(words) {}

  // The next entry, then its parts.
  void begin();
  void number(std::int64_t number);
  void word(std::string_view word);
  void flag(bool is_set);
  void nothing();

  bool empty() const { return text_.empty(); }

  // What was written, to begin anew.
  std::string take();

 private:
  void next_part();

  Words& words_;
  std::string text_;
  bool is_at_begin_ = true;  // of an entry
};

// One entry.  Its parts are read in their order.
class Entry {
 public:
  // Both must outlive it.
  Entry(std::string_view text, Words& words) : rest_(text), words_(words) {}

  // Nothing where there is none.
  std::optional<std::int64_t> number();

  bool flag();

  // "" where there is none; lives until the next one.
  std::string_view word();

  // Whether every part was there that was asked for, and no other.
  bool was_whole() const { return is_over_ && !was_short_; }

 private:
  std::string_view next_part();

  std::string_view rest_;
  Words& words_;
  bool is_over_ = false;
  bool was_short_ = false;
};

// Calls `take` with each Entry of `text`.
template <typename Take>
void for_each_entry(std::string_view text, Words& words, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = text.find(';');
    Entry entry(text.substr(0, end), words);
    take(entry);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace state
