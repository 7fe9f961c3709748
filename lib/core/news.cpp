#include "core/news.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/messages_notify.h"
#include "base/text.h"

namespace core {

namespace {

using base::Sentence;
namespace say = base::say;

constexpr std::size_t most_channels = 8;
constexpr std::size_t most_models = 12;
constexpr std::size_t longest_name = 80;
constexpr std::size_t longest_reason = 200;

// What is told of is not kept for ever: a channel may be gone without a word.
constexpr std::chrono::days keep_told{60};
constexpr std::size_t most_told = 20'000;

std::string key_of(std::string_view what, ChannelId id,
                   std::string_view model = {}) {
  std::string key = fmt::format("{}:{}", what, static_cast<std::int64_t>(id));
  if (!model.empty()) key.append(":").append(model);
  return key;
}

std::string shown(std::string_view name, std::size_t most = longest_name) {
  return base::shortened(base::printable(name), most);
}

// To the second within a minute, to the minute above.
std::string lasted_in_words(std::int64_t seconds) {
  constexpr std::int64_t minute = 60;
  if (seconds >= minute) seconds -= seconds % minute;
  return base::to_text(std::chrono::seconds(seconds));
}

// Finds out what is new, one channel after the other.
class Teller {
 public:
  Teller(const Report& report, const Told& told, const NewsPolicy& policy)
      : report_(report),
        before_(told),
        policy_(policy),
        now_(report.started),
        told_(told) {}

  News tell() {
    forget_old();
    if (report_.result != RoundResult::cancelled) tell_round();
    if (report_.result == RoundResult::complete) tell_guards();
    for (const ChannelReport& channel : report_.channels)
      tell_channel(channel);
    return {compose(), std::move(told_)};
  }

 private:
  struct Names {
    std::vector<std::string> names;  // as they are
    std::vector<std::string> shown;  // with what is said of them
    std::int64_t longest = 0;        // seconds
  };

  // Of one channel.
  struct Part {
    const ChannelReport* channel = nullptr;
    std::vector<NewsItem> items;
    std::string listed;  // the line about what is listed now
  };

  bool was_told(const std::string& key) const { return before_.contains(key); }

  std::string in_words(const Sentence& sentence) const {
    return base::printable(sentence.in(policy_.language));
  }
  std::string reason(const Sentence& sentence) const {
    return shown(sentence.in(policy_.language), longest_reason);
  }

  void forget_old() {
    std::erase_if(told_, [this](const auto& one) {
      return now_ - one.second > keep_told;
    });
  }

  std::int64_t lasted(const std::string& key) const {
    const auto found = before_.find(key);
    if (found == before_.end() || found->second > now_) return 0;
    return (now_ - found->second).count();
  }

  // Returns whether something that lasts is news: began, or is over.
  std::optional<Phase> turn(const std::string& key, bool is_so) {
    if (is_so == was_told(key)) return std::nullopt;
    if (is_so) {
      told_.emplace(key, now_);
      return Phase::began;
    }
    told_.erase(key);
    return Phase::ended;
  }

  void tell_round() {
    const std::string key = "round";
    const bool fails = report_.result == RoundResult::failed;
    const auto phase = turn(key, fails);
    if (!phase) return;
    NewsItem item{.event = Event::round_failed, .phase = *phase};
    if (fails) {
      item.text =
          in_words({say::news_line_round_failed, reason(report_.error)});
    } else {
      item.lasted = lasted(key);
      item.text = in_words(
          {say::news_line_round_recovered, lasted_in_words(*item.lasted)});
    }
    round_.push_back(std::move(item));
  }

  static std::string key_of_guard(Guard guard,
                                  const std::optional<ChannelId>& channel) {
    const std::string what = fmt::format("guard:{}", core::name_of(guard));
    return channel ? key_of(what, *channel) : what + ":";
  }

