#include "store/name_keys.h"

#include <fmt/format.h>

namespace store {

namespace {

// As many as a statement takes columns, and more.
constexpr std::size_t names_at_once = 1000;
// Beyond that the names of former rounds are forgotten.
constexpr std::size_t names_kept = 200'000;

// What is said of a character set or collation goes into a statement.
bool is_word(const std::string& text) {
  return !text.empty() && text.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_") == text.npos;
}

}  // namespace

std::vector<std::string> NameKeys::of(const std::vector<std::string>& names) {
  if (compares_bytes()) return {};
  look_up(names);
  std::vector<std::string> keys;
  keys.reserve(names.size());
  for (const std::string& name : names) {
    keys.push_back(keys_.at(name));
  }
  return keys;
}

bool NameKeys::compares_bytes() {
  if (is_known_) return key_of_place_.empty();
  if (session_.dialect().engine == db::Engine::mysql) {
    const auto rows = session_.query(
        R"(SELECT character_set_name, collation_name FROM)"
        R"( information_schema.columns WHERE table_schema = DATABASE() AND)"
        R"( table_name = 'abilities' AND column_name = 'model')");
    const std::string set = rows.empty() ? "" : db::text_of(rows[0].at(0));
    const std::string collation =
        rows.empty() ? "" : db::text_of(rows[0].at(1));
    if (is_word(set) && is_word(collation)) {
      // Blanks at the end count by some collations, and have a weight by all.
      const auto same = session_.query(fmt::format(
          "SELECT CONVERT('a' USING {0}) = CONVERT('a ' USING {0}) COLLATE {1}",
          set, collation));
      key_of_place_ = fmt::format(
          "HEX(WEIGHT_STRING(CONVERT({} USING {}) COLLATE {}))",
          db::truth_of(same.at(0).at(0)) ? "TRIM(TRAILING ' ' FROM ?)" : "?",
          set, collation);
    }
  }
  is_known_ = true;
  return key_of_place_.empty();
}

void NameKeys::look_up(const std::vector<std::string>& names) {
  if (keys_.size() > names_kept) keys_.clear();
  std::vector<const std::string*> open;
  for (const std::string& name : names) {
    if (keys_.emplace(name, "").second) open.push_back(&name);
    if (open.size() == names_at_once) {
      ask(open);
      open.clear();
    }
  }
  if (!open.empty()) ask(open);
}

void NameKeys::ask(const std::vector<const std::string*>& names) {
  std::string sql = "SELECT ";
  db::Arguments arguments;
  for (const std::string* name : names) {
    if (!arguments.empty()) sql += ", ";
    sql += key_of_place_;
    arguments.emplace_back(*name);
  }
  try {
    const db::Rows rows = session_.query(sql, arguments);
    for (std::size_t i = 0; i < names.size(); ++i) {
      keys_[*names[i]] = db::text_of(rows.at(0).at(i));
    }
  } catch (...) {
    keys_.clear();
    throw;
  }
}

}  // namespace store
