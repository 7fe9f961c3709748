#include "state/memory_table.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

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

// The parts of what is written of one name, in their order.
enum Part : std::uint8_t {
  name_part,
  failed,
  answered,
  outcome_part,
  kind,
  judged,
  removed,
  removed_for,
  dismissed,
  form,
  parts,
};

constexpr char unknown = '-';
constexpr char is_dismissed = 'd';

void put(std::string& text, std::int64_t part) {
  const fmt::format_int digits(part);
  text.append(digits.data(), digits.size());
  text += ' ';
}

void put_unknown(std::string& text) {
  text += unknown;
  text += ' ';
}

void put(std::string& text, Words& words, const std::string& name,
         const core::NameMemory& memory) {
  const auto put_word = [&](bool is_known, std::string_view word) {
    if (!is_known) return put_unknown(text);
    put(text, words.number_of(word));
  };
  if (!text.empty()) text += ';';
  put_word(true, name);
  put(text, memory.streak.failed);
  put(text, memory.streak.answered);
  put_word(memory.outcome.has_value(),
           core::name_of(memory.outcome.value_or(core::Outcome{})));
  put_word(memory.kind.has_value(),
           core::name_of(memory.kind.value_or(core::Kind{})));
  put(text, base::seconds_of(memory.judged));
  if (memory.removed) {
    put(text, base::seconds_of(*memory.removed));
  } else {
    put_unknown(text);
  }
  put_word(true, core::name_of(memory.removed_for));
  text += memory.dismissed ? is_dismissed : unknown;
  text += ' ';
  put_word(!memory.form.empty(), memory.form);
  text.pop_back();
}

std::string text_of(const std::map<std::string, core::NameMemory>& names,
                    Words& words) {
  std::string text;
  for (const auto& [name, memory] : names)
    put(text, words, name, memory);
  return text;
}

void take_name(std::string_view entry, Words& words,
               core::ChannelMemory& channel) {
  const auto all = base::split(entry, ' ');
  const auto is_empty = [](std::string_view part) { return part.empty(); };
  if (all.size() != parts || std::any_of(all.begin(), all.end(), is_empty)) {
    return;  // nothing of ours
  }
  const auto number = [&](Part part) {
    return base::whole_number(all[part]).value_or(0);
  };
  const auto word = [&](Part part) {
    if (all[part].front() == unknown) return std::string_view();
    return words.word_of(number(part));
  };
  core::NameMemory& memory = channel.names[std::string(word(name_part))];
  memory.streak = {.failed = static_cast<int>(number(failed)),
                   .answered = static_cast<int>(number(answered))};
  memory.outcome = core::outcome_named(word(outcome_part));
  memory.kind = core::kind_named(word(kind));
  memory.judged = base::wall_time(number(judged));
  if (all[removed].front() != unknown) {
    memory.removed = base::wall_time(number(removed));
  }
  memory.removed_for =
      core::outcome_named(word(removed_for)).value_or(core::Outcome::ok);
  memory.dismissed = all[dismissed].front() == is_dismissed;
  memory.form = word(form);
}

core::ChannelMemory channel_in(const db::Row& row, Words& words) {
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
  const std::string names = db::text_of(row.at(11));
  if (names.empty()) return memory;
  for (const std::string_view entry : base::split(names, ';'))
    take_name(entry, words, memory);
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
           " mapping_mark, failed, disabled_by_us, seen, listed, proven, names"
           " FROM channels WHERE gateway = ?",
           {gateway})) {
    memory[core::ChannelId{number(row.at(0))}] = channel_in(row, words);
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
