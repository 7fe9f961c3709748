#include "monitor/alarms.h"

#include <utility>

namespace monitor {

Alarms::Handle Alarms::set(base::Time at, Ring ring) {
  const Handle handle = rings_.emplace(at, std::move(ring));
  arm();
  return handle;
}

// The timer is only ever moved to an earlier moment; when it comes too early,
// nothing is due, and it is armed again.
void Alarms::arm() {
  if (rings_.empty() || rings_.begin()->first >= armed_) return;
  armed_ = rings_.begin()->first;
  timer_.set(armed_, [this] {
    armed_ = base::never;
    ring_all();
  });
}

void Alarms::ring_all() {
  const base::Time now = net::Loop::now();
  while (!rings_.empty() && rings_.begin()->first <= now) {
    const auto entry = rings_.extract(rings_.begin());
    entry.mapped()();
  }
  arm();
}

}  // namespace monitor
