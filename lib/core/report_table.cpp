#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/messages_report.h"
#include "base/text.h"
#include "core/reload.h"
#include "core/report.h"

namespace core {

namespace {

using base::Language;
using base::Sentence;
namespace say = base::say;

constexpr std::size_t most_models_named = 12;  // of one sort, for one channel
constexpr std::size_t widest_name = 40;

enum class Tone : unsigned char { plain, good, bad, careful };

struct Line {
  std::string channel;
  std::string model;
  Sentence what;
  Sentence why;
  Tone tone = Tone::plain;
};

std::string_view color_of(Tone tone) {
  switch (tone) {
    case Tone::plain: return "";
    case Tone::good: return "\x1b[32m";
    case Tone::bad: return "\x1b[31m";
    case Tone::careful: return "\x1b[33m";
  }
  return "";
}

std::optional<ModelReport> model_named(const ChannelReport& channel,
                                       const std::string& name) {
  const auto found = std::find_if(
      channel.models.begin(), channel.models.end(),
      [&](const ModelReport& model) { return model.name == name; });
  if (found == channel.models.end()) return std::nullopt;
  return *found;
}

std::string shown_name(const ChannelReport& channel) {
  return fmt::format("#{} {}", static_cast<std::int64_t>(channel.id),
                     base::shortened(base::printable(channel.name), 24));
}

// Collects the lines of one channel, most important first.
class Lines {
 public:
  Lines(const ChannelReport& channel, std::vector<Line>& lines)
      : channel_(channel),
        lines_(lines),
        would_(channel.result == ChannelResult::would_change) {}

  void collect() {
    add_result();
    add_names(channel_.removed,
              would_ ? say::what_would_remove : say::what_removed, Tone::bad);
    add_names(channel_.added, would_ ? say::what_would_add : say::what_added,
              Tone::good);
    add_status();
    add_held();
    add_dismissed();
  }

 private:
  void add(std::string model, Sentence what, Sentence why, Tone tone) {
    lines_.push_back({shown_name(channel_), std::move(model), std::move(what),
                      std::move(why), tone});
  }

  void add_result() {
    const base::Phrase* what = nullptr;
    switch (channel_.result) {
      case ChannelResult::held: what = &say::what_held; break;
      case ChannelResult::config_error: what = &say::what_config_error; break;
      case ChannelResult::unreachable: what = &say::what_unreachable; break;
      case ChannelResult::failed: what = &say::what_failed; break;
      case ChannelResult::cancelled: what = &say::what_cancelled; break;
      case ChannelResult::changed_meanwhile:
        what = &say::what_changed_meanwhile;
        break;
      default: return;
    }
    add("", *what, channel_.reason, Tone::careful);
  }

  void add_names(const std::vector<std::string>& names,
                 const base::Phrase& what, Tone tone) {
    const std::size_t shown = std::min(names.size(), most_models_named);
    for (std::size_t i = 0; i < shown; ++i) {
      add(names[i], what, why(model_named(channel_, names[i])), tone);
    }
    add_rest(names.size() - shown);
  }

  void add_rest(std::size_t rest) {
    if (rest > 0) add("", {say::and_more, rest}, {}, Tone::plain);
  }

  static Sentence why(const std::optional<ModelReport>& model) {
    if (!model) return {};
    if (model->outcome != Outcome::ok) return model->reason;
    if (model->times.first_token < 0) return {say::answers};
    return {say::answers_in, fmt::format("{:.0f}", model->times.first_token)};
  }

  void add_status() {
    if (!channel_.new_status) return;
    if (*channel_.new_status == enabled) {
      add("", would_ ? say::what_would_enable : say::what_enabled,
          {say::answers_again}, Tone::good);
    } else {
      add("", would_ ? say::what_would_disable : say::what_disabled,
          channel_.reason, Tone::bad);
    }
  }

  void add_held() {
    // Its own line says why all of it is kept.
    if (channel_.result == ChannelResult::unreachable) return;
    std::size_t shown = 0;
    std::size_t rest = 0;
    for (const ModelReport& model : channel_.models) {
      if (!model.listed || model.verdict != Verdict::hold ||
          model.outcome == Outcome::untestable ||
          model.outcome == Outcome::ok) {
        continue;
      }
      if (shown == most_models_named) {
        ++rest;
        continue;
      }
      ++shown;
      add(model.name, {say::what_kept, name_of(model.outcome)}, model.reason,
          Tone::careful);
    }
    add_rest(rest);
  }

