#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace db {
class Session;
}

namespace state {

// The table `names`: a small number for every word that comes again and again.
// Words are never taken out of it, so what was once read stays true.
class Words {
 public:
  // `session` must outlive it.
  explicit Words(db::Session& session) : session_(session) {}

  // The number of a word, which gets one if it has none; in a transaction.
  std::int64_t number_of(std::string_view word);

  // The word of a number; "" if there is none.  Lives until the next call.
  std::string_view word_of(std::int64_t number);

  // Whether the words that got a number since the last call are in the file
  // now: called at the end of a transaction, or before the next one.
  void settle(bool committed);

 private:
  struct Hash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming)
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Numbers =
      std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>>;

  void read();

  db::Session& session_;
  bool has_read_ = false;
  Numbers numbers_;
  Numbers fresh_;  // not committed yet
  std::unordered_map<std::int64_t, std::string> words_;
};

}  // namespace state
