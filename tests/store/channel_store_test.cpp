#include "store/channel_store.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/error.h"
#include "base/messages_db.h"
#include "base/text.h"
#include "catch.h"
#include "core/names.h"
#include "databases.h"
#include "db/transaction.h"
#include "support/whole_database.h"

using core::Channel;
using core::ChannelChange;
using core::Product;
using store::Applied;
using store::ChangedMeanwhile;
using store::Failed;
using store::Unchanged;
using support::differences;
using support::whole_database;

namespace {

constexpr std::int64_t now = 1'770'000'000;

template <typename Kind>
bool is(const store::Result& result) {
  return std::holds_alternative<Kind>(result);
}

ChannelChange models_change(const Channel& before,
                            const std::vector<std::string>& models) {
  return {.before = before, .models = core::comma_list(models), .now = now};
}

ChannelChange status_change(const Channel& before, std::int64_t status,
                            std::string reason = "") {
  return {.before = before,
          .status = status,
          .status_reason = std::move(reason),
          .now = now};
}

// The abilities that a gateway would have made for a channel, found out in the
// plainest way: "group|model|enabled|priority|weight|tag".
std::set<std::string> expected_abilities(const Channel& channel,
                                         Product product) {
  std::set<std::string> rows;
  for (const auto model : base::split(channel.models, ',')) {
    for (const auto group : base::split(channel.group, ',')) {
      std::string row = std::string(group) + "|" + std::string(model) + "|" +
                        (channel.status == 1 ? "1" : "0") + "|" +
                        std::to_string(channel.priority);
      if (product == Product::newapi) {
        row += "|" + std::to_string(channel.weight) + "|" +
               channel.tag.value_or("NULL");
      }
      rows.insert(row);
    }
  }
  return rows;
}

std::set<std::string> abilities(const Gateway& gateway, Product product,
                                core::ChannelId id) {
  std::set<std::string> rows;
  const auto session = db::open_sqlite(gateway.file(), db::Access::read);
  const std::string more =
      product == Product::newapi
          ? R"(||'|'||"weight"||'|'||COALESCE("tag", 'NULL'))"
          : "";
  for (const db::Row& row : session->query(
           R"(SELECT "group"||'|'||"model"||'|'||"enabled"||'|'||"priority")" +
               more + R"( FROM "abilities" WHERE "channel_id" = ?)",
           {static_cast<std::int64_t>(id)})) {
    rows.insert(db::text_of(row.at(0)));
  }
  return rows;
}

}  // namespace

TEST_CASE("the product of a database is told by its tables") {
  if (std::string_view(GATEWAY_FIXTURES).empty()) {
    WARN("GATEWAY_FIXTURES is empty: no databases of real gateways");
  }
  for (const Origin& origin : origins()) {
    CAPTURE(origin.name);
    const Gateway gateway(origin);
    const auto session = db::open_sqlite(gateway.file(), db::Access::read);
    const auto found = store::detect(*session);
    REQUIRE(std::holds_alternative<core::Schema>(found));
    const auto& schema = std::get<core::Schema>(found);
    CHECK(schema.product == origin.product);
    CHECK(schema.has("models"));
    CHECK(store::schema_of(*session, Product::onehub).product ==
          Product::onehub);
  }
}

TEST_CASE("a database of somebody else is refused by name") {
  const support::TemporaryFolder folder;
  struct Case {
    std::string sql;
    const base::Phrase* error;
  };
  const std::string channels =
      "CREATE TABLE channels (id, type, key, status, name, base_url, models,"
      " \"group\", auto_ban);";
  const Case cases[] = {
      {"CREATE TABLE users (id)", &base::say::no_channels_table},
      {"CREATE TABLE channels (id, name, models)",
       &base::say::no_gateway_table},
      {channels, &base::say::no_abilities_table},
      {channels + "CREATE TABLE abilities (\"group\", model)",
       &base::say::abilities_lack},
  };
  for (const Case& one : cases) {
    CAPTURE(one.sql);
    const auto session = db::open_sqlite(":memory:", db::Access::create);
    session->execute(one.sql);
    try {
      store::detect(*session);
      FAIL("it was taken for a gateway's");
    } catch (const base::Error& error) {
      CHECK(error.sentence().is(*one.error));
    }
    CHECK_THROWS_AS(store::schema_of(*session, Product::newapi), base::Error);
  }
}

