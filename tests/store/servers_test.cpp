#include "support/servers.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/error.h"
#include "base/messages_db.h"
#include "catch.h"
#include "core/names.h"
#include "databases.h"

using core::Channel;
using core::ChannelChange;
using db::Engine;
using support::Database;

namespace {

const std::vector<std::string> folders = {"one-api-0.6", "new-api-2025-04",
                                          "new-api-2026-08", "one-hub-2026-02"};
const std::vector<Engine> server_engines = {Engine::mysql, Engine::postgres};

std::string dump(std::string_view folder, Engine engine) {
  return std::string(GATEWAY_FIXTURES) + "/" + std::string(folder) +
         (engine == Engine::mysql ? "/mysql.sql" : "/postgres.sql");
}

// A gateway's database of any engine, as a real gateway left it.
struct ServerGateway {
  ServerGateway(std::string_view folder, Engine engine) : database(engine) {
    database.load(dump(folder, engine));
  }

  std::unique_ptr<store::ChannelStore> store() const {
    auto session = database.open();
    auto found = store::detect(*session);
    return store::make_channel_store(
        std::move(session), std::get<core::Schema>(std::move(found)), stop);
  }

  Database database;
  base::StopFlag stop;
};

}  // namespace

TEST_CASE("a gateway is the same on every database") {
  if (std::string_view(GATEWAY_FIXTURES).empty()) {
    WARN("GATEWAY_FIXTURES is empty: no databases of real gateways");
    return;
  }
  const auto& folder = GENERATE(from_range(folders));
  const Engine engine = GENERATE(from_range(server_engines));
  CAPTURE(folder, engine);
  const Database file(Engine::sqlite);
  file.load(support::fixture(GATEWAY_FIXTURES, folder));
  auto session = file.open();
  auto found = store::detect(*session);
  const base::StopFlag stop;
  const auto reference = store::make_channel_store(
      std::move(session), std::get<core::Schema>(std::move(found)), stop);
  const ServerGateway gateway(folder, engine);
  const auto store = gateway.store();
  CHECK(store->schema().product == reference->schema().product);
  const auto expected = reference->load();
  const auto channels = store->load();
  // Ids from 19 on depend on what the product's API let through.
  for (std::size_t i = 0; i < 18; ++i) {
    const Channel& channel = channels.at(i);
    const Channel& like = expected.at(i);
    CAPTURE(channel.name);
    CHECK(channel.malformed.empty());
    CHECK(static_cast<std::int64_t>(channel.id) ==
          static_cast<std::int64_t>(like.id));
    CHECK(channel.name == like.name);
    CHECK(channel.models == like.models);
    CHECK(channel.group == like.group);
    CHECK(channel.key == like.key);
    CHECK(channel.status == like.status);
    CHECK(channel.priority == like.priority);
    CHECK(channel.weight == like.weight);
    CHECK(channel.model_mapping == like.model_mapping);
    CHECK(channel.tag == like.tag);
    CHECK(channel.auto_ban == like.auto_ban);
    CHECK(store->abilities(channel.id).size() ==
          reference->abilities(like.id).size());
  }
  CHECK(store->covered_groups() == reference->covered_groups());
  store::look_at_rights(*gateway.database.open(), store->schema());
}

