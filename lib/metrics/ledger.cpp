#include "metrics/ledger.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace metrics {

namespace {

using core::Outcome;
using core::RoundResult;

constexpr std::size_t longest_label = 200;  // characters
constexpr std::string_view other = "other";
constexpr std::array<std::string_view, 5> states = {
    "up", "rate_limited", "down", "unknown", "paused"};
constexpr std::array<std::string_view, 9> results = {
    "success", "upstream_failure", "rate_limited",  "timeout", "auth",
    "quota",   "content_mismatch", "local_failure", "skipped"};
constexpr std::array<std::string_view, 3> actions = {"added", "removed",
                                                     "blocked_by_guard"};

std::string_view state_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::rate_limited: return "rate_limited";
    case Outcome::untestable: return "paused";
    default: break;
  }
  switch (core::served_by(outcome)) {
    case core::Served::yes: return "up";
    case core::Served::no: return "down";
    case core::Served::unknown: break;
  }
  return "unknown";
}

std::string_view result_of(const core::ModelReport& model, bool cut_off) {
  if (!model.due || model.attempts == 0) return "skipped";
  if (cut_off && model.outcome != Outcome::ok) return "local_failure";
  switch (model.outcome) {
    case Outcome::ok: return "success";
    case Outcome::model_gone:
    case Outcome::server_error:
    case Outcome::network_error: return "upstream_failure";
    case Outcome::rate_limited: return "rate_limited";
    case Outcome::timeout: return "timeout";
    case Outcome::auth_failed:
    case Outcome::forbidden: return "auth";
    case Outcome::quota_exhausted: return "quota";
    case Outcome::bad_response: return "content_mismatch";
    case Outcome::bad_request:
    case Outcome::inconclusive: return "local_failure";
    case Outcome::untestable:
    case Outcome::cancelled: return "skipped";
  }
  return "skipped";
}

bool is_cut_off(const core::Report& report) {
  return std::any_of(report.guards.begin(), report.guards.end(),
                     [](const core::GuardNote& note) {
                       return note.guard == core::Guard::cut_off;
                     });
}

bool is_in(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string text_of(std::int64_t id) {
  return std::to_string(id);
}

// Those whose first two labels are channel and model.
constexpr std::array pair_metrics = {
    Metric::probe_state,  Metric::probe_results, Metric::probe_duration,
    Metric::probe_ttft,   Metric::probe_speed,   Metric::probe_last,
    Metric::probe_tokens, Metric::availability,
};
constexpr std::array channel_metrics = {Metric::models_changed,
                                        Metric::channel_models};

}  // namespace

Ledger::Ledger(std::string_view version, std::size_t most_pairs)
    : most_pairs_(most_pairs) {
  registry_.set(Metric::build_info, {std::string(version)}, 1);
  registry_.observe(Metric::cycle_duration, {}, -1);
  for (const auto result : {RoundResult::complete, RoundResult::cancelled,
                            RoundResult::locked, RoundResult::failed}) {
    registry_.add(Metric::cycles, {std::string(core::name_of(result))}, 0);
  }
  registry_.add(Metric::cycle_overruns, {}, 0);
}

void Ledger::note(const core::Report& report, base::Milliseconds period) {
  const double longest = std::chrono::duration<double>(period).count();
  registry_.add(Metric::cycles, {std::string(core::name_of(report.result))});
  registry_.set(Metric::cycle_period, {}, longest);
  if (longest > 0 && report.seconds > longest) {
    registry_.add(Metric::cycle_overruns, {});
  }
  if (report.result != RoundResult::complete) return;
  registry_.observe(Metric::cycle_duration, {}, report.seconds);
  registry_.set(Metric::cycle_last, {},
                static_cast<double>(base::seconds_of(report.finished)));
  forget_missing(report);
  const bool cut_off = is_cut_off(report);
  for (const core::ChannelReport& channel : report.channels) {
    note_changes(channel);
    note_channel_models(channel);
    for (const core::ModelReport& model : channel.models) {
      const Pair pair =
          pair_of(static_cast<std::int64_t>(channel.id), model.name);
      note_counters(pair, model, cut_off);
      if (pair.is_own && !cut_off) note_gauges(pair, model, report);
    }
  }
  show_successes(report);
}

