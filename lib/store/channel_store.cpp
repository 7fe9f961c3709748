#include "store/channel_store.h"

#include <cassert>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/messages_db.h"
#include "core/names.h"
#include "db/session.h"
#include "db/transaction.h"
#include "store/rows.h"

namespace store {

namespace {

using base::Error;

// What a change comes to, seen from the row as it is now.
struct Plan {
  core::Channel after;
  core::AbilitiesDifference abilities;
  std::size_t ability_rows = 0;
  bool times = false;  // test_time and response_time
};

std::int64_t number_of(core::ChannelId channel) {
  return static_cast<std::int64_t>(channel);
}

core::AbilityColumns ability_columns(db::Session& session) {
  core::AbilityColumns found{.weight = false, .tag = false};
  for (const std::string& column : session.columns("abilities")) {
    if (column == "weight") found.weight = true;
    if (column == "tag") found.tag = true;
  }
  return found;
}

// Whether the row may still go to the status that was planned.
bool may_become(const core::ChannelChange& change, const core::Channel& row) {
  const std::int64_t status = *change.status;
  if (row.status == status) return true;
  if (status == core::enabled) {
    return row.status == core::disabled_automatically;
  }
  // An administrator may have forbidden it meanwhile.
  const bool forbidden =
      row.auto_ban != change.before.auto_ban && row.auto_ban != 1;
  return row.status == core::enabled && !forbidden;
}

// The columns of one row to be written.
class Assignments {
 public:
  void set(std::string_view column, db::Value value) {
    text_ += fmt::format("{}\"{}\" = ?", text_.empty() ? "" : ", ", column);
    arguments_.push_back(std::move(value));
  }

  bool empty() const { return arguments_.empty(); }

