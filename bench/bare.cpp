#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "db/session.h"

// The bare transaction: what a database costs to write one channel of so many
// models, in the fewest statements that could do it.
//
//   bench_bare sqlite FILE CHANNELS     milliseconds for each, on average

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("bench_bare sqlite FILE CHANNELS\n", stderr);
    return 2;
  }
  const auto session = db::open_sqlite(arguments[2], db::Access::write);
  session->query("PRAGMA synchronous");
  const auto channels = std::strtol(arguments[3], nullptr, 10);
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  for (std::int64_t id = 1; id <= channels; ++id) {
    session->begin();
    session->execute(R"(UPDATE "channels" SET "models" = "models" || ',z')"
                     R"( WHERE "id" = ?)",
                     {id});
    session->execute(
        R"(DELETE FROM "abilities" WHERE "channel_id" = ? AND "model" = 'm0')",
        {id});
    session->execute(
        R"(INSERT INTO "abilities" ("group", "model", "channel_id", "enabled",)"
        R"( "priority", "weight") VALUES ('default', 'z', ?, 1, 0, 0))",
        {id});
    session->execute("COMMIT");
  }
  const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
  fmt::print("{:.4f}\n", took.count() / static_cast<double>(channels));
  return 0;
}
