#include "state/state.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/messages_db.h"
#include "base/text.h"
#include "db/session.h"
#include "db/transaction.h"
#include "state/abilities_text.h"
#include "state/file.h"
#include "state/history_table.h"
#include "state/letter_table.h"
#include "state/memory_table.h"
#include "state/words.h"

namespace state {

namespace {

constexpr db::Patience patience = {.tries = 1,
                                   .each = std::chrono::milliseconds(5000)};

constexpr db::Patience one_try = {.tries = 0};

constexpr std::string_view select_intents =
    "SELECT id, round, at, channel, created_time, type, name, address_mark,"
    " key_mark, mapping_mark, channel_group, models_before, models_after,"
    " status_before, status_after, reason, vanished, undoes, other_info_kept,"
    " other_info_before, other_info_mark, test_time_before, test_time_after,"
    " response_time_before, response_time_after, abilities, settled,"
    " (SELECT kind FROM rounds WHERE rounds.id = intents.round)"
    " FROM intents WHERE gateway = ?";

constexpr std::string_view select_rounds =
    "SELECT id, started, finished, result, summary, kind FROM rounds"
    " WHERE gateway = ?";

std::int64_t number(const db::Value& value) {
  return db::number_of(value).value_or(0);
}

std::string mark_of(std::string_view key, std::string_view secret) {
  constexpr std::size_t digits = 32;
  if (secret.empty()) return {};
  return base::hex(base::hmac_sha256(key, secret)).substr(0, digits);
}

Settled settled_of(std::int64_t code) {
  switch (code) {
    case 0: return Settled::open;
    case 1: return Settled::written;
    case 2: return Settled::dropped;
    default: return Settled::strange;
  }
}

RoundKind kind_of(const db::Value& code) {
  switch (number(code)) {
    case 1: return RoundKind::undo;
    case 2: return RoundKind::repair;
    default: return RoundKind::round;
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
  Details details{.other_info_kept = number(row.at(18)) != 0,
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
  return IntentId{number(row.at(17))};
}

JournalEntry entry_in(const db::Row& row) {
  return {.id = IntentId{number(row.at(0))},
          .round = RoundId{number(row.at(1))},
          .at = base::wall_time(number(row.at(2))),
          .intent = {.channel = core::ChannelId{number(row.at(3))},
                     .created_time = number(row.at(4)),
                     .type = number(row.at(5)),
                     .name = db::text_of(row.at(6)),
                     .marks = {.address = db::text_of(row.at(7)),
                               .key = db::text_of(row.at(8)),
                               .mapping = db::text_of(row.at(9))},
                     .group = db::text_of(row.at(10)),
                     .models_before = db::text_of(row.at(11)),
                     .models_after = db::text_of(row.at(12)),
                     .status_before = number(row.at(13)),
                     .status_after = number(row.at(14)),
                     .reason = db::text_of(row.at(15)),
                     .vanished = number(row.at(16)) != 0,
                     .undoes = undone_in(row),
                     .details = details_in(row)},
          .settled = settled_of(number(row.at(26))),
          .kind = kind_of(row.at(27))};
}

std::optional<RoundRecord> first_round_in(const db::Rows& rows) {
  if (rows.empty()) return std::nullopt;
  const db::Row& row = rows.front();
  return RoundRecord{.id = RoundId{number(row.at(0))},
                     .kind = kind_of(row.at(5)),
                     .started = base::wall_time(number(row.at(1))),
                     .finished = base::wall_time(number(row.at(2))),
                     .result = db::text_of(row.at(3)),
                     .summary = db::text_of(row.at(4))};
}

enum class Access : std::uint8_t { looking, writing };

class SqlState final : public State {
 public:
  SqlState(std::string file, std::unique_ptr<db::Session> session,
           const base::StopFlag& stop, Access access)
      : file_(std::move(file)),
        session_(std::move(session)),
        stop_(stop),
        words_(*session_),
        access_(access) {
    read_secret();
  }

  base::Sentence refresh() override {
    if (access_ == Access::looking || !session_->has_moved()) return {};
    const bool was_there = is_there(file_);
    auto session = open_file(file_, stop_);
    words_.emplace(*session);
    session_ = std::move(session);
    read_secret();
    return {was_there ? base::say::state_replaced : base::say::state_gone,
            file_};
  }

  GatewayId gateway(std::string_view identity) override {
    const std::string name(identity);
    std::int64_t id = 0;
    const auto look = [&] {
      const db::Rows rows =
          query("SELECT id FROM gateways WHERE identity = ?", {name});
      if (!rows.empty()) id = number(rows.front().at(0));
      return !rows.empty();
    };
    if (look() || access_ == Access::looking) return GatewayId{id};
    write([&] {
      session_->execute(
          "INSERT INTO gateways (identity) VALUES (?)"
          " ON CONFLICT DO NOTHING",
          {name});
    });
    look();
    return GatewayId{id};
  }

  std::string mark(std::string_view secret) const override {
    return mark_of(secret_, secret);
  }

  core::Memory memory(GatewayId gateway) override {
    core::Memory memory;
    db::patiently(patience, stop_, [&] {
      memory = read_memory(*session_, *words_, number_of(gateway));
    });
    return memory;
  }

  RoundId begin_round(GatewayId gateway, base::WallTime now,
                      RoundKind kind) override {
    std::int64_t id = 0;
    write([&] {
      session_->execute(
          "INSERT INTO rounds (gateway, kind, started) VALUES (?, ?, ?)",
          {number_of(gateway), static_cast<std::int64_t>(kind),
           base::seconds_of(now)});
      id = session_->last_id();
      forget_old_history(*session_, number_of(gateway), now);
    });
    return RoundId{id};
  }

  std::optional<RoundRecord> last_round(GatewayId gateway) override {
    return first_round_in(query(
        fmt::format("{} AND kind = ? ORDER BY id DESC LIMIT 1", select_rounds),
        {number_of(gateway), static_cast<std::int64_t>(RoundKind::round)}));
  }

  std::optional<RoundRecord> round(GatewayId gateway, RoundId id) override {
    return first_round_in(
        query(fmt::format("{} AND id = ?", select_rounds),
              {number_of(gateway), static_cast<std::int64_t>(id)}));
  }

  PastProbes past_probes(GatewayId gateway, RoundId after,
                         base::WallTime since) override {
    constexpr std::size_t enough = 20'000;
    constexpr std::int64_t rounds_at_once = 500;
    PastProbes past{.last = after};
    const auto rounds = query(
        "SELECT id, started FROM rounds WHERE id > ? AND started >= ?"
        " AND probes > 0 AND gateway = ? ORDER BY id LIMIT ?",
        {static_cast<std::int64_t>(after), base::seconds_of(since),
         number_of(gateway), rounds_at_once});
    for (const db::Row& round : rounds) {
      if (past.all.size() >= enough) return past;
      past.last = RoundId{number(round.at(0))};
      const auto at = base::wall_time(number(round.at(1)));
      std::vector<PastProbe> probes;
      db::patiently(patience, stop_, [&] {
        probes = read_probes(*session_, *words_, number(round.at(0)), at);
      });
      std::move(probes.begin(), probes.end(), std::back_inserter(past.all));
    }
    past.is_end = static_cast<std::int64_t>(rounds.size()) < rounds_at_once;
    return past;
  }

  std::vector<IntentId> intend(RoundId round, base::WallTime now,
                               const std::vector<Intent>& intents) override {
    std::vector<IntentId> ids;
    if (intents.empty()) return ids;
    write([&] {
      ids.clear();
      for (const Intent& intent : intents) {
        ids.push_back(write_intent(round, now, intent));
      }
    });
    return ids;
  }

  void settle(GatewayId gateway, const std::vector<Settlement>& settlements,
              const core::Memory& memory) override {
    if (settlements.empty() && memory.empty()) return;
    write([&] {
      write_memory(*session_, *words_, number_of(gateway), memory);
      write_settlements(settlements);
    });
  }

  std::vector<JournalEntry> open_intents(GatewayId gateway) override {
    auto entries = journal(gateway, {.settled = Settled::open});
    std::reverse(entries.begin(), entries.end());
    return entries;
  }

  std::vector<JournalEntry> journal(GatewayId gateway,
                                    const JournalQuery& asked) override {
    std::string sql(select_intents);
    db::Arguments arguments = {number_of(gateway)};
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
    for (const db::Row& row : query(sql, arguments)) {
      entries.push_back(entry_in(row));
    }
    for (JournalEntry& entry : entries)
      entry.undone_by = undone_by(entry.id);
    return entries;
  }

  HeldRemovals held_removals(GatewayId gateway) override {
    const db::Rows rows =
        query("SELECT fingerprint, rounds FROM held_removals WHERE gateway = ?",
              {number_of(gateway)});
    if (rows.empty()) return {};
    return {.fingerprint = db::text_of(rows.front().at(0)),
            .rounds = static_cast<int>(number(rows.front().at(1)))};
  }

  void record(GatewayId gateway, const Learnt& learnt) override {
    write([&] {
      const auto round = static_cast<std::int64_t>(learnt.round.id);
      write_each_memory(number_of(gateway), learnt.memory);
      const std::int64_t probes =
          write_probes(*session_, *words_, round, learnt.probes);
      write_settlements(learnt.settlements);
      session_->execute(
          "UPDATE rounds SET finished = ?, result = ?, summary = ?, probes = ?"
          " WHERE id = ?",
          {base::seconds_of(learnt.round.finished), learnt.round.result,
           learnt.round.summary, probes, round});
      if (learnt.held) write_held(number_of(gateway), *learnt.held);
      if (learnt.news) {
        write_news(*session_, number_of(gateway), learnt.round.finished,
                   *learnt.news);
      }
    });
  }

  std::string told(GatewayId gateway) override {
    const db::Rows rows =
        query("SELECT told FROM told WHERE gateway = ?", {number_of(gateway)});
    return rows.empty() ? std::string() : db::text_of(rows.front().at(0));
  }

  void tell(GatewayId gateway, base::WallTime now, const News& news) override {
    write([&] { write_news(*session_, number_of(gateway), now, news); });
  }

  std::vector<Letter> letters(GatewayId gateway) override {
    std::vector<Letter> letters;
    db::patiently(patience, stop_, [&] {
      letters = read_letters(*session_, number_of(gateway));
    });
    return letters;
  }

  bool claim(const Letter& letter, base::WallTime next) override {
    bool is_ours = false;
    write([&] { is_ours = claim_letter(*session_, letter, next); });
    return is_ours;
  }

  void put_off(LetterId letter, base::WallTime next) override {
    write([&] {
      session_->execute(
          "UPDATE letters SET next = ? WHERE id = ?",
          {base::seconds_of(next), static_cast<std::int64_t>(letter)});
    });
  }

  void remove_letter(LetterId letter) override {
    write([&] {
      session_->execute("DELETE FROM letters WHERE id = ?",
                        {static_cast<std::int64_t>(letter)});
    });
  }

  void forget_missing(GatewayId gateway,
                      const std::vector<core::ChannelId>& present) override {
    const std::unordered_set<core::ChannelId> there(present.begin(),
                                                    present.end());
    std::vector<std::int64_t> missing;
    for (const db::Row& row :
         query("SELECT channel FROM channels WHERE gateway = ?",
               {number_of(gateway)})) {
      const std::int64_t id = number(row.at(0));
      if (!there.contains(core::ChannelId{id})) missing.push_back(id);
    }
    if (missing.empty()) return;
    write([&] {
      for (const std::int64_t id : missing) {
        forget_channel(*session_, number_of(gateway), id);
      }
    });
  }

 private:
  static std::int64_t number_of(GatewayId gateway) {
    return static_cast<std::int64_t>(gateway);
  }

  void read_secret() {
    const db::Rows rows = session_->query("SELECT value FROM secret");
    secret_ = rows.empty() ? std::string() : db::text_of(rows.front().at(0));
  }

  db::Rows query(std::string_view sql, const db::Arguments& arguments) {
    db::Rows rows;
    db::patiently(patience, stop_,
                  [&] { rows = session_->query(sql, arguments); });
    return rows;
  }

  // Does `work` in one transaction.  Where a stop was asked for it is tried,
  // too, but once: what was done before the stop has to be known afterwards.
  template <typename Work>
  void write(const Work& work) {
    const bool is_last_word = stop_.is_set();
    const base::StopFlag nobody_stops;
    db::patiently(is_last_word ? one_try : patience,
                  is_last_word ? nobody_stops : stop_, [&] {
                    words_->settle(false);
                    db::Transaction transaction(*session_);
                    work();
                    words_->settle(transaction.commit());
                  });
  }

  // An undo may have been undone, and that again: an odd number of them counts.
  std::optional<RoundId> undone_by(IntentId intent) {
    auto id = static_cast<std::int64_t>(intent);
    std::optional<RoundId> first;
    bool undone = false;
    while (true) {
      const db::Rows rows = query(
          "SELECT id, round FROM intents WHERE undoes = ?"
          " AND settled = ? ORDER BY id DESC LIMIT 1",
          {id, static_cast<std::int64_t>(Settled::written)});
      if (rows.empty()) break;
      id = number(rows.front().at(0));
      if (!first) first = RoundId{number(rows.front().at(1))};
      undone = !undone;
    }
    return undone ? first : std::nullopt;
  }

  IntentId write_intent(RoundId round, base::WallTime now,
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
    session_->execute(
        "INSERT INTO intents (gateway, round, at, channel, created_time, type,"
        " name, address_mark, key_mark, mapping_mark, channel_group,"
        " models_before, models_after, status_before, status_after, reason,"
        " vanished, undoes, other_info_kept, other_info_before,"
        " other_info_mark, test_time_before, test_time_after,"
        " response_time_before, response_time_after, abilities)"
        " VALUES ((SELECT gateway FROM rounds WHERE id = ?), ?, ?, ?, ?, ?, ?,"
        " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        arguments);
    return IntentId{session_->last_id()};
  }

  void write_each_memory(std::int64_t gateway,
                         const EachMemory& memory_of_all) {
    if (!memory_of_all) return;
    memory_of_all([&](core::ChannelId channel, core::ChannelMemory memory) {
      core::Memory one;
      one.emplace(channel, std::move(memory));
      write_memory(*session_, *words_, gateway, one);
    });
  }

  void write_settlements(const std::vector<Settlement>& settlements) {
    for (const Settlement& settlement : settlements) {
      write_settlement(settlement);
    }
  }

  void write_settlement(const Settlement& settlement) {
    const auto id = static_cast<std::int64_t>(settlement.id);
    const auto code = static_cast<std::int64_t>(settlement.settled);
    if (settlement.settled != Settled::written) {
      session_->execute("UPDATE intents SET settled = ? WHERE id = ?",
                        {code, id});
      return;
    }
    session_->execute(
        "UPDATE intents SET settled = ?, status_before = ?, status_after = ?"
        " WHERE id = ?",
        {code, settlement.status_before, settlement.status_after, id});
    if (!settlement.details) return;
    db::Arguments arguments;
    add_to(arguments, *settlement.details);
    arguments.emplace_back(id);
    session_->execute(
        "UPDATE intents SET other_info_kept = ?, other_info_before = ?,"
        " other_info_mark = ?, test_time_before = ?, test_time_after = ?,"
        " response_time_before = ?, response_time_after = ?, abilities = ?"
        " WHERE id = ?",
        arguments);
  }

  void write_held(std::int64_t gateway, const HeldRemovals& held) {
    session_->execute(
        "INSERT OR REPLACE INTO held_removals (gateway, fingerprint, rounds)"
        " VALUES (?, ?, ?)",
        {gateway, held.fingerprint, std::int64_t{held.rounds}});
  }

  std::string file_;
  std::unique_ptr<db::Session> session_;
  const base::StopFlag& stop_;
  std::optional<Words> words_;
  std::string secret_;
  Access access_;
};

// Keeps nothing.  Its marks are good for as long as it lives.
class EmptyState final : public State {
 public:
  base::Sentence refresh() override { return {}; }
  GatewayId gateway(std::string_view) override { return {}; }
  std::string mark(std::string_view secret) const override {
    return mark_of(secret_, secret);
  }
  core::Memory memory(GatewayId) override { return {}; }
  RoundId begin_round(GatewayId, base::WallTime, RoundKind) override {
    return {};
  }
  PastProbes past_probes(GatewayId, RoundId after, base::WallTime) override {
    return {.last = after, .is_end = true};
  }
  std::optional<RoundRecord> last_round(GatewayId) override { return {}; }
  std::optional<RoundRecord> round(GatewayId, RoundId) override { return {}; }
  std::vector<IntentId> intend(RoundId, base::WallTime,
                               const std::vector<Intent>& intents) override {
    return std::vector<IntentId>(intents.size());
  }
  void settle(GatewayId, const std::vector<Settlement>&,
              const core::Memory&) override {}
  std::vector<JournalEntry> open_intents(GatewayId) override { return {}; }
  std::vector<JournalEntry> journal(GatewayId, const JournalQuery&) override {
    return {};
  }
  HeldRemovals held_removals(GatewayId) override { return {}; }
  void record(GatewayId, const Learnt&) override {}
  std::string told(GatewayId) override { return {}; }
  void tell(GatewayId, base::WallTime, const News&) override {}
  std::vector<Letter> letters(GatewayId) override { return {}; }
  bool claim(const Letter&, base::WallTime) override { return false; }
  void put_off(LetterId, base::WallTime) override {}
  void remove_letter(LetterId) override {}
  void forget_missing(GatewayId, const std::vector<core::ChannelId>&) override {
  }

 private:
  std::string secret_ = base::random_bytes(32);
};

}  // namespace

core::Marks State::marks_of(const core::Channel& channel) const {
  return {.address = mark(channel.base_url),
          .key = mark(channel.key.reveal()),
          .mapping = mark(channel.model_mapping)};
}

std::unique_ptr<State> open_state(const std::string& file,
                                  const base::StopFlag& stop) {
  return std::make_unique<SqlState>(file, open_file(file, stop), stop,
                                    Access::writing);
}

std::unique_ptr<State> look_at_state(const std::string& file,
                                     const base::StopFlag& stop) {
  if (!is_there(file)) return nullptr;
  auto session = look_at_file(file, stop);
  if (!session) return make_empty_state();
  return std::make_unique<SqlState>(file, std::move(session), stop,
                                    Access::looking);
}

std::unique_ptr<State> make_empty_state() {
  return std::make_unique<EmptyState>();
}

}  // namespace state