void Ledger::note_notification(const std::string& provider, bool was_sent) {
  announce_notifications(provider);
  registry_.add(Metric::notifications,
                {provider, was_sent ? "sent" : "failed"});
}

void Ledger::announce_notifications(const std::string& provider) {
  registry_.add(Metric::notifications, {provider, "sent"}, 0);
  registry_.add(Metric::notifications, {provider, "failed"}, 0);
}

void Ledger::note_availability(const Windows& windows, base::WallTime now) {
  registry_.clear(Metric::availability);
  windows.for_each(now, [this](const Availability& one) {
    const Labels pair{text_of(one.channel), redactor_.excerpt(one.model)};
    if (!pairs_.contains({pair[0], pair[1]})) return;
    registry_.set(Metric::availability,
                  {pair[0], pair[1], std::string(one.window)}, one.ratio);
  });
}

void Ledger::restore(std::string_view text) {
  registry_.restore(
      text, {Metric::probe_success, Metric::probe_results,
             Metric::probe_duration, Metric::probe_ttft, Metric::probe_speed,
             Metric::probe_last, Metric::probe_tokens, Metric::cycle_duration,
             Metric::cycles, Metric::cycle_overruns, Metric::cycle_last,
             Metric::models_changed, Metric::notifications});
  registry_.for_each(Metric::probe_results, [this](const Labels& labels) {
    if (labels[0] == other || labels[1] == other) return;
    pairs_.emplace(labels[0], labels[1]);
    channels_.insert(labels[0]);
  });
  registry_.for_each(Metric::probe_success, [this](const Labels& labels) {
    successes_[{labels[0], labels[2]}] =
        registry_.value(Metric::probe_success, labels);
  });
}

Ledger::Pair Ledger::pair_of(std::int64_t channel, const std::string& model) {
  Pair pair{.channel = channel_label(channel),
            .model = redactor_.excerpt(model)};
  const auto key = std::pair(pair.channel, pair.model);
  if (pair.channel != other &&
      (pairs_.contains(key) || pairs_.size() < most_pairs_)) {
    pairs_.insert(key);
    return pair;
  }
  pair.model = other;
  pair.is_own = false;
  return pair;
}

std::string Ledger::channel_label(std::int64_t id) {
  std::string label = text_of(id);
  if (!channels_.contains(label) && channels_.size() >= most_pairs_) {
    return std::string(other);
  }
  channels_.insert(label);
  return label;
}

void Ledger::note_gauges(const Pair& pair, const core::ModelReport& model,
                         const core::Report& report) {
  const std::string_view state = state_of(model.outcome);
  for (const std::string_view one : states) {
    registry_.set(Metric::probe_state,
                  {pair.channel, pair.model, std::string(one)},
                  one == state ? 1 : 0);
  }
  if (state == "up" || state == "down") {
    successes_[{pair.channel, pair.model}] = state == "up" ? 1 : 0;
  }
  if (model.due && model.attempts > 0) {
    registry_.set(Metric::probe_last, {pair.channel, pair.model},
                  static_cast<double>(base::seconds_of(report.finished)));
  }
}

// A channel may have another name by now.
void Ledger::show_successes(const core::Report& report) {
  std::map<std::string, std::string> names;
  for (const core::ChannelReport& channel : report.channels) {
    names[text_of(static_cast<std::int64_t>(channel.id))] =
        base::shortened(redactor_.redact(channel.name), longest_label);
  }
  registry_.clear(Metric::probe_success);
  for (const auto& [pair, success] : successes_) {
    registry_.set(Metric::probe_success,
                  {pair.first, names[pair.first], pair.second}, success);
  }
}

void Ledger::note_counters(const Pair& pair, const core::ModelReport& model,
                           bool cut_off) {
  for (const std::string_view result : results) {
    registry_.add(Metric::probe_results,
                  {pair.channel, pair.model, std::string(result)}, 0);
  }
  const std::string_view result = result_of(model, cut_off);
  registry_.add(Metric::probe_results,
                {pair.channel, pair.model, std::string(result)});
  const bool answered = result == "success";
  const Labels labels{pair.channel, pair.model};
  const auto seconds = [&](double ms) { return answered ? ms / 1000 : -1; };
  registry_.observe(Metric::probe_duration, labels, seconds(model.times.total));
  registry_.observe(Metric::probe_ttft, labels,
                    seconds(model.times.first_token));
  registry_.observe(Metric::probe_speed, labels,
                    answered ? model.tokens_per_second : -1);
  registry_.add(Metric::probe_tokens, {pair.channel, pair.model, "input"},
                static_cast<double>(model.input_tokens));
  registry_.add(Metric::probe_tokens, {pair.channel, pair.model, "output"},
                static_cast<double>(model.output_tokens));
}

