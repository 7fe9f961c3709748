#include <fmt/format.h>

#include "catch.h"
#include "core/names.h"
#include "databases.h"
#include "support/servers.h"
#include "support/whole_database.h"

// What others do to the gateway's tables meanwhile, or did to them before, on
// every database: see channel_store_test for the same in more detail.

using core::Channel;
using core::ChannelChange;
using db::Engine;
using store::Applied;
using store::ChangedMeanwhile;
using store::Unchanged;
using support::Database;
using support::whole_database;

namespace {

constexpr std::int64_t now = 1'770'000'000;

template <typename Kind>
bool is(const store::Result& result) {
  return std::holds_alternative<Kind>(result);
}

struct Edited {
  Edited(Engine engine, const std::string& folder) : database(engine) {
    database.load(
        fmt::format("{}/{}/{}.sql", GATEWAY_FIXTURES, folder, database.type()));
    other = database.open();
    auto session = database.open();
    auto found = store::detect(*session);
    store = store::make_channel_store(
        std::move(session), std::get<core::Schema>(std::move(found)), stop);
  }

  Channel channel(std::int64_t id) const {
    return store->look(core::ChannelId{id}).at(0);
  }

  Database database;
  std::unique_ptr<db::Session> other;
  base::StopFlag stop;
  std::unique_ptr<store::ChannelStore> store;
};

bool are_here() {
  if (!std::string_view(GATEWAY_FIXTURES).empty()) return true;
  WARN("GATEWAY_FIXTURES is empty: no databases of real gateways");
  return false;
}

Engine any_engine() {
  return GENERATE(Engine::sqlite, Engine::mysql, Engine::postgres);
}

}  // namespace

TEST_CASE("an administrator's edit wins on every database") {
  if (!are_here()) return;
  const Engine engine = any_engine();
  CAPTURE(engine);
  const Edited gateway(engine, "new-api-2026-08");
  for (const char* edit :
       {R"("models" = 'gpt-4o,more')", R"("group" = 'vip')",
        R"("model_mapping" = '{}')", R"("base_url" = 'http://else')",
        R"("type" = 14)", R"("key" = 'sk-other')",
        R"("created_time" = "created_time" + 1)", R"("status" = 2)"}) {
    CAPTURE(edit);
    const Channel loaded = gateway.channel(1);
    gateway.other->execute(
        fmt::format(R"(UPDATE "channels" SET {} WHERE "id" = 1)", edit));
    const auto edited = whole_database(*gateway.other);
    const ChannelChange list{.before = loaded, .models = "x", .now = now};
    const ChannelChange status{
        .before = loaded, .status = core::disabled_automatically, .now = now};
    CHECK(is<ChangedMeanwhile>(gateway.store->apply(list)));
    CHECK(is<ChangedMeanwhile>(gateway.store->apply(status)));
    CHECK(whole_database(*gateway.other) == edited);
  }
  const Channel loaded = gateway.channel(3);
  gateway.other->execute(R"(DELETE FROM "channels" WHERE "id" = 3)");
  const auto edited = whole_database(*gateway.other);
  CHECK(is<ChangedMeanwhile>(
      gateway.store->apply({.before = loaded, .models = "x", .now = now})));
  CHECK(whole_database(*gateway.other) == edited);
}

TEST_CASE("what a one-hub deleted meanwhile is not written on any database") {
  if (!are_here()) return;
  const Engine engine = any_engine();
  CAPTURE(engine);
  const Edited gateway(engine, "one-hub-2026-02");
  for (const Channel& channel : gateway.store->load())
    CHECK(channel.name != "deleted");
  CHECK(gateway.store->look(core::ChannelId{23}).empty());
  const Channel loaded = gateway.channel(1);
  gateway.other->execute(
      R"(UPDATE "channels" SET "deleted_at" = '2026-01-01 00:00:00')"
      R"( WHERE "id" = 1)");
  const auto edited = whole_database(*gateway.other);
  CHECK(is<ChangedMeanwhile>(
      gateway.store->apply({.before = loaded, .models = "x", .now = now})));
  CHECK(whole_database(*gateway.other) == edited);
}

