#include "monitor/settle.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "base/messages_monitor.h"
#include "core/names.h"

namespace monitor {

namespace {

namespace say = base::say;
using Names = std::vector<std::string>;

// The names of `these` that are not in `those`.
Names without(const Names& these, const Names& those) {
  const std::unordered_set<std::string> left_out(those.begin(), those.end());
  Names rest;
  std::copy_if(these.begin(), these.end(), std::back_inserter(rest),
               [&](const auto& name) { return !left_out.contains(name); });
  return rest;
}

state::Settled what_became_of(const state::Intent& intent,
                              const std::vector<core::Channel>& found) {
  if (found.empty() || found.front().created_time != intent.created_time) {
    return state::Settled::strange;
  }
  const core::Channel& row = found.front();
  if (row.models == intent.models_after && row.status == intent.status_after) {
    return state::Settled::written;
  }
  if (row.models == intent.models_before &&
      row.status == intent.status_before) {
    return state::Settled::dropped;
  }
  // The list decides: the status is changed by many hands.
  if (intent.models_before != intent.models_after) {
    if (row.models == intent.models_after) return state::Settled::written;
    if (row.models == intent.models_before) return state::Settled::dropped;
  }
  return state::Settled::strange;
}

void remember(core::ChannelMemory& memory, const state::JournalEntry& entry) {
  const Names before = core::names_of(entry.intent.models_before);
  const Names after = core::names_of(entry.intent.models_after);
  memory.created_time = entry.intent.created_time;
  memory.type = entry.intent.type;
  memory.address_mark = entry.intent.marks.address;
  memory.key_mark = entry.intent.marks.key;
  memory.mapping_mark = entry.intent.marks.mapping;
  memory.seen = true;
  memory.listed = before;
  std::optional<std::int64_t> status;
  if (entry.intent.status_before != entry.intent.status_after) {
    status = entry.intent.status_after;
  }
  core::remember_change(memory, without(before, after), without(after, before),
                        status, entry.at);
}

}  // namespace

void settle_open_intents(const RoundPolicy& /*policy*/, const Tools& tools) {
  const auto open = tools.state.open_intents(tools.gateway);
  if (open.empty()) return;
  const core::Memory known = tools.state.memory(tools.gateway);
  core::Memory learnt;
  std::vector<state::Settlement> settlements;
  for (const state::JournalEntry& entry : open) {
    const auto found = tools.store.look(entry.intent.channel);
    const state::Settled settled = what_became_of(entry.intent, found);
    settlements.push_back({.id = entry.id,
                           .settled = settled,
                           .status_before = entry.intent.status_before,
                           .status_after = entry.intent.status_after});
    const auto id = static_cast<std::int64_t>(entry.intent.channel);
    if (settled == state::Settled::written) {
      const auto before = known.find(entry.intent.channel);
      auto& memory = learnt[entry.intent.channel];
      if (before != known.end()) memory = before->second;
      remember(memory, entry);
      tools.log.info({say::settled_written, id, entry.intent.name});
    } else if (settled == state::Settled::strange) {
      tools.log.warning({say::settled_strange, id, entry.intent.name});
    }
  }
  tools.state.settle(tools.gateway, settlements, learnt);
}

}  // namespace monitor
