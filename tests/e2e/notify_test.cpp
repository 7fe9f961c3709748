#include <csignal>
#include <string>
#include <vector>

#include "base/json.h"
#include "catch.h"
#include "world.h"

using e2e::Arguments;
using e2e::holds;
using e2e::lines_in;
using e2e::wait_for;
using e2e::World;

namespace {

constexpr const char* secret = "webhook-signing-secret-0123";

// A gateway with two channels whose simulated upstream also takes what is sent
// to its /hook.
struct Told {
  World world;

  Told() {
    world.make_gateway();
    world.add({.id = 1, .site = "one", .models = "good,other"});
    world.add({.id = 2, .site = "two", .models = "alpha,beta"});
    world.set("fail_after", "1");
    listen();
    for (const char* site : {"hook", "silent", "services"})
      world.offer(site, {});
    world.upstream.answer("/hook", "", {.status = 200});
  }

  // From now on the model "good" of channel 1 is not there, or is again.
  void lose() {
    world.upstream.set("one",
                       {.models = {"good", "other"}, .missing = {"good"}});
  }
  void find() { world.offer("one", {"good", "other"}); }

  std::string url() const {
    return world.upstream.url("hook/path-token-987654");
  }

  void listen(const std::string& more = "") {
    world.set("notification",
              R"({"signed_webhook": {"enabled": true, "url": ")" + url() +
                  R"(", "secret": ")" + secret + "\"}" + more + "}");
    world.write_configuration();
  }

  // The documents that were sent so far.
  std::vector<base::json::Document> sent(const std::string& site = "hook") {
    std::vector<base::json::Document> all;
    for (const demo::Seen& seen : world.upstream.log()) {
      if (seen.site != site) continue;
      all.emplace_back();
      REQUIRE(all.back().parse(seen.body));
    }
    return all;
  }

  std::string title(std::size_t index) {
    const auto all = sent();
    REQUIRE(all.size() > index);
    return std::string(all[index].text("/title").value_or(""));
  }

  // How many wait for their second try.
  std::string put_off() const {
    return support::look_up(world.state(),
                            "SELECT COUNT(*) FROM letters"
                            " WHERE tries = 1 AND next - written < 10");
  }

  std::string waiting() const {
    return support::look_up(world.state(), "SELECT COUNT(*) FROM letters");
  }
};

}  // namespace

TEST_CASE("a round that removes a model sends one message, the next none") {
  Told told;
  World& world = told.world;
  CHECK(world.round().code() == 0);
  CHECK(told.sent().empty());

  told.lose();
  const auto round = world.round();
  CHECK(round.report.names(1, "removed") == Arguments{"good"});
  REQUIRE(told.sent().size() == 1);
  const auto document = std::move(told.sent().front());
  CHECK(document.text("/title") == "models removed: 1");
  CHECK(document.number("/items/0/channel/id") == 1);
  CHECK(document.texts("/items/0/models", "") == Arguments{"good"});
  CHECK(holds(std::string(*document.text("/text")), "- listed now (1): other"));
  world.round();
  CHECK(told.sent().size() == 1);
  CHECK(told.waiting() == "0");

  told.find();
  CHECK(world.round().report.names(1, "added") == Arguments{"good"});
  CHECK(told.title(1) == "models added: 1");
  CHECK(holds(std::string(*told.sent()[1].text("/text")), "good (after "));
}

TEST_CASE("a dry run is told to nobody, do_not_modify_db says so, once") {
  Told told;
  World& world = told.world;
  world.round();
  told.lose();
  world.round({"--dry-run"});
  CHECK(told.sent().empty());
  world.set("do_not_modify_db", "true");
  world.write_configuration();
  world.round();
  world.round();
  REQUIRE(told.sent().size() == 1);
  CHECK(told.title(0) == "not applied: models removed: 1");
  CHECK(told.sent()[0].truth("/applied") == false);
}

TEST_CASE("a database that is lost is told, and how long it was gone") {
  Told told;
  World& world = told.world;
  world.round();
  const std::string away = world.file("away.db");
  REQUIRE(::rename(world.gateway().c_str(), away.c_str()) == 0);
  CHECK(world.round().code() == 3);
  CHECK(world.round().code() == 3);
  REQUIRE(told.sent().size() == 1);
  CHECK(told.title(0) == "the rounds fail");
  REQUIRE(::rename(away.c_str(), world.gateway().c_str()) == 0);
  CHECK(world.round().code() == 0);
  CHECK(told.title(1) == "the rounds work again");
  CHECK(told.sent()[1].number("/items/0/lasted_s").value_or(-1) >= 0);
}

