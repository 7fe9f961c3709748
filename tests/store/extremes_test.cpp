#include <chrono>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "catch.h"
#include "core/names.h"
#include "databases.h"
#include "support/servers.h"

// What a list, a name or a cell may be at worst, on every database: written,
// read back to the byte, and written back.

using core::Channel;
using core::ChannelChange;
using db::Engine;
using support::Database;

namespace {

using Names = std::vector<std::string>;

struct Table {
  Engine engine;
  const char* collation;  // of abilities; "" for what the dump has
};

const std::vector<Table> tables = {{Engine::sqlite, ""},
                                   {Engine::postgres, ""},
                                   {Engine::mysql, "utf8mb4_general_ci"},
                                   {Engine::mysql, "utf8mb4_unicode_520_ci"},
                                   {Engine::mysql, "utf8mb4_bin"},
                                   {Engine::mysql, "utf8mb4_nopad_bin"}};

class ExtremeGateway {
 public:
  explicit ExtremeGateway(const Table& table) : database(table.engine) {
    database.load(fmt::format("{}/new-api-2026-08/{}.sql", GATEWAY_FIXTURES,
                              database.type()));
    other = database.open();
    if (*table.collation != '\0') {
      other->execute(R"(DELETE FROM "abilities")");
      other->execute(
          fmt::format(R"(ALTER TABLE "abilities" CONVERT TO CHARACTER SET)"
                      " utf8mb4 COLLATE {}",
                      table.collation));
    }
    auto session = database.open();
    auto found = store::detect(*session);
    store = store::make_channel_store(
        std::move(session), std::get<core::Schema>(std::move(found)), stop);
  }

  Channel channel(std::int64_t id) const {
    return store->look(core::ChannelId{id}).at(0);
  }

  // Applies the change; the abilities are those of the row that it leaves.
  void apply(const ChannelChange& change) const {
    const auto result = store->apply(change);
    if (const auto* failed = std::get_if<store::Failed>(&result)) {
      FAIL(failed->why.in(base::Language::en));
    }
    REQUIRE(std::holds_alternative<store::Applied>(result));
    check_abilities(channel(static_cast<std::int64_t>(change.before.id)));
    CHECK(std::holds_alternative<store::Unchanged>(store->apply(
        {.before = channel(static_cast<std::int64_t>(change.before.id)),
         .now = change.now})));
  }

