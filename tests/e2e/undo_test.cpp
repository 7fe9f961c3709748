#include <filesystem>
#include <random>

#include <fmt/format.h>

#include "base/json.h"
#include "catch.h"
#include "demo/upstream_answers.h"
#include "support/whole_database.h"
#include "world.h"

using e2e::Arguments;
using e2e::holds;
using e2e::World;
using support::differences;
using support::whole_database;

namespace {

using Lines = std::vector<std::string>;

// "" where both are the same, else what differs.
std::string difference(const Lines& before, const Lines& after) {
  std::string all;
  for (const std::string& line : differences(before, after)) {
    all += line + '\n';
  }
  return all;
}

// Channel 1 of many models, of which "a" is gone upstream, and another one.
void make(World& world) {
  world.set("rps", "0");
  world.make_gateway();
  world.add({.id = 1,
             .site = "one",
             .models = "a,b@gone,c,d@nochannel",
             .group = "default,vip",
             .priority = 7,
             .weight = 3});
  world.add({.id = 2, .site = "two", .models = "alive"});
}

support::Ended undo(const World& world, Arguments arguments) {
  world.write_configuration();
  arguments.insert(arguments.begin(), "undo");
  return world.run(std::move(arguments));
}

e2e::Report json_of(const support::Ended& ended) {
  return e2e::Report(ended.out);
}

// Whatever a person or an old monitor may have left in the tables.
const std::vector<std::string>& disorders() {
  static const std::vector<std::string> all = {
      "UPDATE channels SET models = ' a , a,,c ,b@gone' WHERE id = 1",
      "DELETE FROM abilities WHERE channel_id = 1 AND model = 'a'",
      "DELETE FROM abilities WHERE channel_id = 1 AND \"group\" = 'vip'",
      "UPDATE abilities SET enabled = NULL, priority = NULL WHERE model = 'c'",
      "UPDATE abilities SET weight = 99, tag = 'x' WHERE model = 'a'",
      "INSERT INTO abilities VALUES ('default', 'stray', 1, 1, 0, 0, NULL)",
      "INSERT INTO abilities VALUES ('other', 'c', 1, 0, -5, 8, 'y')",
      "UPDATE abilities SET enabled = 0 WHERE channel_id = 1",
      "UPDATE channels SET other_info = '{\"owner\":\"ops\"}' WHERE id = 1",
      ("UPDATE channels SET other_info = NULL, test_time = NULL,"
       " response_time = NULL"),
      ("UPDATE channels SET tag = 'team', weight = NULL, priority = NULL"
       " WHERE id = 1"),
      "UPDATE channels SET models = 'b@gone,d@nochannel' WHERE id = 1",
      "UPDATE channels SET status = 3 WHERE id = 2",
  };
  return all;
}

// No undo brings that back: a gateway may die of it.
bool uncovers(const std::string& disorder) {
  return holds(disorder, "DELETE") && holds(disorder, "vip");
}

// The rounds that changed something, newest first.
std::vector<std::int64_t> rounds_in(const World& world) {
  const auto history = world.run({"history", "--format", "json"});
  base::json::Document document;
  std::vector<std::int64_t> rounds;
  if (!document.parse(history.out)) return rounds;
  for (std::size_t i = 0; i < document.size("/changes"); ++i) {
    const auto round =
        document.number(fmt::format("/changes/{}/round", i)).value_or(0);
    if (rounds.empty() || rounds.back() != round) rounds.push_back(round);
  }
  return rounds;
}

class Dice {
 public:
  explicit Dice(unsigned seed) : dice_(seed) {}
  std::size_t below(std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most - 1)(dice_);
  }
  bool one_in(std::size_t many) { return below(many) == 0; }

 private:
  std::mt19937 dice_;
};

// What the upstreams offer and answer in one round.
void turn_moods(World& world, Dice& dice) {
  const Lines names = {"a", "b@gone", "c", "new-1", "new@500", "x", "y@gone"};
  for (const char* site : {"one", "two", "three"}) {
    demo::Site set;
    for (const std::string& name : names) {
      if (dice.one_in(2)) set.models.push_back(name);
    }
    if (dice.one_in(4)) set.keys = {"another key"};
    world.upstream.set(site, set);
  }
  world.upstream.forget_answers();
  for (const std::string& name : names) {
    if (!dice.one_in(4)) continue;
    world.upstream.answer(
        "/one/v1/chat", "\"" + name + "\"",
        demo::error_reply(404, "not now", "", "model_not_found"));
  }
}

