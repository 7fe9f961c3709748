#pragma once

#include <atomic>

namespace base {

// Whether somebody asked the program to stop.  Set from a signal handler;
// everything that waits looks at it at least once a second.
class StopFlag {
 public:
  void set() noexcept { set_.store(true, std::memory_order_relaxed); }
  bool is_set() const noexcept { return set_.load(std::memory_order_relaxed); }

 private:
  static_assert(std::atomic<bool>::is_always_lock_free);
  std::atomic<bool> set_ = false;
};

}  // namespace base
