#include "store/channel_store.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/messages_db.h"
#include "db/session.h"
#include "db/transaction.h"
#include "store/coverage.h"
#include "store/name_keys.h"
#include "store/plan.h"
#include "store/rows.h"

namespace store {

namespace {

using base::Error;

constexpr int usual_tries = db::Patience().tries;

std::int64_t number_of(core::ChannelId channel) {
  return static_cast<std::int64_t>(channel);
}

template <typename Held>
db::Value value_of(const std::optional<Held>& held) {
  return held ? db::Value(*held) : db::Value(nullptr);
}

core::AbilityColumns ability_columns(db::Session& session) {
  core::AbilityColumns found{.weight = false, .tag = false};
  for (const std::string& column : session.columns("abilities")) {
    if (column == "weight") found.weight = true;
    if (column == "tag") found.tag = true;
  }
  return found;
}

// The columns of one row to be written.
class Assignments {
 public:
  void set(std::string_view column, db::Value value) {
    text_ += fmt::format("{}\"{}\" = ?", text_.empty() ? "" : ", ", column);
    arguments_.push_back(std::move(value));
  }

  bool empty() const { return arguments_.empty(); }

  db::Statement write(core::ChannelId id) && {
    arguments_.emplace_back(number_of(id));
    return {fmt::format(R"(UPDATE "channels" SET {} WHERE "id" = ?)", text_),
            std::move(arguments_)};
  }

 private:
  std::string text_;
  db::Arguments arguments_;
};

class SqlChannelStore final : public ChannelStore {
 public:
  SqlChannelStore(std::unique_ptr<db::Session> session, core::Schema schema,
                  const base::StopFlag& stop)
      : session_(std::move(session)),
        schema_(std::move(schema)),
        stop_(stop),
        reader_(schema_),
        columns_(ability_columns(*session_)),
        abilities_(columns_, session_->dialect()),
        name_keys_(*session_),
        coverage_(*session_) {}

  const core::Schema& schema() const override { return schema_; }

  std::vector<core::Channel> load() override {
    return channels(fmt::format(R"({} ORDER BY "id")", reader_.select()), {});
  }

  std::vector<core::Channel> look(core::ChannelId id) override {
    return channels(fmt::format(R"({} AND "id" = ?)", reader_.select()),
                    {number_of(id)});
  }

  std::vector<core::Ability> abilities(core::ChannelId id) override {
    if (!schema_.has_abilities()) return {};
    const db::Statement select = abilities_.select({id});
    return std::move(abilities_.read(query(select.sql, select.arguments))[id]);
  }

  std::set<std::string> covered_groups() override {
    if (!schema_.has_abilities()) return {};
    return coverage_.covered_groups_of(query(coverage_.select_groups(), {}));
  }

  std::vector<std::string> name_keys(
      const std::vector<std::string>& names) override {
    return name_keys_.of(names);
  }

  std::size_t longest_name() const override {
    constexpr std::size_t everywhere = 255;
    constexpr std::size_t oneapi_on_mysql = 191;
    return schema_.product == core::Product::oneapi &&
                   session_->dialect().engine == db::Engine::mysql
               ? oneapi_on_mysql
               : everywhere;
  }

  std::vector<core::ChannelId> vanished() override {
    std::vector<core::ChannelId> ids;
    if (!schema_.has_abilities()) return ids;
    for (const db::Row& row :
         query(R"(SELECT DISTINCT "channel_id" FROM "abilities" WHERE)"
               R"( "channel_id" NOT IN (SELECT "id" FROM "channels"))"
               R"( ORDER BY "channel_id")",
               {})) {
      if (const auto id = db::number_of(row.at(0))) {
        ids.push_back(core::ChannelId{*id});
      }
    }
    return ids;
  }

  std::vector<Result> previews(
      const std::vector<const core::ChannelChange*>& changes) override {
    std::vector<core::ChannelId> ids;
    ids.reserve(changes.size());
    for (const core::ChannelChange* change : changes)
      ids.push_back(change->before.id);
    std::map<core::ChannelId, Present> present;
    const Result trouble = result_of([&]() -> Result {
      present = found(session_->do_all(selects(ids, "")));
      return Unchanged{};
    });
    std::vector<Result> results;
    for (const core::ChannelChange* change : changes) {
      if (std::holds_alternative<Failed>(trouble)) {
        results.push_back(trouble);
        continue;
      }
      results.push_back(result_of(
          [&] { return planned(*change, present[change->before.id]); }));
    }
    return results;
  }

  Result apply(const core::ChannelChange& change) override {
    return result_of([&] { return write(change); });
  }

  void keep_alive() override { session_->query("SELECT 1"); }

 private:
  // What the database has of a channel.
  struct Present {
    std::optional<core::Channel> row;
    std::vector<core::Ability> abilities;
  };

  db::Rows query(std::string_view sql, const db::Arguments& arguments) {
    db::Rows rows;
    db::patiently({}, stop_, [&] { rows = session_->query(sql, arguments); });
    return rows;
  }