TEST_CASE("another status, priority, weight or tag is fresh on any database") {
  if (!are_here()) return;
  const Engine engine = any_engine();
  CAPTURE(engine);
  const Edited gateway(engine, "new-api-2026-08");
  const Channel loaded = gateway.channel(19);
  REQUIRE(loaded.tag == "batch-a");
  gateway.other->execute(
      R"(UPDATE "channels" SET "status" = 3, "priority" = 77,)"
      R"( "weight" = NULL, "tag" = NULL WHERE "id" = 19)");
  REQUIRE(is<Applied>(gateway.store->apply(
      {.before = loaded, .models = "gpt-4o,new", .now = now})));
  const auto rows = gateway.store->abilities(core::ChannelId{19});
  CHECK(rows.size() == 2);
  for (const core::Ability& row : rows) {
    CHECK(row.enabled == false);
    CHECK(row.priority == 77);
    CHECK(row.weight == 0);
    CHECK_FALSE(row.tag.has_value());
  }
}

TEST_CASE("abilities that disagree are mended by the least on any database") {
  if (!are_here()) return;
  const Engine engine = any_engine();
  CAPTURE(engine);
  const Edited gateway(engine, "new-api-2026-08");
  const auto before = whole_database(*gateway.other);
  // Five is of two groups.
  for (
      const char* harm :
      {R"(DELETE FROM "abilities" WHERE "channel_id" = 5)",
       R"(DELETE FROM "abilities" WHERE "channel_id" = 5 AND "group" = 'vip')",
       R"(INSERT INTO "abilities" VALUES ('vip', 'stray', 5, '1', 0, 0, NULL))",
       R"(UPDATE "abilities" SET "enabled" = NULL WHERE "channel_id" = 5)",
       R"(UPDATE "abilities" SET "priority" = NULL WHERE "channel_id" = 5)",
       R"(UPDATE "abilities" SET "weight" = 9 WHERE "channel_id" = 5)",
       R"(UPDATE "abilities" SET "tag" = 'x' WHERE "channel_id" = 5)"}) {
    CAPTURE(harm);
    gateway.other->execute(harm);
    REQUIRE(whole_database(*gateway.other) != before);
    const ChannelChange nothing{.before = gateway.channel(5), .now = now};
    CHECK(is<Applied>(gateway.store->apply(nothing)));
    CHECK(support::differences(before, whole_database(*gateway.other)) ==
          std::vector<std::string>());
    CHECK(is<Unchanged>(gateway.store->apply(nothing)));
  }
}

TEST_CASE("disabling and enabling again leaves any database as it was") {
  if (!are_here()) return;
  const auto* const folder = GENERATE("one-api-0.6", "new-api-2025-04",
                                      "new-api-2026-08", "one-hub-2026-02");
  const Engine engine = any_engine();
  CAPTURE(engine, folder);
  const Edited gateway(engine, folder);
  const auto before = whole_database(*gateway.other);
  REQUIRE(
      is<Applied>(gateway.store->apply({.before = gateway.channel(5),
                                        .status = core::disabled_automatically,
                                        .status_reason = "没有回答 🤖",
                                        .now = now})));
  CHECK(gateway.channel(5).status == core::disabled_automatically);
  for (const core::Ability& row : gateway.store->abilities(core::ChannelId{5}))
    CHECK(row.enabled == false);
  REQUIRE(is<Applied>(gateway.store->apply(
      {.before = gateway.channel(5), .status = core::enabled, .now = now})));
  if (gateway.store->schema().product == core::Product::newapi) {
    CHECK(gateway.channel(5).other_info.value_or("none") ==
          R"({"status_reason":"","status_time":1770000000})");
    gateway.other->execute(
        R"(UPDATE "channels" SET "other_info" = '' WHERE "id" = 5)");
  }
  CHECK(support::differences(before, whole_database(*gateway.other)) ==
        std::vector<std::string>());
}
