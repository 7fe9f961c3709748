#include "state/state.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <thread>
#include <tuple>

#include <fmt/format.h>

#include "base/error.h"
#include "base/messages_db.h"
#include "catch.h"
#include "db/session.h"
#include "state/migrations.h"
#include "support/gateways.h"
#include "support/whole_database.h"

using base::wall_time;
using core::ChannelId;
using core::Kind;
using core::Outcome;
using state::Intent;
using state::IntentId;
using state::RoundId;
using state::RoundKind;
using state::Settled;
using support::whole_database;

namespace {

const auto now = wall_time(1'760'000'000);
constexpr std::string_view identity = "sqlite:/data/one-api.db";

// A state in a folder of its own.
struct Place {
  support::TemporaryFolder folder;
  base::StopFlag stop;

  std::string file() const { return folder.file("channel-monitor.db"); }
  std::unique_ptr<state::State> open() const {
    return state::open_state(file(), stop);
  }
  std::unique_ptr<state::State> look() const {
    return state::look_at_state(file(), stop);
  }
};

base::Sentence error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const base::Error& error) {
    return error.sentence();
  }
  return {};
}

core::ChannelMemory some_memory() {
  core::ChannelMemory memory;
  memory.created_time = 100;
  memory.type = 14;
  memory.address_mark = "address";
  memory.key_mark = "key";
  memory.mapping_mark = "mapping";
  memory.failed = 2;
  memory.disabled_by_us = true;
  memory.seen = true;
  memory.listed = {"模型", "a b", "it's"};
  memory.proven = {{"openai", Kind::chat}, {"openai", Kind::embedding}};
  memory.names["模型"] = {.streak = {.failed = 0, .answered = 9},
                          .outcome = Outcome::ok,
                          .kind = Kind::rerank,
                          .form = "document,no_limit",
                          .judged = now};
  memory.names["a b"] = {};
  memory.names["gone"] = {.streak = {.failed = 3},
                          .outcome = Outcome::model_gone,
                          .judged = now,
                          .removed = now - std::chrono::hours(5),
                          .removed_for = Outcome::model_gone};
  memory.names["unwanted"] = {.dismissed = true};
  memory.keys = {{0, {Outcome::ok, now}}, {7, {Outcome::auth_failed, now}}};
  return memory;
}

core::Memory some_channels() {
  core::ChannelMemory unseen;
  unseen.created_time = 7;
  return {{ChannelId{1}, some_memory()}, {ChannelId{2}, unseen}};
}

Intent some_intent(std::int64_t channel) {
  return {.channel = ChannelId{channel},
          .created_time = 100,
          .type = 1,
          .name = "渠道",
          .marks = {.address = "x", .key = "y", .mapping = "z"},
          .group = "default,vip",
          .models_before = "a,b",
          .models_after = "a",
          .shown_names = {{"b", "[redacted]"}, {"c d", "c [redacted]"}},
          .status_before = 1,
          .status_after = 3,
          .reason = "gone"};
}

void check_equal(const Intent& a, const Intent& b) {
  CHECK(a.channel == b.channel);
  CHECK(a.created_time == b.created_time);
  CHECK(a.type == b.type);
  CHECK(a.name == b.name);
  CHECK(a.marks.address == b.marks.address);
  CHECK(a.marks.key == b.marks.key);
  CHECK(a.marks.mapping == b.marks.mapping);
  CHECK(a.group == b.group);
  CHECK(a.models_before == b.models_before);
  CHECK(a.models_after == b.models_after);
  CHECK(a.shown_names == b.shown_names);
  CHECK(a.status_before == b.status_before);
  CHECK(a.status_after == b.status_after);
  CHECK(a.reason == b.reason);
}

state::State::Learnt learnt(RoundId round, core::Memory memory,
                            std::vector<state::ProbeRecord> probes = {}) {
  return {.round = {.id = round,
                    .started = now,
                    .finished = now + std::chrono::seconds(9),
                    .result = "complete",
                    .summary = R"({"channels":2})"},
          .memory =
              [memory = std::move(memory)](const auto& note) {
                for (const auto& [id, one] : memory)
                  note(id, one);
              },
          .probes =
              [probes = std::move(probes)](const auto& note) {
                for (const state::ProbeRecord& probe : probes)
                  note(probe);
              }};
}

}  // namespace

