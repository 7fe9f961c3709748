#include <array>

#include <fmt/format.h>

#include "db/session.h"
#include "store/channel_store.h"

namespace store {

namespace {

// "a" = "a", "b" = "b": of the columns that a store may write.
std::string written_columns(const core::Schema& schema) {
  constexpr std::array<std::string_view, 5> columns = {
      "models", "status", "other_info", "test_time", "response_time"};
  std::string text;
  for (const std::string_view column : columns) {
    if (!schema.has(std::string(column))) continue;
    text +=
        fmt::format(R"({0}"{1}" = "{1}")", text.empty() ? "" : ", ", column);
  }
  return text;
}

}  // namespace

void look_at_rights(db::Session& session, const core::Schema& schema) {
  session.query(fmt::format(R"(SELECT "id" FROM "channels" WHERE 1 = 0{})",
                            session.dialect().lock_row));
  session.execute(fmt::format(R"(UPDATE "channels" SET {} WHERE 1 = 0)",
                              written_columns(schema)));
  if (!schema.has_abilities()) return;
  session.query(R"(SELECT "model" FROM "abilities" WHERE 1 = 0)");
  session.execute(
      R"(INSERT INTO "abilities" ("group", "model", "channel_id", "enabled",)"
      R"( "priority") SELECT "group", "model", "channel_id", "enabled",)"
      R"( "priority" FROM "abilities" WHERE 1 = 0)");
  session.execute(
      R"(UPDATE "abilities" SET "enabled" = "enabled" WHERE 1 = 0)");
  session.execute(R"(DELETE FROM "abilities" WHERE 1 = 0)");
}

}  // namespace store
