#include "state/journal_table.h"

#include <string>
#include <string_view>

#include "base/text.h"
#include "core/names.h"
#include "db/session.h"
#include "state/abilities_text.h"

namespace state {

namespace {

constexpr std::string_view select_intents =
    "SELECT id, round, at, channel, created_time, type, name, address_mark,"
    " key_mark, mapping_mark, channel_group, models_before, models_after,"
    " status_before, status_after, reason, vanished, undoes, other_info_kept,"
    " other_info_before, other_info_mark, test_time_before, test_time_after,"
    " response_time_before, response_time_after, abilities, settled,"
    " (SELECT kind FROM rounds WHERE rounds.id = intents.round), shown_names"
    " FROM intents WHERE gateway = ?";

Settled settled_of(std::int64_t code) {
  switch (code) {
    case 0: return Settled::open;
    case 1: return Settled::written;
    case 2: return Settled::dropped;
    default: return Settled::strange;
  }
}

db::Value value_of(const std::optional<std::string>& text) {
  return text ? db::Value(*text) : db::Value(nullptr);
}

db::Value value_of(const std::optional<std::int64_t>& number) {
  return number ? db::Value(*number) : db::Value(nullptr);
}

// The columns of `Details` from other_info_kept on, in their order.
void add_to(db::Arguments& arguments, const Details& details) {
  arguments.emplace_back(std::int64_t{details.other_info_kept ? 1 : 0});
  arguments.push_back(value_of(details.other_info_before));
  arguments.emplace_back(details.other_info_mark);
  arguments.push_back(value_of(details.test_time_before));
  arguments.push_back(value_of(details.test_time_after));
  arguments.push_back(value_of(details.response_time_before));
  arguments.push_back(value_of(details.response_time_after));
  arguments.push_back(
      value_of(details.abilities ? text_of(*details.abilities) : std::nullopt));
}

Details details_in(const db::Row& row) {
  Details details{.other_info_kept = db::number_or_zero(row.at(18)) != 0,
                  .other_info_mark = db::text_of(row.at(20)),
                  .test_time_before = db::number_of(row.at(21)),
                  .test_time_after = db::number_of(row.at(22)),
                  .response_time_before = db::number_of(row.at(23)),
                  .response_time_after = db::number_of(row.at(24))};
  if (!db::is_null(row.at(19))) {
    details.other_info_before = db::text_of(row.at(19));
  }
  if (!db::is_null(row.at(25))) {
    details.abilities = ability_edits(db::text_of(row.at(25)));
  }
  return details;
}

std::optional<IntentId> undone_in(const db::Row& row) {
  if (db::is_null(row.at(17))) return std::nullopt;
  return IntentId{db::number_or_zero(row.at(17))};
}

// Neither a name nor what is shown for it has a comma in it.
std::string text_of(const core::ShownNames& names) {
  std::vector<std::string> all;
  for (const auto& [name, shown] : names) {
    all.push_back(name);
    all.push_back(shown);
  }
  return core::comma_list(all);
}

core::ShownNames shown_names_in(const std::string& text) {
  core::ShownNames names;
  const auto all = base::split(text, ',');
  for (std::size_t i = 1; i < all.size(); i += 2)
    names.emplace(all[i - 1], all[i]);
  return names;
}

JournalEntry entry_in(const db::Row& row) {
  return {.id = IntentId{db::number_or_zero(row.at(0))},
          .round = RoundId{db::number_or_zero(row.at(1))},
          .at = base::wall_time(db::number_or_zero(row.at(2))),
          .intent = {.channel = core::ChannelId{db::number_or_zero(row.at(3))},
                     .created_time = db::number_or_zero(row.at(4)),
                     .type = db::number_or_zero(row.at(5)),
                     .name = db::text_of(row.at(6)),
                     .marks = {.address = db::text_of(row.at(7)),
                               .key = db::text_of(row.at(8)),
                               .mapping = db::text_of(row.at(9))},
                     .group = db::text_of(row.at(10)),
                     .models_before = db::text_of(row.at(11)),
                     .models_after = db::text_of(row.at(12)),
                     .shown_names = shown_names_in(db::text_of(row.at(28))),
                     .status_before = db::number_or_zero(row.at(13)),
                     .status_after = db::number_or_zero(row.at(14)),
                     .reason = db::text_of(row.at(15)),
                     .vanished = db::number_or_zero(row.at(16)) != 0,
                     .undoes = undone_in(row),
                     .details = details_in(row)},
          .settled = settled_of(db::number_or_zero(row.at(26))),
          .kind = round_kind(db::number_or_zero(row.at(27)))};
}

// An undo may have been undone, and that again: an odd number of them counts.
std::optional<RoundId> undone_by(db::Session& session, IntentId intent) {
  auto id = static_cast<std::int64_t>(intent);
  std::optional<RoundId> first;
  bool undone = false;
  while (true) {
    const db::Rows rows = session.query(
        "SELECT id, round FROM intents WHERE undoes = ?"
        " AND settled = ? ORDER BY id DESC LIMIT 1",
        {id, static_cast<std::int64_t>(Settled::written)});
    if (rows.empty()) break;
    id = db::number_or_zero(rows.front().at(0));
    if (!first) first = RoundId{db::number_or_zero(rows.front().at(1))};
    undone = !undone;
  }
  return undone ? first : std::nullopt;
}

}  // namespace

RoundKind round_kind(std::int64_t code) {
  switch (code) {
    case 1: return RoundKind::undo;
    case 2: return RoundKind::repair;
    default: return RoundKind::round;
  }
}

IntentId write_intent(db::Session& session, RoundId round, base::WallTime now,
                      const Intent& intent) {
  const auto id = static_cast<std::int64_t>(round);
  db::Arguments arguments = {id,
                             id,
                             base::seconds_of(now),
                             static_cast<std::int64_t>(intent.channel),
                             intent.created_time,
                             intent.type,
                             intent.name,
                             intent.marks.address,
                             intent.marks.key,
                             intent.marks.mapping,
                             intent.group,
                             intent.models_before,
                             intent.models_after,
                             intent.status_before,
                             intent.status_after,
                             intent.reason,
                             std::int64_t{intent.vanished ? 1 : 0},
                             nullptr};
  if (intent.undoes) {
    arguments.back() = static_cast<std::int64_t>(*intent.undoes);
  }
  add_to(arguments, intent.details);
  arguments.emplace_back(text_of(intent.shown_names));
  session.execute(
      "INSERT INTO intents (gateway, round, at, channel, created_time, type,"
      " name, address_mark, key_mark, mapping_mark, channel_group,"
      " models_before, models_after, status_before, status_after, reason,"
      " vanished, undoes, other_info_kept, other_info_before,"
      " other_info_mark, test_time_before, test_time_after,"
      " response_time_before, response_time_after, abilities, shown_names)"
      " VALUES ((SELECT gateway FROM rounds WHERE id = ?), ?, ?, ?, ?, ?, ?,"
      " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments);
  return IntentId{session.last_id()};
}

void write_settlement(db::Session& session, const Settlement& settlement) {
  const auto id = static_cast<std::int64_t>(settlement.id);
  const auto code = static_cast<std::int64_t>(settlement.settled);
  if (settlement.settled != Settled::written) {
    session.execute("UPDATE intents SET settled = ? WHERE id = ?", {code, id});
    return;
  }
  session.execute(
      "UPDATE intents SET settled = ?, status_before = ?, status_after = ?"
      " WHERE id = ?",
      {code, settlement.status_before, settlement.status_after, id});
  if (!settlement.details) return;
  db::Arguments arguments;
  add_to(arguments, *settlement.details);
  arguments.emplace_back(id);
  session.execute(
      "UPDATE intents SET other_info_kept = ?, other_info_before = ?,"
      " other_info_mark = ?, test_time_before = ?, test_time_after = ?,"
      " response_time_before = ?, response_time_after = ?, abilities = ?"
      " WHERE id = ?",
      arguments);
}

std::vector<JournalEntry> read_journal(db::Session& session,
                                       std::int64_t gateway,
                                       const JournalQuery& asked) {
  std::string sql(select_intents);
  db::Arguments arguments = {gateway};
  const auto restrict = [&](std::string_view condition, std::int64_t value) {
    sql += condition;
    arguments.emplace_back(value);
  };
  if (asked.round) {
    restrict(" AND round = ?", static_cast<std::int64_t>(*asked.round));
  }
  if (asked.channel) {
    restrict(" AND channel = ?", static_cast<std::int64_t>(*asked.channel));
  }
  if (asked.since) restrict(" AND at >= ?", base::seconds_of(*asked.since));
  if (asked.settled) {
    restrict(" AND settled = ?", static_cast<std::int64_t>(*asked.settled));
  }
  restrict(" ORDER BY id DESC LIMIT ?", asked.most);
  std::vector<JournalEntry> entries;
  for (const db::Row& row : session.query(sql, arguments)) {
    entries.push_back(entry_in(row));
  }
  for (JournalEntry& entry : entries)
    entry.undone_by = undone_by(session, entry.id);
  return entries;
}

}  // namespace state