TEST_CASE("what was learnt is there the next time") {
  const Place place;
  state::GatewayId gateway{};
  RoundId round{};
  {
    const auto state = place.open();
    gateway = state->gateway(identity);
    CHECK(state->memory(gateway).empty());
    CHECK_FALSE(state->last_round(gateway));
    round = state->begin_round(gateway, now, RoundKind::round);
    CHECK(state->last_round(gateway)->result.empty());
    state->record(gateway, learnt(round, some_channels()));
    CHECK(state->memory(gateway) == some_channels());
  }
  for (const bool looking : {false, true}) {
    const auto state = looking ? place.look() : place.open();
    CHECK(state->gateway(identity) == gateway);
    CHECK(state->memory(gateway) == some_channels());
    const auto last = state->last_round(gateway);
    REQUIRE(last);
    CHECK(last->id == round);
    CHECK(last->started == now);
    CHECK(last->finished == now + std::chrono::seconds(9));
    CHECK(last->result == "complete");
    CHECK(last->summary == R"({"channels":2})");
    CHECK(state->round(gateway, round)->id == round);
    CHECK_FALSE(state->round(gateway, RoundId{999}));
  }
}

TEST_CASE(
    "what a round learnt of a channel takes the place of what was known") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  const auto round = state->begin_round(gateway, now, RoundKind::round);
  state->record(gateway, learnt(round, some_channels()));

  auto memory = some_memory();
  memory.names.erase("gone");
  memory.names["new"] = {.judged = now};
  memory.listed.clear();
  memory.proven.clear();
  state->record(gateway, learnt(round, {{ChannelId{1}, memory}}));
  auto expected = some_channels();
  expected[ChannelId{1}] = memory;
  CHECK(state->memory(gateway) == expected);
}

TEST_CASE("two gateways in one file know nothing of each other") {
  const Place place;
  const auto state = place.open();
  const auto one = state->gateway(identity);
  const auto other = state->gateway("postgres://db/one");
  REQUIRE(one != other);
  const auto round = state->begin_round(one, now, RoundKind::round);
  auto known = learnt(round, some_channels());
  known.held = state::HeldRemovals{.fingerprint = "abc", .rounds = 2};
  state->record(one, known);
  state->intend(round, now, {some_intent(1)});

  CHECK(state->memory(other).empty());
  CHECK_FALSE(state->last_round(other));
  CHECK_FALSE(state->round(other, round));
  CHECK(state->open_intents(other).empty());
  CHECK(state->journal(other, {}).empty());
  CHECK(state->held_removals(other).rounds == 0);
  CHECK(state->held_removals(one).fingerprint == "abc");
  CHECK(state->held_removals(one).rounds == 2);

  state->forget_missing(other, {});
  CHECK(state->memory(one) == some_channels());
}

TEST_CASE("a channel that is not there any more is forgotten") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  const auto round = state->begin_round(gateway, now, RoundKind::round);
  state->record(gateway, learnt(round, some_channels()));
  state->forget_missing(gateway, {ChannelId{1}, ChannelId{2}, ChannelId{3}});
  CHECK(state->memory(gateway) == some_channels());
  state->forget_missing(gateway, {ChannelId{2}});
  CHECK(state->memory(gateway).size() == 1);
  CHECK(support::look_up(place.file(), "SELECT COUNT(*) FROM channels") == "1");
}

TEST_CASE("what is meant to be written is open until it is settled") {
  const Place place;
  std::vector<IntentId> ids;
  state::GatewayId gateway{};
  RoundId round{};
  {
    const auto state = place.open();
    gateway = state->gateway(identity);
    round = state->begin_round(gateway, now, RoundKind::round);
    CHECK(state->intend(round, now, {}).empty());
    ids = state->intend(round, now,
                        {some_intent(1), some_intent(2), some_intent(3)});
    REQUIRE(ids.size() == 3);
  }
  const auto state = place.open();
  auto open = state->open_intents(gateway);
  REQUIRE(open.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(open[i].id == ids[i]);
    CHECK(open[i].round == round);
    CHECK(open[i].at == now);
    CHECK(open[i].settled == Settled::open);
    check_equal(open[i].intent, some_intent(static_cast<std::int64_t>(i) + 1));
  }
  state->settle(gateway, {}, {});
  state->settle(gateway,
                {{.id = ids[0],
                  .settled = Settled::written,
                  .status_before = 3,
                  .status_after = 3},
                 {.id = ids[1], .settled = Settled::dropped}},
                {});
  open = state->open_intents(gateway);
  REQUIRE(open.size() == 1);
  CHECK(open[0].id == ids[2]);
  state->settle(gateway, {{.id = ids[2], .settled = Settled::strange}},
                some_channels());
  CHECK(state->open_intents(gateway).empty());
  CHECK(state->memory(gateway) == some_channels());

  const auto journal = state->journal(gateway, {});
  REQUIRE(journal.size() == 3);
  CHECK(journal[0].settled == Settled::strange);
  CHECK(journal[1].settled == Settled::dropped);
  CHECK(journal[1].intent.status_before == 1);
  CHECK(journal[2].settled == Settled::written);
  CHECK(journal[2].intent.status_before == 3);
}

