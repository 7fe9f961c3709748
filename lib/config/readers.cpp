#include "config/readers.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "config/dsn_parts.h"
#include "config/pattern.h"

namespace config {
namespace {

using base::Milliseconds;
using base::Sentence;
namespace say = base::say;

std::string_view without_plus(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return text;
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  text = without_plus(text);
  Number number{};
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

template <typename Number>
Reader<Number> number_reader(const base::Phrase& phrase, Number least,
                             Number most) {
  return scalar<Number>(
      {phrase, fmt::format("{}", least), fmt::format("{}", most)},
      [=](const Value& value, Number& target) {
        if (value.kind != Value::Kind::number) return false;
        const std::optional<Number> given = number_in<Number>(value.text);
        if (!given || *given < least || *given > most) return false;
        target = *given;
        return true;
      });
}

bool is_textual(const Value& value) {
  return value.kind == Value::Kind::text || value.kind == Value::Kind::number;
}

// What would have been meant by a number without a unit, or "".
std::string with_unit(const Value& value) {
  const std::optional<double> given =
      is_textual(value) ? number_in<double>(value.text) : std::nullopt;
  if (!given || *given < 0 || value.text.size() > 12) return {};
  return std::string(without_plus(value.text)) + "s";
}

bool is_within(const std::optional<Milliseconds>& time, Milliseconds least,
               Milliseconds most) {
  return time && *time >= least && *time <= most;
}

Reader<std::string> checked_text(const Sentence& expected,
                                 std::function<bool(std::string_view)> fits,
                                 Shown shown = Shown::yes) {
  return scalar<std::string>(
      expected,
      [fits = std::move(fits)](const Value& value, std::string& target) {
        if (value.kind != Value::Kind::text || !fits(value.text)) return false;
        target = value.text;
        return true;
      },
      shown);
}

bool is_name(std::string_view text) {
  return text.size() <= 255 && text.find(',') == text.npos &&
         !base::has_control(text);
}

Reader<std::string> name() {
  return scalar<std::string>(say::expected_name,
                             [](const Value& value, std::string& target) {
                               if (!is_textual(value)) return false;
                               target = base::trimmed(value.text);
                               return is_name(target);
                             });
}

bool is_mail_address(std::string_view text) {
  return !text.empty() && text.find_first_of(" \t<>") == text.npos &&
         !base::has_control(text);
}

}  // namespace

bool may_be_shown(Shown shown, const Value& value) {
  switch (shown) {
    case Shown::yes: return true;
    case Shown::secret: return false;
    case Shown::unless_secret:
      return value.text.find_first_of("@?") == value.text.npos;
  }
  return false;
}

std::optional<std::int64_t> id_of(std::string_view text) {
  const std::optional<std::int64_t> id = number_in<std::int64_t>(text);
  return id && *id >= 0 ? id : std::nullopt;
}

bool is_url(std::string_view text) {
  std::size_t scheme = 0;
  for (const std::string_view one : {"http://", "https://"}) {
    if (base::lower(text.substr(0, one.size())) == one) scheme = one.size();
  }
  if (scheme == 0 || base::has_control(text)) return false;
  if (text.find_first_of(" \t") != text.npos) return false;
  std::string_view host = text.substr(scheme);
  host = host.substr(0, host.find_first_of("/?#"));
  const std::size_t at = host.rfind('@');
  if (at != host.npos) host.remove_prefix(at + 1);
  std::string ignored;
  int port = 0;
  return read_host(host, ignored, port);
}

Reader<bool> truth() {
  return scalar<bool>(
      say::expected_truth, [](const Value& value, bool& target) {
        if (value.kind == Value::Kind::truth) {
          target = value.truth;
          return true;
        }
        const std::string word = base::lower(value.text);
        if (!value.plain ||
            (word != "yes" && word != "on" && word != "no" && word != "off")) {
          return false;
        }
        target = word == "yes" || word == "on";
        return true;
      });
}

Reader<int> whole(int least, int most) {
  return number_reader<int>(say::expected_whole, least, most);
}

Reader<std::int64_t> channel_id() {
  return scalar<std::int64_t>(
      say::expected_id, [](const Value& value, std::int64_t& target) {
        const auto id = value.kind == Value::Kind::number ? id_of(value.text)
                                                          : std::nullopt;
        target = id.value_or(0);
        return id.has_value();
      });
}

Reader<double> number(double least, double most) {
  return number_reader<double>(say::expected_number, least, most);
}

Reader<Milliseconds> duration(Milliseconds least, Milliseconds most) {
  Sentence expected(say::expected_duration, base::to_text(least),
                    base::to_text(most));
  auto read = [=](const Value& value, const Spot& spot, Milliseconds& target) {
    const std::optional<Value> there = spot.resolved(value);
    if (!there) return false;
    std::optional<Milliseconds> time;
    if (there->kind == Value::Kind::text) time = base::duration(there->text);
    if (is_within(time, least, most)) {
      target = *time;
      return true;
    }
    const std::string meant = time ? std::string() : with_unit(*there);
    if (meant.empty() || !there->source.empty()) {
      spot.expected(expected, *there, false);
    } else {
      spot.complain({say::config_expected_unit, expected,
                     described(*there, false), meant});
    }
    return false;
  };
  return {expected, std::move(read)};
}

Reader<Milliseconds> seconds(Milliseconds least, Milliseconds most) {
  return scalar<Milliseconds>(
      {say::expected_seconds, base::to_text(least), base::to_text(most)},
      [=](const Value& value, Milliseconds& target) {
        std::optional<Milliseconds> time;
        if (value.kind == Value::Kind::text) time = base::duration(value.text);
        if (value.kind == Value::Kind::number) {
          const std::optional<double> given = number_in<double>(value.text);
          constexpr double too_many = 1e9;
          if (!given || *given > too_many || *given < 0) return false;
          time = Milliseconds(std::llround(*given * 1000));
        }
        if (!is_within(time, least, most)) return false;
        target = *time;
        return true;
      });
}

Reader<std::string> text(std::size_t least, std::size_t most) {
  return checked_text({say::expected_text, least, most},
                      [=](std::string_view given) {
                        return given.size() >= least && given.size() <= most;
                      });
}

Reader<std::string> text_or_number() {
  constexpr std::size_t most = 4096;
  return scalar<std::string>(
      say::expected_line, [](const Value& value, std::string& target) {
        if (!is_textual(value) || value.text.size() > most) return false;
        if (base::has_control(value.text)) return false;
        target = value.text;
        return true;
      });
}

Reader<base::Secret> secret() {
  constexpr std::size_t most = 16384;
  return scalar<base::Secret>(
      say::expected_line,
      [](const Value& value, base::Secret& target) {
        const std::string_view given = base::trimmed(value.text);
        if (!is_textual(value) || given.size() > most) return false;
        if (base::has_control(given)) return false;
        target = base::Secret(std::string(given));
        return true;
      },
      Shown::secret);
}

Reader<std::string> path() {
  constexpr std::size_t most = 4096;
  return checked_text(say::expected_path, [](std::string_view given) {
    return given.size() < most && !base::has_control(given);
  });
}

Reader<std::string> url() {
  return checked_text(
      say::expected_url,
      [](std::string_view given) { return given.empty() || is_url(given); },
      Shown::unless_secret);
}

Reader<base::Secret> address() {
  return scalar<base::Secret>(
      say::expected_url,
      [](const Value& value, base::Secret& target) {
        const std::string_view given = base::trimmed(value.text);
        if (value.kind != Value::Kind::text) return false;
        if (!given.empty() && !is_url(given)) return false;
        target = base::Secret(std::string(given));
        return true;
      },
      Shown::secret);
}

Reader<std::string> listen() {
  return checked_text(say::expected_listen, [](std::string_view given) {
    if (given.empty()) return true;
    if (given.starts_with(':')) return port_of(given.substr(1)).has_value();
    std::string host;
    int port = 0;
    return read_host(given, host, port) && port != 0;
  });
}

Reader<std::string> host_glob() {
  return checked_text(say::expected_host_glob, [](std::string_view given) {
    return !given.empty() && given.size() <= 255 && !base::has_control(given) &&
           given.find_first_of(" \t/@") == given.npos;
  });
}

Reader<std::string> regex() {
  return checked_text(
      {say::expected_regex, longest_pattern},
      [](std::string_view given) { return pattern(given).has_value(); });
}

Reader<std::vector<std::string>> names() {
  Reader<std::vector<std::string>> list = list_of(name());
  auto read = [inner = list.read](const Value& value, const Spot& spot,
                                  std::vector<std::string>& target) {
    if (!inner(value, spot, target)) return false;
    if (std::erase(target, "") > 0) spot.warn(say::config_empty_name);
    return true;
  };
  return {list.expected, std::move(read)};
}

Reader<std::vector<std::string>> mail_addresses() {
  const Sentence expected(say::expected_mail_addresses);
  const Reader<std::vector<std::string>> list =
      list_of(checked_text(say::expected_mail_address, is_mail_address));
  const Reader<std::vector<std::string>> one = scalar<std::vector<std::string>>(
      expected, [](const Value& value, std::vector<std::string>& target) {
        if (value.kind != Value::Kind::text) return false;
        std::vector<std::string> all;
        for (const std::string_view piece : base::split(value.text, ',')) {
          const std::string_view address = base::trimmed(piece);
          if (!address.empty()) all.emplace_back(address);
        }
        target = std::move(all);
        return std::all_of(target.begin(), target.end(), is_mail_address);
      });
  auto read = [=](const Value& value, const Spot& spot,
                  std::vector<std::string>& target) {
    const auto& reader = value.kind == Value::Kind::list ? list : one;
    return reader.read(value, spot, target);
  };
  return {expected, std::move(read)};
}

}  // namespace config
