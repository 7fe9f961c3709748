#include "core/memory.h"

#include <unordered_set>
#include <utility>

#include "base/pack.h"
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

enum Flag : std::uint8_t {
  has_outcome = 1U << 0U,
  has_kind = 1U << 1U,
  was_removed = 1U << 2U,
  is_dismissed = 1U << 3U,
};

void pack(base::Packer& packer, const NameMemory& known) {
  packer.number(base::flag_if(known.outcome.has_value(), has_outcome) |
                base::flag_if(known.kind.has_value(), has_kind) |
                base::flag_if(known.removed.has_value(), was_removed) |
                base::flag_if(known.dismissed, is_dismissed));
  packer.number(known.streak.failed);
  packer.number(known.streak.answered);
  if (known.outcome) {
    packer.number(static_cast<std::int64_t>(*known.outcome));
  }
  if (known.kind) packer.number(static_cast<std::int64_t>(*known.kind));
  packer.text(known.form);
  packer.number(known.judged.time_since_epoch().count());
  if (known.removed) packer.number(known.removed->time_since_epoch().count());
  packer.number(static_cast<std::int64_t>(known.removed_for));
}

base::WallTime take_time(base::Unpacker& unpacker) {
  return base::WallTime(base::WallTime::duration(unpacker.number()));
}

NameMemory take_name(base::Unpacker& unpacker) {
  NameMemory known;
  const std::int64_t flags = unpacker.number();
  known.streak.failed = static_cast<int>(unpacker.number());
  known.streak.answered = static_cast<int>(unpacker.number());
  if ((flags & has_outcome) != 0) {
    known.outcome = static_cast<Outcome>(unpacker.number());
  }
  if ((flags & has_kind) != 0) {
    known.kind = static_cast<Kind>(unpacker.number());
  }
  known.form = unpacker.text();
  known.judged = take_time(unpacker);
  if ((flags & was_removed) != 0) known.removed = take_time(unpacker);
  known.removed_for = static_cast<Outcome>(unpacker.number());
  known.dismissed = (flags & is_dismissed) != 0;
  return known;
}

}  // namespace

std::string packed(const ChannelMemory& memory) {
  base::Packer packer;
  packer.number(memory.created_time);
  packer.number(memory.type);
  packer.text(memory.address_mark);
  packer.text(memory.key_mark);
  packer.text(memory.mapping_mark);
  packer.number(memory.failed);
  packer.number(memory.disabled_by_us ? 1 : 0);
  packer.number(memory.seen ? 1 : 0);
  packer.count(memory.listed.size());
  for (const std::string& name : memory.listed)
    packer.text(name);
  packer.count(memory.names.size());
  for (const auto& [name, known] : memory.names) {
    packer.text(name);
    pack(packer, known);
  }
  packer.count(memory.proven.size());
  for (const auto& [provider, kind] : memory.proven) {
    packer.text(provider);
    packer.number(static_cast<std::int64_t>(kind));
  }
  packer.count(memory.keys.size());
  for (const auto& [index, key] : memory.keys) {
    packer.count(index);
    packer.number(static_cast<std::int64_t>(key.outcome));
    packer.number(key.judged.time_since_epoch().count());
  }
  return packer.bytes();
}

ChannelMemory unpacked_memory(std::string_view bytes) {
  ChannelMemory memory;
  if (bytes.empty()) return memory;
  base::Unpacker unpacker(bytes);
  memory.created_time = unpacker.number();
  memory.type = unpacker.number();
  memory.address_mark = unpacker.text();
  memory.key_mark = unpacker.text();
  memory.mapping_mark = unpacker.text();
  memory.failed = static_cast<int>(unpacker.number());
  memory.disabled_by_us = unpacker.number() != 0;
  memory.seen = unpacker.number() != 0;
  memory.listed.resize(unpacker.count());
  for (std::string& name : memory.listed)
    name = unpacker.text();
  for (std::size_t left = unpacker.count(); left > 0; --left) {
    const std::string_view name = unpacker.text();
    memory.names.emplace_hint(memory.names.end(), name, take_name(unpacker));
  }
  for (std::size_t left = unpacker.count(); left > 0; --left) {
    const std::string_view provider = unpacker.text();
    memory.proven.emplace(provider, static_cast<Kind>(unpacker.number()));
  }
  for (std::size_t left = unpacker.count(); left > 0; --left) {
    const std::size_t index = unpacker.count();
    const auto outcome = static_cast<Outcome>(unpacker.number());
    memory.keys[index] = {outcome, take_time(unpacker)};
  }
  return memory;
}

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
