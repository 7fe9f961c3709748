#pragma once

#include <functional>
#include <map>

#include "base/time.h"
#include "net/loop.h"

namespace monitor {

// Many moments on one timer: setting one costs no system call.
class Alarms {
 public:
  using Ring = std::function<void()>;
  using Handle = std::multimap<base::Time, Ring>::iterator;

  explicit Alarms(net::Loop& loop) : timer_(loop) {}

  Handle set(base::Time at, Ring ring);
  void cancel(Handle handle) { rings_.erase(handle); }

 private:
  void arm();
  void ring_all();

  std::multimap<base::Time, Ring> rings_;
  net::Timer timer_;
  base::Time armed_ = base::never;
};

}  // namespace monitor