// A gateway in disorder, and some rounds on it; how it was before them.
Lines live_through(World& world, unsigned seed) {
  Dice dice(seed);
  world.set("fail_after_passing", "1");
  make(world);
  world.add({.id = 3, .site = "three", .models = "x,y@gone", .status = 3});
  for (int i = 0; i < 4; ++i) {
    const std::string& disorder = disorders()[dice.below(disorders().size())];
    if (uncovers(disorder)) continue;
    world.change(
        "DELETE FROM abilities WHERE model = 'stray' OR"
        " \"group\" = 'other'");
    world.change(disorder);
  }
  auto before = whole_database(world.gateway());
  for (int round = 0; round < 4; ++round) {
    turn_moods(world, dice);
    world.round({"--force"});
  }
  return before;
}

}  // namespace

TEST_CASE("an undone round leaves no trace in the gateway") {
  World world;
  make(world);
  const auto before = whole_database(world.gateway());
  REQUIRE(world.round({"--force"}).code() == 1);
  REQUIRE(world.models(1) == "a,c");
  const auto after = whole_database(world.gateway());

  SECTION("as a dry run") {
    const auto ended = undo(world, {"1", "--dry-run"});
    CHECK(ended.code == 0);
    CHECK(holds(ended.out, "would be brought back"));
    CHECK(difference(after, whole_database(world.gateway())).empty());
  }
  SECTION("by its number, and the undo by its own") {
    const auto ended = undo(world, {"1"});
    CHECK(ended.code == 0);
    CHECK(holds(ended.out, "channel-monitor undo 2"));
    CHECK(difference(before, whole_database(world.gateway())).empty());
    CHECK(undo(world, {"2"}).code == 0);
    CHECK(difference(after, whole_database(world.gateway())).empty());
    CHECK(undo(world, {"3"}).code == 0);
    CHECK(difference(before, whole_database(world.gateway())).empty());
  }
  SECTION("by its channel, once") {
    CHECK(undo(world, {"--channel", "1"}).code == 0);
    CHECK(difference(before, whole_database(world.gateway())).empty());
    const auto again = undo(world, {"--channel", "1"});
    CHECK(again.code == 2);
    CHECK(holds(again.err, "no change of channel 1"));
  }
  SECTION("by the time") {
    CHECK(undo(world, {"--since", "2020-01-01"}).code == 0);
    CHECK(difference(before, whole_database(world.gateway())).empty());
    const auto again = undo(world, {"--since", "2020-01-01T00:00:00Z"});
    CHECK(again.code == 0);
    CHECK(difference(before, whole_database(world.gateway())).empty());
  }
  SECTION("not twice") {
    REQUIRE(undo(world, {"1"}).code == 0);
    const auto again = undo(world, {"1"});
    CHECK(again.code == 1);
    CHECK(holds(again.out, "brought back already, by round 2"));
  }
}

TEST_CASE("what is to be undone has to be named, and to be there") {
  World world;
  make(world);
  REQUIRE(world.round({"--force"}).code() == 1);
  const auto after = whole_database(world.gateway());
  CHECK(undo(world, {}).code == 2);
  CHECK(undo(world, {"99"}).code == 2);
  CHECK(undo(world, {"1", "--since", "2020-01-01"}).code == 2);
  CHECK(undo(world, {"--since", "yesterday"}).code == 2);
  CHECK(undo(world, {"--channel", "2"}).code == 2);
  CHECK(undo(world, {"1", "--channel", "2"}).code == 2);
  CHECK(undo(world, {"--since", "2099-01-01"}).code == 0);
  world.set("do_not_modify_db", "true");
  CHECK(undo(world, {"1"}).code == 2);
  CHECK(undo(world, {"1", "--dry-run"}).code == 0);
  CHECK(difference(after, whole_database(world.gateway())).empty());
}