  void list(std::int64_t id, const Names& names) const {
    apply({.before = channel(id),
           .models = core::comma_list(names),
           .now = 1'770'000'000});
    CHECK((channel(id).models == core::comma_list(names)));
  }

  Database database;
  std::unique_ptr<db::Session> other;
  base::StopFlag stop;
  std::unique_ptr<store::ChannelStore> store;

 private:
  // One row for each group and for each name that the database tells apart,
  // blanks and all, with the spelling of the first of those that are one.
  void check_abilities(const Channel& row) const {
    const auto names = base::split(row.models, ',');
    std::set<std::pair<std::string, std::string>> expected;
    for (const std::string& group : core::names_of(row.group)) {
      std::set<std::string> known;
      for (const std::string_view part : names) {
        const std::string name(part);
        if (known.insert(key_of(name)).second) expected.insert({group, name});
      }
    }
    std::set<std::pair<std::string, std::string>> found;
    for (const core::Ability& ability : store->abilities(row.id)) {
      found.insert({ability.group, ability.model});
      CHECK(ability.enabled == (row.status == core::enabled));
      CHECK(ability.priority == row.priority);
      CHECK(ability.weight == row.weight);
      CHECK(ability.tag == row.tag);
    }
    CHECK((found == expected));
  }

  std::string key_of(const std::string& name) const {
    const auto known = keys_.find(name);
    if (known != keys_.end()) return known->second;
    const auto keys = store->name_keys({name});
    return keys_[name] = keys.empty() ? name : keys.front();
  }

  mutable std::map<std::string, std::string> keys_;
};

bool are_here() {
  if (!std::string_view(GATEWAY_FIXTURES).empty()) return true;
  WARN("GATEWAY_FIXTURES is empty: no databases of real gateways");
  return false;
}

}  // namespace

TEST_CASE(
    "names that are one to a database have one row and stay in the list") {
  if (!are_here()) return;
  const Table table = GENERATE(from_range(tables));
  CAPTURE(table.engine, table.collation);
  const ExtremeGateway gateway(table);
  // Five is of two groups.
  for (const std::int64_t id : {1, 5}) {
    gateway.list(id, {"gpt-4", "GPT-4", "Gpt-4", "u-model", "ü-model",
                      "Ü-MODEL", "straße", "strasse", "模型", "ﬁ", "fi"});
    gateway.list(id, {"GPT-4", "gpt-4", "ü-model", "fi", "ﬁ"});
    gateway.list(id, {"gpt-4"});
    gateway.list(id, {"GPT-4"});
  }
  // The same one with a blank at its end, as only an administrator's row has.
  gateway.other->execute(
      R"(UPDATE "channels" SET "models" = 'a-model ,a-model, A-model ,b')"
      R"( WHERE "id" = 1)");
  gateway.apply({.before = gateway.channel(1), .now = 1});
}

TEST_CASE("lists of ten thousand names and of a megabyte are whole") {
  if (!are_here()) return;
  const Engine engine =
      GENERATE(Engine::sqlite, Engine::mysql, Engine::postgres);
  CAPTURE(engine);
  const ExtremeGateway gateway({engine, ""});
  gateway.list(5, {"one"});  // of two groups
  Names many;
  for (int i = 0; i < 10'000; ++i) {
    many.push_back(fmt::format("vendor/model-{:05}", i));
  }
  const auto begin = std::chrono::steady_clock::now();
  gateway.list(5, many);
  Names longest;
  std::size_t bytes = 0;
  while (bytes < (std::size_t{1} << 20U)) {
    std::string name = fmt::format("{:05}-", longest.size());
    while (name.size() < 250)
      name += "🤖";
    bytes += name.size() + 1;
    longest.push_back(std::move(name));
  }
  gateway.list(5, longest);
  gateway.list(5, {"one"});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(40));
}

TEST_CASE("emoji, quotes and what looks like SQL are names like others") {
  if (!are_here()) return;
  const Engine engine =
      GENERATE(Engine::sqlite, Engine::mysql, Engine::postgres);
  CAPTURE(engine);
  const ExtremeGateway gateway({engine, ""});
  gateway.list(5, {"🤖", "👩‍👩‍👧", "it's", "a\"b", "back\\slash",
                   "`tick`", "%", "_", "?", "$1", ":name",
                   "'; DROP TABLE channels; --", "NULL", "模型 空格"});
  gateway.list(5, {"\\'", "''", "\\"});
}

TEST_CASE("cells that are NULL are read as nothing and left so") {
  if (!are_here()) return;
  const Engine engine =
      GENERATE(Engine::sqlite, Engine::mysql, Engine::postgres);
  CAPTURE(engine);
  const ExtremeGateway gateway({engine, ""});
  gateway.other->execute(
      R"(UPDATE "channels" SET "weight" = NULL, "priority" = NULL,)"
      R"( "tag" = NULL, "base_url" = NULL, "model_mapping" = NULL,)"
      R"( "other_info" = NULL, "test_time" = NULL, "response_time" = NULL,)"
      R"( "auto_ban" = NULL, "setting" = NULL, "name" = NULL)"
      R"( WHERE "id" = 1)");
  CHECK(gateway.channel(1).malformed.empty());
  CHECK_FALSE(gateway.channel(1).other_info.has_value());
  gateway.list(1, {"a", "b"});
  const auto rows = gateway.other->query(
      R"(SELECT "weight", "priority", "tag", "base_url", "model_mapping",)"
      R"( "other_info", "test_time", "response_time", "auto_ban", "setting",)"
      R"( "name" FROM "channels" WHERE "id" = 1)");
  for (const db::Value& cell : rows.at(0))
    CHECK(db::is_null(cell));
  // A NULL priority would never be routed.
  for (const core::Ability& ability :
       gateway.store->abilities(core::ChannelId{1})) {
    CHECK(ability.priority == 0);
    CHECK(ability.weight == 0);
    CHECK_FALSE(ability.tag.has_value());
  }
}