  void tell_guards() {
    std::set<std::string> held;
    for (const GuardNote& note : report_.guards) {
      const std::string key = key_of_guard(note.guard, note.channel);
      if (note.guard == Guard::cut_off) is_cut_off_ = true;
      if (!held.insert(key).second) continue;
      if (turn(key, true)) add_guard(note);
    }
    for (const auto& [key, since] : before_) {
      if (!key.starts_with("guard:") || held.contains(key)) continue;
      if (told_.contains(key)) end_guard(key);
    }
  }

  void add_guard(const GuardNote& note) {
    const bool cut_off = note.guard == Guard::cut_off;
    NewsItem item{.event = cut_off ? Event::cut_off : Event::guard,
                  .phase = Phase::began,
                  .guard = std::string(core::name_of(note.guard))};
    const auto& line =
        note.channel ? say::news_line_guard : say::news_line_round_guard;
    item.text = in_words({line, item.guard, reason(note.text)});
    place(std::move(item), note.channel);
  }

  // A guard of a channel that was not looked at may still hold.
  void end_guard(const std::string& key) {
    const auto parts = base::split(key, ':');
    const auto number = base::whole_number(parts.at(2));
    std::optional<ChannelId> channel;
    if (number) channel = ChannelId{*number};
    const bool cut_off = parts.at(1) == core::name_of(Guard::cut_off);
    if (is_cut_off_ && !cut_off) return;
    const bool of_table = parts.at(1) == core::name_of(Guard::group_coverage);
    if (channel && !of_table && !is_looked_at(*channel)) return;
    told_.erase(key);
    NewsItem item{.event = cut_off ? Event::cut_off : Event::guard,
                  .phase = Phase::ended,
                  .guard = std::string(parts.at(1)),
                  .lasted = lasted(key)};
    const auto& line =
        channel ? say::news_line_guard_over : say::news_line_round_guard_over;
    item.text = in_words({line, item.guard, lasted_in_words(*item.lasted)});
    place(std::move(item), channel);
  }

  const ChannelReport* report_of(ChannelId id) const {
    const auto found =
        std::find_if(report_.channels.begin(), report_.channels.end(),
                     [id](const auto& channel) { return channel.id == id; });
    return found == report_.channels.end() ? nullptr : &*found;
  }

  bool is_looked_at(ChannelId id) const {
    const ChannelReport* channel = report_of(id);
    return channel != nullptr && channel->result != ChannelResult::cancelled;
  }

  void place(NewsItem item, const std::optional<ChannelId>& channel) {
    if (!channel) {
      round_.push_back(std::move(item));
      return;
    }
    Part& part = parts_[*channel];
    if (part.channel == nullptr) part.channel = report_of(*channel);
    item.channel = static_cast<std::int64_t>(*channel);
    if (part.channel != nullptr) item.name = shown(part.channel->name, 40);
    part.items.push_back(std::move(item));
  }

  void tell_channel(const ChannelReport& channel) {
    if (channel.result == ChannelResult::cancelled) return;
    const bool complete = report_.result == RoundResult::complete;
    if (complete && !is_cut_off_) {
      tell_trouble(channel, ChannelResult::config_error);
      tell_trouble(channel, ChannelResult::failed);
    }
    const bool would = channel.result == ChannelResult::would_change &&
                       complete && !policy_.applied;
    if (channel.result == ChannelResult::changed || would) {
      tell_change(channel);
    }
    if (complete && !is_cut_off_) tell_returned(channel);
  }

  void tell_trouble(const ChannelReport& channel, ChannelResult trouble) {
    const bool config = trouble == ChannelResult::config_error;
    const std::string key = key_of(config ? "config" : "write", channel.id);
    const auto phase = turn(key, channel.result == trouble);
    if (!phase) return;
    NewsItem item{.event = config ? Event::config_error : Event::write_failed,
                  .phase = *phase};
    if (*phase == Phase::began) {
      item.text = in_words(
          {config ? say::news_line_config_error : say::news_line_write_failed,
           reason(channel.reason)});
    } else {
      item.lasted = lasted(key);
      item.text = in_words(
          {config ? say::news_line_config_mended : say::news_line_write_mended,
           lasted_in_words(*item.lasted)});
    }
    place(std::move(item), channel.id);
  }

