// Secrets are planted wherever one can be, and looked for in everything that
// the program leaves behind, in every form.

#include <csignal>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "catch.h"
#include "db/session.h"
#include "demo/upstream_answers.h"
#include "secrets.h"
#include "world.h"

using e2e::World;

namespace {

// Each with characters that differ from form to form.
const std::vector<std::string>& secrets() {
  static const std::vector<std::string> all = {
      "sk-plain+key/one\"AAAA1111", "sk-multi/first=BBBB2222",
      "sk-multi/second=CCCC3333",   "proxy pass+DDDD\\4444",
      "header \"value\"/EEEE5555",  "url%user:FFFF6666",
      "system-token/GGGG+7777",     "push-token-HHHH8888",
      "telegram:secret+IIII9999",   "mailpass/JJJJ0000+",
      "hook-path/KKKK1212",         "override-é-LLLL3434",
  };
  return all;
}

void look_for_secrets(const World& world, const support::Ended& ended) {
  e2e::look_for_secrets(secrets(), world, ended);
}

void look_for_secrets(const std::string& where, const std::string& text) {
  e2e::look_for_secrets(secrets(), where, text);
}

void plant(World& world) {
  const auto& all = secrets();
  world.make_gateway();
  world.add({.id = 1,
             .site = "a",
             .models = "x@echo-key,y@echo-key,z",
             .key = all[0]});
  world.add({.id = 2, .site = "b", .models = "x@echo-key", .key = "?"});
  const auto session = db::open_sqlite(world.gateway(), db::Access::write);
  session->execute("UPDATE channels SET key = ?, channel_info = ? WHERE id = 2",
                   {all[1] + "\n" + all[2],
                    db::Blob{R"({"is_multi_key":true,"multi_key_size":2})"}});
  world.upstream.set("b", {.models = {"x"}, .keys = {all[2]}});
  world.add({.id = 3, .site = "c", .models = "x", .key = all[0]});
  session->execute("UPDATE channels SET setting = ? WHERE id = 3",
                   {fmt::format(R"({{"proxy":"http://user:{}@127.0.0.1:9"}})",
                                base::percent_encoded(all[3]))});
  world.add({.id = 4, .site = "d", .models = "x@400", .key = all[0]});
  session->execute(
      "UPDATE channels SET header_override = ? WHERE id = 4",
      {fmt::format(R"({{"X-One":{},"X-Two":{}}})", base::json::quote(all[4]),
                   base::json::quote(all[11]))});
  world.add({.id = 5, .site = "e", .models = "x", .key = all[0]});
  session->execute("UPDATE channels SET base_url = ? WHERE id = 5",
                   {fmt::format("http://{}:pw@127.0.0.1:9/e",
                                base::percent_encoded(all[5]))});
  // What the upstream says repeats what it was sent, in many words.
  for (const std::string& secret : {all[4], all[11]}) {
    world.upstream.answer(
        "/d/", "",
        demo::error_reply(
            400,
            fmt::format("headers {} {} {}", secret, base::base64(secret),
                        base::percent_encoded(secret)),
            "", secret));
  }
  world.set("base_url", R"("http://127.0.0.1:9")");
  world.set("system_token", base::json::quote(all[6]));
  world.set("uptime-kuma", fmt::format(R"({{"status": "enabled", "channel_url":
                            {{"1": "http://127.0.0.1:9/api/push/{}"}}}})",
                                       all[7]));
  world.set("notification",
            fmt::format(R"({{"webhook": {{"enabled": true, "type": "telegram",
                            "secret": {}, "telegram": {{"chat_id": "1"}}}}}})",
                        base::json::quote(all[8])));
}

}  // namespace

TEST_CASE("no secret is in anything that a round says or leaves behind") {
  const auto arguments = GENERATE(
      e2e::Arguments{"--once"}, e2e::Arguments{"--once", "-v"},
      e2e::Arguments{"--once", "--format", "json", "-v"},
      e2e::Arguments{"--once", "--dry-run"}, e2e::Arguments{"check"},
      e2e::Arguments{"list"}, e2e::Arguments{"list", "--format", "json"});
  CAPTURE(arguments);
  World world;
  plant(world);
  world.write_configuration();
  const auto ended = world.run(arguments);
  INFO(ended.err);
  CHECK(ended.code < 2);
  look_for_secrets(world, ended);
}

TEST_CASE("what was planted is really sent, and said again") {
  World world;
  plant(world);
  const auto round = world.round();
  std::string sent;
  for (const auto& seen : world.upstream.log()) {
    for (const auto& [name, value] : seen.headers) {
      sent += value + '\n';
    }
  }
  for (const std::size_t index : {0U, 1U, 2U, 4U, 11U}) {
    CAPTURE(index);
    CHECK(e2e::holds(sent, secrets()[index]));
  }
  CHECK(round.report.outcome(1, "x@echo-key") == "server_error");
  CHECK(e2e::holds(round.ended.out, "upstream said no"));
  CHECK(e2e::holds(round.ended.out, "headers"));
}

