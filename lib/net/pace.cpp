#include "net/pace.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace net {

namespace {

using base::Time;
using Duration = base::Clock::duration;
using Ticket = Pace::Ticket;

bool below(std::size_t count, std::size_t limit) {
  return limit == 0 || count < limit;
}

// Things in a row, linked through their own members `before` and `after`, so
// that any of them leaves in no time.
template <typename Thing>
class Chain {
 public:
  bool empty() const { return first_ == nullptr; }
  Thing* front() const { return first_; }

  void push_back(Thing& thing) { insert(thing, last_, nullptr); }
  void push_front(Thing& thing) { insert(thing, nullptr, first_); }

  void take(Thing& thing) {
    (thing.before == nullptr ? first_ : thing.before->after) = thing.after;
    (thing.after == nullptr ? last_ : thing.after->before) = thing.before;
    thing.before = thing.after = nullptr;
  }

 private:
  void insert(Thing& thing, Thing* before, Thing* after) {
    thing.before = before;
    thing.after = after;
    (before == nullptr ? first_ : before->after) = &thing;
    (after == nullptr ? last_ : after->before) = &thing;
  }

  Thing* first_ = nullptr;
  Thing* last_ = nullptr;
};

// At most `calls` within any `length`; 0 is no limit.
struct Window {
  std::size_t calls = 0;
  Duration length{};
};

// `rate` calls within each `unit`.  What is below one call is stretched.
Window window_of(double rate, double unit) {
  if (!(rate > 0)) return {};
  constexpr double dust = 1e-9;  // 0.1 * 50 is 5, too
  constexpr double margin = 1.01;
  constexpr double most = 1e9;
  const double calls = std::clamp(std::floor(rate + dust), 1.0, most);
  const double seconds = std::min(rate < 1 ? unit / rate : unit, most);
  return {static_cast<std::size_t>(calls),
          std::chrono::ceil<Duration>(
              std::chrono::duration<double>(seconds * margin))};
}

// When the latest calls left.
class Log {
 public:
  void note(Time now, const Window& a, const Window& b) {
    times_.push_back(now);
    const std::size_t most = std::max(a.calls, b.calls);
    const Time old = now - std::max(a.length, b.length);
    while (size() > most || times_[first_] < old)
      ++first_;
    if (first_ < 16 || first_ * 2 < times_.size()) return;
    times_.erase(times_.begin(),
                 times_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }

  // When `window` lets the next one leave.
  Time open(const Window& window) const {
    if (window.calls == 0 || size() < window.calls) return Time::min();
    return times_[times_.size() - window.calls] + window.length;
  }

 private:
  std::size_t size() const { return times_.size() - first_; }

  std::vector<Time> times_;
  std::size_t first_ = 0;  // those before it are forgotten
};

struct LaneQueue;
struct Host;

struct Entry {
  Ticket ticket = 0;
  LaneQueue* lane = nullptr;
  Host* host = nullptr;  // none if it is exempt
  bool released = false;
  bool is_beginning = false;
  Entry* before = nullptr;
  Entry* after = nullptr;
};

enum class Place : std::uint8_t {
  nowhere,  // nothing waits, or its own calls must end first
  ready,    // to be looked at by the next release()
  timed,    // waits for a moment
  parked    // waits for a host
};

struct LaneQueue {
  Lane id = 0;
  LaneLimits limits;
  Window second;
  Window minute;
  Chain<Entry> waiting;
  std::size_t calls = 0;
  Log log;
  Time held = Time::min();

  Place place = Place::nowhere;
  bool is_last = false;       // ready or parked behind all that have begun
  Time opens;                 // where timed
  Host* parked_at = nullptr;  // where parked
  Host* woken_by = nullptr;   // ready because this host has room
  LaneQueue* before = nullptr;
  LaneQueue* after = nullptr;

  void set(const LaneLimits& others) {
    limits = others;
    second = window_of(limits.rps, 1);
    minute = window_of(limits.rpm, 60);
    if (limits.rps > 0 || minute.calls < 2) return;
    minute = {1, minute.length / static_cast<Duration::rep>(minute.calls)};
  }

  Time open() const {
    return std::max({held, log.open(second), log.open(minute)});
  }
};

// Those that have begun, and those that have yet to.
struct Row {
  Chain<LaneQueue> begun;
  Chain<LaneQueue> beginning;

