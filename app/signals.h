#pragma once

#include <functional>

#include "base/stop.h"
#include "net/loop.h"

// SIGINT, SIGTERM and SIGHUP, brought into the loop.  SIGPIPE is ignored.  Only
// one at a time may live.
//
// Somebody may be blocked in a database for up to a second when a signal comes:
// the flag tells him.  As a last resort the process ends 1.8 s after the first
// stop signal: safe, since a transaction is rolled back and the journal says
// what was meant.
class Signals {
 public:
  using Handler = std::function<void(int signal)>;

  // `stop` is set from the signal handler by SIGINT and SIGTERM, and by SIGHUP
  // where `hangup_stops`; then `handler` is called from the loop.
  Signals(net::Loop& loop, base::StopFlag& stop, bool hangup_stops,
          int exit_code, Handler handler);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void watch();

  net::Watch pipe_;
  Handler handler_;
};

// The same for a command that waits without running a loop: all three stop it,
// and end it with `exit_code`.
class StopSignals {
 public:
  explicit StopSignals(int exit_code)
      : signals_(loop_, stop_, true, exit_code, [](int) {}) {}

  const base::StopFlag& flag() const { return stop_; }

 private:
  base::StopFlag stop_;
  net::Loop loop_;
  Signals signals_;
};

// Whether this process had a terminal and has none any more.
bool terminal_went_away();