TEST_CASE("what somebody has edited since is not undone") {
  const std::pair<const char*, const char*> edits[] = {
      {"models = 'a,c,mine'", "models"},
      {"status = 2", "status"},
      {"status = 3", "status"},
      {"\"group\" = 'default'", "group"},
      {"type = 14", "type"},
      {"key = 'sk-another-key-0000'", "key"},
      {"base_url = 'http://127.0.0.1:9'", "base_url"},
      {"model_mapping = '{\"a\":\"c\"}'", "model_mapping"},
      {"created_time = 5", "another one has it now"},
      {"id = 77", "does not exist any more"},
  };
  for (const auto& [edit, word] : edits) {
    CAPTURE(edit);
    World world;
    make(world);
    REQUIRE(world.round({"--force"}).code() == 1);
    world.change(fmt::format("UPDATE channels SET {} WHERE id = 1", edit));
    const auto edited = whole_database(world.gateway());
    for (const bool dry : {true, false}) {
      Arguments arguments = {"1", "--format", "json"};
      if (dry) arguments.emplace_back("--dry-run");
      const auto ended = undo(world, arguments);
      CHECK(ended.code == 1);
      CHECK(json_of(ended).text("/changes/0/result") == "refused");
      CHECK(holds(json_of(ended).text("/changes/0/why"), word));
    }
    CHECK(difference(edited, whole_database(world.gateway())).empty());
  }
}

TEST_CASE("what nobody routes by may be edited before an undo") {
  World world;
  make(world);
  REQUIRE(world.round({"--force"}).code() == 1);
  world.change(
      "UPDATE channels SET priority = 1, weight = 9, name = 'new',"
      " used_quota = 5, test_time = 4, tag = 't' WHERE id = 1");
  CHECK(undo(world, {"1"}).code == 0);
  CHECK(world.models(1) == "a,b@gone,c,d@nochannel");
  // By the gateway's rule, from the row as it is now.
  CHECK(world.look("SELECT COUNT(*) FROM abilities WHERE channel_id = 1 AND"
                   " priority = 1 AND weight = 9 AND tag = 't' AND"
                   " enabled = 1") == "8");
  CHECK(world.look("SELECT test_time FROM channels WHERE id = 1") == "4");
}

TEST_CASE("a channel that was switched off is on again, with its reason gone") {
  World world;
  make(world);
  world.change(
      "UPDATE channels SET models = 'b@gone,d@gone',"
      " other_info = '{\"owner\":\"ops\"}' WHERE id = 1");
  world.offer("one", {"b@gone"});
  world.change("DELETE FROM abilities WHERE channel_id = 1");
  world.change(
      "INSERT INTO abilities VALUES"
      " ('default', 'b@gone', 1, 1, 7, 3, NULL),"
      " ('vip', 'b@gone', 1, 1, 7, 3, NULL)");
  const auto before = whole_database(world.gateway());
  REQUIRE(world.round({"--force"}).code() == 1);
  REQUIRE(world.look("SELECT status FROM channels WHERE id = 1") == "3");
  CHECK(undo(world, {"1"}).code == 0);
  CHECK(difference(before, whole_database(world.gateway())).empty());
}

TEST_CASE("an undone removal is dismissed or remembered as the spec has it") {
  World world;
  make(world);
  world.offer("one", {"a", "c", "fresh"});
  REQUIRE(world.round({"--force"}).code() == 1);
  REQUIRE(world.models(1) == "a,c,fresh");
  REQUIRE(undo(world, {"1"}).code == 0);
  const auto list = world.run({"list", "--format", "json", "--channel", "1"});
  base::json::Document document;
  REQUIRE(document.parse(list.out));
  bool is_dismissed = false;
  for (std::size_t i = 0; i < document.size("/channels/0/models"); ++i) {
    const std::string model = fmt::format("/channels/0/models/{}", i);
    CHECK_FALSE(document.text(model + "/removed"));
    if (document.text(model + "/name") == "fresh") {
      is_dismissed = document.truth(model + "/dismissed").value_or(false);
    }
  }
  CHECK(is_dismissed);
  // The next round does not add it again, but removes what is dead.
  world.round({"--force"});
  CHECK(world.models(1) == "a,c");
}

