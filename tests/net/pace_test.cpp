#include "net/pace.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <queue>
#include <random>
#include <string>
#include <utility>

#include "catch.h"

using namespace std::chrono_literals;
using base::Time;
using net::Lane;
using net::LaneLimits;
using net::Pace;
using net::PaceLimits;
using Tickets = std::vector<Pace::Ticket>;

namespace {

constexpr LaneLimits free_lane = {.concurrent = 0, .rps = 0, .rpm = 0};
constexpr Time start = Time() + 1h;

PaceLimits limits(const LaneLimits& lane, std::size_t in_flight = 0,
                  std::size_t per_host = 0) {
  return {.lane = lane,
          .in_flight = in_flight,
          .per_host = per_host,
          .new_hosts = 0};
}

void add(Pace& pace, Lane lane, Pace::Ticket first, Pace::Ticket last,
         const std::string& host = "a:1") {
  for (Pace::Ticket ticket = first; ticket <= last; ++ticket)
    pace.add(ticket, lane, host);
}

// When each of `count` calls of one lane leaves, if each ends at once.
std::vector<Time> leave(const LaneLimits& lane, Pace::Ticket count) {
  Pace pace(limits(lane));
  add(pace, 1, 1, count);
  std::vector<Time> left;
  Time now = start;
  while (left.size() < count) {
    for (const Pace::Ticket ticket : pace.release(now)) {
      left.push_back(now);
      pace.remove(ticket);
    }
    if (left.size() < count) now = std::max(now, pace.next());
  }
  return left;
}

std::size_t most_within(const std::vector<Time>& times,
                        base::Clock::duration d) {
  std::size_t most = 0;
  std::size_t first = 0;
  for (std::size_t last = 0; last < times.size(); ++last) {
    while (times[last] - times[first] >= d)
      ++first;
    most = std::max(most, last - first + 1);
  }
  return most;
}

}  // namespace

TEST_CASE("lanes take turns and keep their limits") {
  Pace pace(limits({.concurrent = 2, .rps = 0}, 3));
  add(pace, 1, 1, 3);
  add(pace, 2, 4, 4);
  CHECK(pace.release(start) == Tickets{1, 4, 2});
  CHECK(pace.release(start).empty());
  CHECK(pace.next() == base::never);
  pace.remove(4);
  CHECK(pace.release(start).empty());  // lane 1 has two under way
  pace.remove(1);
  CHECK(pace.release(start) == Tickets{3});
}

TEST_CASE("a lane that finds its host full does not keep others waiting") {
  Pace pace(limits(free_lane, 0, 1));
  add(pace, 1, 1, 2, "a:1");
  add(pace, 2, 3, 3, "a:1");
  add(pace, 3, 4, 4, "b:1");
  CHECK(pace.release(start) == Tickets{1, 4});
  CHECK(pace.next() == base::never);
  pace.remove(1);
  CHECK(pace.release(start) == Tickets{3});  // it has waited longer than 2
  pace.remove(3);
  CHECK(pace.release(start) == Tickets{2});
}

TEST_CASE("who is exempt has no host") {
  Pace pace(limits(free_lane, 0, 1));
  add(pace, 1, 1, 3, "");
  CHECK(pace.release(start) == Tickets{1, 2, 3});
}

TEST_CASE("a freed slot is passed on by a lane that does not need it") {
  Pace pace(limits(free_lane, 0, 1));
  for (Lane lane = 1; lane <= 4; ++lane)
    pace.add(static_cast<Pace::Ticket>(lane), lane, "a:1");
  CHECK(pace.release(start) == Tickets{1});

  SECTION("because it is held") {
    pace.hold(2, start + 1h);
    pace.remove(1);
    CHECK(pace.release(start) == Tickets{3});
  }
  SECTION("because it was woken and then held") {
    pace.remove(1);
    pace.hold(2, start + 1h);
    CHECK(pace.release(start) == Tickets{3});
  }
  SECTION("because its request is not wanted any more") {
    pace.remove(1);
    pace.remove(2);
    CHECK(pace.release(start) == Tickets{3});
  }
  SECTION("because its next request goes elsewhere") {
    pace.add(5, 2, "b:1");
    pace.remove(2);
    CHECK(pace.release(start) == Tickets{5});
    pace.remove(1);
    CHECK(pace.release(start) == Tickets{3});
  }
}