  std::vector<core::Channel> channels(std::string_view sql,
                                      const db::Arguments& arguments) {
    std::vector<core::Channel> channels;
    for (const db::Row& row : query(sql, arguments)) {
      channels.push_back(reader_.channel(row));
    }
    return channels;
  }

  // Does `work`; what is refused is a result, too.  Whoever has waited for a
  // lock in vain asks once for each further channel: a round must not stand
  // for hours before a database that somebody else keeps.
  template <typename Work>
  Result result_of(const Work& work) {
    Result result;
    const db::Patience patience{.tries = waited_in_vain_ ? 0 : usual_tries};
    try {
      db::patiently(patience, stop_, [&] { result = work(); });
      waited_in_vain_ = false;
    } catch (const Error& error) {
      if (error.cause() == Error::Cause::lost ||
          error.cause() == Error::Cause::stopped) {
        throw;
      }
      waited_in_vain_ = error.cause() == Error::Cause::busy;
      result = Failed{error.sentence()};
    }
    return result;
  }

  // One transaction.
  Result write(const core::ChannelChange& change) {
    const core::ChannelId id = change.before.id;
    db::Transaction transaction(*session_,
                                selects({id}, session_->dialect().lock_row));
    Present present = std::move(found(transaction.answers())[id]);
    const auto row = basis_of(change, std::move(present.row));
    if (!row) return ChangedMeanwhile{};
    auto plan = plan_of(change, *row, present.abilities);
    if (!plan) return ChangedMeanwhile{};
    Assignments assignments = assignments_of(*row, plan->after);
    if (assignments.empty() && plan->abilities.empty()) {
      return Unchanged{std::move(plan->kept)};
    }
    if (!write_all(id, std::move(assignments), *plan)) {
      return ChangedMeanwhile{};
    }
    if (!transaction.commit()) return InDoubt{};
    return applied(*row, std::move(*plan));
  }

  static Applied applied(const core::Channel& row, Plan plan) {
    return {row, std::move(plan.after), std::move(plan.edits),
            std::move(plan.kept)};
  }

  // What write() would do.
  Result planned(const core::ChannelChange& change, const Present& present) {
    const auto row = basis_of(change, present.row);
    if (!row) return ChangedMeanwhile{};
    auto plan = plan_of(change, *row, present.abilities);
    if (!plan) return ChangedMeanwhile{};
    if (assignments_of(*row, plan->after).empty() && plan->abilities.empty()) {
      return Unchanged{std::move(plan->kept)};
    }
    return applied(*row, std::move(*plan));
  }

  // What is asked of some channels.
  db::Statements selects(const std::vector<core::ChannelId>& ids,
                         std::string_view lock) const {
    db::Arguments arguments;
    std::string places;
    for (const core::ChannelId id : ids) {
      places += places.empty() ? "?" : ", ?";
      arguments.emplace_back(number_of(id));
    }
    db::Statements selects = {{fmt::format(R"({} AND "id" IN ({}){})",
                                           reader_.select(), places, lock),
                               std::move(arguments)}};
    if (schema_.has_abilities()) selects.push_back(abilities_.select(ids));
    return selects;
  }

  // What was answered.  Rows that are not there are not there.
  std::map<core::ChannelId, Present> found(const db::Answers& answers) const {
    std::map<core::ChannelId, Present> found;
    for (const db::Row& row : answers.at(0).rows) {
      core::Channel channel = reader_.channel(row);
      const core::ChannelId id = channel.id;
      found[id].row = std::move(channel);
    }
    if (schema_.has_abilities()) {
      for (auto& [id, abilities] : abilities_.read(answers.at(1).rows)) {
        found[id].abilities = std::move(abilities);
      }
    }
    return found;
  }

  // The row that is to be changed; nothing where it is not what the change was
  // made from.
  static std::optional<core::Channel> basis_of(
      const core::ChannelChange& change, std::optional<core::Channel> row) {
    if (change.vanished) {
      if (row) return std::nullopt;
      return change.before;
    }
    if (!row || !row->malformed.empty() ||
        !core::same_basis(change.before, *row)) {
      return std::nullopt;
    }
    return row;
  }

  // Nothing where the row does not allow the change any more.
  std::optional<Plan> plan_of(const core::ChannelChange& change,
                              const core::Channel& row,
                              const std::vector<core::Ability>& abilities) {
    auto after = row_after(change, row, schema_);
    if (!after) return std::nullopt;
    Plan plan{.after = std::move(*after)};
    if (schema_.has_abilities()) {
      plan_abilities(change, row, abilities, plan);
    }
    add_times(plan, change, row, schema_);
    return plan;
  }

