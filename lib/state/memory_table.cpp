#include "state/memory_table.h"

#include <fmt/format.h>

#include "base/text.h"
#include "core/names.h"
#include "db/session.h"
#include "state/words.h"

namespace state {

namespace {

std::int64_t number(const db::Value& value) {
  return db::number_of(value).value_or(0);
}

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

core::ChannelMemory channel_in(const db::Row& row) {
  core::ChannelMemory memory;
  memory.created_time = number(row.at(1));
  memory.type = number(row.at(2));
  memory.address_mark = db::text_of(row.at(3));
  memory.key_mark = db::text_of(row.at(4));
  memory.mapping_mark = db::text_of(row.at(5));
  memory.failed = static_cast<int>(number(row.at(6)));
  memory.disabled_by_us = db::truth_of(row.at(7));
  memory.seen = db::truth_of(row.at(8));
  const std::string listed = db::text_of(row.at(9));
  if (!listed.empty()) memory.listed = core::raw_names_of(listed);
  memory.proven = recipes_in(db::text_of(row.at(10)));
  return memory;
}

core::NameMemory name_in(const db::Row& row, Words& words) {
  const auto outcome = [&](const db::Value& value) {
    return core::outcome_named(words.word_of(number(value)));
  };
  core::NameMemory memory;
  memory.streak = {.failed = static_cast<int>(number(row.at(2))),
                   .answered = static_cast<int>(number(row.at(3)))};
  memory.outcome = outcome(row.at(4));
  memory.kind = core::kind_named(words.word_of(number(row.at(5))));
  memory.judged = base::wall_time(number(row.at(6)));
  if (!db::is_null(row.at(7))) {
    memory.removed = base::wall_time(number(row.at(7)));
  }
  memory.removed_for = outcome(row.at(8)).value_or(core::Outcome::ok);
  memory.dismissed = db::truth_of(row.at(9));
  if (!db::is_null(row.at(10))) {
    memory.form = words.word_of(number(row.at(10)));
  }
  return memory;
}

void write_channel(db::Session& session, std::int64_t gateway,
                   std::int64_t channel, const core::ChannelMemory& memory) {
  session.execute(
      "INSERT OR REPLACE INTO channels (gateway, channel, created_time, type,"
      " address_mark, key_mark, mapping_mark, failed, disabled_by_us, seen,"
      " listed, proven) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {gateway, channel, memory.created_time, memory.type, memory.address_mark,
       memory.key_mark, memory.mapping_mark, std::int64_t{memory.failed},
       memory.disabled_by_us, memory.seen, core::comma_list(memory.listed),
       text_of(memory.proven)});
}

// `row` begins with gateway and channel, and is used for every name.
void write_name(db::Session& session, Words& words, db::Arguments& row,
                const std::string& name, const core::NameMemory& memory) {
  row[2] = words.number_of(name);
  row[3] = std::int64_t{memory.streak.failed};
  row[4] = std::int64_t{memory.streak.answered};
  row[5] = nullptr;
  if (memory.outcome) row[5] = words.number_of(core::name_of(*memory.outcome));
  row[6] = nullptr;
  if (memory.kind) row[6] = words.number_of(core::name_of(*memory.kind));
  row[7] = base::seconds_of(memory.judged);
  row[8] = nullptr;
  if (memory.removed) row[8] = base::seconds_of(*memory.removed);
  row[9] = words.number_of(core::name_of(memory.removed_for));
  row[10] = memory.dismissed;
  row[11] = nullptr;
  if (!memory.form.empty()) row[11] = words.number_of(memory.form);
  session.execute(
      "INSERT INTO channel_names (gateway, channel, name, failed, answered,"
      " outcome, kind, judged, removed, removed_for, dismissed, form)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row);
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
    const auto channel = memory.find(core::ChannelId{number(row.at(0))});
    const auto outcome = core::outcome_named(words.word_of(number(row.at(2))));
    if (channel == memory.end() || !outcome) continue;
    channel->second.keys[static_cast<std::size_t>(number(row.at(1)))] = {
        *outcome, base::wall_time(number(row.at(3)))};
  }
}

}  // namespace

core::Memory read_memory(db::Session& session, Words& words,
                         std::int64_t gateway) {
  core::Memory memory;
  for (const db::Row& row : session.query(
           "SELECT channel, created_time, type, address_mark, key_mark,"
           " mapping_mark, failed, disabled_by_us, seen, listed, proven"
           " FROM channels WHERE gateway = ?",
           {gateway})) {
    memory[core::ChannelId{number(row.at(0))}] = channel_in(row);
  }
  for (const db::Row& row : session.query(
           "SELECT channel, name, failed, answered, outcome, kind, judged,"
           " removed, removed_for, dismissed, form FROM channel_names"
           " WHERE gateway = ?",
           {gateway})) {
    const auto channel = memory.find(core::ChannelId{number(row.at(0))});
    if (channel == memory.end()) continue;
    const std::string name(words.word_of(number(row.at(1))));
    channel->second.names[name] = name_in(row, words);
  }
  read_keys(session, words, gateway, memory);
  return memory;
}

void write_memory(db::Session& session, Words& words, std::int64_t gateway,
                  const core::Memory& memory) {
  constexpr std::size_t columns = 12;
  for (const auto& [id, channel_memory] : memory) {
    const auto channel = static_cast<std::int64_t>(id);
    write_channel(session, gateway, channel, channel_memory);
    session.execute(
        "DELETE FROM channel_names WHERE gateway = ? AND channel = ?",
        {gateway, channel});
    db::Arguments row(columns);
    row[0] = gateway;
    row[1] = channel;
    for (const auto& [name, name_memory] : channel_memory.names) {
      write_name(session, words, row, name, name_memory);
    }
    write_keys(session, words, gateway, channel, channel_memory);
  }
}

void forget_channel(db::Session& session, std::int64_t gateway,
                    std::int64_t channel) {
  session.execute("DELETE FROM channels WHERE gateway = ? AND channel = ?",
                  {gateway, channel});
  session.execute("DELETE FROM channel_names WHERE gateway = ? AND channel = ?",
                  {gateway, channel});
  session.execute("DELETE FROM channel_keys WHERE gateway = ? AND channel = ?",
                  {gateway, channel});
}

}  // namespace state