TEST_CASE("no second holds more calls than its limit") {
  const double rps = GENERATE(0.3, 0.5, 1.0, 1.9, 2.5, 5.0, 7.0, 49.7);
  const auto times = leave({.concurrent = 0, .rps = rps}, 120);
  CHECK(static_cast<double>(most_within(times, 1s)) <= std::max(rps, 1.0));
  const std::chrono::duration<double> all = times.back() - times.front();
  const double whole = rps < 1 ? rps : std::floor(rps);
  // One percent is given away, and no more than one window's burst gained.
  CHECK(all.count() == Approx(120 / whole * 1.01).margin(2 / whole + 1.01));
}

TEST_CASE("0.1 * 50 is five a second, too") {
  const auto times = leave({.concurrent = 0, .rps = 0.1 * 49.9999999999}, 6);
  CHECK(times[4] == times[0]);
  CHECK(times[5] > times[0]);
}

TEST_CASE("a minute's limit alone spaces calls evenly") {
  const auto times = leave({.concurrent = 0, .rps = 0, .rpm = 30}, 5);
  for (std::size_t i = 1; i < times.size(); ++i)
    CHECK(times[i] - times[i - 1] == 2020ms);
}

TEST_CASE("a minute's limit beside a second's is a window of its own") {
  const auto times = leave({.concurrent = 0, .rps = 5, .rpm = 20}, 60);
  CHECK(most_within(times, 1s) <= 5);
  CHECK(most_within(times, 60s) <= 20);
  CHECK(times[19] - times[0] < 4s);
  CHECK(times[20] - times[0] >= 60s);
}

TEST_CASE("a lane's limits may change while it waits") {
  Pace pace(limits({.concurrent = 1, .rps = 1}));
  add(pace, 1, 1, 4);
  CHECK(pace.release(start) == Tickets{1});
  pace.limit(1, free_lane);
  CHECK(pace.next() <= start);
  CHECK(pace.release(start) == Tickets{2, 3, 4});
  pace.limit(1, {.concurrent = 0, .rps = 1});
  add(pace, 1, 5, 5);
  CHECK(pace.release(start).empty());  // the first is not forgotten
  CHECK(pace.next() == start + 1010ms);
  CHECK(pace.release(start + 1010ms) == Tickets{5});
}

TEST_CASE("a held lane sends nothing, and then goes on") {
  Pace pace(limits(free_lane));
  pace.hold(1, start + 5s);
  add(pace, 1, 1, 2);
  add(pace, 2, 3, 3);
  CHECK(pace.release(start) == Tickets{3});
  CHECK(pace.next() == start + 5s);
  pace.hold(1, start + 2s);  // never shortens
  CHECK(pace.release(start + 4s).empty());
  CHECK(pace.next() == start + 5s);
  CHECK(pace.release(start + 5s) == Tickets{1, 2});
}

TEST_CASE("nothing is waited for when nothing waits") {
  Pace pace(limits({.concurrent = 0, .rps = 1}));
  CHECK(pace.next() == base::never);
  add(pace, 1, 1, 2);
  CHECK(pace.release(start) == Tickets{1});
  CHECK(pace.next() == start + 1010ms);
  pace.remove(2);
  CHECK(pace.next() == base::never);
  pace.remove(1);
  pace.remove(1);
  pace.remove(77);
  pace.reached(77);
  CHECK(pace.release(start + 1h).empty());
}

TEST_CASE("few hosts are tried for the first time at once") {
  PaceLimits few = limits(free_lane);
  few.new_hosts = 2;
  Pace pace(few);
  for (Lane lane = 1; lane <= 6; ++lane) {
    pace.add(static_cast<Pace::Ticket>(lane), lane,
             "host" + std::to_string(lane % 3) + ":443");
  }
  CHECK(pace.release(start) == Tickets{1, 2});  // of host1 and host2
  pace.reached(1);
  // 4 is at host1, which is not new now; 3 takes its place among the new.
  auto released = pace.release(start);
  std::ranges::sort(released);
  CHECK(released == Tickets{3, 4});
  pace.reached(2);
  CHECK(pace.release(start) == Tickets{5, 6});  // 6 instead of 2
  pace.remove(3);
  pace.remove(6);
  add(pace, 7, 7, 9, "host0:443");  // was never reached
  CHECK(pace.release(start) == Tickets{7, 8});
}

