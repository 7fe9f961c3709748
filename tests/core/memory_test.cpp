#include "core/memory.h"

#include "catch.h"

using base::wall_time;
using core::ChannelMemory;
using core::NameMemory;
using core::Outcome;

namespace {

const auto now = wall_time(1'760'000'000);
const core::Marks marks{.address = "address", .key = "key", .mapping = "map"};
const core::MemoryPolicy policy;

core::Channel channel_with(std::string models) {
  core::Channel channel;
  channel.created_time = 100;
  channel.type = 1;
  channel.models = std::move(models);
  return channel;
}

// A channel that listed "a" and "b" at the last round.
ChannelMemory remembered() {
  ChannelMemory memory;
  memory.created_time = 100;
  memory.type = 1;
  memory.address_mark = marks.address;
  memory.key_mark = marks.key;
  memory.mapping_mark = marks.mapping;
  memory.failed = 2;
  memory.seen = true;
  memory.listed = {"a", "b"};
  memory.names["a"] = {.streak = {.failed = 0, .answered = 4},
                       .outcome = Outcome::ok,
                       .kind = core::Kind::chat,
                       .judged = now};
  memory.names["b"] = {.streak = {.failed = 1}, .judged = now};
  memory.names["gone"] = {.streak = {.failed = 3},
                          .outcome = Outcome::model_gone,
                          .judged = now,
                          .removed = now - std::chrono::hours(24),
                          .removed_for = Outcome::model_gone};
  memory.names["unwanted"] = {.judged = now, .dismissed = true};
  memory.proven = {{"openai", core::Kind::chat}};
  return memory;
}

ChannelMemory recall(const ChannelMemory& memory, const core::Channel& channel,
                     const core::Marks& with = marks) {
  return core::recalled(memory, channel, with, now, policy);
}

}  // namespace

TEST_CASE("what did not change is remembered as it was") {
  CHECK(recall(remembered(), channel_with("a,b")) == remembered());
  CHECK(recall(remembered(), channel_with(" b ,,a,a")) == remembered());
}

TEST_CASE("another channel under the same id is a stranger") {
  core::Channel channel = channel_with("a");
  channel.created_time = 101;
  ChannelMemory stranger;
  stranger.created_time = 101;
  stranger.type = 1;
  stranger.address_mark = marks.address;
  stranger.key_mark = marks.key;
  stranger.mapping_mark = marks.mapping;
  CHECK(recall(remembered(), channel) == stranger);
}

TEST_CASE("another address or type leaves only what was dismissed") {
  core::Channel channel = channel_with("a,b");
  core::Marks with = marks;
  SECTION("address") {
    with.address = "elsewhere";
  }
  SECTION("type") {
    channel.type = 14;
  }
  auto memory = remembered();
  memory.disabled_by_us = true;
  channel.status = core::disabled_automatically;
  const auto recalled = recall(memory, channel, with);
  CHECK(recalled.names ==
        std::map<std::string, NameMemory>{{"unwanted", {.dismissed = true}}});
  CHECK(recalled.proven.empty());
  CHECK(recalled.failed == 0);
  CHECK(recalled.disabled_by_us);
  CHECK(recalled.type == channel.type);
  CHECK(recalled.address_mark == with.address);
}

TEST_CASE("another key or mapping changes nothing but its mark") {
  auto memory = remembered();
  const auto recalled =
      recall(memory, channel_with("a,b"), {marks.address, "new", "newer"});
  CHECK(recalled.key_mark == "new");
  CHECK(recalled.mapping_mark == "newer");
  memory.key_mark = "new";
  memory.mapping_mark = "newer";
  CHECK(recalled == memory);
}

TEST_CASE("what the administrator took off is dismissed") {
  const auto recalled = recall(remembered(), channel_with("a"));
  CHECK(recalled.names.at("b").dismissed);
  CHECK_FALSE(recalled.names.at("a").dismissed);
  CHECK_FALSE(recalled.names.at("gone").dismissed);

  auto unknown = remembered();
  unknown.names.erase("b");
  CHECK(recall(unknown, channel_with("a")).names.at("b").dismissed);
}

TEST_CASE("what this monitor removed is not dismissed") {
  auto memory = remembered();
  memory.names["b"].removed = now;
  const auto recalled = recall(memory, channel_with("a"));
  CHECK(recalled.names.at("b").removed == now);
  CHECK_FALSE(recalled.names.at("b").dismissed);
}

TEST_CASE("what is listed again is neither removed nor dismissed") {
  const auto recalled = recall(remembered(), channel_with("a,b,gone,unwanted"));
  CHECK_FALSE(recalled.names.at("gone").removed);
  CHECK_FALSE(recalled.names.at("unwanted").dismissed);
}

TEST_CASE("what was removed is forgotten in the end") {
  for (const int hours : {719, 720}) {
    CAPTURE(hours);
    auto memory = remembered();
    memory.names["gone"].removed = now - std::chrono::hours(hours);
    memory.names["gone"].judged = now - std::chrono::hours(hours);
    const auto recalled = recall(memory, channel_with("a,b"));
    CHECK(recalled.names.contains("gone") == (hours < 720));
  }
}

TEST_CASE("what was once offered is forgotten, what was dismissed is not") {
  auto memory = remembered();
  const auto long_ago = now - std::chrono::hours(10'000);
  memory.names["offered"] = {.judged = long_ago};
  memory.names["unwanted"].judged = long_ago;
  memory.names["a"].judged = long_ago;
  const auto recalled = recall(memory, channel_with("a,b"));
  CHECK_FALSE(recalled.names.contains("offered"));
  CHECK(recalled.names.at("unwanted").dismissed);
  CHECK(recalled.names.at("a") == memory.names["a"]);
}

TEST_CASE("disabled by us is only what still is disabled") {
  struct Case {
    std::int64_t status;
    bool still;
  };
  for (const Case one :
       {Case{core::enabled, false}, Case{core::disabled_by_hand, false},
        Case{core::disabled_automatically, true}}) {
    CAPTURE(one.status);
    auto memory = remembered();
    memory.disabled_by_us = true;
    core::Channel channel = channel_with("a,b");
    channel.status = one.status;
    CHECK(recall(memory, channel).disabled_by_us == one.still);
  }
}

TEST_CASE("a new key, mapping, address or type makes what was seen outdated") {
  const core::Channel channel = channel_with("a,b");
  const auto outdated = [&](const core::Marks& with) {
    return core::is_outdated(remembered(), channel, with);
  };
  CHECK_FALSE(outdated(marks));
  CHECK(outdated({"elsewhere", marks.key, marks.mapping}));
  CHECK(outdated({marks.address, "new", marks.mapping}));
  CHECK(outdated({marks.address, marks.key, "new"}));

  core::Channel other = channel;
  other.type = 2;
  CHECK(core::is_outdated(remembered(), other, marks));
  other = channel;
  other.created_time = 1;
  CHECK(core::is_outdated(remembered(), other, marks));
  CHECK(core::is_outdated({}, channel, marks));
}

TEST_CASE("a packed memory is the same when it is unpacked") {
  ChannelMemory memory = remembered();
  memory.disabled_by_us = true;
  memory.names["a"].form = "a form";
  memory.names[""] = {.outcome = Outcome::timeout,
                      .kind = core::Kind::realtime,
                      .judged = wall_time(-1)};
  memory.proven.insert({"", core::Kind::chat});
  memory.keys = {{0, {Outcome::ok, now}}, {300, {Outcome::auth_failed, now}}};
  CHECK(core::unpacked_memory(core::packed(memory)) == memory);
  const ChannelMemory nothing;
  CHECK(core::unpacked_memory(core::packed(nothing)) == nothing);
  CHECK(core::unpacked_memory("") == nothing);
}
