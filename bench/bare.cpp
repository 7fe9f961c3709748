#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/error.h"
#include "db/server.h"
#include "db/session.h"

// The bare transaction: what a database costs to write one channel, in the
// fewest statements that could do it.
//
//   bench_bare change PLACE CHANNELS   milliseconds for each, on average
//   bench_bare copy FROM TO            makes both tables of a gateway anew
//
// A place is sqlite:FILE, mysql:PORT/DATABASE or postgres:PORT/DATABASE, the
// servers being those of tests/support/servers.sh.

namespace {

std::unique_ptr<db::Session> open(std::string_view place) {
  const std::size_t colon = place.find(':');
  const std::string_view engine = place.substr(0, colon);
  const std::string_view where = place.substr(colon + 1);
  if (engine == "sqlite") {
    return db::open_sqlite(std::string(where), db::Access::create);
  }
  const std::size_t slash = where.find('/');
  const db::Server server{
      .name = std::string(place),
      .host = "127.0.0.1",
      .port = std::atoi(std::string(where.substr(0, slash)).c_str()),
      .user = engine == "mysql" ? "admin" : "postgres",
      .password = base::Secret("test-password"),
      .database = std::string(where.substr(slash + 1))};
  return engine == "mysql" ? db::open_mysql(server, db::Access::write)
                           : db::open_postgres(server, db::Access::write);
}

void change(db::Session& session, std::int64_t channels) {
  using Clock = std::chrono::steady_clock;
  // What a connection does once is not the transaction's.
  session.query(R"(SELECT COUNT(*) FROM "channels")");
  const auto begin = Clock::now();
  for (std::int64_t id = 1; id <= channels; ++id) {
    session.begin();
    session.execute(R"(UPDATE "channels" SET "models" = ? WHERE "id" = ?)",
                    {"m1,m2,z", id});
    session.execute(
        R"(DELETE FROM "abilities" WHERE "channel_id" = ? AND "model" = 'm0')",
        {id});
    session.execute(
        R"(INSERT INTO "abilities" ("group", "model", "channel_id", "enabled",)"
        R"( "priority", "weight") VALUES ('default', 'z', ?, TRUE, 0, 0))",
        {id});
    session.execute("COMMIT");
  }
  const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
  fmt::print("{:.4f}\n", took.count() / static_cast<double>(channels));
}

// Rows of `table`, whose columns are `columns`, from one to the other.  What
// is in column number `truth` is true or false.
void copy_rows(db::Session& from, db::Session& to, std::string_view table,
               std::string_view columns, std::size_t truth) {
  std::string places;
  for (const char letter : columns) {
    if (letter == ',') places += ", ?";
  }
  const std::string insert = fmt::format(
      R"(INSERT INTO "{}" ({}) VALUES (?{}))", table, columns, places);
  for (db::Row& row :
       from.query(fmt::format(R"(SELECT {} FROM "{}")", columns, table))) {
    if (truth < row.size()) row[truth] = db::truth_of(row[truth]);
    to.execute(insert, row);
  }
}

void copy(db::Session& from, db::Session& to) {
  to.execute(R"(DROP TABLE IF EXISTS "channels")");
  to.execute(R"(DROP TABLE IF EXISTS "abilities")");
  to.execute(
      R"(CREATE TABLE "channels" ("id" bigint PRIMARY KEY, "type" bigint,)"
      R"( "key" text NOT NULL, "open_ai_organization" text, "test_model" text,)"
      R"( "status" bigint, "name" varchar(191), "weight" bigint,)"
      R"( "created_time" bigint, "test_time" bigint, "response_time" bigint,)"
      R"( "base_url" varchar(191), "other" text, "models" text,)"
      R"( "group" varchar(64), "used_quota" bigint, "model_mapping" text,)"
      R"( "status_code_mapping" varchar(1024), "priority" bigint,)"
      R"( "auto_ban" bigint, "other_info" text, "tag" varchar(191),)"
      R"( "setting" text, "param_override" text, "header_override" text,)"
      R"( "remark" varchar(255), "channel_info" json, "settings" text))");
  to.execute(
      R"(CREATE TABLE "abilities" ("group" varchar(64) NOT NULL,)"
      R"( "model" varchar(255) NOT NULL, "channel_id" bigint NOT NULL,)"
      R"( "enabled" boolean, "priority" bigint, "weight" bigint,)"
      R"( "tag" varchar(191), PRIMARY KEY ("group", "model", "channel_id")))");
  to.execute(R"(CREATE INDEX "idx_abilities_channel_id" ON "abilities")"
             R"( ("channel_id"))");
  to.begin();
  copy_rows(from, to, "channels",
            R"("id", "type", "key", "status", "name", "created_time",)"
            R"( "base_url", "models", "auto_ban", "model_mapping", "other",)"
            R"( "setting", "used_quota", "group", "priority", "weight")",
            std::string::npos);
  copy_rows(from, to, "abilities",
            R"("group", "model", "channel_id", "enabled", "priority",)"
            R"( "weight", "tag")",
            3);
  to.execute("COMMIT");
}

}  // namespace

int main(int count, char** arguments) try {
  const std::string_view what = count == 4 ? arguments[1] : "";
  if (what == "change") {
    change(*open(arguments[2]), std::strtol(arguments[3], nullptr, 10));
  } else if (what == "copy") {
    copy(*open(arguments[2]), *open(arguments[3]));
  } else {
    std::fputs("bench_bare change PLACE CHANNELS | copy FROM TO\n", stderr);
    return 2;
  }
  return 0;
} catch (const base::Error& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
