#include "torture/tables.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/text.h"
#include "db/session.h"
#include "support/gateways.h"
#include "torture/torture.h"

namespace torture {

namespace {

namespace fs = std::filesystem;

std::int64_t number(const db::Value& value) {
  return db::number_of(value).value_or(-1);
}

std::string line_of(const std::string& group, const std::string& model,
                    std::int64_t id, const ChannelRow& row) {
  return fmt::format("{}/{} of {}: enabled={} priority={} weight={} tag={}",
                     group, model, id, row.status == 1 ? 1 : 0, row.priority,
                     row.weight, row.tag ? "'" + *row.tag + "'" : "NULL");
}

// The value and its type: 1, 1.0, '1' and X'31' all differ.
std::string literal(const db::Value& value) {
  return fmt::format("{}'{}'", value.index(), db::text_of(value));
}

void read_channels(db::Session& session, Tables& tables) {
  std::string rest;
  for (const std::string& column : session.columns("channels")) {
    static const std::set<std::string> ours = {"models", "status", "other_info",
                                               "test_time", "response_time"};
    if (!ours.contains(column)) rest += fmt::format(", \"{}\"", column);
  }
  constexpr std::size_t first_of_rest = 8;
  for (const db::Row& row : session.query(fmt::format(
           R"(SELECT "id", "created_time", "status", "models", "group",
                "priority", "weight", "tag"{} FROM "channels")",
           rest))) {
    ChannelRow& channel = tables.channels[number(row.at(0))];
    channel.created = number(row.at(1));
    channel.status = number(row.at(2));
    channel.models = db::text_of(row.at(3));
    channel.group = db::text_of(row.at(4));
    channel.priority = number(row.at(5));
    channel.weight = number(row.at(6));
    if (!db::is_null(row.at(7))) channel.tag = db::text_of(row.at(7));
    for (std::size_t i = first_of_rest; i < row.size(); ++i) {
      channel.rest += literal(row[i]) + ' ';
    }
  }
}

void read_abilities(db::Session& session, Tables& tables) {
  for (const db::Row& row : session.query(
           R"(SELECT "group", "model", "channel_id", "enabled", "priority",
                "weight", "tag" FROM "abilities")")) {
    ChannelRow copied;
    copied.status = db::truth_of(row.at(3)) ? 1 : 0;
    copied.priority = number(row.at(4));
    copied.weight = number(row.at(5));
    if (!db::is_null(row.at(6))) copied.tag = db::text_of(row.at(6));
    tables.abilities.insert(line_of(db::text_of(row.at(0)),
                                    db::text_of(row.at(1)), number(row.at(2)),
                                    copied));
  }
}

// All that is read in it is of one moment.
void begin_reading(db::Session& session) {
  switch (session.dialect().engine) {
    case db::Engine::sqlite: session.execute("BEGIN"); break;
    case db::Engine::mysql:
      session.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
      break;
    case db::Engine::postgres:
      session.execute("START TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      break;
  }
}

void must_agree(const Tables& tables) {
  std::set<std::string> wanted;
  for (const auto& [id, row] : tables.channels) {
    require(!row.models.empty(), fmt::format("the list of {} is empty", id));
    for (const std::string& model : row.names()) {
      for (const std::string_view group : base::split(row.group, ',')) {
        wanted.insert(line_of(std::string(group), model, id, row));
      }
    }
  }
  for (const std::string& line : wanted) {
    require(tables.abilities.contains(line), "no ability " + line);
  }
  for (const std::string& line : tables.abilities) {
    require(wanted.contains(line), "a stray ability " + line);
  }
}

// `file` and what belongs to it, in another folder.
std::string copied(const std::string& file, const std::string& folder) {
  const std::string copy = folder + "/" + fs::path(file).filename().string();
  for (const char* end : {"", "-journal", "-wal"}) {
    if (fs::exists(file + end)) fs::copy_file(file + end, copy + end);
  }
  return copy;
}

}  // namespace

void require(bool claim, const std::string& what) {
  if (!claim) throw Broken(what);
}

Names ChannelRow::names() const {
  Names names;
  for (const std::string_view name : base::split(models, ',')) {
    names.emplace_back(name);
  }
  return names;
}

Tables tables_of(db::Session& session) {
  Tables tables;
  begin_reading(session);
  if (session.dialect().engine == db::Engine::sqlite) {
    const auto health = session.query("PRAGMA integrity_check");
    require(db::text_of(health.at(0).at(0)) == "ok",
            "damaged: " + db::text_of(health.at(0).at(0)));
  }
  read_channels(session, tables);
  read_abilities(session, tables);
  session.execute("COMMIT");
  must_agree(tables);
  return tables;
}

Tables tables_left_in(const std::string& file) {
  const support::TemporaryFolder folder;
  return tables_of(
      *db::open_sqlite(copied(file, folder.path()), db::Access::write));
}

std::int64_t Notes::open_intents() const {
  return std::count_if(intents.begin(), intents.end(),
                       [](const auto& intent) { return intent.settled == 0; });
}

Notes notes_left_in(const std::string& file) {
  Notes notes;
  if (!fs::exists(file)) return notes;
  const support::TemporaryFolder folder;
  const auto session =
      db::open_sqlite(copied(file, folder.path()), db::Access::write);
  const auto health = session->query("PRAGMA integrity_check");
  require(db::text_of(health.at(0).at(0)) == "ok", "the state is damaged");
  // Killed before its tables were made.
  if (session->columns("intents").empty()) return notes;
  for (const db::Row& row : session->query(
           "SELECT id, round, channel, models_before, models_after,"
           " status_before, status_after, settled FROM intents ORDER BY id")) {
    notes.intents.push_back({.id = number(row.at(0)),
                             .round = number(row.at(1)),
                             .channel = number(row.at(2)),
                             .models_before = db::text_of(row.at(3)),
                             .models_after = db::text_of(row.at(4)),
                             .status_before = number(row.at(5)),
                             .status_after = number(row.at(6)),
                             .settled = number(row.at(7))});
  }
  for (const db::Row& row : session->query(
           "SELECT id, result FROM rounds ORDER BY id DESC LIMIT 1")) {
    notes.last_round = number(row.at(0));
    notes.last_result = db::text_of(row.at(1));
  }
  notes.dismissed = number(
      session
          ->query("SELECT SUM(LENGTH(names) - LENGTH(REPLACE(names, 'd', '')))"
                  " FROM channels")
          .at(0)
          .at(0));
  return notes;
}

std::vector<IntentRow> intents_since(const Notes& before, const Notes& after) {
  std::vector<IntentRow> intents;
  for (const IntentRow& intent : after.intents) {
    if (intent.round > before.last_round) intents.push_back(intent);
  }
  return intents;
}

void must_be_explained(const Tables& before, const Tables& after,
                       const std::vector<IntentRow>& intents) {
  require(before.channels.size() == after.channels.size(),
          "channels came or went");
  for (const auto& [id, was] : before.channels) {
    const ChannelRow& is = after.channels.at(id);
    require(was.rest == is.rest,
            fmt::format("of {}: {} became {}", id, was.rest, is.rest));
    if (was == is) continue;
    const bool is_explained =
        std::any_of(intents.begin(), intents.end(),
                    [&, channel = id](const IntentRow& intent) {
                      return intent.channel == channel &&
                             intent.models_before == was.models &&
                             intent.models_after == is.models &&
                             intent.status_before == was.status &&
                             intent.status_after == is.status;
                    });
    require(is_explained,
            fmt::format("no intent says why {} went from {} ({}) to {} ({})",
                        id, was.models, was.status, is.models, is.status));
  }
}

bool is_written(const Tables& tables, const IntentRow& intent) {
  const ChannelRow& row = tables.channels.at(intent.channel);
  return row.models == intent.models_after && row.status == intent.status_after;
}

void must_be_settled(const Notes& now, const std::optional<Tables>& left,
                     const std::vector<IntentRow>& intents) {
  require(now.open_intents() == 0, "an intent is still open");
  require(now.dismissed == 0, "a name was dismissed by nobody");
  require(now.last_result == "complete", "the round is not recorded");
  for (const IntentRow& meant : intents) {
    for (const IntentRow& intent : now.intents) {
      if (intent.id != meant.id) continue;
      const auto say = fmt::format("the intent for {} was settled as {}",
                                   meant.channel, intent.settled);
      require(intent.settled == 1 || intent.settled == 2, say);
      require(!left || intent.settled == (is_written(*left, meant) ? 1 : 2),
              say);
    }
  }
}

}  // namespace torture
