#include "state/words.h"

#include "db/session.h"

namespace state {

std::int64_t Words::number_of(std::string_view word) {
  if (!has_read_) read();
  if (const auto known = numbers_.find(word); known != numbers_.end()) {
    return known->second;
  }
  if (const auto known = fresh_.find(word); known != fresh_.end()) {
    return known->second;
  }
  const std::string text(word);
  // Another process may have put it in meanwhile.
  const db::Rows rows =
      session_.query("SELECT id FROM names WHERE name = ?", {text});
  std::int64_t number = 0;
  if (rows.empty()) {
    session_.execute("INSERT INTO names (name) VALUES (?)", {text});
    number = session_.last_id();
  } else {
    number = db::number_or_zero(rows.front().at(0));
  }
  fresh_.emplace(text, number);
  return number;
}

std::string_view Words::word_of(std::int64_t number) {
  auto known = words_.find(number);
  if (known == words_.end()) {
    read();
    known = words_.find(number);
  }
  return known == words_.end() ? std::string_view() : known->second;
}

void Words::settle(bool committed) {
  if (committed) {
    for (const auto& [word, number] : fresh_) {
      words_.insert_or_assign(number, word);
    }
    numbers_.merge(fresh_);
  }
  fresh_.clear();
}

void Words::read() {
  has_read_ = true;
  for (const db::Row& row : session_.query("SELECT id, name FROM names")) {
    const std::int64_t number = db::number_or_zero(row.at(0));
    if (fresh_.contains(db::text_of(row.at(1)))) continue;
    numbers_.insert_or_assign(db::text_of(row.at(1)), number);
    words_.insert_or_assign(number, db::text_of(row.at(1)));
  }
}

}  // namespace state