namespace {

struct Call {
  Lane lane = 0;
  std::string host;
  bool wanted = true;
};

// Random lanes, hosts and durations, with limits that change and lanes that are
// held; checks after each step that every limit is kept.
class Schedule {
 public:
  explicit Schedule(unsigned seed) : dice_(seed), pace_(limits_) {
    for (Lane lane = 0; lane < 12; ++lane) {
      lanes_[lane] = {.concurrent = below(4),
                      .rps = static_cast<double>(below(5)) * 0.7,
                      .rpm = below(3) == 0 ? 90.0 : 0.0};
      pace_.limit(lane, lanes_[lane]);
    }
  }

  void run() {
    for (Pace::Ticket ticket = 1; ticket <= 400; ++ticket) {
      const Call call{.lane = static_cast<Lane>(below(12)),
                      .host = "host" + std::to_string(below(5))};
      calls_[ticket] = call;
      pace_.add(ticket, call.lane, call.host);
      if (below(4) == 0) step();
      if (below(20) == 0) withdraw(ticket - below(10));
    }
    for (int steps = 0; steps < 100'000 && !is_done(); ++steps)
      step();
    CHECK(is_done());
    for (const auto& [lane, times] : left_) {
      CAPTURE(lane);
      const LaneLimits& own = lanes_[lane];
      if (own.rps > 0) {
        CHECK(static_cast<double>(most_within(times, 1s)) <=
              std::max(own.rps, 1.0));
      }
      if (own.rpm > 0) CHECK(most_within(times, 60s) <= 90);
    }
  }

 private:
  std::size_t below(std::size_t end) { return dice_() % end; }

  bool is_done() const {
    return ends_.empty() && released_ + withdrawn_ == calls_.size();
  }

  void withdraw(Pace::Ticket ticket) {
    const auto found = calls_.find(ticket);
    if (found == calls_.end() || !found->second.wanted) return;
    found->second.wanted = false;
    ++withdrawn_;
    pace_.remove(ticket);
  }

  void step() {
    for (const Pace::Ticket ticket : pace_.release(now_))
      begin(ticket);
    Time next = pace_.next();
    if (!ends_.empty()) next = std::min(next, ends_.top().first);
    if (next == base::never) return;
    now_ = std::max(now_, next);
    while (!ends_.empty() && ends_.top().first <= now_)
      end();
    if (below(50) == 0) {
      pace_.hold(static_cast<Lane>(below(12)), now_ + 100ms * below(20));
    }
  }

  void begin(Pace::Ticket ticket) {
    Call& call = calls_.at(ticket);
    REQUIRE(call.wanted);
    call.wanted = false;
    ++released_;
    left_[call.lane].push_back(now_);
    ends_.push({now_ + 1ms * below(3000), ticket});
    const std::size_t lane = ++in_lane_[call.lane];
    const std::size_t most = lanes_[call.lane].concurrent;
    CHECK((most == 0 || lane <= most));
    CHECK(++at_host_[call.host] <= limits_.per_host);
    CHECK(ends_.size() <= limits_.in_flight);
    if (below(2) == 0) pace_.reached(ticket);
  }

  void end() {
    const Pace::Ticket ticket = ends_.top().second;
    ends_.pop();
    --in_lane_[calls_.at(ticket).lane];
    --at_host_[calls_.at(ticket).host];
    pace_.remove(ticket);
  }

  std::minstd_rand dice_;
  PaceLimits limits_{.lane = {}, .in_flight = 9, .per_host = 3, .new_hosts = 2};
  Pace pace_;
  Time now_ = start;
  std::map<Lane, LaneLimits> lanes_;
  std::map<Pace::Ticket, Call> calls_;
  std::map<Lane, std::vector<Time>> left_;
  std::map<Lane, std::size_t> in_lane_;
  std::map<std::string, std::size_t> at_host_;
  std::priority_queue<std::pair<Time, Pace::Ticket>,
                      std::vector<std::pair<Time, Pace::Ticket>>,
                      std::greater<>>
      ends_;
  std::size_t released_ = 0;
  std::size_t withdrawn_ = 0;
};

}  // namespace

TEST_CASE("whatever comes, limits are kept and nothing starves") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Schedule(seed).run();
  }
}

