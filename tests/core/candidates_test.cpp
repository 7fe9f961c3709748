#include "core/candidates.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/messages_probe.h"
#include "base/text.h"
#include "catch.h"

using core::CandidatePolicy;
using core::ListSource;
using core::NamePatterns;
using Names = std::vector<std::string>;

namespace {

core::Schema chained() {
  core::Schema schema;
  schema.columns = {"channel_info"};
  return schema;
}

// As a database whose collation takes no account of case and blanks.
Names lax_keys(const Names& names) {
  Names keys;
  for (const std::string& name : names) {
    REQUIRE(base::is_utf8(name));
    keys.push_back(base::lower(base::trimmed(name)));
  }
  return keys;
}

Names exact_keys(const Names&) {
  return {};
}

// Everything that candidates come from.
struct Setting {
  std::string listed;
  std::optional<Names> offered;
  std::string mapping;
  core::ChannelMemory memory;
  CandidatePolicy policy;
  core::NameKeys keys = exact_keys;
  core::Schema schema = chained();
  std::int64_t type = 1;
  base::Redactor redactor;

  Setting& removed(const std::string& name, std::int64_t when) {
    memory.names[name].removed = base::wall_time(when);
    return *this;
  }
  Setting& dismissed(const std::string& name) {
    memory.names[name].dismissed = true;
    return *this;
  }

  core::Candidates candidates() const {
    core::Channel channel;
    channel.type = type;
    channel.models = listed;
    channel.model_mapping = mapping;
    const auto read = core::mapping_of(channel, schema).value();
    return core::candidates_of(
        {channel, schema, read, memory, offered, &redactor}, policy, keys);
  }
};

Names names_in(const core::Candidates& found) {
  Names names;
  for (const auto& candidate : found.all) {
    names.push_back((candidate.listed ? "*" : "") + candidate.name +
                    (candidate.may_be_added ? "" : "-"));
  }
  return names;
}

std::string upstream_of(const Setting& setting, const std::string& name) {
  for (const auto& candidate : setting.candidates().all) {
    if (candidate.name == name) return candidate.upstream;
  }
  return "";
}

}  // namespace

TEST_CASE(
    "by default candidates are the list, what is offered, and what went") {
  const auto found = Setting{.listed = " b, a,,b", .offered = Names{"c", "a"}}
                         .removed("z", 1)
                         .removed("y", 2)
                         .candidates();
  CHECK(names_in(found) == Names{"*b", "*a", "c", "z", "y"});
  CHECK(found.source == ListSource::upstream);
  CHECK_FALSE(found.is_partial);
}

TEST_CASE("an offered name that tells a key of the channel is left out") {
  const std::string key = "verysecretkey-0123456789abcd";
  const std::string in_base64 = base::base64(key);
  const Names named = {key, "Bearer " + key, "gpt-4 (" + key + ")", in_base64,
                       key.substr(0, 20)};
  Setting setting{.listed = "a", .offered = named};
  setting.redactor.add(base::Secret(key));
  setting.offered->emplace_back("gpt-4");
  CHECK(names_in(setting.candidates()) == Names{"*a", "gpt-4"});
  setting.removed(key, 1);
  CHECK(names_in(setting.candidates()) == Names{"*a", "gpt-4"});
  // What the administrator listed is the administrator's.
  setting.listed = key;
  CHECK(names_in(setting.candidates()) == Names{"*" + key, "gpt-4"});
}

TEST_CASE("a removed name that is offered again stands where it is offered") {
  const auto found = Setting{.listed = "a", .offered = Names{"z", "c"}}
                         .removed("z", 1)
                         .candidates();
  CHECK(names_in(found) == Names{"*a", "z", "c"});
}

TEST_CASE("without an upstream's list the configuration's takes its place") {
  Setting setting{.listed = "a"};
  setting.policy.models = {"m", "a"};
  setting.removed("z", 1);
  for (const auto& offered : {std::optional<Names>(), std::optional(Names())}) {
    setting.offered = offered;
    const auto found = setting.candidates();
    CHECK(names_in(found) == Names{"*a", "m", "z"});
    CHECK(found.source == ListSource::configuration);
  }
  setting.offered = Names{"u"};
  CHECK(names_in(setting.candidates()) == Names{"*a", "u", "z"});
  setting.offered.reset();
  setting.policy.models.clear();
  CHECK(names_in(setting.candidates()) == Names{"*a", "z"});
  CHECK(setting.candidates().source == ListSource::channel);
  CHECK(Setting{}.candidates().source == ListSource::none);
}

TEST_CASE("force_inside_models looks at the list and what was removed only") {
  Setting setting{.listed = "a", .offered = Names{"c"}};
  setting.policy.force_inside_models = true;
  setting.policy.models = {"m"};
  setting.removed("z", 1);
  const auto found = setting.candidates();
  CHECK(names_in(found) == Names{"*a", "z"});
  CHECK(found.source == ListSource::channel);
  CHECK_FALSE(found.is_partial);
}

