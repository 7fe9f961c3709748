#include <fmt/format.h>

#include "catch.h"
#include "demo/upstream_answers.h"
#include "support/whole_database.h"
#include "world.h"

using e2e::holds;
using e2e::World;

namespace {

using Lines = std::vector<std::string>;

// Of 20 models in all on two channels, this many are gone.
void add_gone(World& world, int gone) {
  auto models = e2e::many_models(gone, "@gone");
  for (const auto& name : e2e::many_models(18 - gone)) {
    models.push_back(name);
  }
  world.add({.id = 1, .site = "a", .models = e2e::comma_list(models)});
  world.add({.id = 2, .site = "b", .models = "x,y"});
}

}  // namespace

TEST_CASE("removals up to the limit are made, one more and none is") {
  const int gone = GENERATE(6, 7);
  CAPTURE(gone);
  World world;
  world.make_gateway();
  add_gone(world, gone);
  world.offer("b", {"x", "y", "new"});
  const auto round = world.round();
  INFO(round.ended.out);
  CHECK(round.code() == 1);
  CHECK(world.models(2) == "x,y,new");  // additions are written all the same
  const auto left = e2e::split(world.models(1), ',').size();
  if (gone == 6) {
    CHECK(round.report.guards() == Lines());
    CHECK(left == 12);
  } else {
    CHECK(round.report.guards() == Lines{"mass_removal"});
    CHECK(holds(round.report.guard_text("mass_removal"), "--force"));
    CHECK(round.report.result(1) == "held");
    CHECK(left == 18);
    // The user has seen it and means it.
    const auto forced = world.round({"--force"});
    CHECK(forced.report.guards() == Lines());
    CHECK(e2e::split(world.models(1), ',').size() == 11);
  }
}

TEST_CASE("what accepts held removals accepts no more than was shown") {
  World world;
  world.make_gateway();
  add_gone(world, 7);
  const auto round = world.round({"--channel", "1", "--channel", "2", "--model",
                                  "*' *", "--model", "model-*"});
  INFO(round.ended.out);
  const std::string text = round.report.guard_text("mass_removal");
  CHECK(holds(text,
              "channel-monitor --once --force --channel 1 --channel 2 --model "
              "'*'\\'' *' --model 'model-*'"
              " accepts"));
}

TEST_CASE("few models are not guarded against removal") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone,z@gone"});
  world.round();
  CHECK(world.models(1) == "x");
}

TEST_CASE("a list of a channel to be disabled counts as removed") {
  World world;
  world.make_gateway();
  world.add({.id = 1,
             .site = "a",
             .models = e2e::comma_list(e2e::many_models(10, "@gone"))});
  world.add(
      {.id = 2, .site = "b", .models = e2e::comma_list(e2e::many_models(10))});
  const auto before = support::whole_database(world.gateway());
  const auto round = world.round();
  CHECK(round.report.guards() == Lines{"mass_removal"});
  CHECK(support::differences(
            before, support::whole_database(world.gateway())) == Lines());
  world.round({"--force"});
  CHECK(world.look("SELECT status FROM channels WHERE id = 1") == "3");
  CHECK(e2e::split(world.models(1), ',').size() == 10);
}

TEST_CASE("the same removals held often enough are accepted") {
  World world;
  world.make_gateway();
  add_gone(world, 10);
  world.set("guard", R"({"accept_after": 2})");
  CHECK(world.round().report.guards() == Lines{"mass_removal"});
  CHECK(world.round().report.guards() == Lines{"mass_removal"});
  CHECK(world.round().report.guards() == Lines());
  CHECK(e2e::split(world.models(1), ',').size() == 8);
}

TEST_CASE("more new models than are believed are not even asked for") {
  const bool too_many = GENERATE(false, true);
  CAPTURE(too_many);
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x"});
  auto offered = e2e::many_models(too_many ? 6 : 5);
  offered.emplace_back("x");
  world.offer("a", offered);
  world.set("max_new_models", "5");
  const auto round = world.round();
  const auto calls = world.upstream.log().size();
  if (!too_many) {
    CHECK(round.code() == 0);
    CHECK(e2e::split(world.models(1), ',').size() == 6);
    return;
  }
  CHECK(round.report.guards() == Lines{"mass_addition"});
  CHECK(holds(round.report.guard_text("mass_addition"), "6"));
  CHECK(round.report.result(1) == "held");
  CHECK(calls == 2);  // the list and x
  CHECK(world.models(1) == "x");
  CHECK(round.code() == 1);
  CHECK(world.round({"--force"}).code() == 0);
  CHECK(e2e::split(world.models(1), ',').size() == 7);
}

TEST_CASE("the last model of a channel stays") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x@gone"});
  world.add({.id = 2, .site = "b", .models = "alive"});
  world.set("on_all_failed", R"("keep")");
  const auto before = support::whole_database(world.gateway());
  for (int i = 0; i < 3; ++i) {
    const auto round = world.round();
    INFO(round.ended.out);
    CHECK(round.code() == 1);
  }
  CHECK(support::differences(
            before, support::whole_database(world.gateway())) == Lines());
}

TEST_CASE("the last model stays while the one that replaces it is on trial") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x@gone"});
  world.offer("a", {"new"});
  world.set("recover_after", "2");
  const auto round = world.round();
  CHECK(round.report.guards() == Lines{"last_model"});
  CHECK(round.report.result(1) == "held");
  CHECK(round.code() == 1);
  CHECK(world.models(1) == "x@gone");
  world.round();
  CHECK(world.models(1) == "new");
  CHECK(world.abilities(1) == "default/new=1");
}

TEST_CASE("of models that all have to go the weakest case stays") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "y,q@502"});
  world.round();
  world.round();
  REQUIRE(world.models(1) == "y,q@502");
  world.upstream.answer(
      "/a/v1/chat", "\"y\"",
      demo::error_reply(404, "no such model", "", "model_not_found"));
  const auto round = world.round();
  INFO(round.ended.out);
  CHECK(round.report.guards() == Lines{"last_model"});
  CHECK(round.report.verdict(1, "y") == "remove");
  CHECK(world.models(1) == "q@502");
  CHECK(world.abilities(1) == "default/q@502=1");
}

TEST_CASE("auto_ban 0 forbids that a channel is disabled") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x@gone,y@gone", .auto_ban = 0});
  world.add({.id = 2, .site = "b", .models = "alive"});
  const auto before = support::whole_database(world.gateway());
  const auto round = world.round();
  CHECK(round.report.guards() == Lines{"auto_ban"});
  CHECK(round.code() == 1);
  CHECK(support::differences(
            before, support::whole_database(world.gateway())) == Lines());
}

TEST_CASE("an enabled group without abilities is told and fails the round") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x", .group = "lost"});
  world.add({.id = 2, .site = "b", .models = "x", .group = "off", .status = 3});
  world.change("DELETE FROM abilities");
  const auto round = world.round();
  CHECK(round.report.guards() == Lines{"group_coverage"});
  CHECK(holds(round.report.guard_text("group_coverage"), "lost"));
  CHECK(round.code() == 1);
  CHECK(world.abilities(1) == "");  // that is for `repair`
  const auto check = world.run({"check"});
  CHECK(check.code == 1);
  CHECK(holds(check.out, "lost"));
}

TEST_CASE("a written channel leaves with rows in each of its groups") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone", .group = "p,q"});
  world.change("DELETE FROM abilities WHERE \"group\" = 'q'");
  world.round();
  CHECK(world.abilities(1) == "p/x=1 q/x=1");
  CHECK(world.round().code() == 0);
}
