// Secrets of every kind, given back by the upstream in every form, and every
// command at its most talkative.

#include <csignal>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "catch.h"
#include "db/session.h"
#include "demo/upstream_answers.h"
#include "secrets.h"
#include "support/rsa.h"
#include "support/servers.h"
#include "world.h"

using base::json::quote;
using e2e::World;

namespace {

using Lines = std::vector<std::string>;

// Each with characters that differ from form to form.
struct Secrets {
  std::string key = "sk-plain+key/one\"AAAA1111?>~";
  std::string first = "multi/first=BBBB2222";
  std::string second = "multi second\\CCCC3333";
  std::string proxy = "proxy pass+DDDD/4444";
  std::string header = "header-\"value\"/EEEE5555";
  std::string user = "url%user:FFFF6666";
  std::string system_token = "system-token/GGGG+7777";
  std::string push = "push~token.HHHH+8888";
  std::string bot = "4711:telegram+secret/IIII9999";
  std::string mail = "mail\"pass/JJJJ0000+";
  std::string metrics = "metrics-é-KKKK1212";
  std::string dsn = "dsn+pass-LLLL3434";
  std::string pass = "access+token/MMMM5656";
  std::string hook = "hook \"secret\"/NNNN7878+";
  std::string hook_path = "path-token-OOOO9090";
  std::string pem = support::RsaPair().private_pem();

