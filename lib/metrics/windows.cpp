#include "metrics/windows.h"

#include <algorithm>

namespace metrics {

namespace {

struct Span {
  std::string_view name;
  std::int64_t step;  // seconds
};
constexpr std::array<Span, 4> spans = {
    {{"1h", 150}, {"24h", 3600}, {"7d", 25'200}, {"30d", 108'000}}};

}  // namespace

void Windows::set_back(Ring& ring, std::int64_t last) {
  const auto size = static_cast<std::int64_t>(steps);
  const std::int64_t newest = ring.newest;
  for (std::int64_t step = std::max(last, newest - size) + 1; step <= newest;
       ++step) {
    ring.counts.at(static_cast<std::size_t>(step % size)) = {};
  }
  ring.newest = std::min(newest, last);
}

void Windows::add(base::WallTime at, std::int64_t channel,
                  const std::string& model, core::Outcome outcome) {
  const core::Served served = core::served_by(outcome);
  if (served == core::Served::unknown) return;
  auto& rings = all_[{channel, model}];
  for (std::size_t i = 0; i < windows; ++i) {
    Ring& ring = rings.at(i);
    const std::int64_t step = base::seconds_of(at) / spans.at(i).step;
    const auto size = static_cast<std::int64_t>(steps);
    if (step <= ring.newest - size) continue;
    for (std::int64_t gone = std::max(ring.newest, step - size) + 1;
         gone <= step; ++gone) {
      ring.counts.at(static_cast<std::size_t>(gone % size)) = {};
    }
    ring.newest = std::max(ring.newest, step);
    Count& count = ring.counts.at(static_cast<std::size_t>(step % size));
    ++(served == core::Served::yes ? count.answered : count.failed);
  }
}

void Windows::for_each(
    base::WallTime now,
    const std::function<void(const Availability&)>& what) const {
  const auto size = static_cast<std::int64_t>(steps);
  for (const auto& [pair, rings] : all_) {
    for (std::size_t i = 0; i < windows; ++i) {
      const Ring& ring = rings.at(i);
      const std::int64_t last = base::seconds_of(now) / spans.at(i).step;
      double answered = 0;
      double asked = 0;
      for (std::int64_t step = std::max(last, ring.newest) - size + 1;
           step <= ring.newest; ++step) {
        const Count& count =
            ring.counts.at(static_cast<std::size_t>(step % size));
        answered += count.answered;
        asked += count.answered + count.failed;
      }
      if (asked > 0) {
        what({pair.first, pair.second, spans.at(i).name, answered / asked});
      }
    }
  }
}

void Windows::forget_old(base::WallTime now) {
  for (auto& one : all_) {
    for (std::size_t i = 0; i < windows; ++i) {
      set_back(one.second.at(i), base::seconds_of(now) / spans.at(i).step);
    }
  }
  std::erase_if(all_, [now](const auto& one) {
    const std::int64_t last = base::seconds_of(now) / spans.back().step;
    return one.second.back().newest <= last - static_cast<std::int64_t>(steps);
  });
}

}  // namespace metrics
