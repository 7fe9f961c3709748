#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"

namespace net {

// Requests that are paced together: those of one channel.
using Lane = std::int64_t;

// What one lane may do.  0 is no limit.
struct LaneLimits {
  std::size_t concurrent = 5;
  double rps = 5;  // calls within any second
  double rpm = 0;  // calls within any minute; alone, it spaces them evenly

  bool operator==(const LaneLimits&) const = default;
};

struct PaceLimits {
  LaneLimits lane;              // where nothing else is said
  std::size_t in_flight = 512;  // over all; 0 is no limit, here and below
  std::size_t per_host = 32;    // calls at once to one host and port
  // Calls at once to hosts that have not been reached yet: each may cost a
  // resolver thread until its lookup ends.
  std::size_t new_hosts = 64;
};

// Which request may leave when.  Pure: it is told the time, and what ended.
//
// Windows slide: a call counts against `rps` for a second (against `rpm` for a
// minute), and for a hundredth more, because it may be held up on its way;
// so no second holds more than `rps` calls, wherever it begins.  A rate below
// one call in its window is stretched: 0.5 a second is one call in any two
// seconds.  Lanes take turns; within a lane, first come is first out, and one
// that waits for its host keeps the lane waiting.  What has begun goes before
// what has not.  No operation is linear in the number of lanes or of waiting
// requests.
class Pace {
 public:
  using Ticket = std::uint64_t;

  explicit Pace(const PaceLimits& limits);
  ~Pace();
  Pace(const Pace&) = delete;
  Pace& operator=(const Pace&) = delete;

  // Other limits for one lane, from now on.
  void limit(Lane lane, const LaneLimits& limits);

  // `ticket` is in use for none that is waiting or released.  `host` is
  // "name:port"; "" is exempt from limits of hosts.
  void add(Ticket ticket, Lane lane, const std::string& host);

  // The same for a lane that has yet to begin, and no call: it is released when
  // one could leave and nobody's call can, first come, first out.  It counts
  // for nothing, and is forgotten with its release.
  void add_beginning(Ticket ticket, Lane lane, const std::string& host);

  // Takes those out of the queue that may leave now, lanes in turn; of the
  // beginnings at most one, as the last, since what it brings goes before the
  // next.
  std::vector<Ticket> release(base::Time now);

  // The moment when time alone may let another one leave, or base::never;
  // a moment that has passed, if something changed since the last release().
  base::Time next() const;

  // A released one has ended, or a waiting one is not wanted any more.  An
  // unknown one is fine.
  void remove(Ticket ticket);

  // The host of a released one was reached: it is not new any more.
  void reached(Ticket ticket);

  // Releases nothing of `lane` before `until`.
  void hold(Lane lane, base::Time until);

 private:
  class Queues;
  std::unique_ptr<Queues> queues_;
};

}  // namespace net