  // Returns the number of rows that there were of that id.
  std::int64_t write(db::Session& session, core::ChannelId id) {
    arguments_.emplace_back(number_of(id));
    return session.execute(
        fmt::format(R"(UPDATE "channels" SET {} WHERE "id" = ?)", text_),
        arguments_);
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
        abilities_(*session_, columns_) {}

  const core::Schema& schema() const override { return schema_; }

  std::vector<core::Channel> load() override {
    return channels(fmt::format(R"({} ORDER BY "id")", reader_.select()), {});
  }

  std::vector<core::Channel> look(core::ChannelId id) override {
    return channels(fmt::format(R"({} AND "id" = ?)", reader_.select()),
                    {number_of(id)});
  }

  std::set<std::string> covered_groups() override {
    std::set<std::string> groups;
    if (!schema_.has_abilities()) return groups;
    for (const db::Row& row :
         query(R"(SELECT DISTINCT "group" FROM "abilities")", {})) {
      groups.insert(db::text_of(row.at(0)));
    }
    return groups;
  }

  std::vector<std::string> name_keys(
      const std::vector<std::string>& names) override {
    // SQLite and PostgreSQL compare byte by byte.
    assert(session_->dialect().engine != db::Engine::mysql);
    return names;
  }

  std::size_t longest_name() const override {
    constexpr std::size_t everywhere = 255;
    constexpr std::size_t oneapi_on_mysql = 191;
    return schema_.product == core::Product::oneapi &&
                   session_->dialect().engine == db::Engine::mysql
               ? oneapi_on_mysql
               : everywhere;
  }

  Result apply(const core::ChannelChange& change) override {
    Result result;
    try {
      db::patiently({}, stop_, [&] { result = write(change); });
    } catch (const Error& error) {
      if (error.cause() == Error::Cause::lost ||
          error.cause() == Error::Cause::stopped) {
        throw;
      }
      result = Failed{error.sentence()};
    }
    return result;
  }

  void keep_alive() override { session_->query("SELECT 1"); }

 private:
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

  // One transaction.
  Result write(const core::ChannelChange& change) {
    db::Transaction transaction(*session_);
    const auto row = locked(change.before.id);
    if (!row || !row->malformed.empty() ||
        !core::same_basis(change.before, *row)) {
      return ChangedMeanwhile{};
    }
    const auto plan = plan_of(change, *row);
    if (!plan) return ChangedMeanwhile{};
    Assignments assignments = assignments_of(change, *row, *plan);
    if (assignments.empty() && plan->abilities.empty()) return Unchanged{};
    if (!assignments.empty() && assignments.write(*session_, row->id) != 1) {
      return ChangedMeanwhile{};
    }
    write_abilities(row->id, *plan);
    if (!transaction.commit()) return InDoubt{};
    return Applied{*row, plan->after};
  }

  std::optional<core::Channel> locked(core::ChannelId id) {
    const db::Rows rows =
        session_->query(fmt::format(R"({} AND "id" = ?{})", reader_.select(),
                                    session_->dialect().lock_row),
                        {number_of(id)});
    if (rows.size() != 1) return std::nullopt;
    return reader_.channel(rows.front());
  }

  // Nothing where the row does not allow the change any more.
  std::optional<Plan> plan_of(const core::ChannelChange& change,
                              const core::Channel& row) {
    if (row.status == core::disabled_by_hand &&
        (change.models || change.status || change.response_time)) {
      return std::nullopt;
    }
    if (change.status && !may_become(change, row)) return std::nullopt;
    Plan plan{.after = row};
    if (change.models) {
      plan.after.models = core::comma_list(*change.models);
      if (plan.after.models.empty()) throw Error(base::say::would_be_empty);
    }
    if (change.status && row.status != *change.status) {
      plan.after.status = *change.status;
      note_why(change, plan.after);
    }
    if (schema_.has_abilities()) {
      const auto wanted = core::abilities_of(
          plan.after, [this](const auto& names) { return name_keys(names); },
          columns_);
      plan.ability_rows = wanted.size();
      plan.abilities = core::difference(wanted, abilities_.of(row.id));
    }
    const bool is_only_tested = !change.models && !change.status;
    plan.times = change.response_time &&
                 (is_only_tested || plan.after.models != row.models ||
                  plan.after.status != row.status || !plan.abilities.empty());
    return plan;
  }

  // new-api shows it to the administrator.
  void note_why(const core::ChannelChange& change, core::Channel& row) const {
    if (schema_.product != core::Product::newapi ||
        !schema_.has("other_info")) {
      return;
    }
    auto info = core::other_info_with(row.other_info.value_or(""),
                                      change.status_reason, change.now);
    if (info) row.other_info = std::move(*info);
  }

  Assignments assignments_of(const core::ChannelChange& change,
                             const core::Channel& before,
                             const Plan& plan) const {
    const core::Channel& after = plan.after;
    Assignments assignments;
    if (after.models != before.models) assignments.set("models", after.models);
    if (after.status != before.status) assignments.set("status", after.status);
    if (after.other_info != before.other_info) {
      assignments.set("other_info", *after.other_info);
    }
    if (plan.times && schema_.has("test_time")) {
      assignments.set("test_time", change.now);
    }
    if (plan.times && schema_.has("response_time")) {
      assignments.set("response_time", *change.response_time);
    }
    return assignments;
  }

  void write_abilities(core::ChannelId channel, const Plan& plan) {
    if (plan.abilities.empty()) return;
    abilities_.write(channel, plan.abilities);
    // Names that the database takes for one would have left fewer, and perhaps
    // a group without any.
    const std::size_t rows = abilities_.count(channel);
    if (rows == plan.ability_rows) return;
    throw Error({base::say::abilities_disagree, rows, plan.ability_rows});
  }

  std::unique_ptr<db::Session> session_;
  core::Schema schema_;
  const base::StopFlag& stop_;
  ChannelReader reader_;
  core::AbilityColumns columns_;
  AbilityRows abilities_;
};

}  // namespace

std::unique_ptr<ChannelStore> make_channel_store(
    std::unique_ptr<db::Session> session, core::Schema schema,
    const base::StopFlag& stop) {
  return std::make_unique<SqlChannelStore>(std::move(session),
                                           std::move(schema), stop);
}

}  // namespace store