TEST_CASE(
    "the journal is asked by round, channel, time and what became of it") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  const auto first = state->begin_round(gateway, now, RoundKind::round);
  const auto second = state->begin_round(gateway, now, RoundKind::round);
  const auto later = now + std::chrono::hours(1);
  const auto ids = state->intend(first, now, {some_intent(1), some_intent(2)});
  state->intend(second, later, {some_intent(1)});
  state->settle(gateway, {{.id = ids[0], .settled = Settled::written}}, {});
  const auto count = [&](const state::JournalQuery& query) {
    return state->journal(gateway, query).size();
  };
  CHECK(count({}) == 3);
  CHECK(count({.round = first}) == 2);
  CHECK(count({.channel = ChannelId{1}}) == 2);
  CHECK(count({.since = later}) == 1);
  CHECK(count({.settled = Settled::written}) == 1);
  CHECK(count({.round = first, .channel = ChannelId{2}}) == 1);
  CHECK(count({.most = 2}) == 2);
  CHECK(state->journal(gateway, {.most = 1}).at(0).round == second);
}

TEST_CASE("an intent outlives a process that is killed right after it") {
  const Place place;
  place.open();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto state = place.open();
    const auto round =
        state->begin_round(state->gateway(identity), now, RoundKind::round);
    state->intend(round, now, {some_intent(1)});
    ::raise(SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  for (const bool looking : {true, false}) {
    const auto state = looking ? place.look() : place.open();
    CHECK(state->open_intents(state->gateway(identity)).size() == 1);
  }
}

TEST_CASE("a mark tells a change and nothing else") {
  const Place place;
  const Place elsewhere;
  const auto state = place.open();
  const std::string mark = state->mark("sk-secret");
  CHECK(mark.size() == 32);
  CHECK(mark == state->mark("sk-secret"));
  CHECK(mark == place.open()->mark("sk-secret"));
  CHECK(mark == place.look()->mark("sk-secret"));
  CHECK(mark != state->mark("sk-secret2"));
  CHECK(mark != elsewhere.open()->mark("sk-secret"));
  CHECK(state->mark("").empty());

  core::Channel channel;
  channel.base_url = "http://secret.example";
  channel.key = base::Secret("sk-secret");
  const core::Marks marks = state->marks_of(channel);
  CHECK(marks.key == mark);
  CHECK(marks.address == state->mark(channel.base_url));
  CHECK(marks.mapping.empty());
}

TEST_CASE("every probe of a round is in the history") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  const auto round = state->begin_round(gateway, now, RoundKind::round);
  state->record(gateway, learnt(round, {},
                                {{.channel = ChannelId{4},
                                  .name = "模型",
                                  .kind = Kind::chat,
                                  .outcome = Outcome::ok,
                                  .http_status = 200,
                                  .attempts = 2,
                                  .headers_ms = 10.4,
                                  .total_ms = 99.5,
                                  .tokens_per_second = 12.5},
                                 {.channel = ChannelId{4},
                                  .name = "b",
                                  .kind = Kind::chat,
                                  .outcome = Outcome::timeout}}));
  const auto probes = support::look_up(
      place.file(), "SELECT channel || ' ' || probes FROM probes");
  CHECK(
      support::look_up(place.file(), "SELECT GROUP_CONCAT(name) FROM names") ==
      "'模型,chat,ok,b,timeout'");
  CHECK(probes == "'4 1 2 3 200 2 10 - 100 12500;4 2 5 0 0 - - - -'");
  CHECK(support::look_up(place.file(), "SELECT probes FROM rounds") == "2");
}

TEST_CASE("old history goes bit by bit, the journal of it stays") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  const auto old = now - std::chrono::hours(24 * 31);
  const auto round = [&](base::WallTime at) {
    const auto id = state->begin_round(gateway, at, RoundKind::round);
    state->record(gateway,
                  learnt(id, {}, {{.channel = ChannelId{1}, .name = "a"}}));
    return id;
  };
  const RoundId first = round(old);
  const RoundId second = round(old);
  state->intend(second, old, {some_intent(1)});
  const RoundId third = round(now);
  CHECK(support::look_up(place.file(), "SELECT COUNT(*) FROM probes") == "1");
  CHECK_FALSE(state->round(gateway, first));
  CHECK(state->round(gateway, second));
  CHECK(state->round(gateway, third));
  CHECK(state->open_intents(gateway).size() == 1);
}

TEST_CASE("a round of a clock that has been set back keeps no old history") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  const auto ahead = now + std::chrono::hours(24 * 365);
  const auto old = now - std::chrono::hours(24 * 31);
  for (const auto at : {ahead, old, now}) {
    const auto id = state->begin_round(gateway, at, RoundKind::round);
    state->record(gateway,
                  learnt(id, {}, {{.channel = ChannelId{1}, .name = "a"}}));
  }
  state->begin_round(gateway, now, RoundKind::round);
  const auto kept =
      support::look_up(place.file(), "SELECT GROUP_CONCAT(round) FROM probes");
  CHECK(kept == "'1,3'");
}

