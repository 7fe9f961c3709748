#include "store/coverage.h"

#include <utility>

#include <fmt/format.h>

namespace store {

Coverage::Coverage(db::Session& session) : session_(session) {}

std::string Coverage::select_groups() const {
  return fmt::format(R"(SELECT DISTINCT {} FROM "abilities")",
                     bytes_of(R"("group")"));
}

std::set<std::string> Coverage::covered_groups_of(const db::Rows& rows) const {
  std::set<std::string> groups;
  for (const db::Row& row : rows)
    groups.insert(db::text_of(row.at(0)));
  return groups;
}

// One row of each group is enough to know, and may be all that there is: the
// first that is found, by the key of the table.
std::set<std::string> Coverage::bare_without(
    core::ChannelId channel, const std::set<std::string>& groups) {
  const std::string sql = fmt::format(
      R"(SELECT 1 FROM "abilities" WHERE "group" = ? AND {} = {} AND)"
      R"( "channel_id" <> ? LIMIT 1)",
      bytes_of(R"("group")"), bytes_of("?"));
  db::Statements statements;
  for (const std::string& group : groups) {
    statements.push_back(
        {sql, {group, group, static_cast<std::int64_t>(channel)}});
  }
  const db::Answers answers = session_.do_all(statements);
  std::set<std::string> bare;
  auto answer = answers.begin();
  for (const std::string& group : groups) {
    if ((answer++)->rows.empty()) bare.insert(group);
  }
  return bare;
}

std::vector<Kept> Coverage::needed_without(
    core::ChannelId channel, const std::set<std::string>& groups) {
  std::vector<Kept> needed;
  std::set<std::string> bare = bare_without(channel, groups);
  if (bare.empty()) return needed;
  // A channel that is no good otherwise is one all the same to the gateway.
  for (const db::Row& row : session_.query(
           R"(SELECT "id", "name", "group" FROM "channels" WHERE "status" = ?)"
           R"( AND "id" <> ? ORDER BY "id")",
           {core::enabled, static_cast<std::int64_t>(channel)})) {
    core::Channel other;
    other.group = db::text_of(row.at(2));
    for (const std::string& group : core::groups_of(other)) {
      if (bare.erase(group) == 0) continue;
      needed.push_back({group, core::ChannelId{db::number_or_zero(row.at(0))},
                        db::text_of(row.at(1))});
    }
  }
  return needed;
}

// MySQL compares by the collation of the column.
std::string Coverage::bytes_of(std::string_view text) const {
  if (session_.dialect().engine != db::Engine::mysql) return std::string(text);
  return fmt::format("CAST(CONVERT({} USING utf8mb4) AS BINARY)", text);
}

}  // namespace store