TEST_CASE("rounds undone in reverse order leave every cell as it was") {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    World world;
    const auto before = live_through(world, seed);
    const auto rounds = rounds_in(world);
    CHECK_FALSE(rounds.empty());
    if (seed % 2 == 0) {
      const auto dry = undo(world, {"--since", "2020-01-01", "--dry-run"});
      CAPTURE(dry.out);
      CHECK(dry.code == 0);
      const auto ended = undo(world, {"--since", "2020-01-01"});
      CAPTURE(ended.out, ended.err);
      CHECK(ended.code == 0);
      CHECK(difference(before, whole_database(world.gateway())) == "");
      continue;
    }
    for (const std::int64_t round : rounds) {
      const auto ended = undo(world, {std::to_string(round)});
      CAPTURE(ended.out, ended.err);
      CHECK(ended.code == 0);
    }
    CHECK(difference(before, whole_database(world.gateway())) == "");
  }
}

TEST_CASE("a write that was cut off before its settlement can be undone") {
  World world;
  make(world);
  world.change("UPDATE abilities SET weight = 99 WHERE model = 'a'");
  const auto before = whole_database(world.gateway());
  REQUIRE(world.round({"--force"}).code() == 1);
  // As a kill between the gateway's commit and the state's leaves it.
  support::change(world.state(), "UPDATE intents SET settled = 0");
  SECTION("a dry run looks") {
    CHECK(undo(world, {"1", "--dry-run"}).code == 0);
    CHECK(support::look_up(world.state(), "SELECT settled FROM intents") ==
          "0");
  }
  SECTION("an undo settles it first") {
    CHECK(undo(world, {"1"}).code == 0);
    CHECK(difference(before, whole_database(world.gateway())) == "");
  }
  SECTION("one that never reached the gateway is refused") {
    world.change(
        "UPDATE channels SET models = 'a,b@gone,c,d@nochannel'"
        " WHERE id = 1");
    const auto ended = undo(world, {"1"});
    CHECK(ended.code == 1);
    CHECK(holds(ended.out, "never written"));
  }
}

TEST_CASE("no secret of other_info gets into the state") {
  World world;
  make(world);
  const std::string key = "sk-made-up-key-000000";
  world.offer("one", {"b@gone"});
  world.change(
      "UPDATE channels SET models = 'b@gone', other_info ="
      " '{\"status_reason\":\"bad key " +
      key + "\"}' WHERE id = 1");
  REQUIRE(world.round({"--force"}).code() == 1);
  REQUIRE(world.look("SELECT status FROM channels WHERE id = 1") == "3");
  CHECK_FALSE(holds(support::text_of_file(world.state()), key));
  CHECK(undo(world, {"1"}).code == 0);
  CHECK(world.look("SELECT status FROM channels WHERE id = 1") == "1");
  CHECK(world.look("SELECT json_extract(other_info, '$.status_reason')"
                   " FROM channels WHERE id = 1") == "''");
}

TEST_CASE("history tells what was changed and what brings it back") {
  World world;
  make(world);
  world.write_configuration();
  const auto none = world.run({"history"});
  CHECK(none.code == 0);
  CHECK(holds(none.out, "no changes so far"));
  CHECK_FALSE(std::filesystem::exists(world.state()));
  REQUIRE(world.round({"--force"}).code() == 1);
  const auto some = world.run({"history"});
  CHECK(some.code == 0);
  CHECK(holds(some.out, "Round 1 "));
  CHECK(holds(some.out, "#1 a channel"));
  CHECK(holds(some.out, "b@gone, d@nochannel"));
  CHECK(holds(some.out, "channel-monitor undo 1"));
  REQUIRE(undo(world, {"1"}).code == 0);
  const auto undone = world.run({"history"});
  CHECK(holds(undone.out, "undone by round 2"));
  CHECK(holds(undone.out, "Round 2 (undo)"));
  CHECK(holds(world.run({"history", "--channel", "2"}).out, "no such changes"));
  CHECK(holds(world.run({"history", "1"}).out, "Round 1 "));
  CHECK(holds(world.run({"history", "--last", "1"}).out, "--last 4"));
  world.set("language", R"("zh")");
  world.write_configuration();
  CHECK(holds(world.run({"history"}).out, "已由第 2 轮撤销"));
}