TEST_CASE("a change is written whole, and what it leaves is what was meant") {
  if (std::string_view(GATEWAY_FIXTURES).empty()) return;
  const auto& folder = GENERATE(from_range(folders));
  const Engine engine = GENERATE(from_range(server_engines));
  CAPTURE(folder, engine);
  const ServerGateway gateway(folder, engine);
  const auto store = gateway.store();
  for (const Channel& before : store->load()) {
    if (before.status == core::disabled_by_hand) continue;
    CAPTURE(before.name, before.models);
    auto models = core::names_of(before.models);
    if (models.size() > 1) models.erase(models.begin());
    models.emplace_back("brand-new-模型");
    const ChannelChange change{.before = before,
                               .models = core::comma_list(models),
                               .now = 1'770'000'000,
                               .response_time = 7};
    const auto preview = store->preview(change);
    CHECK(std::holds_alternative<store::Applied>(preview));
    const auto result = store->apply(change);
    if (const auto* failed = std::get_if<store::Failed>(&result)) {
      FAIL(failed->why.in(base::Language::en));
    }
    REQUIRE(std::holds_alternative<store::Applied>(result));
    const Channel after = store->look(before.id).at(0);
    CHECK(after.models == *change.models);
    CHECK(after.test_time == 1'770'000'000);
    CHECK(after.key == before.key);
    CHECK(after.channel_info == before.channel_info);
    const auto rows = store->abilities(before.id);
    if (store->schema().has_abilities()) {
      CHECK(std::count_if(rows.begin(), rows.end(),
                          [](const auto& row) {
                            return row.model == "brand-new-模型";
                          }) ==
            static_cast<std::ptrdiff_t>(core::names_of(before.group).size()));
      for (const core::Ability& row : rows) {
        CHECK(row.enabled == (after.status == core::enabled));
        CHECK(row.priority == after.priority);
      }
    }
    CHECK(
        std::holds_alternative<store::ChangedMeanwhile>(store->apply(change)));
    ChannelChange back{.before = after, .models = before.models, .now = 1};
    CHECK(std::holds_alternative<store::Applied>(store->apply(back)));
  }
}

TEST_CASE("a channel is disabled and enabled on every database") {
  if (std::string_view(GATEWAY_FIXTURES).empty()) return;
  const auto& folder = GENERATE(from_range(folders));
  const Engine engine = GENERATE(from_range(server_engines));
  CAPTURE(folder, engine);
  const ServerGateway gateway(folder, engine);
  const auto store = gateway.store();
  for (const std::int64_t status : {3, 1}) {
    const Channel before = store->look(core::ChannelId{5}).at(0);
    const auto result = store->apply({.before = before,
                                      .status = status,
                                      .status_reason = "没有回答 🤖",
                                      .now = 1'770'000'000});
    REQUIRE(std::holds_alternative<store::Applied>(result));
    CHECK(store->look(before.id).at(0).status == status);
    for (const core::Ability& row : store->abilities(before.id)) {
      CHECK(row.enabled == (status == 1));
    }
  }
}

TEST_CASE("a row that silently refuses its change keeps its abilities") {
  if (std::string_view(GATEWAY_FIXTURES).empty()) {
    WARN("GATEWAY_FIXTURES is empty: no databases of real gateways");
    return;
  }
  const ServerGateway gateway("new-api-2026-08", Engine::postgres);
  const auto other = gateway.database.open();
  other->execute(
      "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN RETURN NULL; END'");
  other->execute(
      "CREATE TRIGGER keep BEFORE UPDATE ON channels FOR EACH ROW"
      " EXECUTE FUNCTION keep()");
  const auto store = gateway.store();
  const Channel before = store->load().front();
  const auto abilities = store->abilities(before.id);
  const auto result =
      store->apply({.before = before, .models = "one-more," + before.models});
  CHECK(std::holds_alternative<store::ChangedMeanwhile>(result));
  CHECK(store->look(before.id).front().models == before.models);
  CHECK(store->abilities(before.id) == abilities);
}

TEST_CASE("no channel is enabled in a group that can get no row") {
  if (std::string_view(GATEWAY_FIXTURES).empty()) {
    WARN("GATEWAY_FIXTURES is empty: no databases of real gateways");
    return;
  }
  const Engine engine = GENERATE(from_range(server_engines));
  const std::string groups = GENERATE("twin,TWIN", "TWIN,twin");
  CAPTURE(engine, groups);
  const ServerGateway gateway("new-api-2026-08", engine);
  const auto store = gateway.store();
  const core::ChannelId id = store->load().front().id;
  gateway.database.open()->execute(
      R"(UPDATE "channels" SET "status" = 3, "group" = ? WHERE "id" = ?)",
      {groups, static_cast<std::int64_t>(id)});
  const Channel before = store->look(id).front();
  const auto abilities = store->abilities(id);
  const core::ChannelChange change{.before = before, .status = core::enabled};
  const auto result = store->apply(change);
  if (engine == Engine::postgres) {
    CHECK(std::holds_alternative<store::Applied>(result));
    return;
  }
  REQUIRE(std::holds_alternative<store::Failed>(result));
  CHECK(std::get<store::Failed>(result).why.is(base::say::group_uncoverable));
  CHECK(store->look(id).front().status == core::disabled_automatically);
  CHECK(store->abilities(id) == abilities);
}

TEST_CASE("the database says which names are one") {
  struct Case {
    Engine engine;
    std::string type;  // of abilities.model
    bool case_differs;
    bool accent_differs;
    bool blank_differs;
  };
  const Case one = GENERATE(values<Case>({
      {Engine::sqlite, "TEXT", true, true, true},
      {Engine::postgres, "TEXT", true, true, true},
      {Engine::mysql, "VARCHAR(255) COLLATE utf8mb4_general_ci", false, false,
       false},
      {Engine::mysql, "VARCHAR(255) COLLATE utf8mb4_unicode_ci", false, false,
       false},
      {Engine::mysql, "VARCHAR(255) COLLATE utf8mb4_unicode_520_nopad_ci",
       false, false, true},
      {Engine::mysql, "VARCHAR(255) COLLATE utf8mb4_bin", true, true, false},
      {Engine::mysql, "VARCHAR(255) COLLATE utf8mb4_nopad_bin", true, true,
       true},
      {Engine::mysql,
       "VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_swedish_ci", false,
       true, false},
  }));
  CAPTURE(one.engine, one.type);
  const Database database(one.engine);
  auto session = database.open();
  session->execute(
      R"(CREATE TABLE "channels" ("id" INT, "type" INT, "key" TEXT, "status" INT,)"
      R"( "name" TEXT, "base_url" TEXT, "models" TEXT, "group" TEXT,)"
      R"( "auto_ban" INT))");
  session->execute(
      R"(CREATE TABLE "abilities" ("group" VARCHAR(64), "model" )" + one.type +
      R"(, "channel_id" INT, "enabled" BOOLEAN, "priority" INT,)"
      R"( PRIMARY KEY ("group", "model", "channel_id")))");
  auto schema = store::schema_of(*session, core::Product::newapi);
  const base::StopFlag stop;
  const auto store =
      store::make_channel_store(std::move(session), std::move(schema), stop);
  const auto are_one = [&](const std::string& a, const std::string& b) {
    auto keys = store->name_keys({a, b});
    if (keys.empty()) keys = {a, b};
    // What the table itself makes of them.
    const auto other = database.open();
    bool collide = false;
    try {
      other->execute(R"(DELETE FROM "abilities")");
      for (const std::string& name : {a, b}) {
        other->execute(R"(INSERT INTO "abilities" VALUES ('g', ?, 1, ?, 0))",
                       {name, true});
      }
    } catch (const base::Error&) {
      collide = true;
    }
    CHECK((keys.at(0) == keys.at(1)) == collide);
    return keys.at(0) == keys.at(1);
  };
  CHECK(are_one("gpt-4", "GPT-4") != one.case_differs);
  CHECK(are_one("u-model", "ü-model") != one.accent_differs);
  CHECK(are_one("gpt-4", "gpt-4 ") != one.blank_differs);
  CHECK_FALSE(are_one("gpt-4", "gpt-4o"));
  CHECK_FALSE(are_one("gpt-4", " gpt-4"));
  CHECK_FALSE(are_one("gpt-4", "gpt_4"));
  CHECK(are_one("same", "same"));
}

TEST_CASE("ten thousand names are asked for in a moment") {
  if (std::string_view(GATEWAY_FIXTURES).empty()) return;
  const ServerGateway gateway("new-api-2026-08", Engine::mysql);
  const auto store = gateway.store();
  std::vector<std::string> names;
  for (int i = 0; i < 5000; ++i) {
    names.push_back("vendor/Model-" + std::to_string(i));
    names.push_back("vendor/model-" + std::to_string(i));
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto keys = store->name_keys(names);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  REQUIRE(keys.size() == names.size());
  CHECK(std::set<std::string>(keys.begin(), keys.end()).size() == 5000);
}