TEST_CASE("channels come by ascending id with what their columns hold") {
  for (const Origin& origin : origins()) {
    CAPTURE(origin.name);
    const Gateway gateway(origin);
    const auto store = gateway.store();
    const auto channels = store->load();
    REQUIRE(channels.size() >= 9);
    CHECK(std::is_sorted(
        channels.begin(), channels.end(),
        [](const auto& a, const auto& b) { return a.id < b.id; }));
    const std::string count =
        origin.product == Product::onehub
            ? "SELECT COUNT(*) FROM channels WHERE deleted_at IS NULL"
            : "SELECT COUNT(*) FROM channels";
    CHECK(std::to_string(channels.size()) == gateway.look_up(count));
    CHECK(channels[0].priority == 10);
    CHECK(channels[0].weight == 5);
    CHECK(channels[0].key.reveal().starts_with("sk-"));
    CHECK(channels[0].created_time > 1'700'000'000);
    for (const Channel& channel : channels) {
      CAPTURE(channel.name);
      CHECK(channel.malformed.empty());
      CHECK_FALSE(channel.models.empty());
      CHECK(store->look(channel.id).at(0).models == channel.models);
      if (store->schema().has_channel_info() && !channel.channel_info.empty()) {
        CHECK(channel.channel_info.starts_with(R"({"is_multi_key":)"));
      }
    }
    CHECK(store->look(core::ChannelId{9999}).empty());
  }
}

TEST_CASE("what only one product uses is read from no other one's table") {
  const Gateway gateway(newapi_origin());
  gateway.change(
      "ALTER TABLE channels ADD COLUMN proxy text;"
      "ALTER TABLE channels ADD COLUMN config text;"
      "UPDATE channels SET proxy = 'http://old', config = '{'");
  const auto session = db::open_sqlite(gateway.file(), db::Access::write);
  const auto read = [&](Product product) {
    return store::make_channel_store(
               db::open_sqlite(gateway.file(), db::Access::write),
               store::schema_of(*session, product), gateway.stop)
        ->load()
        .at(0);
  };
  const Channel channel = read(Product::newapi);
  CHECK(channel.proxy.empty());
  CHECK(channel.config.empty());
  CHECK(channel.auto_ban == 1);
  CHECK(channel.organization == "org-made-up");
  CHECK(read(Product::onehub).proxy.reveal() == "http://old");
  CHECK(read(Product::oneapi).config == "{");
}

TEST_CASE("NULL is as good as empty") {
  const Gateway gateway(newapi_origin());
  gateway.change(
      "UPDATE channels SET type = NULL, status = NULL, priority = NULL,"
      " weight = NULL, models = NULL, base_url = NULL, model_mapping = NULL,"
      " tag = NULL, auto_ban = NULL, other_info = NULL, created_time = NULL,"
      " channel_info = NULL WHERE id = 1");
  const Channel channel = gateway.channel(1);
  CHECK(channel.malformed.empty());
  CHECK(channel.type == 0);
  CHECK(channel.status == 0);
  CHECK(channel.models.empty());
  CHECK_FALSE(channel.tag);
  CHECK_FALSE(channel.auto_ban);
}

TEST_CASE("a row with an impossible type is malformed and the others are not") {
  const Gateway gateway(newapi_origin());
  gateway.change(
      "UPDATE channels SET status = 'on', type = X'ff' WHERE id = 2;"
      "UPDATE channels SET priority = 1.5, models = 7 WHERE id = 3");
  const auto channels = gateway.store()->load();
  CHECK(channels.at(0).malformed.empty());
  CHECK(channels.at(1).malformed == std::vector<std::string>{"type", "status"});
  CHECK(channels.at(2).malformed == std::vector<std::string>{"priority"});
  CHECK(channels.at(2).models == "7");
  CHECK(channels.at(3).malformed.empty());

  Channel before = channels.at(1);
  before.malformed.clear();
  CHECK(is<ChangedMeanwhile>(
      gateway.store()->apply(models_change(before, {"x"}))));
}

TEST_CASE("real gateways made the very abilities that we would have made") {
  for (const Origin& origin : origins()) {
    CAPTURE(origin.name);
    const Gateway gateway(origin);
    const auto before = whole_database(gateway.file());
    const auto store = gateway.store();
    for (const Channel& channel : store->load()) {
      CAPTURE(channel.name);
      CHECK(is<Unchanged>(store->apply({.before = channel, .now = now})));
    }
    CHECK(whole_database(gateway.file()) == before);
  }
}

TEST_CASE("a new list is written with its abilities and nothing else") {
  for (const Origin& origin : origins()) {
    CAPTURE(origin.name);
    const Gateway gateway(origin);
    for (const Channel& channel : gateway.store()->load()) {
      if (channel.status == core::disabled_by_hand) continue;
      CAPTURE(channel.name);
      const auto id = static_cast<std::int64_t>(channel.id);
      const auto before = whole_database(gateway.file());
      // One goes, the others keep their places, two come.
      auto models = core::names_of(channel.models);
      models.erase(models.begin());
      models.emplace_back("new-模型");
      models.emplace_back("it's \"new\"");
      const auto result =
          gateway.store()->apply(models_change(channel, models));
      REQUIRE(is<Applied>(result));
      const Channel after = gateway.channel(id);
      CHECK(after.models == core::comma_list(models));
      CHECK(std::get<Applied>(result).before.models == channel.models);
      CHECK(std::get<Applied>(result).after.models == after.models);
      if (origin.product != Product::onehub) {
        CHECK(abilities(gateway, origin.product, channel.id) ==
              expected_abilities(after, origin.product));
      }
      for (const std::string& line :
           differences(before, whole_database(gateway.file()))) {
        CAPTURE(line);
        const bool is_row = line.substr(1).starts_with(
            "channels: id=" + std::to_string(id) + ", ");
        const bool is_ability = line.substr(1).starts_with("abilities: ") &&
                                line.find(", channel_id=" + std::to_string(id) +
                                          ",") != std::string::npos;
        CHECK((is_row || is_ability));
      }
      gateway.change("UPDATE channels SET models = '" + channel.models +
                     "' WHERE id = " + std::to_string(id));
      REQUIRE((is<Applied>(gateway.store()->apply(
                   {.before = gateway.channel(id), .now = now})) ||
               origin.product == Product::onehub));
      CHECK(whole_database(gateway.file()) == before);
    }
  }
}

TEST_CASE("only those columns are written that change") {
  const Gateway gateway(newapi_origin());
  const auto untouched = [&] {
    auto session = db::open_sqlite(gateway.file(), db::Access::read);
    std::string columns;
    for (const std::string& column : session->columns("channels")) {
      if (column == "models" || column == "status" || column == "other_info" ||
          column == "test_time" || column == "response_time") {
        continue;
      }
      columns +=
          (columns.empty() ? "quote(`" : "||'|'||quote(`") + column + "`)";
    }
    std::vector<std::string> rows;
    for (const db::Row& row :
         session->query("SELECT " + columns + " FROM channels ORDER BY id")) {
      rows.push_back(db::text_of(row.at(0)));
    }
    return rows;
  };
  const auto before = untouched();
  auto change = models_change(gateway.channel(1), {"a", "b"});
  change.status = core::disabled_automatically;
  change.status_reason = "gone";
  change.response_time = 77;
  REQUIRE(is<Applied>(gateway.store()->apply(change)));
  CHECK(untouched() == before);
  CHECK(gateway.look_up("SELECT models||'|'||status||'|'||other_info||'|'||"
                        "test_time||'|'||response_time FROM channels"
                        " WHERE id = 1") ==
        R"('a,b|3|{"status_reason":"gone","status_time":1770000000}|)"
        R"(1770000000|77')");
  CHECK(gateway.look_up("SELECT COUNT(*) FROM channels WHERE models = 'a,b'") ==
        "1");
}

TEST_CASE("a channel is disabled with its abilities, and enabled again") {
  for (const Origin& origin : origins()) {
    CAPTURE(origin.name);
    const Gateway gateway(origin);
    const auto before = whole_database(gateway.file());
    const bool has_info = origin.product == Product::newapi;

    REQUIRE(is<Applied>(gateway.store()->apply(status_change(
        gateway.channel(2), core::disabled_automatically, "all gone"))));
    Channel channel = gateway.channel(2);
    CHECK(channel.status == core::disabled_automatically);
    if (has_info) {
      CHECK(channel.other_info ==
            R"({"status_reason":"all gone","status_time":1770000000})");
    }
    if (origin.product != Product::onehub) {
      CHECK(gateway.look_up("SELECT TOTAL(enabled) FROM abilities"
                            " WHERE channel_id = 2") == "0.0");
    }

    REQUIRE(is<Applied>(
        gateway.store()->apply(status_change(channel, core::enabled))));
    channel = gateway.channel(2);
    CHECK(channel.status == core::enabled);
    if (has_info) {
      CHECK(channel.other_info ==
            R"({"status_reason":"","status_time":1770000000})");
      gateway.change("UPDATE channels SET other_info = '' WHERE id = 2");
    }
    CHECK(whole_database(gateway.file()) == before);
  }
}

TEST_CASE("what is no JSON object in other_info is left alone") {
  const Gateway gateway(newapi_origin());
  gateway.change("UPDATE channels SET other_info = 'a note' WHERE id = 1");
  REQUIRE(is<Applied>(gateway.store()->apply(status_change(
      gateway.channel(1), core::disabled_automatically, "gone"))));
  CHECK(gateway.channel(1).other_info == "a note");
  REQUIRE(is<Applied>(gateway.store()->apply(
      status_change(gateway.channel(4), core::enabled))));
  CHECK(gateway.channel(4).other_info ==
        R"({"owner":"ops","status_reason":"","status_time":1770000000})");
}

TEST_CASE("an edit of an administrator wins over the change") {
  const char* edits[] = {
      "UPDATE channels SET models = models || ',more' WHERE id = 1",
      "UPDATE channels SET `group` = 'vip' WHERE id = 1",
      "UPDATE channels SET model_mapping = '{}' WHERE id = 1",
      "UPDATE channels SET base_url = 'http://else' WHERE id = 1",
      "UPDATE channels SET type = 14 WHERE id = 1",
      "UPDATE channels SET `key` = 'sk-other' WHERE id = 1",
      "UPDATE channels SET created_time = created_time + 1 WHERE id = 1",
      "UPDATE channels SET status = 2 WHERE id = 1",
      "DELETE FROM channels WHERE id = 1",
      "UPDATE channels SET status = 'off' WHERE id = 1",
  };
  for (const char* edit : edits) {
    CAPTURE(edit);
    const Gateway gateway(newapi_origin());
    const auto store = gateway.store();
    const Channel loaded = store->load().at(0);
    gateway.change(edit);
    const auto edited = whole_database(gateway.file());
    CHECK(is<ChangedMeanwhile>(store->apply(models_change(loaded, {"x"}))));
    CHECK(is<ChangedMeanwhile>(
        store->apply(status_change(loaded, core::disabled_automatically))));
    CHECK(whole_database(gateway.file()) == edited);
  }
}

TEST_CASE("a channel that one-hub deleted meanwhile is not written") {
  const Gateway gateway(origins().at(3));
  const auto store = gateway.store();
  const Channel loaded = store->load().at(0);
  gateway.change("UPDATE channels SET deleted_at = '2026-01-01' WHERE id = 1");
  const auto edited = whole_database(gateway.file());
  CHECK(is<ChangedMeanwhile>(store->apply(models_change(loaded, {"x"}))));
  CHECK(whole_database(gateway.file()) == edited);
}

TEST_CASE("another status, priority, weight or tag is used fresh") {
  const Gateway gateway(newapi_origin());
  const auto store = gateway.store();
  const Channel loaded = store->load().at(0);
  gateway.change(
      "UPDATE channels SET status = 3, priority = 77, weight = NULL,"
      " tag = NULL WHERE id = 1");
  const auto result = store->apply(models_change(loaded, {"gpt-4o", "new"}));
  REQUIRE(is<Applied>(result));
  CHECK(std::get<Applied>(result).before.status == 3);
  CHECK(std::get<Applied>(result).after.status == 3);
  CHECK(abilities(gateway, Product::newapi, core::ChannelId{1}) ==
        std::set<std::string>{"default|gpt-4o|0|77|0|NULL",
                              "default|new|0|77|0|NULL"});
  CHECK(gateway.look_up("SELECT tag IS NULL AND weight IS NULL FROM channels"
                        " WHERE id = 1") == "1");
}

TEST_CASE("a status goes only where it may go from") {
  struct Case {
    std::int64_t is;  // meanwhile
    std::int64_t planned;
    bool applied;
    std::int64_t then;
  };
  const Case cases[] = {
      {1, 3, true, 3},  {3, 3, false, 3}, {0, 3, false, 0}, {3, 1, true, 1},
      {1, 1, false, 1}, {0, 1, false, 0}, {2, 1, false, 2}, {2, 3, false, 2},
  };
  for (const Case& one : cases) {
    CAPTURE(one.is, one.planned);
    const Gateway gateway(newapi_origin());
    Channel loaded = gateway.channel(1);
    loaded.status = one.planned == 1 ? 3 : 1;
    gateway.change("UPDATE channels SET status = " + std::to_string(one.is) +
                   " WHERE id = 1; UPDATE abilities SET enabled = " +
                   (one.is == 1 ? "1" : "0") + " WHERE channel_id = 1");
    const auto before = whole_database(gateway.file());
    const auto result =
        gateway.store()->apply(status_change(loaded, one.planned, "why"));
    CHECK(is<Applied>(result) == one.applied);
    CHECK(is<Unchanged>(result) == (one.is == one.planned));
    CHECK(gateway.channel(1).status == one.then);
    if (!one.applied) CHECK(whole_database(gateway.file()) == before);
  }
}

TEST_CASE("a status that is as meant already leaves the rest of the change") {
  const Gateway gateway(newapi_origin());
  const Channel loaded = gateway.channel(1);
  gateway.change(
      "UPDATE channels SET status = 3, other_info = '{\"x\":1}'"
      " WHERE id = 1");
  auto change = models_change(loaded, {"a"});
  change.status = core::disabled_automatically;
  change.status_reason = "ours";
  REQUIRE(is<Applied>(gateway.store()->apply(change)));
  CHECK(gateway.channel(1).models == "a");
  CHECK(gateway.channel(1).other_info == R"({"x":1})");
}

TEST_CASE("a channel that may not be banned any more is not disabled") {
  const Gateway gateway(newapi_origin());
  const Channel loaded = gateway.channel(1);
  gateway.change("UPDATE channels SET auto_ban = 0 WHERE id = 1");
  const auto before = whole_database(gateway.file());
  CHECK(is<ChangedMeanwhile>(gateway.store()->apply(
      status_change(loaded, core::disabled_automatically))));
  CHECK(whole_database(gateway.file()) == before);
}

TEST_CASE("abilities are made to agree with their row by the least") {
  const char* harm[] = {
      "DELETE FROM abilities WHERE channel_id = 2",
      "DELETE FROM abilities WHERE channel_id = 2 AND `group` = 'vip'",
      "INSERT INTO abilities VALUES ('vip', 'stray', 2, 1, 0, 0, NULL)",
      "INSERT INTO abilities VALUES ('strange', 'stray', 2, 1, 0, 0, NULL)",
      "UPDATE abilities SET enabled = 0 WHERE channel_id = 2",
      "UPDATE abilities SET enabled = NULL WHERE channel_id = 2",
      "UPDATE abilities SET enabled = 'true' WHERE channel_id = 2",
      "UPDATE abilities SET priority = NULL WHERE channel_id = 2",
      "UPDATE abilities SET weight = 9 WHERE model = 'claude-haiku'",
      "UPDATE abilities SET tag = 'x' WHERE model = 'claude-haiku'",
  };
  for (const char* edit : harm) {
    CAPTURE(edit);
    const Gateway gateway(newapi_origin());
    const auto before = whole_database(gateway.file());
    gateway.change(edit);
    REQUIRE(whole_database(gateway.file()) != before);
    const ChannelChange nothing{.before = gateway.channel(2), .now = now};
    CHECK(is<Applied>(gateway.store()->apply(nothing)));
    CHECK(whole_database(gateway.file()) == before);
    CHECK(is<Unchanged>(gateway.store()->apply(nothing)));
  }
}

TEST_CASE("a row that is off by hand gets nothing but its abilities") {
  const Gateway gateway(newapi_origin());
  const auto before = whole_database(gateway.file());
  gateway.change("UPDATE abilities SET enabled = 1 WHERE channel_id = 3");
  const Channel off = gateway.channel(3);
  const auto harmed = whole_database(gateway.file());
  CHECK(
      is<ChangedMeanwhile>(gateway.store()->apply(models_change(off, {"x"}))));
  CHECK(is<ChangedMeanwhile>(
      gateway.store()->apply(status_change(off, core::enabled))));
  CHECK(is<ChangedMeanwhile>(
      gateway.store()->apply({.before = off, .now = now, .response_time = 5})));
  CHECK(whole_database(gateway.file()) == harmed);
  CHECK(is<Applied>(gateway.store()->apply({.before = off, .now = now})));
  CHECK(whole_database(gateway.file()) == before);
}

TEST_CASE("no list is ever left empty") {
  const Gateway gateway(newapi_origin());
  const auto before = whole_database(gateway.file());
  for (const std::vector<std::string>& models :
       {std::vector<std::string>{}, std::vector<std::string>{""}}) {
    const auto result =
        gateway.store()->apply(models_change(gateway.channel(1), models));
    REQUIRE(is<Failed>(result));
    CHECK(std::get<Failed>(result).why.is(base::say::would_be_empty));
  }
  CHECK(whole_database(gateway.file()) == before);
}

TEST_CASE("times of a test are written alone only where nothing was planned") {
  const Gateway gateway(newapi_origin());
  const std::string times =
      "SELECT test_time || '|' || response_time"
      " FROM channels WHERE id = 1";
  ChannelChange change{.before = gateway.channel(1), .now = now};
  change.response_time = 120;
  CHECK(is<Applied>(gateway.store()->apply(change)));
  CHECK(gateway.look_up(times) == "'1770000000|120'");

  // Somebody else did it already.
  gateway.change(
      "UPDATE channels SET status = 3 WHERE id = 1;"
      "UPDATE abilities SET enabled = 0 WHERE channel_id = 1");
  change.status = core::disabled_automatically;
  change.now = now + 9;
  CHECK(is<Unchanged>(gateway.store()->apply(change)));
  CHECK(gateway.look_up(times) == "'1770000000|120'");
}

TEST_CASE("a list as it is already changes nothing") {
  const Gateway gateway(newapi_origin());
  const auto before = whole_database(gateway.file());
  CHECK(is<Unchanged>(gateway.store()->apply(
      models_change(gateway.channel(1), {"gpt-4o", "gpt-4o-mini"}))));
  CHECK(whole_database(gateway.file()) == before);
  CHECK(is<Applied>(gateway.store()->apply(
      models_change(gateway.channel(1), {"gpt-4o-mini", "gpt-4o"}))));
  CHECK(gateway.channel(1).models == "gpt-4o-mini,gpt-4o");
}

TEST_CASE("covered groups are those with a row") {
  const Gateway gateway(newapi_origin());
  CHECK(gateway.store()->covered_groups() ==
        std::set<std::string>{"default", "solo", "vip"});
  gateway.change("DELETE FROM abilities WHERE `group` = 'solo'");
  const auto store = gateway.store();
  const auto found = core::uncovered(store->load(), store->covered_groups());
  REQUIRE(found.size() == 1);
  CHECK(found[0].channel == core::ChannelId{5});
  CHECK(Gateway(origins().at(3)).store()->covered_groups().empty());
}

// Channel 2 is enabled in group "alone", where only a stray row of channel 1
// keeps the gateway alive.
TEST_CASE("the last rows of a group stay where another channel needs them") {
  const auto& origin =
      GENERATE(from_range(std::vector<Origin>{origins()[0], origins()[2]}));
  CAPTURE(origin.name);
  const Gateway gateway(origin);
  gateway.change(
      "UPDATE channels SET status = 1, `group` = 'alone' WHERE id = 2;"
      "DELETE FROM abilities WHERE channel_id = 2;"
      "INSERT INTO abilities (`group`, model, channel_id, enabled, priority)"
      " VALUES ('alone', 'x', 1, 1, 0), ('alone', 'y', 1, 1, 0),"
      " ('unused', 'x', 1, 1, 0)");
  const auto store = gateway.store();
  const auto rows = [&](const std::string& group) {
    return gateway.look_up(
        "SELECT group_concat(channel_id || model || enabled) FROM abilities"
        " WHERE `group` = '" +
        group + "'");
  };
  ChannelChange change{.before = gateway.channel(1), .now = now};

  SECTION("those of a channel") {
    const auto ahead = store->preview(change);
    const auto result = store->apply(change);
    REQUIRE(is<Applied>(ahead));
    REQUIRE(is<Applied>(result));
    const auto& applied = std::get<Applied>(result);
    CHECK(std::get<Applied>(ahead).abilities == applied.abilities);
    REQUIRE(applied.kept.size() == 1);
    CHECK(applied.kept[0].group == "alone");
    CHECK(applied.kept[0].needed_by == core::ChannelId{2});
    CHECK(rows("alone") == "'1x1,1y1'");
    CHECK(rows("unused") == "NULL");
    const auto again = store->apply(change);
    REQUIRE(is<Unchanged>(again));
    CHECK(std::get<Unchanged>(again).kept.size() == 1);
  }
  SECTION("as copies of the channel as it is") {
    REQUIRE(is<Applied>(store->apply(
        status_change(change.before, core::disabled_automatically))));
    CHECK(rows("alone") == "'1x0,1y0'");
  }
  SECTION("those of no channel") {
    gateway.change(
        "UPDATE abilities SET channel_id = 77 WHERE `group` = 'alone'");
    ChannelChange vanished{.now = now, .vanished = true};
    vanished.before.id = core::ChannelId{77};
    for (const auto& result :
         {store->preview(vanished), store->apply(vanished)}) {
      REQUIRE(is<Unchanged>(result));
      CHECK(std::get<Unchanged>(result).kept.size() == 1);
    }
    CHECK(rows("alone") == "'77x1,77y1'");
  }
  SECTION("also where that channel cannot be read") {
    gateway.change("UPDATE channels SET priority = 'none' WHERE id = 2");
    CHECK(is<Applied>(store->apply(change)));
    CHECK(rows("alone") == "'1x1,1y1'");
  }
  SECTION("but not where it is off") {
    gateway.change("UPDATE channels SET status = 2 WHERE id = 2");
    CHECK(is<Applied>(store->apply(change)));
    CHECK(rows("alone") == "NULL");
  }
  SECTION("nor where others have rows") {
    gateway.change(
        "INSERT INTO abilities (`group`, model, channel_id, enabled, priority)"
        " VALUES ('alone', 'z', 77, 1, 0)");
    CHECK(is<Applied>(store->apply(change)));
    CHECK(rows("alone") == "'77z1'");
  }
  SECTION("nor where a dry run has foreseen some") {
    change.foreseen_groups = {"alone"};
    const auto ahead = store->preview(change);
    REQUIRE(is<Applied>(ahead));
    CHECK(std::get<Applied>(ahead).kept.empty());
    CHECK(std::get<Applied>(ahead).abilities.rows.size() == 3);
  }
}

TEST_CASE("SQLite takes names that differ for different ones") {
  const Gateway gateway(newapi_origin());
  const std::vector<std::string> names = {"gpt", "GPT", "gpt ", "ü", "u"};
  CHECK(gateway.store()->name_keys(names).empty());
  CHECK(gateway.store()->longest_name() == 255);
}

TEST_CASE("a list of ten thousand is written in a moment") {
  const Gateway gateway(newapi_origin());
  std::vector<std::string> models;
  models.reserve(10'000);
  for (int i = 0; i < 10'000; ++i) {
    models.push_back("model-" + std::to_string(i));
  }
  const auto time = [&](const ChannelChange& change) {
    const auto begin = std::chrono::steady_clock::now();
    CHECK(is<Applied>(gateway.store()->apply(change)));
    return std::chrono::steady_clock::now() - begin;
  };
  const auto apply = [&] {
    return time(models_change(gateway.channel(1), models));
  };
  using std::chrono::milliseconds;
  const milliseconds most{5000};  // of a slow build under a sanitizer
  CHECK(apply() < most);
  CHECK(time(status_change(gateway.channel(1), core::disabled_automatically)) <
        most);
  models.resize(1);
  CHECK(apply() < most);
  CHECK(abilities(gateway, Product::newapi, core::ChannelId{1}) ==
        std::set<std::string>{"default|model-0|0|10|5|batch"});
}