TEST_CASE("too much history goes, not more of it at once than a little") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  // Rounds that say of themselves that they were large.
  for (int i = 0; i < 50; ++i) {
    state->begin_round(gateway, now, RoundKind::round);
  }
  support::change(place.file(), "UPDATE rounds SET probes = 50000");
  const auto kept = [&] {
    return support::look_up(place.file(),
                            "SELECT COUNT(*) FROM rounds WHERE probes > 0");
  };
  state->begin_round(gateway, now, RoundKind::round);
  CHECK(kept() == "49");
  for (int i = 0; i < 20; ++i) {
    state->begin_round(gateway, now, RoundKind::round);
  }
  CHECK(kept() == "40");
}

TEST_CASE("what is told of a round is kept with the round, until it is sent") {
  const Place place;
  state::GatewayId gateway{};
  {
    const auto state = place.open();
    gateway = state->gateway(identity);
    CHECK(state->told(gateway).empty());
    const auto round = state->begin_round(gateway, now, RoundKind::round);
    auto known = learnt(round, {});
    known.news = state::News{
        .told = R"({"round":1})", .content = "{}", .services = {"a", "b"}};
    state->record(gateway, known);
    // One that nobody is told of: only what lasts is noted.
    known.news = state::News{.told = R"({"x":2})", .services = {"a"}};
    state->record(gateway, known);
  }
  for (const bool looking : {true, false}) {
    const auto state = looking ? place.look() : place.open();
    CHECK(state->told(gateway) == R"({"x":2})");
    const auto letters = state->letters(gateway);
    REQUIRE(letters.size() == 2);
    CHECK(letters[0].service == "a");
    CHECK(letters[1].service == "b");
    CHECK(letters[0].content == "{}");
    CHECK(letters[0].written == now + std::chrono::seconds(9));
    CHECK(letters[0].next == letters[0].written);
  }
  const auto state = place.open();
  const auto other = state->gateway("postgres://db/one");
  CHECK(state->letters(other).empty());
  CHECK(state->told(other).empty());
  const auto letters = state->letters(gateway);
  CHECK(state->claim(letters[0], now + std::chrono::hours(1)));
  CHECK_FALSE(state->claim(letters[0], now));
  state->put_off(letters[0].id, now + std::chrono::hours(2));
  state->remove_letter(letters[1].id);
  const auto left = state->letters(gateway);
  REQUIRE(left.size() == 1);
  CHECK(left[0].tries == 1);
  CHECK(left[0].next == now + std::chrono::hours(2));
}

