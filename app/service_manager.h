#pragma once

#include <string>
#include <string_view>

#include "base/messages.h"
#include "base/time.h"
#include "net/loop.h"

// systemd, as far as it is there: told by NOTIFY_SOCKET (sd_notify(3)).  What
// cannot be told is dropped: nobody waits for it but systemd itself.
class ServiceManager {
 public:
  // Feeds the watchdog from the loop where there is one, so that a loop that
  // is stuck is killed.
  explicit ServiceManager(net::Loop& loop);

  void ready() const { tell("READY=1"); }
  void reloading() const;
  void stopping() const { tell("STOPPING=1"); }
  void status(std::string_view sentence) const;

 private:
  void tell(std::string_view state) const;
  void feed();

  std::string socket_;  // "" where nobody listens
  base::Milliseconds watchdog_{0};
  net::Timer timer_;
};

// Whether standard error leads to the journal.
bool is_read_by_journal();