  void plan_abilities(const core::ChannelChange& change,
                      const core::Channel& row,
                      const std::vector<core::Ability>& present, Plan& plan) {
    std::vector<core::Ability> wanted;
    if (!change.vanished) {
      wanted = core::abilities_of(
          plan.after, [this](const auto& names) { return name_keys(names); },
          columns_);
    }
    if (change.restoration && change.restoration->abilities) {
      wanted = restored(*change.restoration->abilities, present, plan.after,
                        std::move(wanted));
    }
    keep_needed(change, present, wanted, plan);
    // An undo leaves what was there before.
    if (row.status != core::enabled && !change.restoration) {
      refuse_bare_groups(plan.after, wanted);
    }
    plan.ability_rows = wanted.size();
    plan.abilities = core::difference(wanted, present);
    plan.edits = core::edits_of(plan.abilities, present, plan.after);
  }

  // Adds to `wanted` what it may not take away: another channel may be in a
  // group and have no rows itself.  Only what leaves a group is asked for.
  void keep_needed(const core::ChannelChange& change,
                   const std::vector<core::Ability>& present,
                   std::vector<core::Ability>& wanted, Plan& plan) {
    auto left = core::groups_left(wanted, present);
    for (const std::string& group : change.foreseen_groups)
      left.erase(group);
    if (left.empty()) return;
    plan.kept = coverage_.needed_without(change.before.id, left);
    for (const Kept& kept : plan.kept) {
      for (const core::Ability& row : present) {
        if (row.group != kept.group) continue;
        wanted.push_back(row);
        if (!change.vanished) copy_to(wanted.back(), plan.after);
      }
    }
  }

  // Of groups that the table takes for one only the first gets rows, but the
  // gateway dies of an enabled channel in a group that has none.
  void refuse_bare_groups(const core::Channel& after,
                          const std::vector<core::Ability>& wanted) {
    if (after.status != core::enabled) return;
    std::set<std::string> bare;
    for (const std::string& group : core::groups_of(after))
      bare.insert(group);
    for (const core::Ability& row : wanted)
      bare.erase(row.group);
    if (!bare.empty()) bare = coverage_.bare_without(after.id, bare);
    if (bare.empty()) return;
    throw Error({base::say::group_uncoverable, *bare.begin()});
  }

  // Its rows say of a channel what it says itself.
  void copy_to(core::Ability& row, const core::Channel& channel) const {
    row.enabled = channel.status == core::enabled;
    row.priority = channel.priority;
    if (columns_.weight) row.weight = channel.weight;
    if (columns_.tag) row.tag = channel.tag;
  }

  // What an undo leaves; `wanted` where it may leave nothing else.
  static std::vector<core::Ability> restored(
      const core::AbilityEdits& edits,
      const std::vector<core::Ability>& present, const core::Channel& after,
      std::vector<core::Ability> wanted) {
    auto before = core::taken_back(edits, present, after);
    if (!before) return wanted;
    if (after.status == core::enabled) core::cover_groups(*before, wanted);
    return std::move(*before);
  }

  static Assignments assignments_of(const core::Channel& before,
                                    const core::Channel& after) {
    Assignments assignments;
    if (after.models != before.models) assignments.set("models", after.models);
    if (after.status != before.status) assignments.set("status", after.status);
    if (after.other_info != before.other_info) {
      assignments.set("other_info", value_of(after.other_info));
    }
    if (after.test_time != before.test_time) {
      assignments.set("test_time", value_of(after.test_time));
    }
    if (after.response_time != before.response_time) {
      assignments.set("response_time", value_of(after.response_time));
    }
    return assignments;
  }

  // Returns false where there was no such row to be written.
  bool write_all(core::ChannelId channel, Assignments assignments,
                 const Plan& plan) {
    db::Statements statements;
    const bool writes_row = !assignments.empty();
    if (writes_row) statements.push_back(std::move(assignments).write(channel));
    if (!plan.abilities.empty()) {
      for (auto& statement : abilities_.writes(channel, plan.abilities))
        statements.push_back(std::move(statement));
      statements.push_back(AbilityRows::count(channel));
    }
    const db::Answers answers = session_->do_all(statements);
    if (writes_row && answers.front().met != 1) return false;
    if (plan.abilities.empty()) return true;
    // Names that the database takes for one would have left fewer, and perhaps
    // a group without any.
    const std::size_t rows = AbilityRows::read_count(answers.back().rows);
    if (rows == plan.ability_rows) return true;
    throw Error({base::say::abilities_disagree, rows, plan.ability_rows});
  }

  std::unique_ptr<db::Session> session_;
  core::Schema schema_;
  const base::StopFlag& stop_;
  ChannelReader reader_;
  core::AbilityColumns columns_;
  AbilityRows abilities_;
  bool waited_in_vain_ = false;
  NameKeys name_keys_;
  Coverage coverage_;
};

}  // namespace

std::unique_ptr<ChannelStore> make_channel_store(
    std::unique_ptr<db::Session> session, core::Schema schema,
    const base::StopFlag& stop) {
  return std::make_unique<SqlChannelStore>(std::move(session),
                                           std::move(schema), stop);
}

}  // namespace store
