#include "state/memory_table.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "core/names.h"
#include "db/session.h"
#include "state/entries.h"
#include "state/words.h"

namespace state {

namespace {

// "openai:chat,openai:embedding"
std::string text_of(const std::set<core::Recipe>& proven) {
  std::vector<std::string> texts;
  texts.reserve(proven.size());
  for (const auto& [provider, kind] : proven) {
    texts.push_back(fmt::format("{}:{}", provider, core::name_of(kind)));
  }
  return core::comma_list(texts);
}

std::set<core::Recipe> recipes_in(std::string_view text) {
  std::set<core::Recipe> proven;
  for (const std::string_view recipe : base::split(text, ',')) {
    const std::size_t colon = recipe.rfind(':');
    if (colon == std::string_view::npos) continue;
    if (const auto kind = core::kind_named(recipe.substr(colon + 1))) {
      proven.emplace(recipe.substr(0, colon), *kind);
    }
  }
  return proven;
}

std::string text_of(const std::map<std::string, core::NameMemory>& names,
                    Words& words) {
  EntryWriter entries(words);
  const auto word = [&](const auto& known) {
    if (known) return entries.word(core::name_of(*known));
    entries.nothing();
  };
  for (const auto& [name, memory] : names) {
    entries.begin();
    entries.word(name);
    entries.number(memory.streak.failed);
    entries.number(memory.streak.answered);
    word(memory.outcome);
    word(memory.kind);
    entries.number(base::seconds_of(memory.judged));
    if (memory.removed) {
      entries.number(base::seconds_of(*memory.removed));
    } else {
      entries.nothing();
    }
    entries.word(core::name_of(memory.removed_for));
    entries.flag(memory.dismissed);
    if (memory.form.empty()) {
      entries.nothing();
    } else {
      entries.word(memory.form);
    }
  }
  return entries.take();
}

void take_name(Entry& entry, core::ChannelMemory& channel) {
  const std::string name(entry.word());
  core::NameMemory memory;
  const auto count = [&] {
    return static_cast<int>(entry.number().value_or(0));
  };
  memory.streak.failed = count();
  memory.streak.answered = count();
  memory.outcome = core::outcome_named(entry.word());
  memory.kind = core::kind_named(entry.word());
  memory.judged = base::wall_time(entry.number().value_or(0));
  if (const auto removed = entry.number()) {
    memory.removed = base::wall_time(*removed);
  }
  memory.removed_for =
      core::outcome_named(entry.word()).value_or(core::Outcome::ok);
  memory.dismissed = entry.flag();
  memory.form = entry.word();
  if (entry.was_whole()) channel.names[name] = std::move(memory);
}

core::ChannelMemory channel_in(const db::Row& row, Words& words) {
  core::ChannelMemory memory;
  memory.created_time = db::number_or_zero(row.at(1));
  memory.type = db::number_or_zero(row.at(2));
  memory.address_mark = db::text_of(row.at(3));
  memory.key_mark = db::text_of(row.at(4));
  memory.mapping_mark = db::text_of(row.at(5));
  memory.failed = static_cast<int>(db::number_or_zero(row.at(6)));
  memory.disabled_by_us = db::truth_of(row.at(7));
  memory.seen = db::truth_of(row.at(8));
  const std::string listed = db::text_of(row.at(9));
  if (!listed.empty()) memory.listed = core::raw_names_of(listed);
  memory.proven = recipes_in(db::text_of(row.at(10)));
  for_each_entry(db::text_of(row.at(11)), words,
                 [&](Entry& entry) { take_name(entry, memory); });
  return memory;
}

void write_channel(db::Session& session, Words& words, std::int64_t gateway,
                   std::int64_t channel, const core::ChannelMemory& memory) {
  session.execute(
      "INSERT OR REPLACE INTO channels (gateway, channel, created_time, type,"
      " address_mark, key_mark, mapping_mark, failed, disabled_by_us, seen,"
      " listed, proven, names) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {gateway, channel, memory.created_time, memory.type, memory.address_mark,
       memory.key_mark, memory.mapping_mark, std::int64_t{memory.failed},
       memory.disabled_by_us, memory.seen, core::comma_list(memory.listed),
       text_of(memory.proven), text_of(memory.names, words)});
}

void write_keys(db::Session& session, Words& words, std::int64_t gateway,
                std::int64_t channel, const core::ChannelMemory& memory) {
  session.execute("DELETE FROM channel_keys WHERE gateway = ? AND channel = ?",
                  {gateway, channel});
  for (const auto& [index, key] : memory.keys) {
    session.execute(
        "INSERT INTO channel_keys (gateway, channel, key_index, outcome,"
        " judged) VALUES (?, ?, ?, ?, ?)",
        {gateway, channel, static_cast<std::int64_t>(index),
         words.number_of(core::name_of(key.outcome)),
         base::seconds_of(key.judged)});
  }
}

void read_keys(db::Session& session, Words& words, std::int64_t gateway,
               core::Memory& memory) {
  for (const db::Row& row :
       session.query("SELECT channel, key_index, outcome, judged"
                     " FROM channel_keys WHERE gateway = ?",
                     {gateway})) {
    const auto channel =
        memory.find(core::ChannelId{db::number_or_zero(row.at(0))});
    const auto outcome =
        core::outcome_named(words.word_of(db::number_or_zero(row.at(2))));
    if (channel == memory.end() || !outcome) continue;
    channel->second
        .keys[static_cast<std::size_t>(db::number_or_zero(row.at(1)))] = {
        *outcome, base::wall_time(db::number_or_zero(row.at(3)))};
  }
}

}  // namespace

core::Memory read_memory(db::Session& session, Words& words,
                         std::int64_t gateway) {
  core::Memory memory;
  for (const db::Row& row : session.query(
           "SELECT channel, created_time, type, address_mark, key_mark,"
           " mapping_mark, failed, disabled_by_us, seen, listed, proven, names"
           " FROM channels WHERE gateway = ?",
           {gateway})) {
    memory[core::ChannelId{db::number_or_zero(row.at(0))}] =
        channel_in(row, words);
  }
  read_keys(session, words, gateway, memory);
  return memory;
}

void write_memory(db::Session& session, Words& words, std::int64_t gateway,
                  const core::Memory& memory) {
  for (const auto& [id, channel_memory] : memory) {
    const auto channel = static_cast<std::int64_t>(id);
    write_channel(session, words, gateway, channel, channel_memory);
    write_keys(session, words, gateway, channel, channel_memory);
  }
}

void forget_channel(db::Session& session, std::int64_t gateway,
                    std::int64_t channel) {
  session.execute("DELETE FROM channels WHERE gateway = ? AND channel = ?",
                  {gateway, channel});
  session.execute("DELETE FROM channel_keys WHERE gateway = ? AND channel = ?",
                  {gateway, channel});
}

}  // namespace state
