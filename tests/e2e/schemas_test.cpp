#include <fmt/format.h>

#include "catch.h"
#include "support/gateways.h"
#include "world.h"

// What the program prints as JSON is what docs/schemas say of it, and nothing
// that they do not mention.

using e2e::Arguments;
using e2e::World;

namespace {

// What the validator complains of.
std::string complaints(const World& world, const std::string& schema,
                       const std::vector<std::string>& documents) {
  support::Command command{.file = "/usr/bin/python3",
                           .folder = world.folder()};
  command.arguments = {E2E "/validate.py",
                       fmt::format("{}/schemas/{}.schema.json", DOCS, schema)};
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const std::string file = world.file(fmt::format("{}-{}.json", schema, i));
    support::write_file(file, documents[i]);
    command.arguments.push_back(file);
  }
  const auto ended = support::run(command);
  return ended.code == 0 ? ended.out : ended.out + ended.err + "not valid";
}

std::string json_of(const World& world, Arguments arguments) {
  arguments.insert(arguments.end(), {"--format", "json"});
  return world.run(std::move(arguments)).out;
}

// Channels of every sort: changed, kept, failing as a whole, off by hand,
// malformed, held, of keys that are shown.
void make(World& world) {
  world.set("rps", "0");
  world.set("retry", R"({"attempts":0})");
  world.make_gateway();
  world.add({.id = 1,
             .site = "one",
             .models = "a,b@gone,c,d@nochannel,e@limited,f@broken",
             .group = "default,vip",
             .priority = 7});
  world.add({.id = 2, .site = "two", .models = "alive"});
  world.add({.id = 3, .site = "three", .models = "x@gone,y@gone"});
  world.add({.id = 4, .site = "four", .models = "off", .status = 2});
  world.add({.id = 5, .site = "five", .models = "m", .mapping = "{"});
  world.offer("two", {"alive", "new-one"});
  world.write_configuration();
}

}  // namespace

TEST_CASE("what is printed as JSON is what its schema says") {
  World world;
  make(world);
  CHECK(complaints(world, "check", {json_of(world, {"check"})}) == "");
  std::vector<std::string> lists = {json_of(world, {"list"})};
  const std::vector<std::string> reports = {
      json_of(world, {"--once", "--dry-run"}), json_of(world, {"--once"}),
      json_of(world, {"--once"}),
      json_of(world, {"--once", "--force", "--now", "--channel", "1", "2"})};
  CHECK(complaints(world, "report", reports) == "");
  lists.push_back(json_of(world, {"list"}));
  CHECK(complaints(world, "list", lists) == "");
  const std::vector<std::string> tests = {
      json_of(world, {"test", "1"}), json_of(world, {"test", "2", "alive"}),
      json_of(world, {"test", "5"})};
  CHECK(complaints(world, "test", tests) == "");
  CHECK(
      complaints(world, "history",
                 {json_of(world, {"history"}), json_of(world, {"history", "2"}),
                  json_of(world, {"history", "--last", "1"})}) == "");
  const std::vector<std::string> undos = {
      json_of(world, {"undo", "2", "--dry-run"}), json_of(world, {"undo", "2"}),
      json_of(world, {"undo", "2"})};
  CHECK(complaints(world, "undo", undos) == "");
  CHECK(complaints(world, "history", {json_of(world, {"history"})}) == "");
  world.change(
      "DELETE FROM abilities WHERE channel_id = 1 AND model = 'a';"
      "INSERT INTO abilities VALUES ('default', 'ghost', 99, 1, 0, 0, NULL)");
  CHECK(complaints(world, "repair",
                   {json_of(world, {"repair", "--dry-run"}),
                    json_of(world, {"repair"}), json_of(world, {"repair"})}) ==
        "");
}

TEST_CASE("what services say to a sample is what its schema says") {
  World world;
  world.make_gateway();
  world.upstream.answer("/taken", "", {.status = 200});
  world.offer("taken", {});
  world.set(
      "notification",
      fmt::format(R"({{"slack": {{"enabled": true, "url": "{}"}},
                "bark": {{"enabled": true, "server": "{}", "key": "k"}}}})",
                  world.upstream.url("taken"), world.upstream.url("nowhere")));
  world.write_configuration();
  CHECK(complaints(world, "notify",
                   {json_of(world, {"notify", "test"}),
                    json_of(world, {"notify", "test", "slack"})}) == "");
}

TEST_CASE("what is printed as JSON of a failure is what its schema says") {
  World world;
  make(world);
  world.set("db_dsn", R"("/nowhere/at/all.db")");
  world.write_configuration();
  CHECK(complaints(world, "check", {json_of(world, {"check"})}) == "");
  CHECK(complaints(world, "report", {json_of(world, {"--once"})}) == "");
}

TEST_CASE("the schemas say something") {
  World world;
  for (const char* const schema : {"check", "history", "list", "notify",
                                   "repair", "report", "test", "undo"}) {
    CAPTURE(schema);
    CHECK(complaints(world, schema, {"{}"}) != "");
    CHECK(complaints(world, schema, {R"({"schema":"one"})"}) != "");
  }
}
