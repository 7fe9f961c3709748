#include "db/transaction.h"

#include <chrono>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/messages_db.h"

namespace db {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

void look_at(const base::StopFlag& stop) {
  if (!stop.is_set()) return;
  throw base::Error(base::say::stopped_waiting, base::Error::Cause::stopped);
}

// What `work` threw where it was busy.
std::optional<base::Error> busy_error(const std::function<void()>& work) {
  try {
    work();
  } catch (const base::Error& error) {
    if (error.cause() != base::Error::Cause::busy) throw;
    return error;
  }
  return std::nullopt;
}

}  // namespace

Transaction::Transaction(Session& session) : session_(session) {
  session_.begin();
}

Transaction::Transaction(Session& session, const Statements& first)
    : session_(session) {
  try {
    answers_ = session_.begin_with(first);
  } catch (const base::Error&) {
    roll_back();
    throw;
  }
}

Transaction::~Transaction() {
  roll_back();
}

void Transaction::roll_back() {
  if (!open_) return;
  try {
    session_.execute("ROLLBACK");
  } catch (const base::Error&) {
    // The connection is gone and the server rolls back, or the database did so
    // when it refused.
    open_ = false;
  }
}

bool Transaction::commit() {
  try {
    session_.execute("COMMIT");
    open_ = false;
    return true;
  } catch (const base::Error& error) {
    if (error.cause() != base::Error::Cause::lost) throw;
    open_ = false;
    return false;
  }
}

void patiently(const Patience& patience, const base::StopFlag& stop,
               const std::function<void()>& work) {
  constexpr milliseconds moment{50};
  const auto end = Clock::now() + patience.tries * patience.each;
  while (true) {
    look_at(stop);
    const auto begin = Clock::now();
    const auto error = busy_error(work);
    if (!error) return;
    look_at(stop);
    if (Clock::now() >= end) throw base::Error(*error);
    // A deadlock is told at once, not after a wait: let the others go on.
    if (Clock::now() - begin < moment) std::this_thread::sleep_for(moment);
  }
}

}  // namespace db