TEST_CASE("repair makes abilities agree, and its undo breaks them again") {
  for (const std::string& disorder : disorders()) {
    if (!holds(disorder, "abilities")) continue;
    CAPTURE(disorder);
    World world;
    make(world);
    world.change(
        "INSERT INTO abilities VALUES ('default', 'ghost', 99, 1, 0, 0, NULL);"
        "UPDATE channels SET status = 3 WHERE id = 2");
    world.change(disorder);
    const auto broken = whole_database(world.gateway());
    const auto channels = world.look("SELECT COUNT(*) FROM channels");
    world.write_configuration();
    const auto dry = world.run({"repair", "--dry-run", "--format", "json"});
    CHECK(dry.code == 0);
    CHECK(difference(broken, whole_database(world.gateway())) == "");
    const auto ended = world.run({"repair", "--format", "json"});
    CAPTURE(ended.out, ended.err);
    CHECK(ended.code == 0);
    CHECK(json_of(ended).text("/channels/0/result") == "mended");
    CHECK(world.look("SELECT COUNT(*) FROM abilities WHERE channel_id = 1 AND"
                     " priority = 7 AND weight = 3 AND tag IS NULL AND"
                     " enabled = 1") == "8");
    CHECK(world.abilities(1) ==
          "default/a=1 default/b@gone=1 default/c=1 default/d@nochannel=1 "
          "vip/a=1 vip/b@gone=1 vip/c=1 vip/d@nochannel=1");
    CHECK(world.abilities(2) == "default/alive=0");
    CHECK(world.abilities(99) == "");
    CHECK(world.look("SELECT COUNT(*) FROM channels") == channels);
    CHECK(world.run({"check"}).code == 0);
    CHECK(holds(world.run({"repair"}).out, "nothing to repair"));
    const auto undone = undo(world, {"1"});
    CAPTURE(undone.out);
    if (!uncovers(disorder)) {
      CHECK(undone.code == 0);
      CHECK(difference(broken, whole_database(world.gateway())) == "");
    } else {
      CHECK(world.run({"check"}).code == 0);
    }
  }
}

TEST_CASE("an empty list has the row that the gateway gives it") {
  World world;
  make(world);
  world.change(
      "UPDATE channels SET models = '' WHERE id = 1;"
      "DELETE FROM abilities WHERE channel_id = 1");
  world.write_configuration();
  CHECK(world.run({"check"}).code == 1);
  CHECK(world.run({"repair"}).code == 0);
  CHECK(world.abilities(1) == "default/=1 vip/=1");
  CHECK(world.run({"check"}).code == 0);
}

// Channel 2 is enabled in a group of which channel 1 has the only row, astray.
void borrow_a_group(World& world) {
  world.make_gateway();
  world.add({.id = 1, .site = "one", .models = "a", .group = "first"});
  world.add({.id = 2, .site = "two", .models = "b", .group = "second"});
  world.change("DELETE FROM abilities WHERE channel_id = 2");
  world.change("INSERT INTO abilities VALUES ('second','x',1,1,0,0,NULL)");
  world.write_configuration();
}