TEST_CASE("no secret is in what a test call shows") {
  const auto* const id = GENERATE("1", "2", "3", "4", "5");
  const bool json = GENERATE(false, true);
  CAPTURE(id, json);
  World world;
  plant(world);
  world.write_configuration();
  const auto ended = json ? world.run({"test", id, "--format", "json", "-v"})
                          : world.run({"test", id, "-v"});
  CHECK(ended.out.size() > 50);
  look_for_secrets(world, ended);
}

TEST_CASE("a daemon's log holds no secret, as text or as JSON") {
  const auto* const format = GENERATE("text", "json");
  World world;
  plant(world);
  world.set("log",
            fmt::format(R"({{"level": "debug", "format": "{}"}})", format));
  world.set("time_period", R"("1h")");
  world.write_configuration();
  support::Program program(world.command({"-v"}));
  REQUIRE(e2e::wait_for([&] { return e2e::holds(program.err(), "echo-key"); }));
  program.send(SIGTERM);
  look_for_secrets(world, program.wait());
}

TEST_CASE("a refused configuration shows no secret of it") {
  World world;
  plant(world);
  for (const auto& [key, json] : std::map<std::string, std::string>{
           {"db_type", R"("mysql")"},
           {"db_dsn", fmt::format(R"("root:{}@tcp(127.0.0.1:9/db")",
                                  "mailpass/JJJJ0000+")},
           {"system_token", R"(["system-token/GGGG+7777"])"}}) {
    world.set(key, json);
  }
  world.write_configuration();
  const auto ended = world.run({"--once"});
  INFO(ended.err);
  CHECK(ended.code == 2);
  look_for_secrets(world, ended);
}

TEST_CASE("no secret is in the arguments or the title of the process") {
  World world;
  plant(world);
  world.add({.id = 9, .site = "i", .models = "slow@hang"});
  world.write_configuration();
  support::Program program(world.command({"--once"}));
  REQUIRE(e2e::wait_for([&] { return world.upstream.log().size() > 5; }));
  const std::string process = fmt::format("/proc/{}/", program.id());
  look_for_secrets("cmdline", support::text_of_file(process + "cmdline"));
  look_for_secrets("comm", support::text_of_file(process + "comm"));
}

TEST_CASE("a model or a channel that is called like a key is not told") {
  const std::string key = "sk-verysecretkey-0123456789abcd";
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x", .key = key});
  world.offer("a", {"x", "y", key, "Bearer " + key, "gpt-4 (" + key + ")"});
  world.add({.id = 2,
             .site = "b",
             .models = "z," + key + "@404",
             .name = "name " + key,
             .key = key});
  world.add({.id = 3, .site = "c", .models = "z," + key + "@gone", .key = key});
  world.set("guard", R"({"max_removed_percent": 100})");
  world.write_configuration();
  const auto round = world.round({"-v"});
  CHECK(world.models(1) == "x,y");
  CHECK(round.report.names(1, "added") == std::vector<std::string>{"y"});
  CHECK(e2e::holds(round.ended.out, R"("name [redacted]")"));
  const auto table = world.run({"--once", "-v", "--dry-run"});
  const auto list = world.run({"list"});
  const auto list_json = world.run({"list", "--format", "json"});
  CHECK(e2e::holds(list.out, "name [redacted]"));
  CHECK(e2e::holds(list.out, "    [redacted]@404  "));
  CHECK(e2e::holds(list_json.out, R"("name":"name [redacted]")"));
  CHECK(e2e::holds(list_json.out, R"("name":"[redacted]@404","listed":true)"));
  const auto history = world.run({"history"});
  const auto history_json = world.run({"history", "--format", "json"});
  const auto undo = world.run({"undo", "--channel", "3", "--dry-run"});
  const auto undone = world.run({"undo", "--channel", "3", "--format", "json"});
  const auto of_undo = world.run({"history", "--last", "1"});
  CHECK(world.models(3) == "z," + key + "@gone");
  CHECK(e2e::holds(history.out, "removed   [redacted]@gone\n"));
  CHECK(e2e::holds(history_json.out, R"("models_before":"z,[redacted]@gone")"));
  CHECK(e2e::holds(undo.out, "removed   [redacted]@gone\n"));
  CHECK(e2e::holds(of_undo.out, "added     [redacted]@gone\n"));
  for (const auto& said :
       {round.ended.out, round.ended.err, table.out, table.err, list.out,
        list_json.out, history.out, history_json.out, undo.out, undo.err,
        undone.out, undone.err, of_undo.out}) {
    CHECK_FALSE(e2e::holds(said, "verysecret"));
  }
}