TEST_CASE("force_models wins and leaves everything else as it is") {
  Setting setting{.listed = "a,b", .offered = Names{"c"}};
  setting.policy.force_models = true;
  setting.policy.force_inside_models = true;
  setting.policy.models = {"m", "b"};
  setting.removed("z", 1);
  const auto found = setting.candidates();
  CHECK(names_in(found) == Names{"*b", "m"});
  CHECK(found.source == ListSource::configuration);
  CHECK(found.is_partial);
  setting.listed = "b";
  CHECK_FALSE(setting.candidates().is_partial);
}

TEST_CASE("excluded names are not looked at, and protected ones are") {
  Setting setting{.listed = "a,gpt-4", .offered = Names{"gpt-5", "c"}};
  setting.policy.exclude = NamePatterns({"gpt-*"});
  setting.policy.protect = NamePatterns({"a"});
  setting.removed("gpt-3", 1);
  const auto found = setting.candidates();
  CHECK(names_in(found) == Names{"*a", "c"});
  CHECK(found.is_partial);
  CHECK(found.all[0].is_protected);
  CHECK_FALSE(found.all[1].is_protected);
}

TEST_CASE("named models are all that is looked at") {
  Setting setting{.listed = "a,b", .offered = Names{"bb", "c"}};
  setting.policy.only = NamePatterns({"b*"});
  setting.dismissed("c");
  const auto found = setting.candidates();
  CHECK(names_in(found) == Names{"*b", "bb"});
  CHECK(found.is_partial);
  CHECK(found.dismissed.empty());
}

TEST_CASE("without add_new_models new names are seen and not added") {
  Setting setting{.listed = "a", .offered = Names{"c", "z"}};
  setting.policy.add_new_models = false;
  setting.removed("z", 1).removed("y", 2);
  CHECK(names_in(setting.candidates()) == Names{"*a", "c-", "z", "y"});
}

TEST_CASE("what the administrator took off stays off until he names it") {
  Setting setting{.listed = "a", .offered = Names{"off", "c"}};
  setting.dismissed("off").dismissed("never offered");
  CHECK(names_in(setting.candidates()) == Names{"*a", "c"});
  CHECK(setting.candidates().dismissed == Names{"off"});
  setting.policy.models = {"off"};
  CHECK(names_in(setting.candidates()) == Names{"*a", "off", "c"});
  CHECK(setting.candidates().dismissed.empty());
}

TEST_CASE("what was taken off stays off under a twin's name, too") {
  Setting setting{.listed = "a", .offered = Names{"gpt-4", "c"}};
  setting.dismissed("GPT-4");
  setting.keys = lax_keys;
  CHECK(names_in(setting.candidates()) == Names{"*a", "c"});
  CHECK(setting.candidates().dismissed == Names{"gpt-4"});
  setting.keys = exact_keys;
  CHECK(names_in(setting.candidates()) == Names{"*a", "gpt-4", "c"});
}

TEST_CASE("too many new names are all left alone") {
  Setting setting{.listed = "a"};
  setting.offered = Names{"n1", "n2", "n3", "z", "off"};
  setting.removed("z", 1).dismissed("off");
  setting.policy.max_new_models = 3;
  CHECK(setting.candidates().held_new == 0);
  CHECK(names_in(setting.candidates()) == Names{"*a", "n1", "n2", "n3", "z"});
  setting.policy.max_new_models = 2;
  CHECK(setting.candidates().held_new == 3);
  CHECK(names_in(setting.candidates()) == Names{"*a", "z"});
  setting.policy.forced = true;
  CHECK(setting.candidates().held_new == 0);
  CHECK(setting.candidates().all.size() == 5);
}

TEST_CASE("names that no list can hold are never added or sent") {
  Setting setting;
  setting.listed = "ok,ta\tb," + std::string(256, 'x');
  setting.offered = Names{" blanks ",
                          "a,b",
                          "c\x01",
                          "\xff",
                          "",
                          "  ",
                          std::string(256, 'y'),
                          "blanks",
                          std::string(255, 'z')};
  const auto found = setting.candidates();
  CHECK(names_in(found) == Names{"*ok", "*ta\tb", "*" + std::string(256, 'x'),
                                 "blanks", std::string(255, 'z')});
  CHECK(found.all[0].untestable.empty());
  CHECK(found.all[1].untestable.is(base::say::unsendable));
  CHECK(found.all[2].untestable.is(base::say::unsendable));
  setting.policy.longest_name = 191;
  CHECK(setting.candidates().all.size() == 4);
}

TEST_CASE("the database is not asked about names that it could not take") {
  Setting setting{.listed = "ok,\xff", .offered = Names{"a"}};
  setting.keys = lax_keys;
  setting.policy.models = {"\xfe"};
  CHECK(setting.candidates().all.size() == 3);
}

TEST_CASE("names that are one in the database are one candidate") {
  Setting setting{.listed = "GPT-4,gpt-4",
                  .offered = Names{"gpt-4", "Gpt-4", "New", "new"}};
  setting.keys = lax_keys;
  setting.removed("NEW", 1).removed("gPT-4", 2);
  CHECK(names_in(setting.candidates()) == Names{"*GPT-4", "*gpt-4", "New"});
  setting.policy.force_models = true;
  setting.policy.models = {"gpt-4", "X", "x"};
  CHECK(names_in(setting.candidates()) == Names{"*gpt-4", "X"});
}

