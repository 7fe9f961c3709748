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
#include "state/file.h"
#include "state/history_table.h"
#include "state/journal_table.h"
#include "state/letter_table.h"
#include "state/memory_table.h"
#include "state/words.h"

namespace state {

namespace {

constexpr db::Patience patience = {.tries = 1,
                                   .each = std::chrono::milliseconds(5000)};

constexpr db::Patience one_try = {.tries = 0};

constexpr std::string_view select_rounds =
    "SELECT id, started, finished, result, summary, kind FROM rounds"
    " WHERE gateway = ?";

std::string mark_of(std::string_view key, std::string_view secret) {
  constexpr std::size_t digits = 32;
  if (secret.empty()) return {};
  return base::hex(base::hmac_sha256(key, secret)).substr(0, digits);
}

std::optional<RoundRecord> first_round_in(const db::Rows& rows) {
  if (rows.empty()) return std::nullopt;
  const db::Row& row = rows.front();
  return RoundRecord{.id = RoundId{db::number_or_zero(row.at(0))},
                     .kind = round_kind(db::number_or_zero(row.at(5))),
                     .started = base::wall_time(db::number_or_zero(row.at(1))),
                     .finished = base::wall_time(db::number_or_zero(row.at(2))),
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
      if (!rows.empty()) id = db::number_or_zero(rows.front().at(0));
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
      past.last = RoundId{db::number_or_zero(round.at(0))};
      const auto at = base::wall_time(db::number_or_zero(round.at(1)));
      std::vector<PastProbe> probes;
      db::patiently(patience, stop_, [&] {
        probes = read_probes(*session_, *words_,
                             db::number_or_zero(round.at(0)), at);
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
        ids.push_back(write_intent(*session_, round, now, intent));
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
    std::vector<JournalEntry> entries;
    db::patiently(patience, stop_, [&] {
      entries = read_journal(*session_, number_of(gateway), asked);
    });
    return entries;
  }

  HeldRemovals held_removals(GatewayId gateway) override {
    const db::Rows rows =
        query("SELECT fingerprint, rounds FROM held_removals WHERE gateway = ?",
              {number_of(gateway)});
    if (rows.empty()) return {};
    return {.fingerprint = db::text_of(rows.front().at(0)),
            .rounds = static_cast<int>(db::number_or_zero(rows.front().at(1)))};
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
      const std::int64_t id = db::number_or_zero(row.at(0));
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
      write_settlement(*session_, settlement);
    }
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
