#include "base/time.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

namespace base {
namespace {

namespace chrono = std::chrono;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Reads a text from front to back.  Each step says whether what it wanted was
// there; after a "no" the place does not matter any more.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool skip(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  bool skip_one_of(std::string_view expected) {
    if (rest_.empty() || expected.find(rest_.front()) == rest_.npos) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  // The value of exactly `count` digits.
  template <typename Number>
  bool digits(std::size_t count, Number& value) {
    if (rest_.size() < count) return false;
    int sum = 0;
    for (const char c : rest_.substr(0, count)) {
      if (!is_digit(c)) return false;
      sum = sum * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    value = static_cast<Number>(sum);
    return true;
  }

  std::string_view any_digits() {
    return take(static_cast<std::size_t>(
        std::ranges::find_if_not(rest_, is_digit) - rest_.begin()));
  }

  // The longest of `texts` that comes next, by its index, or their number.
  template <typename Texts>
  std::size_t one_of(const Texts& texts) {
    std::size_t best = texts.size();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const bool longer =
          best == texts.size() || texts[i].size() > texts[best].size();
      if (longer && rest_.starts_with(texts[i])) best = i;
    }
    if (best < texts.size()) rest_.remove_prefix(texts[best].size());
    return best;
  }

 private:
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
};

struct Day {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
};

struct TimeOfDay {
  int hour = 0;
  int minute = 0;
  int second = 0;
};

std::optional<WallTime> at(const Day& day, const TimeOfDay& time) {
  const chrono::year_month_day date(
      chrono::year(day.year), chrono::month(day.month), chrono::day(day.day));
  // A leap second is the first second of the next minute.
  if (!date.ok() || time.hour > 23 || time.minute > 59 || time.second > 60) {
    return std::nullopt;
  }
  return chrono::sys_days(date) + chrono::hours(time.hour) +
         chrono::minutes(time.minute) + chrono::seconds(time.second);
}

bool read_time_of_day(Reader& reader, TimeOfDay& time) {
  return reader.digits(2, time.hour) && reader.skip(":") &&
         reader.digits(2, time.minute) && reader.skip(":") &&
         reader.digits(2, time.second);
}

// How far a zone such as "+08:00" is ahead of UTC; nothing if it is none.
std::optional<chrono::minutes> read_zone(Reader& reader) {
  if (reader.at_end() || reader.skip_one_of("Zz")) return chrono::minutes(0);
  const bool behind = reader.next() == '-';
  int hours = 0;
  int minutes = 0;
  if (!reader.skip_one_of("+-") || !reader.digits(2, hours) ||
      !reader.skip(":") || !reader.digits(2, minutes) || hours > 23 ||
      minutes > 59) {
    return std::nullopt;
  }
  const chrono::minutes ahead = chrono::hours(hours) + chrono::minutes(minutes);
  return behind ? -ahead : ahead;
}

constexpr std::array<std::string_view, 7> weekdays = {
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> months = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Two characters are called mu, and Go takes both.
constexpr std::array<std::string_view, 8> unit_names = {"ns", "us", "µs", "μs",
                                                        "ms", "s",  "m",  "h"};
constexpr std::array<std::uint64_t, 8> unit_nanoseconds = {
    1,         1'000,         1'000,          1'000,
    1'000'000, 1'000'000'000, 60'000'000'000, 3'600'000'000'000};

constexpr std::uint64_t most_nanoseconds =
    std::numeric_limits<std::int64_t>::max();

std::optional<std::uint64_t> product(std::string_view digits,
                                     std::uint64_t unit) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (value > most_nanoseconds / 10) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (value > most_nanoseconds / unit) return std::nullopt;
  return value * unit;
}

std::uint64_t fraction(std::string_view digits, std::uint64_t unit) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    unit /= 10;
    if (unit == 0) break;
    value += unit * static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

// One part of a duration, such as "1.5h", in nanoseconds.
std::optional<std::uint64_t> read_part(Reader& reader) {
  const std::string_view whole = reader.any_digits();
  const std::string_view decimals =
      reader.skip(".") ? reader.any_digits() : std::string_view();
  if (whole.empty() && decimals.empty()) return std::nullopt;
  const std::size_t unit = reader.one_of(unit_names);
  if (unit == unit_names.size()) return std::nullopt;
  const auto value = product(whole, unit_nanoseconds[unit]);
  if (!value) return std::nullopt;
  return *value + fraction(decimals, unit_nanoseconds[unit]);
}

}  // namespace

std::string rfc3339(WallTime time) {
  const auto midnight = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(midnight);
  const chrono::hh_mm_ss clock(time - midnight);
  return fmt::format(
      "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<WallTime> rfc3339(std::string_view text) {
  Reader reader(text);
  Day day;
  if (!reader.digits(4, day.year) || !reader.skip("-") ||
      !reader.digits(2, day.month) || !reader.skip("-") ||
      !reader.digits(2, day.day)) {
    return std::nullopt;
  }
  TimeOfDay time;
  if (reader.at_end()) return at(day, time);
  if (!reader.skip_one_of("Tt ") || !read_time_of_day(reader, time)) {
    return std::nullopt;
  }
  if (reader.skip(".") && reader.any_digits().empty()) return std::nullopt;
  const auto zone = read_zone(reader);
  const auto local = at(day, time);
  if (!zone || !local || !reader.at_end()) return std::nullopt;
  return *local - *zone;
}

std::optional<WallTime> http_date(std::string_view text) {
  Reader reader(text);
  Day day;
  TimeOfDay time;
  if (reader.one_of(weekdays) == weekdays.size() || !reader.skip(", ") ||
      !reader.digits(2, day.day) || !reader.skip(" ")) {
    return std::nullopt;
  }
  day.month = static_cast<unsigned>(reader.one_of(months)) + 1;  // 13 for none
  if (!reader.skip(" ") || !reader.digits(4, day.year) || !reader.skip(" ") ||
      !read_time_of_day(reader, time) || !reader.skip(" GMT") ||
      !reader.at_end()) {
    return std::nullopt;
  }
  return at(day, time);
}

std::optional<Milliseconds> duration(std::string_view text) {
  Reader reader(text);
  reader.skip("+");
  if (reader.at_end()) return std::nullopt;
  if (text == "0" || text == "+0") return Milliseconds(0);
  std::uint64_t sum = 0;
  while (!reader.at_end()) {
    const auto part = read_part(reader);
    if (!part || *part > most_nanoseconds - sum) return std::nullopt;
    sum += *part;
  }
  return chrono::ceil<Milliseconds>(
      chrono::nanoseconds(static_cast<std::int64_t>(sum)));
}

std::string to_text(Milliseconds time) {
  const std::string_view sign = time.count() < 0 ? "-" : "";
  const chrono::hh_mm_ss parts(time);
  const auto hours = parts.hours().count();
  const auto minutes = parts.minutes().count();
  const auto seconds = parts.seconds().count();
  const auto milliseconds = parts.subseconds().count();

  std::string text(sign);
  if (hours > 0) text += fmt::format("{}h", hours);
  if (minutes > 0) text += fmt::format("{}m", minutes);
  if (text == sign && seconds == 0 && milliseconds > 0) {
    return text + fmt::format("{}ms", milliseconds);
  }
  if (milliseconds > 0) {
    std::string decimals = fmt::format("{:03}", milliseconds);
    decimals.erase(decimals.find_last_not_of('0') + 1);
    return text + fmt::format("{}.{}s", seconds, decimals);
  }
  if (seconds > 0 || text == sign) text += fmt::format("{}s", seconds);
  return text;
}

}  // namespace base
