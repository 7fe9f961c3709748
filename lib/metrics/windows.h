#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.h"
#include "core/outcome.h"

namespace metrics {

// How much of what a model was asked on a channel was answered in a window.
struct Availability {
  std::int64_t channel = 0;
  const std::string& model;
  std::string_view window;  // "1h", "24h", "7d", "30d"
  double ratio = 0;
};

// Answered and failed probes of the last hour, day, week and month.
//
// Each window is counted in steps of a 24th of it, and so reaches back by up to
// a step less than its name says.  What proves nothing, such as a rate limit,
// counts neither way.
class Windows {
 public:
  void add(base::WallTime at, std::int64_t channel, const std::string& model,
           core::Outcome outcome);

  // Those in which anything was answered or failed.
  void for_each(base::WallTime now,
                const std::function<void(const Availability&)>& what) const;

  // Of which nothing was heard in the longest window, and what was heard at a
  // time that is yet to come: the clock has been set back since, and what comes
  // next has to count.
  void forget_old(base::WallTime now);

 private:
  static constexpr std::size_t steps = 24;
  static constexpr std::size_t windows = 4;

  struct Count {
    std::uint32_t answered = 0;
    std::uint32_t failed = 0;
  };
  struct Ring {
    std::int64_t newest = 0;  // step since 1970
    std::array<Count, steps> counts;
  };

  static void set_back(Ring& ring, std::int64_t last);

  std::map<std::pair<std::int64_t, std::string>, std::array<Ring, windows>>
      all_;
};

}  // namespace metrics