TEST_CASE("what a mapping leads to is covered by its public names") {
  Setting setting{.listed = "pub,alias",
                  .offered = Names{"up", "mid", "key", "new"},
                  .mapping = R"({"pub":"mid","mid":"up","alias":"up",)"
                             R"("key":"other"})"};
  CHECK(names_in(setting.candidates()) == Names{"*pub", "*alias", "new"});
  CHECK(upstream_of(setting, "pub") == "up");
  CHECK(upstream_of(setting, "alias") == "up");
  setting.schema.columns.clear();  // no chains: one step
  CHECK(names_in(setting.candidates()) == Names{"*pub", "*alias", "new"});
  CHECK(upstream_of(setting, "pub") == "mid");
}

TEST_CASE("a circle in a mapping is untestable, a name that is itself is not") {
  Setting setting{.listed = "a,b,c",
                  .mapping = R"({"a":"x","x":"a","b":"b","c":""})"};
  const auto found = setting.candidates();
  CHECK(found.all[0].untestable.is(base::say::mapping_circle));
  CHECK(found.all[1].upstream == "b");
  CHECK(found.all[2].upstream == "c");
}

TEST_CASE("a target that no name can be is not sent") {
  Setting setting{.listed = "a", .mapping = R"({"a":"x\u0007"})"};
  CHECK(setting.candidates().all[0].untestable.is(base::say::unsendable));
}

TEST_CASE("names that only the gateway knows are asked by what they mean") {
  struct Row {
    core::Product product;
    std::int64_t type;
    std::string name;
    std::optional<std::string> probed;
  };
  using core::Product;
  for (const Row& row : std::vector<Row>{
           {Product::newapi, 1, "o3-mini-high", "o3-mini"},
           {Product::newapi, 1, "gpt-5-xhigh", "gpt-5"},
           {Product::newapi, 1, "gpt-5-minimal", "gpt-5"},
           {Product::newapi, 1, "gpt-4o-high", "gpt-4o-high"},
           {Product::newapi, 1, "claude-thinking", "claude-thinking"},
           {Product::newapi, 20, "claude-thinking", "claude"},
           {Product::newapi, 14, "claude-x-thinking", "claude-x"},
           {Product::newapi, 33, "claude-x-thinking", "claude-x"},
           {Product::newapi, 41, "claude-x-thinking", "claude-x"},
           {Product::newapi, 14, "claude-opus-4-7-xhigh", "claude-opus-4-7"},
           {Product::newapi, 14, "claude-opus-4-6", "claude-opus-4-6"},
           {Product::newapi, 14, "claude-sonnet-4-high",
            "claude-sonnet-4-high"},
           {Product::oneapi, 14, "claude-x-thinking", "claude-x-thinking"},
           {Product::newapi, 24, "gemini-2.5-pro-thinking-1024",
            "gemini-2.5-pro"},
           {Product::newapi, 24, "gemini-2.5-pro-nothinking", "gemini-2.5-pro"},
           {Product::newapi, 24, "gemini-2.0-flash-thinking-exp-01-21",
            "gemini-2.0-flash-thinking-exp-01-21"},
           {Product::newapi, 45, "deepseek-v3-1-thinking", "deepseek-v3-1"},
           {Product::newapi, 45, "doubao-seed-thinking",
            "doubao-seed-thinking"},
           {Product::newapi, 46, "ernie-4.5-search", "ernie-4.5"},
           {Product::newapi, 48, "grok-4-search", "grok-4"},
           {Product::newapi, 48, "grok-3-mini-high", "grok-3-mini"},
           {Product::newapi, 48, "grok-4-high", "grok-4-high"},
           {Product::newapi, 43, "deepseek-v4-flash-none", "deepseek-v4-flash"},
           {Product::newapi, 43, "deepseek-v4-pro-max", "deepseek-v4-pro"},
           {Product::newapi, 43, "deepseek-v3-max", "deepseek-v3-max"},
           {Product::oneapi, 1, "o3-mini-high", "o3-mini-high"},
           {Product::onehub, 1, "o3-mini-high", "o3-mini-high"},
           {Product::newapi, 1, "gpt-4-gizmo-*", {}},
           {Product::onehub, 1, "gpt-*", {}},
           {Product::newapi, 1, "-high", "-high"}}) {
    core::Channel channel;
    channel.type = row.type;
    core::Schema schema;
    schema.product = row.product;
    INFO(row.name);
    CHECK(core::probed_name(channel, schema, row.name) == row.probed);
  }
}

TEST_CASE("a wildcard stays on its list and is not asked") {
  const auto found = Setting{.listed = "gpt-4-gizmo-*"}.candidates();
  CHECK(found.all.at(0).untestable.is(base::say::wildcard));
}

TEST_CASE("sources have the names of the report") {
  CHECK(core::name_of(ListSource::upstream) == "upstream");
  CHECK(core::name_of(ListSource::configuration) == "configuration");
  CHECK(core::name_of(ListSource::channel) == "channel");
  CHECK(core::name_of(ListSource::none) == "none");
}
