#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/messages_db.h"
#include "base/text.h"
#include "db/session.h"
#include "store/channel_store.h"

namespace store {

namespace {

namespace say = base::say;

// MySQL shows nobody columns that he may not read: then it is not the table
// that lacks them.  Throws what the server says to that.
void look_at_right(db::Session& session, std::string_view sql) {
  try {
    session.query(sql);
  } catch (const base::Error& error) {
    if (error.sentence().is(say::right_missing)) throw;
  }
}
void look_at_right_to_channels(db::Session& session) {
  look_at_right(session, R"(SELECT "id" FROM "channels" WHERE 1 = 0)");
}
void look_at_right_to_abilities(db::Session& session) {
  look_at_right(session, R"(SELECT "model" FROM "abilities" WHERE 1 = 0)");
}

// What all gateways that have the table agree on.
void look_at_abilities(db::Session& session, core::Product product) {
  constexpr std::array<std::string_view, 5> needed = {
      "group", "model", "channel_id", "enabled", "priority"};
  const std::vector<std::string> columns = session.columns("abilities");
  if (columns.empty()) {
    look_at_right_to_abilities(session);
    throw base::Error({say::no_abilities_table, core::name_of(product)});
  }
  std::vector<std::string> missing;
  for (const std::string_view column : needed) {
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
      missing.emplace_back(column);
    }
  }
  if (missing.empty()) return;
  look_at_right_to_abilities(session);
  throw base::Error({say::abilities_lack, base::joined(missing, ", ")});
}

std::vector<std::string> channel_columns(db::Session& session) {
  auto columns = session.columns("channels");
  if (columns.empty()) {
    look_at_right_to_channels(session);
    throw base::Error(say::no_channels_table);
  }
  return columns;
}

using Found = std::variant<core::Schema, core::Undecided, core::NoGateway>;

// What was found, less what is no gateway.
std::variant<core::Schema, core::Undecided> checked(db::Session& session,
                                                    Found found) {
  if (const auto* no = std::get_if<core::NoGateway>(&found)) {
    look_at_right_to_channels(session);
    throw base::Error({say::no_gateway_table, base::joined(no->missing, ", ")});
  }
  if (auto* undecided = std::get_if<core::Undecided>(&found)) {
    return std::move(*undecided);
  }
  auto& schema = std::get<core::Schema>(found);
  if (schema.has_abilities()) look_at_abilities(session, schema.product);
  return std::move(schema);
}

}  // namespace

std::variant<core::Schema, core::Undecided> detect(db::Session& session) {
  return checked(session, core::detect(channel_columns(session)));
}

core::Schema schema_of(db::Session& session, core::Product product) {
  return std::get<core::Schema>(
      checked(session, core::schema_of(product, channel_columns(session))));
}

}  // namespace store
