#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/messages_app.h"
#include "base/messages_journal.h"
#include "base/text.h"
#include "changes.h"
#include "commands.h"
#include "output.h"
#include "signals.h"
#include "wiring.h"

namespace {

namespace say = base::say;
using base::Sentence;
using state::JournalEntry;
using state::Settled;

constexpr std::int64_t usual_number = 50;

Sentence heading_of(const JournalEntry& entry) {
  const auto round = static_cast<std::int64_t>(entry.round);
  switch (entry.kind) {
    case state::RoundKind::round: return {say::history_round, round};
    case state::RoundKind::undo: return {say::history_undo, round};
    case state::RoundKind::repair: break;
  }
  return {say::history_repair, round};
}

// What became of it; empty where it was written and is in effect.
Sentence fate_of(const JournalEntry& entry) {
  switch (entry.settled) {
    case Settled::open: return {say::history_open};
    case Settled::dropped: return {say::history_dropped};
    case Settled::strange: return {say::history_strange};
    case Settled::written: break;
  }
  if (!entry.undone_by) return {};
  return {say::history_undone, static_cast<std::int64_t>(*entry.undone_by)};
}

// Changes of one round, from `begin` to `end`.
std::string section(const JournalEntry* begin, const JournalEntry* end,
                    const Options& options, base::Language language) {
  std::string text = fmt::format("{}  {}\n", heading_of(*begin).in(language),
                                 base::rfc3339(begin->at));
  bool any = false;
  for (const JournalEntry* entry = begin; entry != end; ++entry) {
    text += described(*entry, language, options.verbose);
    const Sentence fate = fate_of(*entry);
    if (!fate.empty()) text += fmt::format("      => {}\n", fate.in(language));
    any = any || fate.empty();
  }
  if (any) {
    text += fmt::format("  {}\n", Sentence{say::history_bring_back,
                                           undo_command(options, begin->round)}
                                      .in(language));
  }
  return text;
}

std::string table(const std::vector<JournalEntry>& entries,
                  const Options& options, base::Language language) {
  std::string text;
  const JournalEntry* const end = entries.data() + entries.size();
  for (const JournalEntry* entry = entries.data(); entry != end;) {
    const JournalEntry* const next =
        std::find_if(entry, end, [entry](const JournalEntry& other) {
          return other.round != entry->round;
        });
    if (!text.empty()) text += '\n';
    text += section(entry, next, options, language);
    entry = next;
  }
  return text;
}

std::string json(const std::vector<JournalEntry>& entries, bool has_more) {
  base::json::Writer writer;
  writer.begin_object()
      .member("schema", 1)
      .member("has_more", has_more)
      .key("changes")
      .begin_array();
  for (const JournalEntry& entry : entries) {
    writer.begin_object();
    write_members(writer, entry);
    writer.end_object();
  }
  return writer.end_array().end_object().take() + '\n';
}

// Newest first; of several channels those of each.
std::vector<JournalEntry> entries_of(
    state::State& state, state::GatewayId gateway, state::JournalQuery query,
    const std::vector<std::int64_t>& channels) {
  if (channels.empty()) return state.journal(gateway, query);
  std::vector<JournalEntry> all;
  for (const std::int64_t channel : channels) {
    query.channel = core::ChannelId{channel};
    const auto some = state.journal(gateway, query);
    all.insert(all.end(), some.begin(), some.end());
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.id > b.id; });
  return all;
}

}  // namespace

int run_history(const Options& options) {
  const auto read = load(options);
  if (const auto* refused = std::get_if<Refused>(&read)) {
    return complain_all(*refused);
  }
  const Loaded& loaded = std::get<Loaded>(read);
  state::JournalQuery query;
  if (options.round) query.round = state::RoundId{*options.round};
  if (!options.since.empty()) {
    query.since = base::rfc3339(options.since);
    if (!query.since) {
      complain(loaded.language, {say::bad_time, options.since});
      return wrong_usage;
    }
  }
  const bool is_narrow = query.round || query.since;
  std::int64_t most = is_narrow ? query.most : usual_number;
  if (options.last) most = *options.last;
  query.most = most + 1;
  const StopSignals signals(interrupted);
  const auto state = open_state_of(loaded, true, signals.flag());
  auto entries = entries_of(*state, state->gateway(identity_of(loaded.config)),
                            query, options.channels);
  const bool has_more = static_cast<std::int64_t>(entries.size()) > most;
  if (has_more) entries.resize(static_cast<std::size_t>(most));
  if (options.json) {
    print(json(entries, has_more));
    return all_well;
  }
  if (entries.empty()) {
    const bool is_all = !is_narrow && options.channels.empty();
    print(Sentence(is_all ? say::history_empty : say::history_none)
              .in(loaded.language) +
          '\n');
    return all_well;
  }
  print(table(entries, options, loaded.language));
  if (has_more) {
    print('\n' + Sentence{say::history_more, most * 4}.in(loaded.language) +
          '\n');
  }
  return all_well;
}