  void add_dismissed() {
    const std::size_t shown =
        std::min(channel_.dismissed.size(), most_models_named);
    for (std::size_t i = 0; i < shown; ++i) {
      add(channel_.dismissed[i], say::what_dismissed, {say::taken_off},
          Tone::plain);
    }
    add_rest(channel_.dismissed.size() - shown);
  }

  const ChannelReport& channel_;
  std::vector<Line>& lines_;
  bool would_;
};

struct Cell {
  std::string text;
  std::size_t width;
};

Cell cell(const std::string& text, std::size_t most) {
  std::string shown = base::shortened(base::printable(text), most);
  const std::size_t columns = base::width(shown);
  return {std::move(shown), columns};
}

std::string padded(const Cell& cell, std::size_t columns) {
  return cell.text +
         std::string(columns > cell.width ? columns - cell.width : 0, ' ');
}

std::string laid_out(const std::vector<Line>& lines, Language language,
                     bool colored) {
  struct Row {
    Cell channel, model, what;
    std::string why;
    Tone tone;
  };
  std::vector<Row> rows;
  rows.push_back({cell(Sentence(say::heading_channel).in(language), 40),
                  cell(Sentence(say::heading_model).in(language), 40),
                  cell(Sentence(say::heading_what).in(language), 40),
                  Sentence(say::heading_why).in(language), Tone::plain});
  for (const Line& line : lines) {
    rows.push_back({cell(line.channel, widest_name),
                    cell(line.model, widest_name),
                    cell(line.what.in(language), widest_name),
                    base::printable(line.why.in(language)), line.tone});
  }
  std::size_t channel = 0;
  std::size_t model = 0;
  std::size_t what = 0;
  for (const Row& row : rows) {
    channel = std::max(channel, row.channel.width);
    model = std::max(model, row.model.width);
    what = std::max(what, row.what.width);
  }
  std::string text;
  for (const Row& row : rows) {
    const std::string_view color = colored ? color_of(row.tone) : "";
    text += fmt::format("{}  {}  {}{}{}  {}\n", padded(row.channel, channel),
                        padded(row.model, model), color, padded(row.what, what),
                        color.empty() ? "" : "\x1b[0m", row.why);
  }
  return text;
}

}  // namespace

base::Sentence summary_of(const Report& report) {
  const Totals totals = totals_of(report);
  const Sentence summary{
      say::summary,
      totals.channels,
      totals.models,
      totals.probes,
      fmt::format("{:.1f}", report.seconds),
      totals.outcomes.at(static_cast<std::size_t>(Outcome::ok)),
      totals.added,
      totals.removed,
      totals.held,
      totals.disabled,
      totals.enabled};
  Sentence line = summary;
  if (report.dry_run) {
    line = {say::dry_round, summary};
  } else if (report.id) {
    line = {say::round_of, *report.id, summary};
  }
  if (report.result == RoundResult::cancelled) {
    line = {say::round_cancelled, line};
  }
  return line;
}

std::string table_of(const Report& report, Language language, bool colored) {
  if (report.result == RoundResult::failed ||
      report.result == RoundResult::locked) {
    const Sentence line{say::round_failed, report.error};
    return base::printable(line.in(language)) + '\n';
  }
  std::vector<Line> lines;
  for (const GuardNote& note : report.guards) {
    lines.push_back(
        {note.channel
             ? fmt::format("#{}", static_cast<std::int64_t>(*note.channel))
             : std::string(),
         "",
         {say::what_guard, name_of(note.guard)},
         note.text,
         Tone::careful});
  }
  for (const ChannelReport& channel : report.channels) {
    Lines(channel, lines).collect();
  }
  std::string text;
  if (lines.empty()) {
    const bool any = totals_of(report).models > 0;
    text = Sentence(any ? say::nothing_to_tell : say::nothing_probed)
               .in(language) +
           '\n';
  } else {
    text = laid_out(lines, language, colored);
  }
  const Sentence seen = seen_after(report);
  if (!seen.empty()) text += seen.in(language) + '\n';
  return text + summary_of(report).in(language) + '\n';
}

}  // namespace core
