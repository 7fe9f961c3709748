#include "state/history_table.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "db/session.h"
#include "state/entries.h"
#include "state/words.h"

namespace state {

namespace {

using std::chrono::days;

// How long what is kept.
constexpr days keep_probes{30};
constexpr days keep_rounds{30};  // those that changed nothing
constexpr days keep_journal{365};
constexpr std::int64_t most_probes = 2'000'000;
// Of one gateway.  Each holds two whole lists: a name that comes and goes every
// hour on a long one would fill the disk within the year.
constexpr std::int64_t most_intents = 20'000;

// How much goes at once; more than a round usually brings.
constexpr std::int64_t probes_at_once = 50'000;
constexpr std::int64_t intents_at_once = 10'000;
constexpr std::int64_t rows_at_once = 1000;

// Nothing is known below 0.
void put(EntryWriter& entries, double measured) {
  if (measured < 0) return entries.nothing();
  entries.number(std::llround(measured));
}

// Whole rounds, the oldest first.  One of a time that is yet to come, by a
// clock that has been set back since, is no reason to keep those after it.
void forget_old_probes(db::Session& session, base::WallTime now) {
  const std::int64_t oldest = base::seconds_of(now - keep_probes);
  std::int64_t kept = db::number_or_zero(
      session.query("SELECT TOTAL(probes) FROM rounds WHERE probes > 0")
          .at(0)
          .at(0));
  std::int64_t gone = 0;
  for (const db::Row& row :
       session.query("SELECT id, started, probes FROM rounds WHERE probes > 0"
                     " AND (started < ? OR ?) ORDER BY id LIMIT ?",
                     {oldest, kept > most_probes, rows_at_once})) {
    const std::int64_t probes = db::number_or_zero(row.at(2));
    if (db::number_or_zero(row.at(1)) >= oldest && kept <= most_probes) return;
    if (gone > 0 && gone + probes > probes_at_once) return;
    session.execute("DELETE FROM probes WHERE round = ?", {row.at(0)});
    session.execute("UPDATE rounds SET probes = 0 WHERE id = ?", {row.at(0)});
    gone += probes;
    kept -= probes;
  }
}

}  // namespace

std::int64_t write_probes(db::Session& session, Words& words,
                          std::int64_t round, const EachProbe& probes) {
  if (!probes) return 0;
  std::int64_t count = 0;
  EntryWriter entries(words);
  core::ChannelId channel{};
  const auto write = [&] {
    if (entries.empty()) return;
    session.execute(
        "INSERT INTO probes (round, channel, probes) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET probes = probes || ';' || excluded.probes",
        {round, static_cast<std::int64_t>(channel), entries.take()});
  };
  probes([&](const ProbeRecord& probe) {
    if (probe.channel != channel) write();
    channel = probe.channel;
    ++count;
    entries.begin();
    entries.word(probe.name);
    entries.word(core::name_of(probe.kind));
    entries.word(core::name_of(probe.outcome));
    entries.number(probe.http_status);
    entries.number(probe.attempts);
    put(entries, probe.headers_ms);
    put(entries, probe.first_token_ms);
    put(entries, probe.total_ms);
    put(entries, 1000 * probe.tokens_per_second);
  });
  write();
  return count;
}

std::vector<PastProbe> read_probes(db::Session& session, Words& words,
                                   std::int64_t round, base::WallTime at) {
  std::vector<PastProbe> probes;
  for (const db::Row& row : session.query(
           "SELECT channel, probes FROM probes WHERE round = ?", {round})) {
    for_each_entry(db::text_of(row.at(1)), words, [&](Entry& entry) {
      std::string name(entry.word());
      entry.number();  // the kind
      const auto outcome = core::outcome_named(entry.word());
      if (!outcome) return;
      probes.push_back(
          {.at = at,
           .channel = core::ChannelId{db::number_or_zero(row.at(0))},
           .name = std::move(name),
           .outcome = *outcome});
    });
  }
  return probes;
}

void forget_old_history(db::Session& session, std::int64_t gateway,
                        base::WallTime now) {
  forget_old_probes(session, now);
  session.execute(
      "DELETE FROM intents WHERE id IN (SELECT id FROM intents"
      " WHERE gateway = ? AND settled <> 0 AND (at < ? OR id <="
      " (SELECT id FROM intents WHERE gateway = ? ORDER BY id DESC"
      " LIMIT 1 OFFSET ?)) ORDER BY id LIMIT ?)",
      {gateway, base::seconds_of(now - keep_journal), gateway, most_intents,
       intents_at_once});
  session.execute(
      "DELETE FROM rounds WHERE id IN (SELECT id FROM rounds WHERE gateway = ?"
      " AND started < ? AND probes = 0 AND NOT EXISTS"
      " (SELECT 1 FROM intents WHERE round = rounds.id) ORDER BY id LIMIT ?)",
      {gateway, base::seconds_of(now - keep_rounds), rows_at_once});
}

}  // namespace state