void Ledger::note_changes(const core::ChannelReport& channel) {
  const std::string id = channel_label(static_cast<std::int64_t>(channel.id));
  for (const std::string_view action : actions)
    registry_.add(Metric::models_changed, {id, std::string(action)}, 0);
  if (channel.result == core::ChannelResult::changed) {
    registry_.add(Metric::models_changed, {id, "added"},
                  static_cast<double>(channel.added.size()));
    registry_.add(Metric::models_changed, {id, "removed"},
                  static_cast<double>(channel.removed.size()));
  }
  if (channel.result != core::ChannelResult::held) return;
  const auto held = std::count_if(
      channel.models.begin(), channel.models.end(),
      [](const auto& model) { return model.verdict == core::Verdict::remove; });
  registry_.add(Metric::models_changed, {id, "blocked_by_guard"},
                static_cast<double>(std::max<std::ptrdiff_t>(held, 1)));
}

void Ledger::note_channel_models(const core::ChannelReport& channel) {
  const std::string id = channel_label(static_cast<std::int64_t>(channel.id));
  if (id == other) return;
  const bool was_written = channel.result == core::ChannelResult::changed;
  std::map<std::string_view, double> counts;
  for (const std::string_view state : states)
    counts[state] = 0;
  for (const core::ModelReport& model : channel.models) {
    const bool is_listed =
        was_written ? (model.listed && !is_in(channel.removed, model.name)) ||
                          (!model.listed && is_in(channel.added, model.name))
                    : model.listed;
    if (is_listed) ++counts[state_of(model.outcome)];
  }
  for (const auto& [state, count] : counts) {
    registry_.set(Metric::channel_models, {id, std::string(state)}, count);
  }
}

// A channel without models was not looked into: it keeps what it has.
void Ledger::forget_missing(const core::Report& report) {
  std::set<std::string> channels;
  std::set<std::string> looked_into;
  std::set<std::pair<std::string, std::string>> pairs;
  for (const core::ChannelReport& channel : report.channels) {
    const std::string id = text_of(static_cast<std::int64_t>(channel.id));
    channels.insert(id);
    if (!channel.models.empty()) looked_into.insert(id);
    for (const core::ModelReport& model : channel.models)
      pairs.emplace(id, redactor_.excerpt(model.name));
  }
  const auto is_gone = [&](const std::string& channel,
                           const std::string& model) {
    if (channel == other) return false;
    if (!channels.contains(channel)) return true;
    return model != other && looked_into.contains(channel) &&
           !pairs.contains({channel, model});
  };
  for (const Metric metric : pair_metrics) {
    registry_.drop(metric, [&](const Labels& labels) {
      return is_gone(labels[0], labels[1]);
    });
  }
  std::erase_if(successes_, [&](const auto& one) {
    return is_gone(one.first.first, one.first.second);
  });
  for (const Metric metric : channel_metrics) {
    registry_.drop(metric, [&](const Labels& labels) {
      return labels[0] != other && !channels.contains(labels[0]);
    });
  }
  std::erase_if(
      pairs_, [&](const auto& one) { return is_gone(one.first, one.second); });
  std::erase_if(channels_,
                [&](const auto& one) { return !channels.contains(one); });
}

std::string process_text(const ProcessFigures& figures) {
  Registry registry;
  registry.add(Metric::process_cpu, {}, figures.cpu_seconds);
  registry.set(Metric::process_memory, {}, figures.resident_bytes);
  registry.set(Metric::process_start, {}, figures.start_seconds);
  registry.set(Metric::process_files, {}, figures.open_files);
  registry.set(Metric::process_most_files, {}, figures.most_files);
  return registry.text();
}

}  // namespace metrics
