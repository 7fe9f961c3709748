#include "base/time.h"

#include <optional>
#include <string_view>

#include "catch.h"

namespace {

using base::Milliseconds;
using base::wall_time;

std::optional<std::int64_t> seconds(std::optional<base::WallTime> time) {
  if (!time) return std::nullopt;
  return base::seconds_of(*time);
}

TEST_CASE("a time is written as RFC 3339 in UTC") {
  CHECK(base::rfc3339(wall_time(0)) == "1970-01-01T00:00:00Z");
  CHECK(base::rfc3339(wall_time(1795250307)) == "2026-11-21T08:38:27Z");
  CHECK(base::rfc3339(wall_time(-1)) == "1969-12-31T23:59:59Z");
  CHECK(base::rfc3339(wall_time(951782400)) == "2000-02-29T00:00:00Z");
}

TEST_CASE("RFC 3339 is read with or without zone and time of day") {
  struct {
    std::string_view text;
    std::int64_t seconds;
  } const cases[] = {{"2026-11-21T08:38:27Z", 1795250307},
                     {"2026-11-21t08:38:27z", 1795250307},
                     {"2026-11-21 08:38:27", 1795250307},
                     {"2026-11-21T08:38:27", 1795250307},
                     {"2026-11-21T08:38:27.987654Z", 1795250307},
                     {"2026-11-21T16:38:27+08:00", 1795250307},
                     {"2026-11-21T03:08:27-05:30", 1795250307},
                     {"2026-11-21", 1795219200},
                     {"2016-12-31T23:59:60Z", 1483228800},
                     {"1969-12-31T23:59:59Z", -1}};
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(seconds(base::rfc3339(text)) == expected);
  }
}

TEST_CASE("what is not quite RFC 3339 is no time") {
  for (const std::string_view bad : {"",
                                     "2026",
                                     "2026-11",
                                     "26-11-21",
                                     "2026-13-01",
                                     "2026-02-29",
                                     "2026-00-10",
                                     "2026-11-21T",
                                     "2026-11-21T08:38",
                                     "2026-11-21T24:00:00Z",
                                     "2026-11-21T08:60:00Z",
                                     "2026-11-21T08:38:61Z",
                                     "2026-11-21T08:38:27.Z",
                                     "2026-11-21T08:38:27+0800",
                                     "2026-11-21T08:38:27+24:00",
                                     "2026-11-21T08:38:27+08:60",
                                     "2026-11-21T08:38:27Zx",
                                     "2026-11-21T08:38:27Z ",
                                     " 2026-11-21",
                                     "2026-11-21Z",
                                     "2026-+1-21",
                                     "2026/11/21",
                                     "2026-11-21T08:38:27 Z"}) {
    CAPTURE(bad);
    CHECK_FALSE(base::rfc3339(bad));
  }
}

TEST_CASE("the date of an HTTP header is read") {
  CHECK(seconds(base::http_date("Sun, 06 Nov 1994 08:49:37 GMT")) == 784111777);
  CHECK(seconds(base::http_date("Thu, 29 Feb 2024 00:00:00 GMT")) ==
        1709164800);
  for (const std::string_view bad :
       {"", "120", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Xxx 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994"}) {
    CAPTURE(bad);
    CHECK_FALSE(base::http_date(bad));
  }
}

TEST_CASE("a duration is read as Go reads it") {
  struct {
    std::string_view text;
    std::int64_t milliseconds;
  } const cases[] = {{"0", 0},
                     {"+0", 0},
                     {"0s", 0},
                     {"5s", 5'000},
                     {"+5s", 5'000},
                     {"200ms", 200},
                     {"1.5s", 1'500},
                     {"1.s", 1'000},
                     {".5s", 500},
                     {"1h30m", 5'400'000},
                     {"1h2m3.004s", 3'723'004},
                     {"2m1h", 3'720'000},
                     {"1s1s", 2'000},
                     {"720h", 2'592'000'000},
                     {"5000us", 5},
                     {"5000µs", 5},
                     {"5000μs", 5},
                     {"7000000ns", 7},
                     {"0.1h", 360'000},
                     {"0.33333333333333333333h", 1'200'000},
                     {"0.0000000000000000000001s", 0},
                     {"007s", 7'000},
                     {"2562047h47m16.854s", 9'223'372'036'854}};
  for (const auto& [text, milliseconds] : cases) {
    CAPTURE(text);
    CHECK(base::duration(text) == Milliseconds(milliseconds));
  }
}

TEST_CASE("what is finer than a millisecond is rounded up, never to nothing") {
  CHECK(base::duration("1ns") == Milliseconds(1));
  CHECK(base::duration("1.5ms") == Milliseconds(2));
  CHECK(base::duration("1000.001us") == Milliseconds(2));
}

TEST_CASE("what Go does not take as a duration is none") {
  for (const std::string_view bad : {"",
                                     "+",
                                     "-1s",
                                     "-0",
                                     "--1s",
                                     "++1s",
                                     "3",
                                     "00",
                                     "1.5",
                                     ".",
                                     ".s",
                                     "+.s",
                                     "s",
                                     "1d",
                                     "1S",
                                     "1 s",
                                     " 1s",
                                     "1s ",
                                     "1mm",
                                     "1e3s",
                                     "1s2",
                                     "1,5s",
                                     "1.5.5s",
                                     "NaN",
                                     "infs",
                                     "1s+1s",
                                     "9223372036854775808ns",
                                     "2562047h47m16.855s",
                                     "9999999h",
                                     "99999999999999999999999s",
                                     "18446744073709551617s"}) {
    CAPTURE(bad);
    CHECK_FALSE(base::duration(bad));
  }
}

TEST_CASE("a duration is written so that it can be read again") {
  struct {
    std::int64_t milliseconds;
    std::string_view text;
  } const cases[] = {{0, "0s"},
                     {1, "1ms"},
                     {200, "200ms"},
                     {1'000, "1s"},
                     {1'500, "1.5s"},
                     {1'005, "1.005s"},
                     {60'000, "1m"},
                     {90'000, "1m30s"},
                     {60'020, "1m0.02s"},
                     {3'600'000, "1h"},
                     {3'605'000, "1h5s"},
                     {5'400'000, "1h30m"},
                     {2'592'000'000, "720h"}};
  for (const auto& [milliseconds, text] : cases) {
    CAPTURE(text);
    CHECK(base::to_text(Milliseconds(milliseconds)) == text);
    CHECK(base::duration(text) == Milliseconds(milliseconds));
  }
  CHECK(base::to_text(Milliseconds(-1'500)) == "-1.5s");
}

}  // namespace