  bool empty() const { return begun.empty() && beginning.empty(); }
  LaneQueue* front() const {
    return begun.empty() ? beginning.front() : begun.front();
  }
  Chain<LaneQueue>& of(const LaneQueue& lane) {
    return lane.is_last ? beginning : begun;
  }
};

struct Host {
  std::size_t calls = 0;
  bool reached = false;
  bool queued = false;  // among those that wait because they are new
  Row parked;
  Host* before = nullptr;
  Host* after = nullptr;
};

}  // namespace

// Each lane is in one place.  It leaves the rotation only by being looked at,
// and whoever was woken for a slot and does not take it passes it on: so there
// is never room at a host, lanes parked at it, and nobody on the way.
class Pace::Queues {
 public:
  explicit Queues(const PaceLimits& limits) : limits_(limits) {}

  void limit(Lane id, const LaneLimits& limits) {
    LaneQueue& lane = lane_of(id);
    lane.set(limits);
    look_again(lane);
  }

  void hold(Lane id, Time until) {
    LaneQueue& lane = lane_of(id);
    lane.held = std::max(lane.held, until);
    look_again(lane);
  }

  void add(Ticket ticket, Lane id, const std::string& host, bool is_beginning) {
    LaneQueue& lane = lane_of(id);
    Entry& entry = entries_[ticket];
    entry.ticket = ticket;
    entry.is_beginning = is_beginning;
    entry.lane = &lane;
    entry.host = host.empty() ? nullptr : &hosts_[host];
    lane.waiting.push_back(entry);
    if (lane.place == Place::nowhere) look_again(lane);
  }

  std::vector<Ticket> release(Time now) {
    std::vector<Ticket> released;
    while (!timed_.empty() && std::get<Time>(*timed_.begin()) <= now)
      look_again(*std::get<LaneQueue*>(*timed_.begin()));
    bool begins = false;
    while (!begins && !ready_.empty() && below(in_flight_, limits_.in_flight)) {
      LaneQueue& lane = *ready_.front();
      const bool is_last = lane.is_last;
      const std::size_t before = released.size();
      leave_place(lane);
      Host* const woken_by = std::exchange(lane.woken_by, nullptr);
      place(lane, now, woken_by != nullptr, released);
      begins = is_last && released.size() > before;
      if (woken_by == nullptr) continue;
      stir(*woken_by);
      stir_new_hosts();
    }
    return released;
  }

  Time next() const {
    if (!below(in_flight_, limits_.in_flight)) return base::never;
    if (!ready_.empty()) return Time::min();
    return timed_.empty() ? base::never : std::get<Time>(*timed_.begin());
  }

  void remove(Ticket ticket) {
    const auto found = entries_.find(ticket);
    if (found == entries_.end()) return;
    if (found->second.released) {
      end(found->second);
    } else {
      withdraw(found->second);
    }
    entries_.erase(found);
  }

  void reached(Ticket ticket) {
    const auto found = entries_.find(ticket);
    if (found == entries_.end() || !found->second.released) return;
    Host* const host = found->second.host;
    if (host == nullptr || std::exchange(host->reached, true)) return;
    at_new_hosts_ -= host->calls;
    stir(*host);
    stir_new_hosts();
  }

 private:
  LaneQueue& lane_of(Lane id) {
    const auto [found, is_new] = lanes_.try_emplace(id);
    if (is_new) {
      found->second.id = id;
      found->second.set(limits_.lane);
    }
    return found->second;
  }

  // Takes the slot of one that has ended back.
  void end(const Entry& entry) {
    --in_flight_;
    --entry.lane->calls;
    if (entry.lane->place == Place::nowhere) look_again(*entry.lane);
    if (entry.host == nullptr) return;
    --entry.host->calls;
    if (!entry.host->reached) --at_new_hosts_;
    stir(*entry.host);
    stir_new_hosts();
  }

  void withdraw(Entry& entry) {
    LaneQueue& lane = *entry.lane;
    const bool was_first = lane.waiting.front() == &entry;
    lane.waiting.take(entry);
    if (lane.place == Place::ready || lane.place == Place::nowhere) return;
    // The next one may have another host.
    if (lane.waiting.empty() || was_first) look_again(lane);
  }

  void look_again(LaneQueue& lane) {
    if (lane.place == Place::ready) return;
    leave_place(lane);
    if (lane.waiting.empty()) return;
    lane.place = Place::ready;
    lane.is_last = lane.waiting.front()->is_beginning;
    ready_.of(lane).push_back(lane);
  }