  Lines all() const {
    return {key, first, second, proxy, header, user, system_token, push, bot,
            mail, metrics, dsn, pass, hook, hook_path, pem,
            // What is telling of a long one.
            pem.substr(60, 40), pem.substr(400, 40)};
  }
};

// The key of a channel, and what its upstream gives back of it.
void add_echo(World& world, std::int64_t id, const std::string& key,
              const Lines& forms) {
  const std::string site = fmt::format("echo-{}", id);
  Lines models = {"alive", "dead@gone"};
  for (std::size_t i = 0; i < forms.size(); ++i) {
    models.push_back(fmt::format("form-{:02}", i));
    web::Reply reply = demo::error_reply(500, "it is told so: " + forms[i],
                                         forms[i], forms[i]);
    if (forms[i].find('\n') == std::string::npos) {
      reply.headers.emplace_back("X-Echo", forms[i]);
    }
    if (i % 3 == 1) reply.body = {{.bytes = "plainly: " + forms[i] + "\n"}};
    world.upstream.answer(site + "/v1/chat", quote(models.back()), reply);
  }
  world.add({.id = id,
             .site = site,
             .models = e2e::comma_list(models),
             .name = fmt::format("echo {}", id),
             .key = key});
}

void update(const World& world, std::int64_t id, const std::string& column,
            const db::Value& value) {
  world.open()->execute(
      fmt::format("UPDATE channels SET {} = ? WHERE id = ?", column),
      {value, id});
}

void plant(World& world, const Secrets& secrets) {
  world.make_gateway();
  add_echo(world, 1, secrets.key, e2e::forms_of(secrets.key));
  add_echo(world, 2, secrets.first + "\n" + secrets.second,
           e2e::forms_of(secrets.first));
  update(world, 2, "channel_info",
         db::Blob{R"({"is_multi_key":true,"multi_key_size":2})"});
  world.add({.id = 3, .site = "c", .models = "x", .key = secrets.key});
  update(world, 3, "setting",
         fmt::format(R"({{"proxy":"http://user:{}@127.0.0.1:9"}})",
                     base::percent_encoded(secrets.proxy)));
  add_echo(world, 4, "another-key-0001", e2e::forms_of(secrets.header));
  update(world, 4, "header_override",
         fmt::format(R"({{"X-One":{}}})", quote("Token " + secrets.header)));
  world.add({.id = 5, .models = "x", .key = secrets.key, .base_url = "-"});
  update(world, 5, "base_url",
         fmt::format("http://{}:pw@127.0.0.1:9/e",
                     base::percent_encoded(secrets.user)));
  const std::string account = fmt::format(
      R"({{"access_token":{},"account_id":"account-1","private_key":{}}})",
      quote(secrets.pass), quote(secrets.pem));
  Lines forms = e2e::forms_of(secrets.pass);
  for (const std::string& form : {account, secrets.pem, quote(secrets.pem)})
    forms.push_back(form);
  add_echo(world, 6, account, forms);
}

// Somebody who refuses everything, and says back what they were trusted with.
// Returns their URL.
std::string talkative(World& world, const std::string& who,
                      const Lines& secrets) {
  std::string all;
  for (const std::string& secret : secrets) {
    for (const std::string& form : e2e::forms_of(secret))
      all += form + '\n';
  }
  world.offer(who, {});
  world.upstream.answer('/' + who, "",
                        {.status = 400, .body = {{.bytes = all}}});
  return world.upstream.url(who + '/');
}

void configure(World& world, const Secrets& secrets) {
  const std::string hook =
      talkative(world, "hook", {secrets.hook, secrets.hook_path});
  const std::string kuma = talkative(world, "kuma", {secrets.push});
  support::write_file(world.file("mail.secret"), secrets.mail + "\n");
  world.environment.push_back("SYSTEM_TOKEN=" + secrets.system_token);
  world.set("base_url", R"("http://127.0.0.1:9")");
  world.set("system_token", R"("${SYSTEM_TOKEN}")");
  world.set("metrics",
            fmt::format(R"({{"token":{}}})", quote(secrets.metrics)));
  world.set("uptime-kuma",
            fmt::format(R"({{"status":"enabled","model_url":{{"x":{0}}},)"
                        R"("channel_url":{{"1":{0}}}}})",
                        quote(kuma + "api/push/" + secrets.push)));
  world.set(
      "notification",
      fmt::format(
          R"({{"smtp":{{"enabled":true,"host":"127.0.0.1","port":9,)"
          R"("username":"me","password":"file:{}","from":"a@example.com",)"
          R"("to":["b@example.com"]}},"webhook":{{"enabled":true,)"
          R"("type":"telegram","secret":{},"telegram":{{"chat_id":"1"}}}},)"
          R"("signed_webhook":{{"enabled":true,"url":{},"secret":{}}}}})",
          world.file("mail.secret"), quote(secrets.bot),
          quote(hook + secrets.hook_path), quote(secrets.hook)));
  world.set("time_period", R"("1h")");
  world.set("guard", R"({"max_removed_percent": 100})");
}

const std::vector<e2e::Arguments>& commands() {
  static const std::vector<e2e::Arguments> all = {
      {"--once", "-v", "--dry-run"},
      {"--once", "-v"},
      {"--once", "-v", "--format", "json", "--force"},
      {"--once", "-v", "--color", "always"},
      {"check", "-v"},
      {"check", "--format", "json"},
      {"list", "-v"},
      {"list", "--format", "json"},
      {"history", "-v"},
      {"history", "--format", "json"},
      {"undo", "2", "--dry-run", "-v"},
      {"undo", "--since", "2020-01-01T00:00:00Z", "--format", "json"},
      {"repair", "--dry-run", "-v"},
      {"repair", "--format", "json"},
      {"notify", "test", "-v"}};
  return all;
}

}  // namespace

TEST_CASE("no command says a secret, whatever the upstream repeats of it") {
  const Secrets secrets;
  World world;
  plant(world, secrets);
  configure(world, secrets);
  world.write_configuration();
  const Lines except = {"mail.secret"};
  std::string said;
  const auto run = [&](const e2e::Arguments& arguments) {
    CAPTURE(arguments);
    const auto ended = world.run(arguments);
    CHECK((ended.code == 0 || ended.code == 1));
    CHECK(ended.out.size() + ended.err.size() > 10);
    e2e::look_for_secrets(secrets.all(), world, ended, except);
    said += ended.out + ended.err;
  };
  for (const e2e::Arguments& arguments : commands())
    run(arguments);
  for (int id = 1; id <= 6; ++id) {
    run({"test", std::to_string(id), "-v"});
    run({"test", std::to_string(id), "-v", "--format", "json"});
  }
  CHECK(e2e::holds(said, "it is told so: [redacted]"));
  CHECK(e2e::holds(said, "plainly: [redacted]"));
}

TEST_CASE("a daemon keeps its secrets while it runs, too") {
  const auto* const format = GENERATE("text", "json");
  const Secrets secrets;
  World world;
  plant(world, secrets);
  configure(world, secrets);
  world.set("log",
            fmt::format(R"({{"level": "debug", "format": "{}"}})", format));
  world.add({.id = 9, .site = "i", .models = "slow@hang"});
  world.write_configuration();
  support::Program program(world.command({"-v"}));
  REQUIRE(e2e::wait_for([&] { return world.upstream.log().size() > 40; }));
  for (const char* shown : {"cmdline", "comm", "status", "stat"}) {
    e2e::look_for_secrets(
        secrets.all(), shown,
        support::text_of_file(fmt::format("/proc/{}/{}", program.id(), shown)));
  }
  REQUIRE(
      e2e::wait_for([&] { return e2e::holds(program.err(), "dead@gone"); }));
  const support::Ended now{.out = program.out(), .err = program.err()};
  e2e::look_for_secrets(secrets.all(), world, now, {"mail.secret"});
  program.send(SIGTERM);
  e2e::look_for_secrets(secrets.all(), world, program.wait(), {"mail.secret"});
}

TEST_CASE("a wrong password of a server is not told") {
  const auto engine = GENERATE(db::Engine::mysql, db::Engine::postgres);
  const Secrets secrets;
  World world(engine);
  db::Server server = world.database().server();
  server.password = base::Secret(secrets.dsn);
  world.set("db_dsn", quote(e2e::dsn_of(engine, server)));
  world.write_configuration();
  for (const e2e::Arguments& arguments :
       {e2e::Arguments{"--once", "-v"}, e2e::Arguments{"check", "-v"},
        e2e::Arguments{"list", "--format", "json"},
        e2e::Arguments{"--once", "--format", "json"}}) {
    CAPTURE(arguments);
    const auto ended = world.run(arguments);
    CHECK(ended.code == 3);
    e2e::look_for_secrets(secrets.all(), world, ended);
  }
}

TEST_CASE("a configuration that is refused shows no secret of it") {
  const std::string text = GENERATE(
      R"({"db_type": "mysql", "db_dsn": "root:SECRET@tcp(127.0.0.1:9/db"})",
      R"({"db_type": "mysql", "db_dsn": "root:SECRET@127.0.0.1/db"})",
      R"({"db_type": "postgres", "db_dsn": "postgres://u:SECRET@h:99999/db"})",
      R"({"db_type": "postgres", "db_dsn": "host=h password='SECRET"})",
      R"({"db_type": "sqlite", "db_dsn": "root:SECRET@tcp(h)/db"})",
      R"({"db_type": "sqlserver", "db_dsn": "sqlserver://u:SECRET@h/db"})",
      R"({"system_token": "SECRET)", R"({"system_token": SECRET})",
      R"({"system_token": "SECRET" "x": 1})", R"({'system_token': 'SECRET'})",
      R"({"system_token": ["SECRET"]})", R"({"system_token": {"SECRET": 1}})",
      R"({"metrics": "SECRET"})", R"({"notification": ["SECRET"]})",
      R"({"notification": {"smtp": {"password": {"is": "SECRET"}}}})",
      R"({"notification": {"webhook": {"secret": ["SECRET"]}}})",
      R"({"uptime-kuma": {"status": "enabled", "model_url": {"x": "SECRET"}}})",
      R"({"base_url": "ftp://u:SECRET@h"})",
      R"({"guard": {"connectivity_url": "h/?token=SECRET"}})",
      "system_token: SECRET: 1\n", "system_token: [SECRET\n",
      "system_token: \"SECRET\nrps: 1\n", "system_token: *SECRET\n");
  const std::string secret = "secret-value-MMMM5656";
  World world;
  world.write_configuration();
  const bool is_yaml = text[0] != '{';
  support::write_file(world.file(is_yaml ? "c.yaml" : "c.json"),
                      base::replaced(text, "SECRET", secret));
  const auto ended =
      world.run({"run", "-v", "--config", is_yaml ? "c.yaml" : "c.json"});
  INFO(ended.err);
  CHECK(ended.code == 2);
  e2e::look_for_secrets({secret}, world, ended, {"c.yaml", "c.json"});
}