TEST_CASE("repair never leaves a group that is in use without a row") {
  World world;
  borrow_a_group(world);
  world.change("CREATE TABLE harm (id)");
  world.change(
      "CREATE TRIGGER harm AFTER DELETE ON abilities WHEN NOT EXISTS (SELECT 1"
      " FROM abilities WHERE `group` = 'second') BEGIN INSERT INTO harm"
      " VALUES (1); END");
  SECTION("all channels") {
    const auto dry = world.run({"repair", "--dry-run"});
    INFO(dry.out);
    CHECK(dry.code == 0);
    CHECK(holds(dry.out, "2 of 2 would be mended"));
    const auto ended = world.run({"repair"});
    INFO(ended.out);
    CHECK(ended.code == 0);
    CHECK(world.abilities(1) == "first/a=1");
    CHECK(world.abilities(2) == "second/b=1");
    CHECK(holds(world.run({"repair"}).out, "nothing to repair"));
  }
  SECTION("two that borrow from each other") {
    world.change("DELETE FROM abilities WHERE \"group\" = 'first'");
    world.change("INSERT INTO abilities VALUES ('first','x',2,1,0,0,NULL)");
    const auto ended = world.run({"repair"});
    INFO(ended.out);
    CHECK(ended.code == 0);
    CHECK(world.abilities(1) == "first/a=1");
    CHECK(world.abilities(2) == "second/b=1");
  }
  SECTION("only the one that has the row") {
    const auto ended = world.run({"repair", "--channel", "1"});
    INFO(ended.out);
    CHECK(ended.code == 1);
    CHECK(holds(ended.out, "rows of group \"second\" stay"));
    CHECK(world.abilities(1) == "first/a=1 second/x=1");
  }
  SECTION("the other one cannot be read") {
    world.change("UPDATE channels SET weight = 'heavy' WHERE id = 2");
    for (const Arguments& arguments :
         {Arguments{"repair", "--dry-run"}, Arguments{"repair"}}) {
      const auto ended = world.run(arguments);
      INFO(ended.out);
      CHECK(ended.code == 1);
      CHECK(holds(ended.out, "rows of group \"second\" stay"));
      CHECK(holds(ended.out, "weight"));
    }
    CHECK(world.abilities(1) == "first/a=1 second/x=1");
  }
  CHECK(world.look("SELECT COUNT(*) FROM harm") == "0");
}

TEST_CASE("a round never leaves a group that is in use without a row") {
  World world;
  borrow_a_group(world);
  world.change("UPDATE channels SET models = 'a,dead@gone' WHERE id = 1");
  const auto round = world.round();
  INFO(round.ended.out);
  CHECK(world.models(1) == "a");
  CHECK(world.abilities(1) == "first/a=1 second/x=1");
}

TEST_CASE("repair of one channel leaves the others") {
  World world;
  make(world);
  world.change("UPDATE abilities SET weight = 50");
  world.write_configuration();
  CHECK(world.run({"repair", "--channel", "2"}).code == 0);
  CHECK(world.look("SELECT COUNT(*) FROM abilities WHERE weight = 50") == "8");
  CHECK(world.run({"repair", "--channel", "12"}).code == 2);
}

TEST_CASE("one-hub has nothing to repair") {
  World world;
  world.make_gateway(std::string(GATEWAY_SCHEMAS) + "/onehub-sqlite.sql");
  const auto before = whole_database(world.gateway());
  world.write_configuration();
  const auto ended = world.run({"repair"});
  CHECK(ended.code == 0);
  CHECK(holds(ended.out, "nothing to repair"));
  CHECK(difference(before, whole_database(world.gateway())) == "");
}

TEST_CASE("repair names a group that can get no row, and ends with 1") {
  World world(db::Engine::mysql);
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x", .group = "vip"});
  world.add({.id = 2, .site = "b", .models = "y", .group = "other"});
  // One to the database, two to the gateway.
  world.change(R"(UPDATE "channels" SET "group" = 'vip,VIP' WHERE "id" = 1)");
  world.write_configuration();
  for (const Arguments& arguments :
       {Arguments{"repair", "--dry-run"}, Arguments{"repair"},
        Arguments{"repair", "--channel", "1"}}) {
    const auto ended = world.run(arguments);
    INFO(ended.out << ended.err);
    CHECK(ended.code == 1);
    CHECK(holds(ended.out, "has no row in abilities and can get none"));
    CHECK_FALSE(holds(ended.out, "#2"));
  }
  CHECK(world.run({"repair", "--channel", "2"}).code == 0);
  // The first of them gets the rows.
  world.change(R"(UPDATE "channels" SET "group" = 'VIP,vip' WHERE "id" = 1)");
  const auto ended = world.run({"repair"});
  INFO(ended.out << ended.err);
  CHECK(ended.code == 1);
  CHECK(holds(ended.out, R"(group "vip" has no row)"));
  CHECK(world.abilities(1) == "VIP/x=1");
}
