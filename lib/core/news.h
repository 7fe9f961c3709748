#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"
#include "base/time.h"
#include "core/report.h"

namespace core {

// What a message can be about, worst first.
enum class Event : std::uint8_t {
  round_failed,
  cut_off,
  disabled,
  removed,
  config_error,
  write_failed,
  guard,
  enabled_again,
  added,
};

std::string_view name_of(Event event);

// Whether it lasts from here on, is over, or only happened.
enum class Phase : std::uint8_t { began, ended, happened };

std::string_view name_of(Phase phase);

// One thing that is told.  Texts are in the message's language, of one line,
// without control characters and without secrets.
struct NewsItem {
  Event event{};
  Phase phase = Phase::happened;
  std::optional<std::int64_t> channel;  // none: the whole round
  std::string name;                     // of the channel
  std::string guard;                    // with Event::guard
  std::string text;
  std::vector<std::string> models;     // added or removed, the first of them
  std::size_t model_count = 0;         // all of them
  std::optional<std::int64_t> lasted;  // seconds, with Phase::ended

  bool operator==(const NewsItem&) const = default;
};

// What is told of one round: one message for each service.
struct Message {
  std::string title;               // what it comes to, in a line
  std::vector<std::string> lines;  // in words, everything that is told
  std::vector<NewsItem> items;     // the same as data, worst first
  std::size_t more_channels = 0;   // that are not named
  bool is_good = false;            // nothing in it is bad
  bool applied = true;             // false: do_not_modify_db
  base::WallTime at{};
  base::Language language = base::Language::en;

  bool operator==(const Message&) const = default;
};

std::string json_of(const Message& message);
// Nothing where `json` is none of ours.
std::optional<Message> message_in(std::string_view json);

// What was told and still lasts, each with the time since when it does.
using Told = std::map<std::string, base::WallTime>;

std::string json_of(const Told& told);
Told told_in(std::string_view json);

struct NewsPolicy {
  base::Language language = base::Language::en;
  bool applied = true;  // false: nothing is written to the gateway
};

struct News {
  std::optional<Message> message;  // nothing: there is nothing new
  Told told;                       // from now on
};

// What there is to tell of a round, beside what was told before.  A state that
// lasts is told once, and once more when it is over.  At most eight channels
// are named, and twelve models of each; the rest is counted.  Of a round
// that was locked out, and of a dry run, there is nothing; of a cancelled one
// and one that failed, only what it had written.
News news_of(const Report& report, const Told& told, const NewsPolicy& policy);

// A message that says that it is none, to try out the services.
Message sample_message(base::WallTime now, base::Language language);

}  // namespace core