TEST_CASE("what waits outlives a program that is killed") {
  Told told;
  World& world = told.world;
  world.round();
  world.upstream.forget_answers();
  world.upstream.answer("/hook", "", {.status = 503});
  told.lose();
  world.set("time_period", "\"1h\"");
  world.write_configuration();
  {
    support::Program daemon(world.command({"run", "--now"}));
    // Killed in the middle of a call it would be left alone for longer.
    CHECK(wait_for([&] { return told.put_off() == "1"; }));
    daemon.send(SIGKILL);
    daemon.wait();
  }
  CHECK(told.waiting() == "1");
  CHECK(world.models(1) == "other");
  world.upstream.forget_answers();
  world.upstream.answer("/hook", "", {.status = 200});
  const auto before = told.sent().size();
  support::Program daemon(world.command({"run"}));
  CHECK(wait_for([&] { return told.waiting() == "0"; }));
  CHECK(told.sent().size() == before + 1);
  CHECK(told.title(before) == "models removed: 1");
  daemon.send(SIGTERM);
  const auto ended = daemon.wait();
  CHECK(ended.code == 0);
  CHECK_FALSE(holds(ended.err, "path-token"));
}

TEST_CASE("a dead service delays no other, and no stop") {
  Told told;
  World& world = told.world;
  told.listen(
      R"(, "gotify": {"enabled": true, "token": "dead-token-123", "server": ")" +
      world.upstream.url("silent") + "\"}");
  world.upstream.answer("/silent", "", {.ending = web::Ending::unfinished});
  world.round();
  told.lose();
  world.set("time_period", "\"1h\"");
  world.write_configuration();
  support::Program daemon(world.command({"run", "--now"}));
  CHECK(wait_for([&] { return told.sent().size() == 1; }));
  CHECK(wait_for([&] { return told.sent("silent").size() == 1; }));
  daemon.send(SIGTERM);
  const auto ended = daemon.wait(std::chrono::seconds(3));
  CHECK(ended.code == 0);
  CHECK_FALSE(ended.timed_out);
  CHECK(told.waiting() == "1");
}

TEST_CASE("one round waits for its messages, but not for long") {
  Told told;
  World& world = told.world;
  world.round();
  world.upstream.forget_answers();
  world.upstream.answer("/hook", "", {.status = 503});
  told.lose();
  const auto round = world.round();
  CHECK(round.ended.seconds < 12);
  CHECK(told.sent().size() == 2);  // at once, and after two seconds
  CHECK(told.waiting() == "1");
  CHECK(holds(round.ended.err, "1 messages could not be sent yet"));
  CHECK_FALSE(holds(round.ended.err, "path-token"));
  CHECK_FALSE(holds(round.ended.err, secret));
}

TEST_CASE("a sample shows what each service says") {
  Told told;
  World& world = told.world;
  world.set("language", "\"en\"");
  told.listen(R"(, "slack": {"enabled": true, "url": ")" +
              world.upstream.url("services/T0/slack-token-5678") + "\"}");
  world.upstream.answer(
      "/services/", "",
      {.status = 403, .body = {{.bytes = "invalid_token slack-token-5678"}}});
  auto ended = world.run({"notify", "test"});
  CHECK(ended.code == 1);
  CHECK(ended.out ==
        "slack: it answers with status 403: invalid_token [redacted]\n"
        "signed_webhook: sent\n");
  CHECK(told.sent().at(0).text("/event") == "test");
  ended = world.run({"notify", "test", "signed_webhook"});
  CHECK(ended.code == 0);
  CHECK(ended.out == "signed_webhook: sent\n");
  ended = world.run({"notify", "test", "--format", "json"});
  base::json::Document json;
  REQUIRE(json.parse(ended.out));
  CHECK(json.number("/schema") == 1);
  CHECK(json.text("/services/0/service") == "slack");
  CHECK(json.truth("/services/0/sent") == false);
  CHECK(json.truth("/services/1/sent") == true);
  CHECK_FALSE(holds(ended.out, "slack-token"));

  ended = world.run({"notify", "test", "bark"});
  CHECK(ended.code == 2);
  CHECK(holds(ended.err, "enabled are: slack, signed_webhook"));
  CHECK(world.run({"notify"}).code == 2);
  world.set("notification", "{}");
  world.write_configuration();
  ended = world.run({"notify", "test"});
  CHECK(ended.code == 2);
  CHECK(holds(ended.err, "no service is enabled"));
}

TEST_CASE("no address or secret of a service is in the state") {
  Told told;
  World& world = told.world;
  world.round();
  world.upstream.forget_answers();
  world.upstream.answer("/hook", "", {.status = 503});
  told.lose();
  world.round();
  CHECK(told.waiting() == "1");
  for (const auto& [name, bytes] : e2e::everything_in(world.folder())) {
    INFO(name);
    if (name == "config.json" || name.ends_with(".yaml")) continue;
    CHECK_FALSE(holds(bytes, "path-token"));
    CHECK_FALSE(holds(bytes, secret));
  }
}
