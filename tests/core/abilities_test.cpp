#include "core/abilities.h"

#include <algorithm>

#include "base/text.h"
#include "catch.h"

using core::Ability;

namespace {

core::Channel channel_with(std::string models, std::string group) {
  core::Channel channel;
  channel.id = core::ChannelId{1};
  channel.models = std::move(models);
  channel.group = std::move(group);
  channel.priority = 10;
  channel.weight = 5;
  channel.tag = "batch";
  return channel;
}

// "group/model", in order.
std::vector<std::string> pairs(const std::vector<Ability>& rows) {
  std::vector<std::string> texts;
  texts.reserve(rows.size());
  for (const Ability& row : rows) {
    texts.push_back(row.group + "/" + row.model);
  }
  return texts;
}

// As a collation that looks at neither case nor blanks at the end.
std::vector<std::string> loose_keys(const std::vector<std::string>& names) {
  std::vector<std::string> keys;
  keys.reserve(names.size());
  for (const std::string& name : names) {
    keys.push_back(base::lower(name.substr(0, name.find_last_not_of(' ') + 1)));
  }
  return keys;
}

Ability row(std::string group, std::string model) {
  return {.group = std::move(group),
          .model = std::move(model),
          .enabled = true,
          .priority = 0,
          .weight = 0};
}

}  // namespace

TEST_CASE("abilities are models times groups as the gateway splits them") {
  struct Case {
    std::string models;
    std::string group;
    std::vector<std::string> pairs;
  };
  const Case cases[] = {
      {"a,b", "g", {"g/a", "g/b"}},
      {"a", "g,h", {"g/a", "h/a"}},
      {"a,a", "g,g", {"g/a"}},
      {"a, a ,,a", "g", {"g/a", "g/ a ", "g/"}},
      {"", "g", {"g/"}},
      {"a", "", {"/a"}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.models, one.group);
    CHECK(pairs(core::abilities_of(channel_with(one.models, one.group), {},
                                   {})) == one.pairs);
  }
}

TEST_CASE("abilities are copies of what their channel is") {
  core::Channel channel = channel_with("a", "g");
  Ability wanted{.group = "g",
                 .model = "a",
                 .enabled = true,
                 .priority = 10,
                 .weight = 5,
                 .tag = "batch"};
  CHECK(core::abilities_of(channel, {}, {}) == std::vector{wanted});

  channel.status = core::disabled_automatically;
  channel.tag.reset();
  wanted.enabled = false;
  wanted.tag.reset();
  CHECK(core::abilities_of(channel, {}, {}) == std::vector{wanted});

  channel.tag = "batch";
  wanted.weight = 0;
  CHECK(core::abilities_of(channel, {}, {.weight = false, .tag = false}) ==
        std::vector{wanted});
}

TEST_CASE("of names that the database takes for one the first gets a row") {
  const auto rows =
      core::abilities_of(channel_with("GPT,gpt,gpt ,b", "g,G"), loose_keys, {});
  CHECK(pairs(rows) == std::vector<std::string>{"g/GPT", "g/b"});
}

TEST_CASE("the difference is the least that is to be written") {
  const std::vector<Ability> wanted = {row("g", "a"), row("g", "b"),
                                       row("h", "a")};
  CHECK(core::difference(wanted, wanted).empty());

  auto present = wanted;
  std::reverse(present.begin(), present.end());
  CHECK(core::difference(wanted, present).empty());

  present.pop_back();  // g/a
  present.push_back(row("g", "z"));
  present.front().priority = 3;  // h/a
  const auto difference = core::difference(wanted, present);
  CHECK(pairs(difference.missing) == std::vector<std::string>{"g/a"});
  CHECK(pairs(difference.stray) == std::vector<std::string>{"g/z"});
  CHECK(difference.wrong == std::vector{row("h", "a")});
}

TEST_CASE("what is NULL in a copy is always wrong") {
  for (const int column : {0, 1, 2}) {
    CAPTURE(column);
    const std::vector<Ability> wanted = {{.group = "g", .model = "a"}};
    auto present = wanted;
    if (column == 0) present[0].enabled.reset();
    if (column == 1) present[0].priority.reset();
    if (column == 2) present[0].weight.reset();
    CHECK(core::difference(wanted, present).wrong == wanted);
  }
}

TEST_CASE("a tag that is empty is not one that is NULL") {
  const std::vector<Ability> wanted = {row("g", "a")};
  auto present = wanted;
  present[0].tag = "";
  CHECK(core::difference(wanted, present).wrong == wanted);
}

TEST_CASE("a group of an enabled channel without any row is found") {
  std::vector<core::Channel> channels(3, channel_with("a", "g,h"));
  channels[1].id = core::ChannelId{2};
  channels[1].group = "solo";
  channels[2].id = core::ChannelId{3};
  channels[2].group = "nobody";
  channels[2].status = core::disabled_by_hand;
  CHECK(core::uncovered(channels, {"g", "h", "solo"}).empty());
  const auto found = core::uncovered(channels, {"g"});
  REQUIRE(found.size() == 2);
  CHECK(found[0].channel == core::ChannelId{1});
  CHECK(found[0].group == "h");
  CHECK(found[1].channel == core::ChannelId{2});
  CHECK(found[1].group == "solo");
}

TEST_CASE("three hundred models in ten groups are compared in no time") {
  std::string models;
  std::string groups;
  for (int i = 0; i < 1000; ++i) {
    models += (i == 0 ? "m" : ",m") + std::to_string(i);
  }
  for (int i = 0; i < 10; ++i) {
    groups += (i == 0 ? "g" : ",g") + std::to_string(i);
  }
  const auto rows = core::abilities_of(channel_with(models, groups), {}, {});
  REQUIRE(rows.size() == 10'000);
  auto present = rows;
  present.erase(present.begin(), present.begin() + 5000);
  CHECK(core::difference(rows, present).missing.size() == 5000);
}
