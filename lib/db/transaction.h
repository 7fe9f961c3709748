#pragma once

#include <chrono>
#include <functional>

#include "base/stop.h"
#include "db/session.h"

namespace db {

// Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Session& session);
  // Begins with reading: see Session::begin_with().
  Transaction(Session& session, const Statements& first);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // What `first` gave.
  const Answers& answers() const { return answers_; }

  // Returns false if no answer came: then nobody knows whether it happened, and
  // nobody may simply do it again.  Throws where the database refused.
  bool commit();

 private:
  void roll_back();

  Session& session_;
  Answers answers_;
  bool open_ = true;
};

// How long to go on where somebody else holds a lock: so many tries of so long
// each, every one in steps of at most a second.
struct Patience {
  int tries = 5;
  std::chrono::milliseconds each{5000};
};

// Calls `work` until it does not throw `busy` any more, or the patience is at
// its end; then that error goes through, as every other one does at once.
// Throws `stopped` once `stop` is set.  `work` must be safe to begin again.
void patiently(const Patience& patience, const base::StopFlag& stop,
               const std::function<void()>& work);

}  // namespace db