  // What was written; or what would be, which is told once.
  void tell_change(const ChannelReport& channel) {
    if (channel.new_status == disabled_automatically) tell_disabled(channel);
    tell_removed(channel);
    if (channel.new_status == enabled) tell_enabled(channel);
    tell_added(channel);
    const auto part = parts_.find(channel.id);
    const bool has_names =
        part != parts_.end() &&
        std::any_of(part->second.items.begin(), part->second.items.end(),
                    [](const NewsItem& item) { return item.model_count > 0; });
    if (!has_names || !policy_.applied || channel.list_after.empty()) return;
    Names listed;
    for (const std::string& name : channel.list_after)
      listed.shown.push_back(name);
    part->second.listed = in_words(
        {say::news_line_listed, listed.shown.size(), joined(listed.shown)});
  }

  void tell_disabled(const ChannelReport& channel) {
    const std::string key = key_of("off", channel.id);
    told_.erase(key_of("on", channel.id));
    if (!policy_.applied && was_told(key)) return;
    told_.insert_or_assign(key, now_);
    const std::string why = policy_.applied ? reason(channel.reason)
                                            : in_words(say::news_all_failed);
    place({.event = Event::disabled,
           .phase = Phase::began,
           .text = in_words({say::news_line_disabled, why})},
          channel.id);
  }

  void tell_enabled(const ChannelReport& channel) {
    const std::string off = key_of("off", channel.id);
    const std::string on = key_of("on", channel.id);
    if (!policy_.applied) {
      if (was_told(on)) return;
      told_.insert_or_assign(on, now_);
    }
    NewsItem item{.event = Event::enabled_again, .phase = Phase::ended};
    item.text = in_words(say::news_line_enabled);
    if (was_told(off)) {
      item.lasted = lasted(off);
      item.text = in_words(
          {say::news_line_enabled_after, lasted_in_words(*item.lasted)});
    }
    told_.erase(off);
    place(std::move(item), channel.id);
  }

  void tell_removed(const ChannelReport& channel) {
    Names names;
    for (const std::string& name : channel.removed) {
      const std::string key = key_of("gone", channel.id, name);
      told_.erase(key_of("back", channel.id, name));
      if (!policy_.applied && was_told(key)) continue;
      told_.insert_or_assign(key, now_);
      names.names.push_back(name);
      const auto model = std::find_if(
          channel.models.begin(), channel.models.end(),
          [&](const ModelReport& one) { return one.name == name; });
      names.shown.push_back(
          model == channel.models.end()
              ? name
              : fmt::format("{} ({})", name, core::name_of(model->outcome)));
    }
    add_names(channel.id, Event::removed, say::news_line_removed, names);
  }

  void tell_added(const ChannelReport& channel) {
    Names names;
    for (const std::string& name : channel.added) {
      const std::string back = key_of("back", channel.id, name);
      if (!policy_.applied) {
        if (was_told(back)) continue;
        told_.insert_or_assign(back, now_);
      }
      add_returned(names, channel.id, name);
    }
    add_names(channel.id, Event::added, say::news_line_added, names);
  }

  // One that may have been gone, and for how long.
  void add_returned(Names& names, ChannelId id, const std::string& name) {
    const std::string gone = key_of("gone", id, name);
    names.names.push_back(name);
    std::string text = name;
    if (was_told(gone)) {
      const std::int64_t time = lasted(gone);
      names.longest = std::max(names.longest, time);
      text = in_words({say::news_back_after, name, lasted_in_words(time)});
    }
    names.shown.push_back(std::move(text));
    told_.erase(gone);
  }