TEST_CASE("the file and what lies beside it are nobody else's") {
  const Place place;
  const auto state = place.open();
  state->begin_round(state->gateway(identity), now, RoundKind::round);
  const auto files = support::files_in(place.folder.path());
  CHECK(files.size() == 3);
  for (const std::string& name : files) {
    CAPTURE(name);
    struct stat found = {};
    REQUIRE(::stat(place.folder.file(name).c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
  }
}

TEST_CASE("a file that others may read is taken back from them") {
  const Place place;
  place.open();
  ::chmod(place.file().c_str(), 0644);
  place.open();
  struct stat found = {};
  REQUIRE(::stat(place.file().c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
}

TEST_CASE("a file that is no state of ours is refused and left alone") {
  struct Case {
    const char* what;
    void (*make)(const std::string& file);
    const base::Phrase* error;
  };
  const Case cases[] = {
      {"a gateway's database",
       [](const std::string& file) {
         support::make_database(
             file, std::string(GATEWAY_SCHEMAS) + "/oneapi-sqlite.sql");
         ::chmod(file.c_str(), 0644);
       },
       &base::say::state_foreign},
      {"another application's",
       [](const std::string& file) {
         db::open_sqlite(file, db::Access::create)
             ->execute("PRAGMA application_id = 5");
       },
       &base::say::state_foreign},
      {"of a newer version",
       [](const std::string& file) {
         state::open_state(file, base::StopFlag());
         support::change(file, "PRAGMA user_version = 1000");
       },
       &base::say::state_newer},
      {"no database at all",
       [](const std::string& file) {
         support::write_file(file, std::string(3000, '#'));
       },
       &base::say::file_no_database},
      {"a folder",
       [](const std::string& file) { std::filesystem::create_directory(file); },
       &base::say::file_is_folder},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    const Place place;
    one.make(place.file());
    struct stat before = {};
    REQUIRE(::stat(place.file().c_str(), &before) == 0);
    const bool is_folder = std::filesystem::is_directory(place.file());
    const std::string bytes =
        is_folder ? "" : support::text_of_file(place.file());
    CHECK(error_of([&] { place.open(); }).is(*one.error));
    CHECK(error_of([&] { place.look(); }).is(*one.error));
    struct stat after = {};
    REQUIRE(::stat(place.file().c_str(), &after) == 0);
    CHECK(before.st_mode == after.st_mode);
    if (!is_folder) CHECK(support::text_of_file(place.file()) == bytes);
    CHECK(support::files_in(place.folder.path()).size() == 1);
  }
}

TEST_CASE("a file that cannot be made is told by name") {
  const base::StopFlag stop;
  const auto error =
      error_of([&] { state::open_state("/no such folder/state.db", stop); });
  CHECK(error.is(base::say::no_such_folder));
  CHECK(error.in(base::Language::en).find("/no such folder/state.db") !=
        std::string::npos);
}

TEST_CASE("a damaged file is told when its damage is met") {
  const Place place;
  {
    const auto state = place.open();
    const auto gateway = state->gateway(identity);
    core::Memory memory;
    for (int i = 0; i < 500; ++i) {
      memory[ChannelId{i}] = some_memory();
    }
    state->record(
        gateway,
        learnt(state->begin_round(gateway, now, RoundKind::round), memory));
  }
  std::string bytes = support::text_of_file(place.file());
  REQUIRE(bytes.size() > 100'000);
  for (std::size_t i = 60'000; i < bytes.size(); ++i) {
    bytes[i] = '#';
  }
  support::write_file(place.file(), bytes);
  const auto error = error_of([&] {
    const auto state = place.open();
    state->memory(state->gateway(identity));
  });
  CHECK(error.is(base::say::file_damaged));
}

TEST_CASE("a file that was deleted is made anew between rounds") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  const std::string mark = state->mark("secret");
  state->record(gateway,
                learnt(state->begin_round(gateway, now, RoundKind::round),
                       some_channels()));
  CHECK(state->refresh().empty());
  for (const char* end : {"", "-wal", "-shm"})
    std::filesystem::remove(place.file() + end);
  CHECK_THROWS_WITH(state->begin_round(gateway, now, RoundKind::round),
                    Catch::Matchers::Contains("was deleted, replaced or"));
  CHECK_FALSE(std::filesystem::exists(place.file()));
  CHECK(state->refresh().is(base::say::state_gone));
  const auto anew = state->gateway(identity);
  CHECK(state->memory(anew).empty());
  CHECK(state->mark("secret") != mark);
  state->begin_round(anew, now, RoundKind::round);
  CHECK(place.open()->last_round(anew));
}

TEST_CASE("a file that is no state any more is refused between rounds") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  for (const char* end : {"-wal", "-shm"})
    std::filesystem::remove(place.file() + end);
  support::write_file(place.file(), std::string(9000, 'x'));
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_WITH(state->begin_round(gateway, now, RoundKind::round),
                      Catch::Matchers::Contains("was deleted, replaced or"));
    CHECK_THROWS_WITH(state->refresh(),
                      Catch::Matchers::Contains("is no SQLite database"));
  }
}

TEST_CASE("looking makes nothing and changes nothing") {
  const Place place;
  CHECK(place.look() == nullptr);
  CHECK(support::files_in(place.folder.path()).empty());

  support::write_file(place.file(), "");
  const auto empty = place.look();
  REQUIRE(empty);
  CHECK(empty->memory(empty->gateway(identity)).empty());
  CHECK(std::filesystem::file_size(place.file()) == 0);

  std::filesystem::remove(place.file());
  {
    const auto state = place.open();
    const auto gateway = state->gateway(identity);
    state->record(gateway,
                  learnt(state->begin_round(gateway, now, RoundKind::round),
                         some_channels()));
  }
  const std::string bytes = support::text_of_file(place.file());
  {
    const auto state = place.look();
    CHECK(state->memory(state->gateway("never heard of")).empty());
    CHECK(state->memory(state->gateway(identity)) == some_channels());
    CHECK(support::files_in(place.folder.path()).size() == 1);
    CHECK_FALSE(error_of([&] {
                  state->begin_round(state->gateway(identity), now,
                                     RoundKind::round);
                }).empty());
  }
  CHECK(support::text_of_file(place.file()) == bytes);
  CHECK(support::files_in(place.folder.path()).size() == 1);
}

namespace {

// A state as the first version of this program made it.
void make_first_version(const Place& place) {
  const auto session = db::open_sqlite(place.file(), db::Access::create);
  for (const std::string_view statement :
       {state::migrations().front(),
        std::string_view("PRAGMA application_id = 1130909039"),
        std::string_view("PRAGMA user_version = 1")}) {
    session->execute(statement);
  }
  session->execute("INSERT INTO secret (value) VALUES (?)",
                   {db::Blob{std::string(32, 's')}});
  session->execute("INSERT INTO gateways (id, identity) VALUES (5, ?)",
                   {std::string(identity)});
  session->execute(
      "INSERT INTO names (id, name) VALUES (1, 'm'), (2, 'ok'), (3, 'chat'),"
      " (4, 'old'), (5, 'model_gone'), (6, 'new')");
  session->execute(
      "INSERT INTO channels VALUES"
      " (5, 1, 100, 1, 'a', 'k', 'm', 0, 0, 1, 'm', 'openai:chat')");
  session->execute(
      "INSERT INTO channel_names VALUES"
      " (5, 1, 1, 0, 3, 2, NULL, 1760000000, NULL, 2, 0),"
      " (5, 1, 4, 7, 0, 5, 3, 1760000001, 1760000002, 5, 0),"
      " (5, 1, 6, 0, 0, NULL, NULL, 0, NULL, NULL, 1),"
      " (6, 1, 6, 8, 0, NULL, NULL, 0, NULL, NULL, 0)");
  session->execute(
      "INSERT INTO rounds (id, gateway, kind, started, probes) VALUES"
      " (7, 5, 0, 1760000000, 3)");
  session->execute(
      "INSERT INTO probes VALUES (7, 1, 1, 3, 2, 200, 1, 10, NULL, 99, 12.5),"
      " (7, 1, 4, 3, 5, 404, 2, 8, NULL, 9, NULL),"
      " (7, 2, 6, 3, 2, 200, 1, 1, 2, 3, 4)");
}

using Probed = std::tuple<std::int64_t, std::string, Outcome>;

std::vector<Probed> probed_in(state::State& state) {
  std::vector<Probed> probed;
  const auto past =
      state.past_probes(state.gateway(identity), RoundId{0}, base::WallTime());
  for (const state::PastProbe& probe : past.all) {
    probed.emplace_back(static_cast<std::int64_t>(probe.channel), probe.name,
                        probe.outcome);
  }
  return probed;
}

}  // namespace

TEST_CASE("a state of an older version is kept, and brought up to date") {
  const Place place;
  make_first_version(place);
  const std::string bytes = support::text_of_file(place.file());
  const auto seen = [](state::State& state) {
    auto memory = state.memory(state.gateway(identity));
    REQUIRE(memory.size() == 1);
    const core::ChannelMemory& channel = memory.at(ChannelId{1});
    CHECK(channel.listed == std::vector<std::string>{"m"});
    using base::wall_time;
    CHECK(channel.names == std::map<std::string, core::NameMemory>{
                               {"m",
                                {.streak = {.answered = 3},
                                 .outcome = Outcome::ok,
                                 .judged = wall_time(1760000000)}},
                               {"old",
                                {.streak = {.failed = 7},
                                 .outcome = Outcome::model_gone,
                                 .kind = Kind::chat,
                                 .judged = wall_time(1760000001),
                                 .removed = wall_time(1760000002),
                                 .removed_for = Outcome::model_gone}},
                               {"new", {.dismissed = true}}});
    CHECK(channel.keys.empty());
    CHECK(state.letters(state.gateway(identity)).empty());
    CHECK(state.told(state.gateway(identity)).empty());
  };
  seen(*place.look());
  CHECK(support::text_of_file(place.file()) == bytes);
  const auto state = place.open();
  seen(*state);
  CHECK(probed_in(*state) ==
        std::vector<Probed>{{1, "m", Outcome::ok},
                            {1, "old", Outcome::model_gone},
                            {2, "new", Outcome::ok}});
  CHECK(db::number_of(db::open_sqlite(place.file(), db::Access::read)
                          ->query("PRAGMA user_version")
                          .at(0)
                          .at(0)) ==
        static_cast<std::int64_t>(state::migrations().size()));
  CHECK(
      support::look_up(place.file(),
                       "SELECT GROUP_CONCAT(probes, '|') FROM probes") ==
      "'1 3 2 200 1 10 - 99 12500;4 3 5 404 2 8 - 9 -|6 3 2 200 1 1 2 3 4000'");
}

TEST_CASE(
    "looking goes well while another process brings the file up to date") {
  const Place place;
  make_first_version(place);
  {
    // So that there is much to be looked at first.
    const auto session = db::open_sqlite(place.file(), db::Access::write);
    session->execute(
        "WITH RECURSIVE more (id) AS (SELECT 100 UNION ALL SELECT id + 1"
        " FROM more WHERE id < 60000)"
        " INSERT INTO names (id, name) SELECT id, 'word ' || id FROM more");
  }
  auto looking = std::async(std::launch::async, [&] {
    const auto state = place.look();
    return state->memory(state->gateway(identity)).size();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  place.open();
  CHECK(looking.get() == 1);
}

TEST_CASE("who meets a migration of another process waits for its end") {
  const Place place;
  make_first_version(place);
  const auto other = db::open_sqlite(place.file(), db::Access::write);
  other->query("PRAGMA journal_mode = WAL");
  other->begin();
  auto waiting = std::async(std::launch::async, [&] {
    const auto state = place.open();
    return state->memory(state->gateway(identity)).size();
  });
  // Longer than a write of ours ever takes.
  std::this_thread::sleep_for(std::chrono::milliseconds(5500));
  other->execute("ROLLBACK");
  CHECK(waiting.get() == 1);
}

TEST_CASE("an entry of a state that is none of ours counts for nothing") {
  const Place place;
  make_first_version(place);
  place.open();
  const auto names_with = [&](std::string_view entry) {
    support::change(place.file(),
                    fmt::format("UPDATE channels SET names = '{}'", entry));
    const auto state = place.look();
    return state->memory(state->gateway(identity))
        .at(ChannelId{1})
        .names.size();
  };
  CHECK(names_with("1 0 3 2 3 1760000000 - 2 - -") == 1);
  CHECK(names_with("1 0 3 2 3 1760000000 - 2 d 6;4 0 3 - - 0 - 2 - -") == 2);
  for (const char* entry :
       {"", ";", "x", "1 0 3 2 3 1760000000 - 2 -",
        "1 0 3 2 3 1760000000 - 2 - - -", "1 0 3 2 3 1760000000 - 2 -  -",
        "1 0 3 2 3 1760000000 - 2 - ", " 1 0 3 2 3 1760000000 - 2 - -"}) {
    CAPTURE(entry);
    CHECK(names_with(entry) == 0);
  }
  support::change(place.file(),
                  "UPDATE probes SET probes = '1 3 2;;x;1;1 3 99;6 - 5 1 1'");
  const auto state = place.look();
  const std::vector<Probed> good = {{1, "m", Outcome::ok},
                                    {1, "new", Outcome::model_gone}};
  CHECK(probed_in(*state).size() == 4);
  CHECK(std::vector<Probed>{probed_in(*state)[0], probed_in(*state)[1]} ==
        good);
}

TEST_CASE("looking goes well while another process writes") {
  const Place place;
  const auto writer = place.open();
  const auto gateway = writer->gateway(identity);
  const auto round = writer->begin_round(gateway, now, RoundKind::round);
  writer->record(gateway, learnt(round, some_channels()));
  const auto looker = place.look();
  CHECK(looker->memory(looker->gateway(identity)) == some_channels());
  writer->record(gateway, learnt(round, {{ChannelId{9}, some_memory()}}));
  CHECK(looker->memory(looker->gateway(identity)).size() == 3);
}

TEST_CASE("two processes that write words get the same words") {
  const Place place;
  const auto one = place.open();
  const auto other = place.open();
  const auto gateway = one->gateway(identity);
  const auto round = one->begin_round(gateway, now, RoundKind::round);
  const auto memory_of = [](const std::string& name) {
    core::ChannelMemory memory;
    memory.names[name] = {.outcome = Outcome::ok, .judged = now};
    return memory;
  };
  one->record(gateway, learnt(round, {{ChannelId{1}, memory_of("x")}}));
  other->record(gateway, learnt(round, {{ChannelId{2}, memory_of("y")}}));
  one->record(gateway, learnt(round, {{ChannelId{3}, memory_of("y")},
                                      {ChannelId{4}, memory_of("z")}}));
  for (const auto* state : {&one, &other}) {
    const auto memory = (*state)->memory(gateway);
    REQUIRE(memory.size() == 4);
    CHECK(memory.at(ChannelId{1}) == memory_of("x"));
    CHECK(memory.at(ChannelId{2}) == memory_of("y"));
    CHECK(memory.at(ChannelId{3}) == memory_of("y"));
    CHECK(memory.at(ChannelId{4}) == memory_of("z"));
  }
}

TEST_CASE("a round that cannot be recorded leaves what was known") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  const auto round = state->begin_round(gateway, now, RoundKind::round);
  state->record(gateway, learnt(round, some_channels()));
  support::change(place.file(),
                  "CREATE TRIGGER no BEFORE INSERT ON probes BEGIN"
                  " SELECT RAISE(ABORT, 'no'); END");
  const auto before = whole_database(place.file());
  auto memory = some_memory();
  memory.names["a new word"] = {.judged = now};
  const auto again = learnt(round, {{ChannelId{1}, memory}},
                            {{.channel = ChannelId{1}, .name = "another"}});
  CHECK_THROWS_AS(state->record(gateway, again), base::Error);
  CHECK(whole_database(place.file()) == before);

  // Words of the round that failed are not taken for known.
  support::change(place.file(), "DROP TRIGGER no");
  state->record(gateway, again);
  CHECK(place.look()->memory(gateway).at(ChannelId{1}) == memory);
}

TEST_CASE("a round settles its intents with what it learnt of them") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  const auto round = state->begin_round(gateway, now, RoundKind::round);
  const auto ids = state->intend(round, now, {some_intent(1)});
  auto known = learnt(round, some_channels());
  known.settlements = {{.id = ids[0],
                        .settled = Settled::written,
                        .status_before = 1,
                        .status_after = 3}};
  state->record(gateway, known);
  CHECK(state->open_intents(gateway).empty());
  CHECK(state->journal(gateway, {}).at(0).settled == Settled::written);
  CHECK(state->memory(gateway) == some_channels());
}

TEST_CASE("nothing of a secret is in the file") {
  const Place place;
  core::Channel channel;
  channel.base_url = "http://address.example";
  channel.key = base::Secret("sk-very-secret-key");
  channel.model_mapping = R"({"a":"secret-target"})";
  {
    const auto state = place.open();
    const auto gateway = state->gateway(identity);
    const auto round = state->begin_round(gateway, now, RoundKind::round);
    core::ChannelMemory memory;
    memory.created_time = 1;
    const auto marks = state->marks_of(channel);
    memory.address_mark = marks.address;
    memory.key_mark = marks.key;
    memory.mapping_mark = marks.mapping;
    auto intent = some_intent(1);
    intent.marks = marks;
    state->intend(round, now, {intent});
    state->record(gateway, learnt(round, {{ChannelId{1}, memory}}));
  }
  const std::string bytes = support::text_of_file(place.file());
  for (const std::string_view secret :
       {"address.example", "very-secret", "secret-target"}) {
    CAPTURE(secret);
    CHECK(bytes.find(secret) == std::string::npos);
  }
}

TEST_CASE("a state that keeps nothing knows nothing") {
  const auto state = state::make_empty_state();
  const auto gateway = state->gateway(identity);
  const auto round = state->begin_round(gateway, now, RoundKind::round);
  CHECK(state->intend(round, now, {some_intent(1), some_intent(2)}).size() ==
        2);
  state->record(gateway, learnt(round, some_channels()));
  CHECK(state->memory(gateway).empty());
  CHECK(state->open_intents(gateway).empty());
  CHECK(state->journal(gateway, {}).empty());
  CHECK_FALSE(state->last_round(gateway));
  CHECK(state->held_removals(gateway).rounds == 0);
  CHECK(state->mark("a") == state->mark("a"));
  CHECK(state->mark("a") != state->mark("b"));
}

TEST_CASE("ten thousand candidates are recorded in a moment") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  core::Memory memory;
  std::vector<state::ProbeRecord> probes;
  for (int i = 0; i < 10'000; ++i) {
    const ChannelId channel{i / 100};
    const std::string name = "model-" + std::to_string(i % 700);
    memory[channel].names[name] = {
        .outcome = Outcome::ok, .kind = Kind::chat, .judged = now};
    probes.push_back({.channel = channel,
                      .name = name,
                      .outcome = Outcome::ok,
                      .http_status = 200,
                      .attempts = 1,
                      .headers_ms = 12,
                      .first_token_ms = 20,
                      .total_ms = 50,
                      .tokens_per_second = 80.5});
  }
  for (int i = 0; i < 3; ++i) {
    const auto round = state->begin_round(gateway, now, RoundKind::round);
    const auto known = learnt(round, memory, probes);
    const auto begin = std::chrono::steady_clock::now();
    state->record(gateway, known);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    INFO("recorded in " << took.count() << " ms");
    CHECK(took < std::chrono::seconds(5));  // of a slow build with sanitizers
  }
  CHECK(state->memory(gateway) == memory);
}

TEST_CASE("the journal of a gateway that never rests is cut at its oldest") {
  const Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  const auto write = [&](std::size_t count) {
    const auto round = state->begin_round(gateway, now, RoundKind::round);
    std::vector<state::Settlement> settlements;
    for (const IntentId id : state->intend(
             round, now, std::vector<Intent>(count, some_intent(1)))) {
      settlements.push_back({.id = id, .settled = Settled::dropped});
    }
    state->settle(gateway, settlements, {});
    return settlements.front().id;
  };
  const IntentId first = write(15'000);
  const IntentId second = write(15'000);
  state->begin_round(gateway, now, RoundKind::round);
  const auto journal = state->journal(gateway, {});
  CHECK(journal.size() == 20'000);
  CHECK(journal.back().id > first);
  CHECK(journal.back().id < second);
}

TEST_CASE("what was done before a stop can be told after it") {
  Place place;
  const auto state = place.open();
  const auto gateway = state->gateway(identity);
  const auto round = state->begin_round(gateway, now, RoundKind::round);
  const auto ids = state->intend(round, now, {some_intent(1)});
  place.stop.set();
  state->settle(gateway, {{.id = ids[0], .settled = Settled::dropped}}, {});
  state->record(gateway, learnt(round, {}));
  // But nobody waits for it.
  const auto other = db::open_sqlite(place.file(), db::Access::write);
  other->execute("BEGIN IMMEDIATE");
  const auto begin = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(state->record(gateway, learnt(round, {})), base::Error);
  CHECK(std::chrono::steady_clock::now() - begin <
        std::chrono::milliseconds(1500));
}
