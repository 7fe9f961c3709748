#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "db/session.h"

namespace store {

// Which names are one to abilities.model.  SQLite and PostgreSQL compare byte
// by byte; MySQL is asked, by the collation of that column.
class NameKeys {
 public:
  // `session` must outlive it.
  explicit NameKeys(db::Session& session) : session_(session) {}

  // As core::NameKeys.
  std::vector<std::string> of(const std::vector<std::string>& names);

 private:
  bool compares_bytes();
  void look_up(const std::vector<std::string>& names);
  void ask(const std::vector<const std::string*>& names);

  db::Session& session_;
  bool is_known_ = false;     // the two below
  std::string key_of_place_;  // SQL; "" where bytes are compared
  std::unordered_map<std::string, std::string> keys_;  // that were asked for
};

}  // namespace store