  // What lasts no more without anything written: where nothing is written at
  // all it is told, else it was the administrator.
  void tell_returned(const ChannelReport& channel) {
    Names names;
    bool any_answers = false;
    for (const ModelReport& model : channel.models) {
      const bool answers = model.outcome == Outcome::ok;
      any_answers = any_answers || answers;
      if (!model.listed) continue;
      told_.erase(key_of("back", channel.id, model.name));
      if (!told_.contains(key_of("gone", channel.id, model.name))) continue;
      if (policy_.applied && !is_in(channel.removed, model.name)) {
        told_.erase(key_of("gone", channel.id, model.name));
      } else if (!policy_.applied && answers) {
        add_returned(names, channel.id, model.name);
      }
    }
    add_names(channel.id, Event::added, say::news_line_answers, names);
    tell_channel_returned(channel, any_answers);
  }

  void tell_channel_returned(const ChannelReport& channel, bool any_answers) {
    const std::string off = key_of("off", channel.id);
    if (channel.status != enabled || channel.new_status) return;
    told_.erase(key_of("on", channel.id));
    if (!told_.contains(off)) return;
    if (!policy_.applied && !any_answers) return;
    told_.erase(off);
    if (policy_.applied) return;
    const std::int64_t time = lasted(off);
    place({.event = Event::enabled_again,
           .phase = Phase::ended,
           .text = in_words(
               {say::news_line_channel_answers, lasted_in_words(time)}),
           .lasted = time},
          channel.id);
  }

  static bool is_in(const std::vector<std::string>& names,
                    const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  void add_names(ChannelId id, Event event, const base::Phrase& line,
                 const Names& names) {
    if (names.names.empty()) return;
    NewsItem item{.event = event, .model_count = names.names.size()};
    if (names.longest > 0) item.lasted = names.longest;
    for (std::size_t i = 0; i < std::min(most_models, names.names.size());
         ++i) {
      item.models.push_back(shown(names.names[i]));
    }
    item.text = in_words({line, joined(names.shown)});
    place(std::move(item), id);
  }

  // The first of them, and how many there are besides.
  std::string joined(const std::vector<std::string>& names) const {
    std::vector<std::string> first;
    for (std::size_t i = 0; i < std::min(most_models, names.size()); ++i)
      first.push_back(shown(names[i]));
    std::string text = base::joined(first, ", ");
    if (names.size() <= most_models) return text;
    return in_words({say::news_more_models, text, names.size() - most_models});
  }

  // Recoveries are the least bad of all.
  static int badness(const NewsItem& item) {
    constexpr int better = 100;
    return static_cast<int>(item.event) +
           (item.phase == Phase::ended ? better : 0);
  }

  static bool is_worse(const NewsItem& a, const NewsItem& b) {
    return badness(a) < badness(b);
  }

  std::optional<Message> compose() {
    std::vector<Part*> order;
    for (auto& [id, part] : parts_) {
      if (part.items.empty()) continue;
      std::stable_sort(part.items.begin(), part.items.end(), is_worse);
      order.push_back(&part);
    }
    if (order.empty() && round_.empty()) return std::nullopt;
    std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) {
      return is_worse(a->items.front(), b->items.front());
    });
    std::stable_sort(round_.begin(), round_.end(), is_worse);
    keep_few();
    Message message{
        .applied = policy_.applied, .at = now_, .language = policy_.language};
    message.title = title(order);
    message.is_good = is_good(order);
    write(message, order);
    return message;
  }

  void keep_few() {
    while (told_.size() > most_told) {
      told_.erase(std::min_element(
          told_.begin(), told_.end(),
          [](const auto& a, const auto& b) { return a.second < b.second; }));
    }
  }

