#include "monitor/settle.h"

#include <utility>

#include "base/messages_monitor.h"

namespace monitor {

namespace {

namespace say = base::say;
using state::Settled;

core::AbilityEdits reversed(core::AbilityEdits edits) {
  for (core::AbilityEdit& edit : edits.rows)
    std::swap(edit.before, edit.after);
  return edits;
}

// Where only abilities were to be written, those decide.
Settled by_abilities(const state::Intent& intent, const core::Channel& row,
                     const std::vector<core::Ability>& present) {
  const auto& edits = intent.details.abilities;
  if (!edits) return Settled::strange;
  if (core::taken_back(*edits, present, row)) return Settled::written;
  return core::taken_back(reversed(*edits), present, row) ? Settled::dropped
                                                          : Settled::strange;
}

}  // namespace

Settled what_became_of(const state::Intent& intent,
                       const std::vector<core::Channel>& found,
                       const std::vector<core::Ability>& abilities) {
  if (intent.vanished) {
    return found.empty() ? by_abilities(intent, {}, abilities)
                         : Settled::strange;
  }
  if (found.empty() || found.front().created_time != intent.created_time) {
    return Settled::strange;
  }
  const core::Channel& row = found.front();
  const bool has_other_list = intent.models_before != intent.models_after;
  if (!has_other_list && intent.status_before == intent.status_after) {
    return by_abilities(intent, row, abilities);
  }
  if (row.models == intent.models_after && row.status == intent.status_after) {
    return Settled::written;
  }
  if (row.models == intent.models_before &&
      row.status == intent.status_before) {
    return Settled::dropped;
  }
  // The list decides: the status is changed by many hands.
  if (has_other_list && row.models == intent.models_after) {
    return Settled::written;
  }
  if (has_other_list && row.models == intent.models_before) {
    return Settled::dropped;
  }
  return Settled::strange;
}

bool settle_open_intents(const JournalTools& tools) {
  const auto open = tools.state.open_intents(tools.gateway);
  if (open.empty()) return false;
  bool any_written = false;
  const core::Memory known = tools.state.memory(tools.gateway);
  core::Memory learnt;
  std::vector<state::Settlement> settlements;
  for (const state::JournalEntry& entry : open) {
    const auto found = tools.store.look(entry.intent.channel);
    const Settled settled = what_became_of(
        entry.intent, found, tools.store.abilities(entry.intent.channel));
    settlements.push_back({.id = entry.id,
                           .settled = settled,
                           .status_before = entry.intent.status_before,
                           .status_after = entry.intent.status_after});
    const auto id = static_cast<std::int64_t>(entry.intent.channel);
    if (settled == Settled::written) {
      any_written = true;
      if (is_remembered(entry.intent)) {
        const auto before = known.find(entry.intent.channel);
        const auto [memory, is_new] = learnt.emplace(
            entry.intent.channel,
            before == known.end() ? core::ChannelMemory() : before->second);
        remember(memory->second, entry);
      }
      tools.log.info({say::settled_written, id, entry.intent.name});
    } else if (settled == Settled::strange) {
      tools.log.warning({say::settled_strange, id, entry.intent.name});
    }
  }
  tools.state.settle(tools.gateway, settlements, learnt);
  return any_written;
}

}  // namespace monitor