TEST_CASE("lanes are served alike, however many wait in one") {
  Pace pace(limits(free_lane, 10));
  add(pace, 1, 1, 1000);
  add(pace, 2, 1001, 1100);
  add(pace, 3, 2001, 2100);
  std::map<Lane, int> served;
  Tickets under_way = pace.release(start);
  for (int i = 0; i < 300; ++i) {
    const Pace::Ticket ticket = under_way.front();
    ++served[ticket <= 1000 ? 1 : ticket <= 2000 ? 2 : 3];
    under_way.erase(under_way.begin());
    pace.remove(ticket);
    for (const Pace::Ticket next : pace.release(start))
      under_way.push_back(next);
  }
  CHECK(served[1] >= 98);
  CHECK(served[2] >= 98);
  CHECK(served[3] >= 98);
}

TEST_CASE("twenty thousand lanes and a hundred thousand requests are no work") {
  Pace pace({.lane = {.concurrent = 1, .rps = 5},
             .in_flight = 512,
             .per_host = 4,
             .new_hosts = 64});
  for (Pace::Ticket ticket = 0; ticket < 100'000; ++ticket) {
    pace.add(ticket, static_cast<Lane>(ticket % 20'000),
             std::to_string(ticket % 300));
  }
  const auto began = base::Clock::now();
  Time now = start;
  std::size_t done = 0;
  std::queue<Pace::Ticket> under_way;
  while (done < 100'000) {
    for (const Pace::Ticket ticket : pace.release(now)) {
      pace.reached(ticket);
      under_way.push(ticket);
    }
    if (under_way.empty()) {
      REQUIRE(pace.next() != base::never);
      now = std::max(now, pace.next());
      continue;
    }
    pace.remove(under_way.front());
    under_way.pop();
    ++done;
    now += 10us;
  }
  // Well under a second; a linear step anywhere would take minutes.
  CHECK(base::Clock::now() - began < 20s);
}

TEST_CASE("what has begun goes before what has not") {
  Pace pace(limits(free_lane, 3));
  for (Lane lane = 1; lane <= 3; ++lane)
    pace.add_beginning(static_cast<Pace::Ticket>(lane), lane, "a:1");
  // One with each release: it may bring calls that go before the next.
  CHECK(pace.release(start) == Tickets{1});
  CHECK(pace.next() <= start);
  add(pace, 1, 11, 12);
  CHECK(pace.release(start) == Tickets{11, 12, 2});
  add(pace, 1, 13, 14);
  // It has no place in flight, and gets none before those.
  CHECK(pace.release(start) == Tickets{13});
  CHECK(pace.next() == base::never);
  pace.remove(11);
  CHECK(pace.release(start) == Tickets{14});
  pace.remove(12);
  CHECK(pace.release(start) == Tickets{3});
  CHECK(pace.release(start).empty());
  CHECK(pace.next() == base::never);
}

TEST_CASE("a lane that waits for its time or its host lets another begin") {
  Pace pace(limits({.concurrent = 0, .rps = 1}, 0, 1));
  add(pace, 1, 11, 12);
  pace.add_beginning(2, 2, "a:1");
  pace.add_beginning(3, 3, "b:1");
  pace.add_beginning(4, 4, "a:1");
  // The host of 2 and 4 is full.
  CHECK(pace.release(start) == Tickets{11, 3});
  CHECK(pace.release(start).empty());
  pace.remove(11);
  CHECK(pace.release(start) == Tickets{2});
  add(pace, 2, 21, 21);
  CHECK(pace.release(start) == Tickets{21});
  // Of those that wait for a host the begun one is first, although it is last.
  CHECK(pace.release(start + 2s).empty());
  pace.remove(21);
  CHECK(pace.release(start + 2s) == Tickets{12});
  pace.remove(12);
  CHECK(pace.release(start + 2s) == Tickets{4});
}

TEST_CASE("a beginning may be taken back") {
  Pace pace(limits(free_lane, 0, 1));
  add(pace, 1, 11, 11);
  CHECK(pace.release(start) == Tickets{11});
  pace.add_beginning(2, 2, "a:1");
  pace.add_beginning(3, 3, "a:1");
  CHECK(pace.release(start).empty());
  pace.remove(2);
  pace.remove(11);
  CHECK(pace.release(start) == Tickets{3});
  pace.remove(3);
  CHECK(pace.next() == base::never);
}
