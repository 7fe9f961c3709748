#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "base/json.h"
#include "catch.h"
#include "db/session.h"
#include "support/whole_database.h"
#include "world.h"

using e2e::everything_in;
using e2e::holds;
using e2e::World;

namespace {

using Lines = std::vector<std::string>;

void make(World& world) {
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone"});
  world.offer("a", {"x", "new"});
  world.write_configuration();
}

// One line on standard error that says what is wrong, this exit code, and
// nothing in the folder is touched.
void refused(const World& world, int code, const std::string& says,
             const e2e::Arguments& arguments = {"--once"}) {
  const auto before = everything_in(world.folder());
  const auto ended = world.run(arguments);
  INFO(ended.err);
  CHECK(ended.code == code);
  CHECK(e2e::lines_in(ended.err) == 1);
  CHECK(holds(ended.err, says));
  CHECK(ended.err.starts_with("channel-monitor: "));
  CHECK_FALSE(holds(ended.err, "went wrong that should not have"));
  CHECK(ended.out == "");
  auto after = everything_in(world.folder());
  for (const auto& [name, bytes] : before) {
    INFO(name);
    CHECK((after[name] == bytes));
    after.erase(name);
  }
  // Its own files may have been made.
  after.erase("channel-monitor.db");
  after.erase("gateway.db.channel-monitor.lock");
  for (const auto& [name, bytes] : after) {
    INFO(name);
    CHECK(name == "");
  }
}

// As another user who may do what everybody may.
support::Command as_nobody(const support::Command& command) {
  support::Command other = command;
  other.arguments.insert(
      other.arguments.begin(),
      {"--reuid=65534", "--regid=65534", "--clear-groups", "--", command.file});
  other.file = "setpriv";
  return other;
}

// Whether such a user can run the program at all.
bool can_be_nobody(const World& world) {
  ::chmod(world.folder().c_str(), 0777);
  if (::geteuid() != 0) return false;
  try {
    const auto ended = support::run(as_nobody(world.command({"--version"})));
    return ended.code == 0;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

TEST_CASE("without a configuration there is a hint how to have one") {
  const World world;
  refused(world, 2, "--config");
}

TEST_CASE("a configuration that is not there is named") {
  const World world;
  refused(world, 2, "nowhere.json", {"--once", "--config", "nowhere.json"});
}

TEST_CASE("a configuration that is no JSON or YAML is refused with its place") {
  const auto* const text = GENERATE("{\"db_type\": \"sqlite\", \"db_dsn\": ",
                                    "{\"db_type\": \"sqlite\" \"a\": 1}");
  World world;
  make(world);
  support::write_file(world.file("config.json"), text);
  refused(world, 2, "config.json");
  std::filesystem::remove(world.file("config.json"));
  support::write_file(world.file("config.yaml"), "db_type: [sqlite\na: {");
  refused(world, 2, "config.yaml");
}

TEST_CASE("every wrong key of a configuration is told at once") {
  World world;
  make(world);
  world.set("rps", R"("fast")");
  world.set("timeout", "-1");
  world.set("time_period", R"("30")");
  world.write_configuration();
  const auto before = everything_in(world.folder());
  const auto ended = world.run({"--once"});
  INFO(ended.err);
  CHECK(ended.code == 2);
  CHECK(e2e::lines_in(ended.err) == 3);
  for (const char* key : {"rps", "timeout", "time_period"}) {
    CHECK(holds(ended.err, key));
  }
  CHECK((everything_in(world.folder()) == before));
}

TEST_CASE("a configuration of another database is refused kindly") {
  World world;
  world.set("db_type", R"("sqlserver")");
  world.set("db_dsn", R"("sqlserver://user:topsecret1@host/db")");
  world.write_configuration();
  refused(world, 2, "SQL Server");
  CHECK_FALSE(holds(world.run({"--once"}).err, "topsecret1"));
}

TEST_CASE("a database file that is not there is not made") {
  const World world;
  world.write_configuration();
  refused(world, 3, "no such file");
}

TEST_CASE("a database that is a folder is refused") {
  World world;
  world.set("db_dsn", base::json::quote(world.folder()));
  world.write_configuration();
  refused(world, 3, "folder");
}

TEST_CASE("a file that is no database is refused and left as it is") {
  const World world;
  world.write_configuration();
  support::write_file(world.gateway(), std::string(5000, 'x'));
  refused(world, 3, "no SQLite database");
}

TEST_CASE("an empty file is no gateway") {
  const World world;
  world.write_configuration();
  support::write_file(world.gateway(), "");
  refused(world, 3, "channels");
}

TEST_CASE("a database of something else is no gateway") {
  const auto* const sql =
      GENERATE("CREATE TABLE tv (channel TEXT)",
               "CREATE TABLE channels (id INTEGER, frequency REAL)");
  const World world;
  world.write_configuration();
  db::open_sqlite(world.gateway(), db::Access::create)->execute(sql);
  refused(world, 3, "gateway");
}

TEST_CASE("a gateway without its abilities is refused") {
  World world;
  make(world);
  world.change("DROP TABLE abilities");
  refused(world, 3, "abilities");
}

TEST_CASE("columns of two products ask for the product, and name both") {
  World world;
  make(world);
  world.change(
      "ALTER TABLE channels ADD COLUMN config text; ALTER TABLE "
      "channels ADD COLUMN system_prompt text");
  refused(world, 2, "oneapi");
  CHECK(holds(world.run({"--once"}).err, "newapi"));
  world.set("product", R"("newapi")");
  CHECK(world.round().report.text("/round/product") == "newapi");
}

TEST_CASE("a file that may only be read is refused before any call") {
  World world;
  make(world);
  if (!can_be_nobody(world)) {
    WARN("this needs to be run as root, with setpriv");
    return;
  }
  ::chmod(world.file("config.json").c_str(), 0644);
  ::chmod(world.gateway().c_str(), 0444);
  const auto before = support::text_of_file(world.gateway());
  const auto ended = support::run(as_nobody(world.command({"--once"})));
  INFO(ended.err);
  CHECK(ended.code == 3);
  CHECK(e2e::lines_in(ended.err) == 1);
  CHECK(holds(ended.err, "read-only"));
  CHECK(world.upstream.log().empty());
  CHECK((support::text_of_file(world.gateway()) == before));
  // To look at it is allowed.
  const auto check = support::run(as_nobody(world.command({"check"})));
  CHECK(check.code == 3);
  CHECK(holds(check.out, "read-only"));
  CHECK(support::run(as_nobody(world.command({"list"}))).code == 0);
}

TEST_CASE("a folder that may only be read is refused before any call") {
  World world;
  make(world);
  support::TemporaryFolder elsewhere;
  ::chmod(elsewhere.path().c_str(), 0777);
  world.set("state", base::json::quote(elsewhere.file("state.db")));
  world.write_configuration();
  if (!can_be_nobody(world)) {
    WARN("this needs to be run as root, with setpriv");
    return;
  }
  ::chmod(world.file("config.json").c_str(), 0644);
  ::chmod(world.gateway().c_str(), 0666);
  ::chmod(world.folder().c_str(), 0755);
  const auto ended = support::run(as_nobody(world.command({"--once"})));
  INFO(ended.err);
  CHECK(ended.code == 3);
  CHECK(e2e::lines_in(ended.err) == 1);
  CHECK(world.upstream.log().empty());
}

TEST_CASE("a state that may only be read is refused before any call") {
  World world;
  make(world);
  world.round();
  if (!can_be_nobody(world)) {
    WARN("this needs to be run as root, with setpriv");
    return;
  }
  world.upstream.clear_log();
  ::chmod(world.file("config.json").c_str(), 0644);
  ::chmod(world.gateway().c_str(), 0666);
  ::chmod((world.gateway() + ".channel-monitor.lock").c_str(), 0666);
  ::chmod(world.state().c_str(), 0444);
  const auto before = support::text_of_file(world.gateway());
  const auto ended = support::run(as_nobody(world.command({"--once"})));
  INFO(ended.err);
  CHECK(ended.code == 3);
  CHECK(e2e::lines_in(ended.err) == 1);
  CHECK(holds(ended.err, "channel-monitor.db"));
  CHECK(world.upstream.log().empty());
  CHECK((support::text_of_file(world.gateway()) == before));
}

TEST_CASE("a lock that goes in time is waited for") {
  World world;
  make(world);
  const auto holder = db::open_sqlite(world.gateway(), db::Access::write);
  holder->execute("BEGIN IMMEDIATE");
  support::Program program(world.command({"--once", "--format", "json"}));
  REQUIRE(e2e::wait_for([&] { return world.upstream.log().size() >= 4; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  holder->execute("ROLLBACK");
  CHECK(e2e::Report(program.wait().out).result(1) == "changed");
  CHECK(world.models(1) == "x,new");
}

TEST_CASE("a gateway that is locked all the time is waited for, not for ever") {
  World world;
  make(world);
  const auto holder = db::open_sqlite(world.gateway(), db::Access::write);
  holder->execute("BEGIN IMMEDIATE");
  world.write_configuration();
  const auto ended =
      world.run({"--once", "--format", "json"}, std::chrono::seconds(40));
  const e2e::Report report(ended.out);
  INFO(ended.out << ended.err);
  // It can be read, so the round is made; the write is what fails.
  CHECK(report.result(1) == "failed");
  CHECK(holds(report.reason(1), "another program"));
  CHECK(ended.code == 1);
  CHECK(ended.seconds < 30);
  holder->execute("ROLLBACK");
  CHECK(world.models(1) == "x,y@gone");
  CHECK(world.round().report.result(1) == "changed");
}

TEST_CASE("a gateway that nobody may even read ends the round") {
  World world;
  make(world);
  const auto holder = db::open_sqlite(world.gateway(), db::Access::write);
  holder->execute("BEGIN EXCLUSIVE");
  const auto ended = world.run({"--once"});
  INFO(ended.err);
  CHECK(ended.code == 3);
  CHECK(e2e::lines_in(ended.err) == 1);
  CHECK(holds(ended.err, "another program"));
  CHECK(ended.seconds < 12);
  CHECK(world.upstream.log().empty());
}

TEST_CASE("one broken channel among good ones is told and nothing else") {
  struct Break {
    const char* sql;
    const char* says;
  };
  const auto harm =
      GENERATE(Break{"model_mapping = '{\"a\":'", "model_mapping"},
               Break{"model_mapping = '{\"a\":1}'", "model_mapping"},
               Break{"setting = '[1'", "setting"}, Break{"type = 'x'", "type"},
               Break{"header_override = '{\"a\":{}}'", "header_override"},
               Break{"channel_info = X'7b'", "channel_info"},
               Break{"base_url = 'ftp://host'", "base_url"});
  CAPTURE(harm.sql);
  World world;
  make(world);
  world.add({.id = 2, .site = "b", .models = "x,y@gone"});
  world.change(fmt::format("UPDATE channels SET {} WHERE id = 2", harm.sql));
  const auto broken = world.look(
      "SELECT group_concat(quote(models)) FROM channels WHERE id = 2");
  const auto round = world.round();
  CHECK(round.report.result(1) == "changed");
  CHECK(round.report.result(2) == "config_error");
  CHECK(holds(round.report.reason(2), harm.says));
  CHECK(world.models(1) == "x,new");
  CHECK(world.look("SELECT group_concat(quote(models)) FROM channels "
                   "WHERE id = 2") == broken);
  CHECK(round.code() == 1);
}

TEST_CASE("a ca_file without any certificate is refused before any call") {
  World world;
  make(world);
  support::write_file(world.file("ca.pem"), "no certificate\n");
  world.set("ca_file", base::json::quote(world.file("ca.pem")));
  world.write_configuration();
  refused(world, 3, "ca.pem holds no certificate");
  CHECK(world.upstream.log().empty());
}

TEST_CASE("that we can trust nobody counts against no model") {
  World world;
  make(world);
  // It looks like a bundle until it is read.
  support::write_file(world.file("ca.pem"),
                      "-----BEGIN CERTIFICATE-----\nAAAA\n");
  world.set("ca_file", base::json::quote(world.file("ca.pem")));
  world.set("fail_after_passing", "1");
  world.set("guard", R"({"max_removed_percent": 100})");
  world.write_configuration();
  world.change(
      "UPDATE channels SET base_url = replace(base_url, 'http:', 'https:')");
  for (int i = 0; i < 3; ++i) {
    const auto round = world.round();
    INFO(round.ended.out);
    CHECK(round.report.outcome(1, "x") == "inconclusive");
    CHECK(round.report.outcome(1, "y@gone") == "inconclusive");
    CHECK(holds(round.ended.out, "ca-certificates"));
  }
  CHECK(world.models(1) == "x,y@gone");
  CHECK(world.look("SELECT status FROM channels") == "1");
}

TEST_CASE("a state in a folder that is not there is refused") {
  World world;
  make(world);
  world.set("state", base::json::quote(world.file("nowhere/state.db")));
  world.write_configuration();
  refused(world, 3, "nowhere/state.db");
  CHECK(world.upstream.log().empty());
}

TEST_CASE("a state that is none of ours is refused and left as it is") {
  struct Kind {
    const char* sql;
    const char* says;
  };
  const auto kind =
      GENERATE(Kind{"CREATE TABLE notes (text TEXT)", "another program"},
               Kind{"PRAGMA user_version = 4711; PRAGMA application_id = 1;"
                    "CREATE TABLE notes (text TEXT)",
                    "another program"},
               Kind{"", "no SQLite database"});
  World world;
  make(world);
  const std::string sql = kind.sql;
  if (sql.empty()) {
    support::write_file(world.state(), std::string(4096, 'x'));
  } else {
    db::open_sqlite(world.state(), db::Access::create)->execute(sql);
  }
  refused(world, 3, kind.says);
  CHECK(world.upstream.log().empty());
}

TEST_CASE("a state of a newer version is refused and left as it is") {
  World world;
  make(world);
  world.round();
  db::open_sqlite(world.state(), db::Access::write)
      ->query("PRAGMA user_version = 4711");
  world.upstream.clear_log();
  refused(world, 3, "newer version");
  CHECK(world.upstream.log().empty());
}

TEST_CASE("a damaged state is refused and the gateway is not written") {
  World world;
  make(world);
  world.round();
  std::string bytes = support::text_of_file(world.state());
  for (std::size_t i = 100; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(i * 7);
  }
  support::write_file(world.state(), bytes);
  world.upstream.clear_log();
  refused(world, 3, "channel-monitor.db");
  CHECK(world.upstream.log().empty());
}

TEST_CASE("a wrong command line ends with 2 and touches nothing") {
  const auto arguments = GENERATE(
      e2e::Arguments{"--no-such-option"}, e2e::Arguments{"nonsense"},
      e2e::Arguments{"--once", "--format", "xml"},
      e2e::Arguments{"--once", "--channel", "first"},
      e2e::Arguments{"--once", "--channel"}, e2e::Arguments{"test"},
      e2e::Arguments{"--config", ""}, e2e::Arguments{"--once", "--config", ""},
      e2e::Arguments{"--color", "sometimes"}, e2e::Arguments{"check", "list"},
      e2e::Arguments{"undo", "1", "--model", "x"},
      e2e::Arguments{"repair", "--model", "x"},
      e2e::Arguments{"history", "--model", "x"});
  World world;
  make(world);
  const auto before = everything_in(world.folder());
  const auto ended = world.run(arguments);
  INFO(ended.err);
  CHECK(ended.code == 2);
  CHECK(ended.err.size() > 10);
  CHECK((everything_in(world.folder()) == before));
  CHECK(world.upstream.log().empty());
}

TEST_CASE("a channel to test that is not there is named") {
  World world;
  make(world);
  refused(world, 2, "77", {"test", "77"});
  refused(world, 2, "no such name", {"test", "no such name"});
}

TEST_CASE("a name that two channels have is no name to test by") {
  World world;
  make(world);
  world.add({.id = 2, .site = "b", .models = "x"});
  refused(world, 2, "1, 2", {"test", "a channel"});
}

TEST_CASE("the daemon needs a period, one round does not") {
  World world;
  make(world);
  refused(world, 2, "time_period", {});
}

TEST_CASE("channels that are named and not there are told") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x"});
  world.write_configuration();
  const auto none = world.round({"--channel", "99"});
  CHECK(none.code() == 2);
  CHECK(holds(none.ended.out, "there is no channel 99"));
  // A daemon does not begin, not even while it would have to wait first.
  world.set("time_period", R"("1h")");
  world.round();
  world.upstream.clear_log();
  for (const e2e::Arguments& now : {e2e::Arguments{"--now"}, {}}) {
    e2e::Arguments arguments = {"--channel", "99"};
    arguments.insert(arguments.end(), now.begin(), now.end());
    const auto daemon = world.run(arguments, std::chrono::seconds(5));
    INFO(daemon.err);
    CHECK(daemon.code == 2);
    CHECK(e2e::lines_in(daemon.err) == 1);
    CHECK(holds(daemon.err, "there is no channel 99"));
  }
  CHECK(world.upstream.log().empty());

  world.set("exclude_channel", "[7, 1, 98]");
  world.set("include_channel", "[99]");
  world.write_configuration();
  const auto some = world.round();
  CHECK(some.code() == 0);
  const auto check = world.run({"check"});
  for (const std::string& said : {some.ended.err, check.out}) {
    CHECK(
        holds(said, "exclude_channel names channels that do not exist: 7, 98"));
    CHECK(holds(said, "include_channel names channels that do not exist: 99"));
  }
}

TEST_CASE("a channel whose status is no number is told of, never written") {
  World world;
  make(world);
  world.add({.id = 2, .site = "b", .models = "z@gone,w", .name = "odd"});
  world.change(GENERATE("UPDATE channels SET status = 'abc' WHERE id = 2",
                        "UPDATE channels SET status = x'ff00' WHERE id = 2"));
  const auto round = world.round();
  INFO(round.ended.out);
  CHECK(round.code() == 1);
  CHECK(round.report.result(2) == "config_error");
  CHECK(holds(round.report.reason(2), "status"));
  CHECK(world.models(2) == "z@gone,w");
  CHECK(world.models(1) == "x,new");
  const auto check = world.run({"check"});
  CHECK(check.code == 1);
  CHECK(holds(check.out, "channel 2 (odd)"));
}

TEST_CASE("a working directory that was deleted is told in a sentence") {
  World world;
  make(world);
  const bool is_named = GENERATE(false, true);
  CAPTURE(is_named);
  std::string arguments = GENERATE("--once", "check",
                                   "init --dsn gateway.db "
                                   "--db-type sqlite --output config.json");
  CAPTURE(arguments);
  if (is_named) {
    // The configuration is elsewhere, the path in it is not.
    world.set("db_dsn", R"("gateway.db")");
    world.write_configuration();
    arguments += " --config " + world.file("config.json");
  }
  support::Command command = world.command({});
  command.file = "sh";
  command.arguments = {"-c", "mkdir gone; cd gone; rmdir ../gone; exec " +
                                 std::string(CHANNEL_MONITOR) + " " +
                                 arguments};
  const auto ended = support::run(command);
  INFO(ended.err);
  CHECK(ended.code == 2);
  CHECK(e2e::lines_in(ended.err) == 1);
  CHECK(holds(ended.err, "was started in was deleted"));
  CHECK(world.models(1) == "x,y@gone");
}