  void leave_place(LaneQueue& lane) {
    switch (std::exchange(lane.place, Place::nowhere)) {
      case Place::nowhere: break;
      case Place::ready: ready_.of(lane).take(lane); break;
      case Place::timed: timed_.erase({lane.opens, lane.id, &lane}); break;
      case Place::parked:
        std::exchange(lane.parked_at, nullptr)->parked.of(lane).take(lane);
        break;
    }
  }

  // Releases the first of `lane`, or puts the lane where it has to wait.
  void place(LaneQueue& lane, Time now, bool was_woken,
             std::vector<Ticket>& released) {
    if (lane.waiting.empty() || !below(lane.calls, lane.limits.concurrent)) {
      return;
    }
    const Time open = lane.open();
    Host* const host = lane.waiting.front()->host;
    if (open > now) {
      lane.place = Place::timed;
      lane.opens = open;
      timed_.insert({open, lane.id, &lane});
    } else if (host != nullptr && !has_room(*host)) {
      park(lane, *host, was_woken);
    } else {
      released.push_back(let_go(lane, now));
      look_again(lane);
    }
  }

  Ticket let_go(LaneQueue& lane, Time now) {
    Entry& entry = *lane.waiting.front();
    lane.waiting.take(entry);
    if (entry.is_beginning) {
      const Ticket ticket = entry.ticket;
      entries_.erase(ticket);
      return ticket;
    }
    entry.released = true;
    ++in_flight_;
    ++lane.calls;
    if (lane.second.calls != 0 || lane.minute.calls != 0) {
      lane.log.note(now, lane.second, lane.minute);
    }
    if (entry.host != nullptr) {
      ++entry.host->calls;
      if (!entry.host->reached) ++at_new_hosts_;
    }
    return entry.ticket;
  }

  bool has_room(const Host& host) const {
    return below(host.calls, limits_.per_host) &&
           (host.reached || below(at_new_hosts_, limits_.new_hosts));
  }

  // One that was woken in vain keeps its turn.
  void park(LaneQueue& lane, Host& host, bool was_woken) {
    lane.place = Place::parked;
    lane.is_last = lane.waiting.front()->is_beginning;
    lane.parked_at = &host;
    if (was_woken) {
      host.parked.of(lane).push_front(lane);
    } else {
      host.parked.of(lane).push_back(lane);
    }
    if (!host.reached && below(host.calls, limits_.per_host)) queue_up(host);
  }

  void queue_up(Host& host) {
    if (!std::exchange(host.queued, true)) new_hosts_.push_back(host);
  }

  // Wakes a lane that is parked at `host`, if there is room.
  void stir(Host& host) {
    if (host.parked.empty() || !has_room(host)) return;
    LaneQueue& lane = *host.parked.front();
    look_again(lane);
    lane.woken_by = &host;
  }

  // Wakes a lane of the host that has waited longest because it is new.
  void stir_new_hosts() {
    while (!new_hosts_.empty() && below(at_new_hosts_, limits_.new_hosts)) {
      Host& host = *new_hosts_.front();
      new_hosts_.take(host);
      host.queued = false;
      if (host.parked.empty() || host.reached || !has_room(host)) continue;
      stir(host);
      if (!host.parked.empty()) queue_up(host);
      return;
    }
  }

  PaceLimits limits_;
  std::unordered_map<Lane, LaneQueue> lanes_;
  std::unordered_map<std::string, Host> hosts_;
  std::unordered_map<Ticket, Entry> entries_;
  Row ready_;
  std::set<std::tuple<Time, Lane, LaneQueue*>> timed_;
  Chain<Host> new_hosts_;
  std::size_t in_flight_ = 0;
  std::size_t at_new_hosts_ = 0;  // in flight there
};

Pace::Pace(const PaceLimits& limits)
    : queues_(std::make_unique<Queues>(limits)) {}
Pace::~Pace() = default;

void Pace::limit(Lane lane, const LaneLimits& limits) {
  queues_->limit(lane, limits);
}

void Pace::add(Ticket ticket, Lane lane, const std::string& host) {
  queues_->add(ticket, lane, host, false);
}

void Pace::add_beginning(Ticket ticket, Lane lane, const std::string& host) {
  queues_->add(ticket, lane, host, true);
}

std::vector<Pace::Ticket> Pace::release(Time now) {
  return queues_->release(now);
}

Time Pace::next() const {
  return queues_->next();
}

void Pace::remove(Ticket ticket) {
  queues_->remove(ticket);
}

void Pace::reached(Ticket ticket) {
  queues_->reached(ticket);
}

void Pace::hold(Lane lane, Time until) {
  queues_->hold(lane, until);
}

}  // namespace net
