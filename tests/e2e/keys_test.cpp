#include <string>
#include <vector>

#include <fmt/format.h>

#include "catch.h"
#include "world.h"

using e2e::holds;
using e2e::World;

// Channels with several keys, as a user sees them.

namespace {

// Three keys: good, disabled in the gateway, refused.
void make_channel(World& world, bool disabled_answers) {
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y"});
  db::open_sqlite(world.gateway(), db::Access::write)
      ->execute("UPDATE channels SET key = ?, channel_info = ? WHERE id = 1",
                {std::string("sk-good-key-00000\nsk-disabled-key-1\n"
                             "sk-refused-key-22"),
                 db::Blob{R"({"is_multi_key":true,"multi_key_size":3,)"
                          R"("multi_key_status_list":{"1":3}})"}});
  std::vector<std::string> accepted = {"sk-good-key-00000"};
  if (disabled_answers) accepted.emplace_back("sk-disabled-key-1");
  world.upstream.set("a", {.models = {"x", "y"}, .keys = accepted});
  world.write_configuration();
}

std::string key(const World::Round& round, int index) {
  const std::string at = fmt::format("/channels/0/keys/{}", index);
  return round.report.text(at + "/outcome");
}

}  // namespace

TEST_CASE("every key is tried where that is wished for, and each is told") {
  World world;
  world.set("multi_key", R"("test_all")");
  make_channel(world, true);
  const auto round = world.round();
  INFO(round.ended.out << round.ended.err);
  CHECK(key(round, 0) == "ok");
  CHECK(key(round, 1) == "ok");
  CHECK(key(round, 2) == "auth_failed");
  CHECK(holds(round.report.text("/channels/0/keys/1/reason"), "key #1"));
  CHECK(holds(round.ended.err, "answers again"));
  CHECK(round.report.result(1) == "unchanged");
  // Two models and two more keys.
  CHECK(world.upstream.log().size() == 1 + 2 + 2);

  const auto list = world.run({"list"});
  CHECK(holds(list.out, "key #0: ok"));
  CHECK(holds(list.out, "key #2: auth_failed"));
  const auto json = world.run({"list", "--format", "json"});
  CHECK(holds(json.out, R"("keys":[{"key":0,"outcome":"ok")"));
  for (const auto& said : {round.ended.out, round.ended.err, list.out}) {
    CHECK_FALSE(holds(said, "sk-"));
  }
}

TEST_CASE("otherwise the first enabled key is enough") {
  World world;
  make_channel(world, true);
  const auto round = world.round();
  CHECK(key(round, 0) == "ok");
  CHECK(key(round, 1).empty());
  CHECK(world.upstream.log().size() == 1 + 2);
}

TEST_CASE("a channel is not dead while one of its keys is good") {
  World world;
  make_channel(world, false);
  db::open_sqlite(world.gateway(), db::Access::write)
      ->execute("UPDATE channels SET key = ? WHERE id = 1",
                {std::string("sk-refused-key-00\nsk-disabled-key-1\n"
                             "sk-good-key-00000")});
  const auto round = world.round();
  INFO(round.ended.out);
  CHECK(round.report.result(1) == "unchanged");
  CHECK(round.report.outcome(1, "x") == "ok");
  CHECK(round.report.outcome(1, "y") == "ok");
  CHECK(key(round, 0) == "auth_failed");
  CHECK(key(round, 1) == "ok");
  CHECK(round.report.number("/channels/0/keys/1/key") == 2);
}

TEST_CASE("test shows a call of each kind without what proves who we are") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "gpt-4o,text-embedding-3-small"});
  world.set("probe", R"({"expensive": ["transcription", "speech"]})");
  world.write_configuration();
  const auto chat = world.run({"test", "1", "gpt-4o"});
  CHECK(holds(chat.out, "POST "));
  CHECK(holds(chat.out, "/v1/chat/completions"));
  INFO(chat.out);
  CHECK(holds(chat.out, "Authorization: [redacted]"));
  CHECK(holds(chat.out, "HTTP 200"));
  const auto embedding = world.run({"test", "1", "text-embedding-3-small"});
  CHECK(holds(embedding.out, R"("input":["hello world"])"));
  const auto heard = world.run({"test", "1", "whisper-1"});
  CHECK(holds(heard.out, "multipart/form-data"));
  CHECK(holds(heard.out, " B)"));
  CHECK(e2e::lines_in(heard.out) < 60);
  const auto spoken = world.run({"test", "1", "tts-1"});
  CHECK(holds(spoken.out, "/v1/audio/speech"));
  const auto drawn = world.run({"test", "1", "dall-e-3"});
  CHECK(holds(drawn.out, "untestable"));
  for (const auto& said :
       {chat.out, embedding.out, heard.out, spoken.out, drawn.out}) {
    CHECK_FALSE(holds(said, "made-up-key"));
  }
}
