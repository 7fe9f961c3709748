#include "expected.h"

#include <ctime>
#include <set>

#include <fmt/format.h>

#include "catch.h"
#include "support/whole_database.h"

namespace e2e {

namespace {

// The copies that an ability has of its channel, as new-api has them, or
// one-api.
std::string copies(db::Session& session) {
  return session.columns("abilities").size() > 5
             ? R"(COALESCE("priority", 0), COALESCE("weight", 0), "tag")"
             : R"(COALESCE("priority", 0))";
}

// Names that are one to the database have the row of the first.
void make_abilities(db::Session& twin, const Expected& edit) {
  twin.execute(R"(DELETE FROM "abilities" WHERE "channel_id" = ?)", {edit.id});
  const db::Rows rows =
      twin.query(R"(SELECT "group" FROM "channels" WHERE "id" = ?)", {edit.id});
  const std::string insert = fmt::format(
      R"(INSERT INTO "abilities" SELECT ?, ?, "id", "status" = 1, {})"
      R"( FROM "channels" WHERE "id" = ?{})",
      copies(twin), twin.dialect().keep_existing("channel_id"));
  for (const std::string& model : split(edit.models, ',')) {
    for (const std::string& group : split(db::text_of(rows.at(0).at(0)), ',')) {
      twin.execute(insert, {group, model, edit.id});
    }
  }
}

void make_expected(db::Session& twin, db::Session& gateway,
                   const std::vector<Expected>& edits) {
  const bool has_abilities = !twin.columns("abilities").empty();
  twin.begin();
  for (const Expected& edit : edits) {
    const db::Row times =
        gateway
            .query(R"(SELECT "test_time", "response_time" FROM)"
                   R"( "channels" WHERE "id" = ?)",
                   {edit.id})
            .at(0);
    twin.execute(R"(UPDATE "channels" SET "models" = ?, "test_time" = ?,)"
                 R"( "response_time" = ? WHERE "id" = ?)",
                 {edit.models, times.at(0), times.at(1), edit.id});
    if (has_abilities) make_abilities(twin, edit);
  }
  twin.execute("COMMIT");
}

void times_are_of_now(db::Session& gateway, const Expected& edit,
                      std::time_t begin) {
  const db::Row times =
      gateway
          .query(R"(SELECT "test_time", "response_time" FROM "channels")"
                 R"( WHERE "id" = ?)",
                 {edit.id})
          .at(0);
  const std::int64_t at = db::number_of(times.at(0)).value_or(0);
  const std::int64_t took = db::number_of(times.at(1)).value_or(-1);
  INFO(edit.id);
  CHECK(at >= begin);
  CHECK(at <= std::time(nullptr));
  CHECK(took >= 0);
  CHECK(took <= 5000);
}

}  // namespace

std::vector<std::string> uncovered_groups(db::Session& gateway) {
  std::set<std::string> covered;
  for (const db::Row& row : gateway.query(
           R"(SELECT DISTINCT "channel_id", "group" FROM "abilities")")) {
    covered.insert(db::text_of(row.at(0)) + "/" + db::text_of(row.at(1)));
  }
  std::vector<std::string> missing;
  for (const db::Row& row : gateway.query(
           R"(SELECT "id", "group" FROM "channels" WHERE "status" = 1)")) {
    for (const std::string& group : split(db::text_of(row.at(1)), ',')) {
      std::string place = db::text_of(row.at(0)) + "/" + group;
      if (!covered.contains(place)) missing.push_back(std::move(place));
    }
  }
  return missing;
}

World::Round only_expected_changes(World& world, db::Session& gateway,
                                   db::Session& twin,
                                   const std::vector<Expected>& edits,
                                   const Arguments& arguments) {
  REQUIRE(support::differences(support::whole_database(twin),
                               support::whole_database(gateway)) ==
          std::vector<std::string>());
  const std::time_t begin = std::time(nullptr);
  auto round = world.round(arguments);
  INFO(round.ended.err);
  REQUIRE(round.report.is_json());
  check_only_expected(gateway, twin, edits, begin);
  return round;
}

void check_only_expected(db::Session& gateway, db::Session& twin,
                         const std::vector<Expected>& edits,
                         std::int64_t begin) {
  for (const Expected& edit : edits) {
    times_are_of_now(gateway, edit, begin);
  }
  make_expected(twin, gateway, edits);
  CHECK(support::differences(support::whole_database(twin),
                             support::whole_database(gateway)) ==
        std::vector<std::string>());
  if (!gateway.columns("abilities").empty()) {
    CHECK(uncovered_groups(gateway) == std::vector<std::string>());
  }
}

}  // namespace e2e
