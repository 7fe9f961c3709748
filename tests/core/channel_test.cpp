#include "core/channel.h"

#include "base/messages_core.h"
#include "catch.h"

namespace say = base::say;
using core::Channel;
using core::ModelMapping;
using core::Product;
using core::Schema;

namespace {

const Schema oneapi{.product = Product::oneapi, .columns = {"config"}};
const Schema newapi_2025{.product = Product::newapi, .columns = {"auto_ban"}};
const Schema newapi{.product = Product::newapi,
                    .columns = {"auto_ban", "channel_info"}};
const Schema onehub{.product = Product::onehub, .columns = {"deleted_at"}};

constexpr const char* several = R"({"is_multi_key":true,)"
                                R"("multi_key_status_list":{"1":2,"2":3}})";

Channel channel_with_key(std::string key, std::string info = "") {
  Channel channel;
  channel.key = base::Secret(std::move(key));
  channel.channel_info = std::move(info);
  return channel;
}

std::vector<std::string> texts(const std::vector<core::Key>& keys) {
  std::vector<std::string> revealed;
  for (const core::Key& key : keys) {
    CHECK(key.index == revealed.size());
    revealed.push_back(key.secret.reveal());
  }
  return revealed;
}

}  // namespace

TEST_CASE("keys are split as new-api splits them") {
  struct Case {
    std::string column;
    std::vector<std::string> keys;
  };
  const Case cases[] = {
      {"a\nb\nc", {"a", "b", "c"}},
      {"\n\na\nb\n\n", {"a", "b"}},
      {"a\n\n b \r\nc", {"a", "", " b \r", "c"}},
      {"a", {"a"}},
      {"", {""}},
      {R"( [{"a": [1, 2],"b":"x,y"} , "z\",", 5] )",
       {R"({"a": [1, 2],"b":"x,y"})", R"("z\",")", "5"}},
      {R"([{"key":"[{\\"}])", {R"({"key":"[{\\"})"}},
      {"[ ]", {}},
      {"[not json\nb", {"[not json", "b"}},
      {R"({"type":"service_account"})", {R"({"type":"service_account"})"}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.column);
    CHECK(texts(core::keys_of(channel_with_key(one.column, several), newapi)) ==
          one.keys);
  }
}

TEST_CASE("a channel has one key unless new-api says otherwise") {
  for (const Schema& schema : {oneapi, newapi_2025, onehub}) {
    const Channel channel = channel_with_key("a\nb", several);
    CHECK(texts(core::keys_of(channel, schema)) ==
          std::vector<std::string>{"a\nb"});
    CHECK_FALSE(core::has_many_keys(channel, schema));
  }
  for (const std::string info :
       {"", "null", "nonsense", "{}", R"({"is_multi_key":false})"}) {
    CAPTURE(info);
    const Channel channel = channel_with_key("a\nb", info);
    CHECK(core::keys_of(channel, newapi).size() == 1);
    CHECK_FALSE(core::has_many_keys(channel, newapi));
  }
  CHECK(core::has_many_keys(channel_with_key("a", several), newapi));
}

TEST_CASE("a key is disabled where the gateway says any status but 1") {
  const auto keys =
      core::keys_of(channel_with_key("a\nb\nc\nd", R"({"is_multi_key":true,)"
                                                   R"("multi_key_status_list":)"
                                                   R"({"0":1,"1":2,"2":3}})"),
                    newapi);
  REQUIRE(keys.size() == 4);
  CHECK(keys[0].enabled);
  CHECK_FALSE(keys[1].enabled);
  CHECK_FALSE(keys[2].enabled);
  CHECK(keys[3].enabled);
}

TEST_CASE("a key shows its index and never more than its last characters") {
  const auto shown = [](std::string text) {
    return core::shown({.index = 3, .secret = base::Secret(std::move(text))});
  };
  CHECK(shown("sk-123456789") == "#3 …6789");
  CHECK(shown("sk-12345678") == "#3");
  CHECK(shown("") == "#3");
}

TEST_CASE("a mapping leads where the product leads it") {
  struct Case {
    std::map<std::string, std::string> entries;
    std::string model;
    std::optional<std::string> one_step;
    std::optional<std::string> chain;
  };
  const Case cases[] = {
      {{}, "a", "a", "a"},
      {{{"a", "b"}}, "a", "b", "b"},
      {{{"a", "b"}}, "b", "b", "b"},
      {{{"a", "b"}, {"b", "c"}}, "a", "b", "c"},
      {{{"a", ""}}, "a", "a", "a"},
      {{{"a", "b"}, {"b", ""}}, "a", "b", "b"},
      {{{"a", "a"}}, "a", "a", "a"},
      {{{"a", "b"}, {"b", "b"}}, "a", "b", "b"},
      {{{"a", "b"}, {"b", "a"}}, "a", "b", std::nullopt},
      {{{"a", "b"}, {"b", "c"}, {"c", "b"}}, "a", "b", std::nullopt},
  };
  for (const Case& one : cases) {
    CAPTURE(one.model, one.entries.size());
    for (const Schema& schema : {oneapi, newapi_2025, onehub}) {
      CHECK(ModelMapping(one.entries, schema).upstream(one.model) ==
            one.one_step);
    }
    CHECK(ModelMapping(one.entries, newapi).upstream(one.model) == one.chain);
  }
}

TEST_CASE("a plus before a target is one-hub's own sign") {
  const std::map<std::string, std::string> entries = {{"a", "+b"}, {"c", "+"}};
  CHECK(ModelMapping(entries, onehub).upstream("a") == "b");
  CHECK(ModelMapping(entries, onehub).upstream("c") == "c");
  CHECK(ModelMapping(entries, onehub).covers("b"));
  CHECK(ModelMapping(entries, oneapi).upstream("a") == "+b");
}

TEST_CASE("a mapping covers its targets and the links of its chains") {
  const ModelMapping mapping({{"a", "b"}, {"b", "c"}, {"d", ""}}, newapi);
  CHECK(mapping.covers("b"));
  CHECK(mapping.covers("c"));
  CHECK_FALSE(mapping.covers("a"));
  CHECK_FALSE(mapping.covers(""));
  CHECK_FALSE(ModelMapping().covers("a"));
}

TEST_CASE("a mapping is a JSON object of texts or nothing") {
  const auto read = [](std::string text) {
    Channel channel;
    channel.model_mapping = std::move(text);
    return core::mapping_of(channel, newapi);
  };
  for (const std::string text : {"", "{}", "null"}) {
    CAPTURE(text);
    REQUIRE(read(text));
    CHECK(read(text)->upstream("a") == "a");
  }
  CHECK(read(R"({"a":"b","a":"c"})")->upstream("a") == "c");
  for (const std::string text :
       {"{", "[]", R"({"a":1})", R"({"a":"b","c":null})", "x", R"("a")"}) {
    CAPTURE(text);
    CHECK_FALSE(read(text));
  }
}

TEST_CASE("groups are split as the gateway splits them") {
  Channel channel;
  channel.group = "default, vip,default,";
  CHECK(core::groups_of(channel) ==
        std::vector<std::string>{"default", " vip", ""});
  channel.group.clear();
  CHECK(core::groups_of(channel) == std::vector<std::string>{""});
}

TEST_CASE("a change holds for the very row that it was made from") {
  Channel before;
  before.id = core::ChannelId{1};
  before.created_time = 2;
  before.models = "a";
  CHECK(core::same_basis(before, before));

  SECTION("what counts") {
    const std::vector<void (*)(Channel&)> edits = {
        [](Channel& c) { c.id = core::ChannelId{2}; },
        [](Channel& c) { c.created_time = 3; },
        [](Channel& c) { c.type = 14; },
        [](Channel& c) { c.models += ",b"; },
        [](Channel& c) { c.group = "vip"; },
        [](Channel& c) { c.model_mapping = "{}"; },
        [](Channel& c) { c.base_url = "http://x"; },
        [](Channel& c) { c.key = base::Secret("x"); },
        [](Channel& c) { c.status = core::disabled_by_hand; },
    };
    for (std::size_t i = 0; i < edits.size(); ++i) {
      CAPTURE(i);
      Channel now = before;
      edits[i](now);
      CHECK_FALSE(core::same_basis(before, now));
    }
  }
  SECTION("what does not") {
    Channel now = before;
    now.status = core::disabled_automatically;
    now.priority = 7;
    now.weight = 7;
    now.tag = "x";
    now.other_info = "{}";
    now.name = "renamed";
    CHECK(core::same_basis(before, now));
  }
  SECTION("what was off by hand already") {
    before.status = core::disabled_by_hand;
    CHECK(core::same_basis(before, before));
  }
}

TEST_CASE("a channel that its gateway could not use is a config error") {
  struct Case {
    const char* what;
    const Schema* schema;
    void (*edit)(Channel& channel);
    const base::Phrase* error;  // nullptr: none
  };
  const Case cases[] = {
      {"nothing wrong", &newapi, [](Channel&) {}, nullptr},
      {"malformed", &newapi, [](Channel& c) { c.malformed = {"type"}; },
       &say::columns_malformed},
      {"mapping", &oneapi, [](Channel& c) { c.model_mapping = "{"; },
       &say::mapping_malformed},
      {"mapping of numbers", &onehub,
       [](Channel& c) { c.model_mapping = R"({"a":1})"; },
       &say::mapping_malformed},
      {"setting", &newapi_2025, [](Channel& c) { c.setting = "{"; },
       &say::json_malformed},
      {"setting is null", &newapi_2025, [](Channel& c) { c.setting = "null"; },
       nullptr},
      {"setting of another product", &oneapi,
       [](Channel& c) { c.setting = "{"; }, nullptr},
      {"settings", &newapi, [](Channel& c) { c.settings = "[]"; },
       &say::json_malformed},
      {"channel_info", &newapi, [](Channel& c) { c.channel_info = "x"; },
       &say::json_malformed},
      {"header_override", &newapi,
       [](Channel& c) { c.header_override = base::Secret(R"({"a":1})"); },
       &say::headers_malformed},
      {"param_override", &newapi, [](Channel& c) { c.param_override = "{"; },
       nullptr},
      {"plugin", &onehub, [](Channel& c) { c.plugin = "{"; },
       &say::json_malformed},
      {"model_headers", &onehub,
       [](Channel& c) { c.model_headers = base::Secret(R"({"a":[]})"); },
       &say::headers_malformed},
      {"custom_parameter", &onehub,
       [](Channel& c) { c.custom_parameter = "1"; }, &say::json_malformed},
      {"address", &newapi, [](Channel& c) { c.base_url = "example.com"; },
       &say::address_malformed},
      {"address of two lines", &newapi,
       [](Channel& c) { c.base_url = "https://example.com/v1\n"; },
       &say::address_malformed},
      {"address without a host", &newapi,
       [](Channel& c) { c.base_url = "https://"; }, &say::address_malformed},
      {"a plan", &newapi,
       [](Channel& c) {
         c.base_url = "glm-coding-plan";
         c.type = 26;
       },
       nullptr},
      {"a plan elsewhere", &oneapi,
       [](Channel& c) { c.base_url = "glm-coding-plan"; },
       &say::address_malformed},
      {"two keys", &newapi, [](Channel& c) { c.key = base::Secret("a\nb"); },
       &say::key_of_many_lines},
      {"two keys elsewhere", &oneapi,
       [](Channel& c) { c.key = base::Secret("a\r\nb"); },
       &say::key_of_many_lines_alone},
      {"a line end", &newapi, [](Channel& c) { c.key = base::Secret("a\n"); },
       &say::key_with_control},
      {"many keys", &newapi,
       [](Channel& c) { c = channel_with_key("a\nb", several); }, nullptr},
      {"a carriage return in one of many", &newapi,
       [](Channel& c) { c = channel_with_key("a\r\nb", several); },
       &say::key_with_control},
      {"a carriage return in one that is off", &newapi,
       [](Channel& c) { c = channel_with_key("a\nb\r\nc", several); }, nullptr},
      {"a service account", &newapi,
       [](Channel& c) { c.key = base::Secret("{\n \"type\": \"x\"\n}\n"); },
       nullptr},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    Channel channel;
    one.edit(channel);
    const base::Sentence error = core::config_error_of(channel, *one.schema);
    CAPTURE(error.in(base::Language::en));
    if (one.error == nullptr) {
      CHECK(error.empty());
    } else {
      CHECK(error.is(*one.error));
    }
  }
}
