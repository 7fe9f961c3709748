#include "core/memory.h"

#include <unordered_set>
#include <utility>

#include "core/names.h"

namespace core {

namespace {

using Names = std::unordered_set<std::string>;

// Another upstream: what was learnt of the old one proves nothing.
void begin_anew(ChannelMemory& memory) {
  std::map<std::string, NameMemory> names;
  for (const auto& [name, known] : memory.names) {
    if (known.dismissed) names[name].dismissed = true;
  }
  memory.names = std::move(names);
  memory.proven.clear();
  memory.keys.clear();
  memory.failed = 0;
}

void note_what_the_administrator_did(ChannelMemory& memory,
                                     const Names& listed) {
  for (const std::string& name : memory.listed) {
    if (listed.contains(name)) continue;
    NameMemory& known = memory.names[name];
    if (!known.removed) known.dismissed = true;
  }
  for (auto& [name, known] : memory.names) {
    if (!listed.contains(name)) continue;
    known.removed.reset();
    known.dismissed = false;
  }
}

void forget_the_old(ChannelMemory& memory, const Names& listed,
                    base::WallTime now, std::chrono::seconds after) {
  for (auto& [name, known] : memory.names) {
    if (known.removed && now - *known.removed >= after) known.removed.reset();
  }
  std::erase_if(memory.names, [&](const auto& entry) {
    const NameMemory& known = entry.second;
    return !known.removed && !known.dismissed &&
           !listed.contains(entry.first) && now - known.judged >= after;
  });
}

}  // namespace

ChannelMemory recalled(ChannelMemory memory, const Channel& channel,
                       const Marks& marks, base::WallTime now,
                       const MemoryPolicy& policy) {
  if (memory.created_time != channel.created_time) {
    memory = {};
  } else if (memory.type != channel.type ||
             memory.address_mark != marks.address) {
    begin_anew(memory);
  }
  if (memory.key_mark != marks.key) memory.keys.clear();
  const std::vector<std::string> names = names_of(channel.models);
  const Names listed(names.begin(), names.end());
  note_what_the_administrator_did(memory, listed);
  forget_the_old(memory, listed, now, policy.forget_after);
  if (channel.status != disabled_automatically) memory.disabled_by_us = false;
  memory.created_time = channel.created_time;
  memory.type = channel.type;
  memory.address_mark = marks.address;
  memory.key_mark = marks.key;
  memory.mapping_mark = marks.mapping;
  return memory;
}

bool is_outdated(const ChannelMemory& memory, const Channel& channel,
                 const Marks& marks) {
  return !memory.seen || memory.created_time != channel.created_time ||
         memory.type != channel.type || memory.address_mark != marks.address ||
         memory.key_mark != marks.key || memory.mapping_mark != marks.mapping;
}

void remember_change(ChannelMemory& memory,
                     const std::vector<std::string>& removed,
                     const std::vector<std::string>& added,
                     std::optional<std::int64_t> new_status,
                     base::WallTime now) {
  for (const std::string& name : removed) {
    NameMemory& known = memory.names[name];
    known.removed = now;
    known.removed_for = known.outcome.value_or(Outcome::ok);
  }
  const Names gone(removed.begin(), removed.end());
  std::erase_if(memory.listed,
                [&](const std::string& name) { return gone.contains(name); });
  for (const std::string& name : added) {
    NameMemory& known = memory.names[name];
    known.removed.reset();
    known.dismissed = false;
    memory.listed.push_back(name);
  }
  if (new_status) {
    memory.disabled_by_us = *new_status == disabled_automatically;
  }
}

void remember_undo(ChannelMemory& memory, const std::vector<std::string>& from,
                   const std::vector<std::string>& to,
                   std::optional<std::int64_t> new_status) {
  const Names before(from.begin(), from.end());
  const Names after(to.begin(), to.end());
  for (const std::string& name : from) {
    if (after.contains(name)) continue;
    NameMemory& known = memory.names[name];
    known.removed.reset();
    known.dismissed = true;
  }
  for (const std::string& name : to) {
    const auto known = memory.names.find(name);
    if (before.contains(name) || known == memory.names.end()) continue;
    known->second.removed.reset();
    known->second.dismissed = false;
    known->second.streak = {};
  }
  memory.listed = to;
  if (!new_status) return;
  memory.disabled_by_us = *new_status == disabled_automatically;
  memory.failed = 0;
}

}  // namespace core
