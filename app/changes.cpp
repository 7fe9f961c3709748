#include "changes.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "base/messages_app.h"
#include "base/messages_journal.h"
#include "base/text.h"
#include "core/names.h"

namespace {

namespace say = base::say;
using base::Sentence;
using Names = std::vector<std::string>;

// The names of `these` that are not in `those`.
Names without(const Names& these, const Names& those) {
  const std::unordered_set<std::string> left_out(those.begin(), those.end());
  Names rest;
  std::copy_if(these.begin(), these.end(), std::back_inserter(rest),
               [&](const auto& name) { return !left_out.contains(name); });
  return rest;
}

struct ListChange {
  Names added;
  Names removed;
};

ListChange list_change(const state::Intent& intent) {
  const Names before = core::names_of(intent.models_before);
  const Names after = core::names_of(intent.models_after);
  const auto shown = [&intent](Names names) {
    for (std::string& name : names)
      name = core::shown(intent.shown_names, name);
    return names;
  };
  return {shown(without(after, before)), shown(without(before, after))};
}

// `list`, with no secret in a name of it.
std::string shown_list(const state::Intent& intent, const std::string& list) {
  if (intent.shown_names.empty()) return list;
  Names items;
  for (const std::string_view item : base::split(list, ',')) {
    const auto other =
        intent.shown_names.find(std::string(base::trimmed(item)));
    items.emplace_back(other == intent.shown_names.end() ? item
                                                         : other->second);
  }
  return core::comma_list(items);
}

Sentence status_of(std::int64_t status) {
  if (status == core::enabled) return say::status_enabled;
  if (status == core::disabled_by_hand) return say::status_by_hand;
  if (status == core::disabled_automatically) return say::status_automatic;
  return {say::itself, status};
}

// "a, b, c +12"
Sentence list_of(Names names, bool whole) {
  constexpr std::size_t most = 6;
  const std::size_t all = names.size();
  if (whole || all <= most + 1) {
    return {say::itself, base::joined(names, ", ")};
  }
  names.resize(most);
  return {say::itself,
          fmt::format("{} +{}", base::joined(names, ", "), all - most)};
}

struct RowCounts {
  std::size_t added = 0;
  std::size_t removed = 0;
  std::size_t corrected = 0;
};

RowCounts counts_of(const core::AbilityEdits& edits) {
  RowCounts counts;
  for (const core::AbilityEdit& edit : edits.rows) {
    if (!edit.before) {
      ++counts.added;
    } else if (!edit.after) {
      ++counts.removed;
    } else {
      ++counts.corrected;
    }
  }
  return counts;
}

std::string_view name_of(state::Settled settled) {
  switch (settled) {
    case state::Settled::open: return "open";
    case state::Settled::written: return "written";
    case state::Settled::dropped: return "dropped";
    case state::Settled::strange: break;
  }
  return "strange";
}

}  // namespace

std::string line_of(const base::Phrase& what, const Sentence& text,
                    base::Language language) {
  constexpr std::size_t column = 10;
  const std::string word = Sentence(what).in(language);
  const std::size_t columns = base::width(word);
  return fmt::format("      {}{}{}\n", word,
                     std::string(columns < column ? column - columns : 1, ' '),
                     base::printable(text.in(language)));
}

Sentence described(const core::AbilityEdits& edits) {
  const RowCounts counts = counts_of(edits);
  return {say::rows_changed, counts.added, counts.removed, counts.corrected};
}

std::string shown_channel(core::ChannelId id, const std::string& name,
                          bool vanished, base::Language language) {
  return fmt::format("#{} {}", static_cast<std::int64_t>(id),
                     vanished ? Sentence(say::no_such_channel_left).in(language)
                              : base::printable(name));
}

std::string described(const state::JournalEntry& entry, base::Language language,
                      bool whole) {
  const state::Intent& intent = entry.intent;
  std::string text = fmt::format(
      "  {}\n",
      shown_channel(intent.channel, intent.name, intent.vanished, language));
  const auto [added, removed] = list_change(intent);
  if (!removed.empty()) {
    text += line_of(say::line_removed, list_of(removed, whole), language);
  }
  if (!added.empty()) {
    text += line_of(say::line_added, list_of(added, whole), language);
  }
  if (added.empty() && removed.empty() &&
      intent.models_before != intent.models_after) {
    text += line_of(say::line_list, {say::list_tidied}, language);
  }
  if (intent.status_before != intent.status_after) {
    text += line_of(say::line_status,
                    {say::from_to, status_of(intent.status_before),
                     status_of(intent.status_after)},
                    language);
  }
  const auto& abilities = intent.details.abilities;
  const bool is_all = intent.models_before == intent.models_after &&
                      intent.status_before == intent.status_after;
  if (is_all && abilities) {
    text += line_of(say::line_abilities, described(*abilities), language);
  }
  if (!intent.reason.empty()) {
    text += line_of(say::line_why, {say::itself, intent.reason}, language);
  }
  return text;
}

std::string undo_command(const Options& options, state::RoundId round) {
  return fmt::format("channel-monitor undo {}{}",
                     static_cast<std::int64_t>(round), config_again(options));
}

std::string_view name_of(state::RoundKind kind) {
  switch (kind) {
    case state::RoundKind::round: return "round";
    case state::RoundKind::undo: return "undo";
    case state::RoundKind::repair: break;
  }
  return "repair";
}

void write_member(base::json::Writer& writer, const core::AbilityEdits& edits) {
  const RowCounts counts = counts_of(edits);
  writer.key("abilities")
      .begin_object()
      .member("added", counts.added)
      .member("removed", counts.removed)
      .member("corrected", counts.corrected)
      .end_object();
}

void write_members(base::json::Writer& writer,
                   const state::JournalEntry& entry) {
  const state::Intent& intent = entry.intent;
  const auto [added, removed] = list_change(intent);
  const auto list = [&writer](std::string_view name, const Names& names) {
    writer.key(name).begin_array();
    for (const std::string& one : names)
      writer.value(one);
    writer.end_array();
  };
  writer.member("round", static_cast<std::int64_t>(entry.round))
      .member("kind", name_of(entry.kind))
      .member("at", base::rfc3339(entry.at))
      .member("channel", static_cast<std::int64_t>(intent.channel))
      .member("name", intent.name)
      .member("vanished", intent.vanished)
      .member("models_before", shown_list(intent, intent.models_before))
      .member("models_after", shown_list(intent, intent.models_after));
  list("added", added);
  list("removed", removed);
  writer.member("status_before", intent.status_before)
      .member("status_after", intent.status_after)
      .member("reason", intent.reason)
      .member("written", name_of(entry.settled));
  if (intent.details.abilities) {
    write_member(writer, *intent.details.abilities);
  }
  if (entry.undone_by) {
    writer.member("undone_by", static_cast<std::int64_t>(*entry.undone_by));
  }
}