  void write(Message& message, const std::vector<Part*>& order) const {
    if (!policy_.applied) {
      message.lines.push_back(in_words(say::news_not_applied));
    }
    for (const NewsItem& item : round_) {
      message.lines.push_back(item.text);
      message.items.push_back(item);
    }
    const std::size_t named = std::min(order.size(), most_channels);
    for (std::size_t i = 0; i < named; ++i) {
      const Part& part = *order[i];
      message.lines.push_back(
          in_words({say::news_channel, *part.items.front().channel,
                    part.items.front().name}));
      for (const NewsItem& item : part.items) {
        message.lines.push_back(item.text);
        message.items.push_back(item);
      }
      if (!part.listed.empty()) message.lines.push_back(part.listed);
    }
    message.more_channels = order.size() - named;
    if (message.more_channels > 0) {
      message.lines.push_back(
          in_words({say::news_more_channels, message.more_channels}));
    }
  }

  template <typename Do>
  void each_item(const std::vector<Part*>& order, const Do& what) const {
    for (const NewsItem& item : round_)
      what(item);
    for (const Part* part : order) {
      for (const NewsItem& item : part->items)
        what(item);
    }
  }

  bool is_good(const std::vector<Part*>& order) const {
    bool good = true;
    each_item(order, [&](const NewsItem& item) {
      good = good && (item.phase == Phase::ended || item.event == Event::added);
    });
    return good;
  }

  std::string title(const std::vector<Part*>& order) const {
    std::array<std::size_t, static_cast<std::size_t>(Event::added) + 1>
        counts{};
    std::size_t well = 0;
    bool works_again = false;
    each_item(order, [&](const NewsItem& item) {
      const bool ended = item.phase == Phase::ended;
      if (ended && item.event == Event::round_failed) {
        works_again = true;
      } else if (ended && item.event != Event::enabled_again) {
        ++well;
      } else {
        counts.at(static_cast<std::size_t>(item.event)) +=
            std::max<std::size_t>(item.model_count, 1);
      }
    });
    Sentence all;
    const auto add = [&](const Sentence& part) {
      all = all.empty() ? part : Sentence{say::news_also, all, part};
    };
    const auto count = [&](Event event, const base::Phrase& phrase) {
      const std::size_t number = counts.at(static_cast<std::size_t>(event));
      if (number > 0) add({phrase, number});
    };
    if (counts[0] > 0) add(say::news_failed);
    if (works_again) add(say::news_recovered);
    if (counts[1] > 0) add(say::news_cut_off);
    count(Event::disabled, say::news_disabled);
    count(Event::removed, say::news_removed);
    count(Event::config_error, say::news_config_error);
    count(Event::write_failed, say::news_write_failed);
    count(Event::guard, say::news_held);
    count(Event::enabled_again, say::news_enabled);
    count(Event::added, say::news_added);
    if (well > 0) add({say::news_well_again, well});
    if (!policy_.applied) all = {say::news_not_applied_title, all};
    return in_words(all);
  }

  const Report& report_;
  const Told& before_;
  const NewsPolicy& policy_;
  base::WallTime now_;
  Told told_;
  bool is_cut_off_ = false;
  std::vector<NewsItem> round_;
  std::map<ChannelId, Part> parts_;
};

}  // namespace

std::string_view name_of(Event event) {
  constexpr std::array<std::string_view, 9> names = {
      "round_failed", "cut_off", "disabled", "removed", "config_error",
      "write_failed", "guard",   "enabled",  "added"};
  return names.at(static_cast<std::size_t>(event));
}

std::string_view name_of(Phase phase) {
  constexpr std::array<std::string_view, 3> names = {"began", "ended",
                                                     "happened"};
  return names.at(static_cast<std::size_t>(phase));
}

News news_of(const Report& report, const Told& told, const NewsPolicy& policy) {
  if (report.dry_run || report.result == RoundResult::locked)
    return {std::nullopt, told};
  return Teller(report, told, policy).tell();
}

Message sample_message(base::WallTime now, base::Language language) {
  return {.title = Sentence(say::news_sample_title).in(language),
          .lines = {Sentence(say::news_sample).in(language)},
          .is_good = true,
          .at = now,
          .language = language};
}

}  // namespace core
