#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

using Milliseconds = std::chrono::milliseconds;

// For durations and deadlines; it never jumps.
using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
inline constexpr Time never = Time::max();

// For what is shown and remembered; seconds since 1970 in UTC.
using WallTime = std::chrono::sys_seconds;

inline WallTime wall_time(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}
inline std::int64_t seconds_of(WallTime time) {
  return time.time_since_epoch().count();
}

// "2026-11-21T08:38:27Z" (RFC 3339, UTC).
std::string rfc3339(WallTime time);

// Reads RFC 3339; a missing zone means UTC, and the time of day may be left
// out.  Returns nothing for anything else.
std::optional<WallTime> rfc3339(std::string_view text);

// Reads the date of an HTTP header in its one form that is still made
// ("Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110 5.6.7).
std::optional<WallTime> http_date(std::string_view text);

// Reads a duration as Go writes it: "1h30m", "1.5s", "200ms", "0".  A number
// without a unit is not one.  Negative ones and those beyond 2^63 ns are
// refused; what is finer than a millisecond is rounded up.
std::optional<Milliseconds> duration(std::string_view text);

// `time` as duration() reads it, without parts that are 0: "1h30m", "1.5s".
std::string to_text(Milliseconds time);

}  // namespace base
