#include "core/endpoint.h"

#include <optional>
#include <string>
#include <vector>

#include "base/messages_probe.h"
#include "catch.h"
#include "core/channel_type.h"
#include "core/provider.h"

using core::Channel;
using core::Endpoint;
using core::Product;
using core::Schema;

namespace {

Schema schema_of(Product product) {
  Schema schema;
  schema.product = product;
  schema.columns = {"channel_info"};
  return schema;
}

Endpoint endpoint(const Channel& channel, Product product = Product::newapi) {
  const auto found = core::endpoint_of(channel, schema_of(product));
  REQUIRE(std::holds_alternative<Endpoint>(found));
  return std::get<Endpoint>(found);
}

bool is_untestable(const Channel& channel, Product product,
                   const base::Phrase& why) {
  const auto found = core::endpoint_of(channel, schema_of(product));
  const auto* untestable = std::get_if<core::Untestable>(&found);
  return untestable != nullptr && untestable->why.is(why);
}

}  // namespace

TEST_CASE("the address is the one that the gateway would ask") {
  struct Row {
    Product product;
    std::int64_t type;
    std::string base_url;
    std::string asked;
  };
  for (const Row& row : std::vector<Row>{
           {Product::newapi, 1, "", "https://api.openai.com/v1"},
           {Product::newapi, 1, "https://h///", "https://h/v1"},
           {Product::newapi, 1, "https://h/v1", "https://h/v1/v1"},
           {Product::newapi, 43, "", "https://api.deepseek.com/v1"},
           {Product::oneapi, 36, "", "https://api.deepseek.com/v1"},
           {Product::onehub, 28, "", "https://api.deepseek.com/v1"},
           {Product::oneapi, 28, "", "https://api.mistral.ai/v1"},
           {Product::oneapi, 50, "https://h/v1", "https://h/v1"},
           {Product::newapi, 999, "https://h", "https://h/v1"},
           {Product::newapi, 1,
            "https://gateway.ai.cloudflare.com/v1/a/b/openai",
            "https://gateway.ai.cloudflare.com/v1/a/b/openai"},
           {Product::newapi, 25, "kimi-coding-plan",
            "https://api.kimi.com/coding/v1"}}) {
    Channel channel;
    channel.type = row.type;
    channel.base_url = row.base_url;
    const Endpoint found = endpoint(channel, row.product);
    INFO(row.type << ' ' << row.base_url);
    CHECK(found.base + found.prefix == row.asked);
    CHECK(found.emulated);
  }
}

TEST_CASE("what has no safe probe is untestable, and says why") {
  Channel channel;
  channel.type = 18;
  for (const auto product :
       {Product::oneapi, Product::newapi, Product::onehub}) {
    CHECK(is_untestable(channel, product, base::say::type_has_own_protocol));
  }
  channel.type = 36;
  CHECK(
      is_untestable(channel, Product::newapi, base::say::type_answers_nothing));
  channel.type = 999;
  CHECK(is_untestable(channel, Product::newapi, base::say::type_unknown));
  channel.type = 28;  // Mistral, DeepSeek, and nobody in new-api
  CHECK(is_untestable(channel, Product::newapi, base::say::type_unknown));
  channel.type = 60;
  CHECK(is_untestable(channel, Product::newapi, base::say::no_address));
}

TEST_CASE("settings of new-api are read from their columns") {
  Channel channel;
  channel.type = 1;
  channel.organization = "org-1";
  channel.setting = R"({"proxy":"socks5://u:p@h:1","http_protocol":"http1"})";
  channel.header_override = base::Secret(
      R"({"X-One":"1","*":"x","re:^x":"x","regex:^y":"x",)"
      R"("X-Client":"{client_header:X}","Authorization":"{api_key}"})");
  const Endpoint found = endpoint(channel);
  CHECK(found.organization == "org-1");
  CHECK(found.proxy == base::Secret("socks5://u:p@h:1"));
  CHECK(found.http1);
  REQUIRE(found.last_headers.size() == 2);
  CHECK(found.last_headers[0].first == "x-one");
  CHECK(found.last_headers[1].first == "authorization");
  CHECK(found.emulated);
  channel.type = 43;
  CHECK(endpoint(channel).organization.empty());
}

TEST_CASE("one product's settings are not another's") {
  Channel channel;
  channel.type = 1;
  channel.organization = "org-1";
  channel.setting = R"({"proxy":"socks5://h:1"})";
  channel.header_override = base::Secret(R"({"a":"b"})");
  channel.param_override = R"({"a":"b"})";
  channel.proxy = base::Secret("http://p:1");
  channel.model_headers = base::Secret(R"({"M":"1"})");
  channel.custom_parameter = R"({"temperature":1})";
  const Endpoint one = endpoint(channel, Product::oneapi);
  CHECK(one.proxy.empty());
  CHECK(one.last_headers.empty());
  CHECK(one.first_headers.empty());
  CHECK(one.body_edits.empty());
  const Endpoint hub = endpoint(channel, Product::onehub);
  CHECK(hub.proxy == base::Secret("http://p:1"));
  CHECK(hub.first_headers.size() == 1);
  CHECK(hub.last_headers.empty());
  CHECK(hub.organization.empty());
}

TEST_CASE("overrides of the body are made, or known not to be") {
  struct Row {
    std::string override_text;
    std::string body;
    bool emulated;
  };
  const std::string before = R"({"model":"m","max_tokens":16})";
  for (
      const Row& row : std::vector<Row>{
          {"", before, true},
          {"no json", before, true},
          {R"({"temperature":0.5,"max_tokens":null,"a.b":{"c":[1]}})",
           R"({"model":"m","max_tokens":null,"temperature":0.5,"a.b":{"c":[1]}})",
           true},
          {R"({"x":1,"operations":[{"mode":"delete","path":"max_tokens"},)"
           R"({"mode":"set","path":"x","value":{"y":2}}]})",
           R"({"model":"m","x":{"y":2}})", true},
          {R"({"operations":[{"mode":"set","path":"max_tokens","value":1,)"
           R"("keep_origin":true}]})",
           before, true},
          {R"({"operations":[{"mode":"set","path":"a.b","value":1},)"
           R"({"mode":"set","path":"a.c.d","value":[2]},)"
           R"({"mode":"delete","path":"a.b"},{"mode":"delete","path":"z.y"}]})",
           R"({"model":"m","max_tokens":16,"a":{"c":{"d":[2]}}})", true},
          {R"({"operations":[{"mode":"set","path":"max_tokens.x","value":1}]})",
           R"({"model":"m","max_tokens":{"x":1}})", true},
          {R"({"operations":[{"mode":"set","path":"a.0","value":1}]})", before,
           false},
          {R"({"operations":[{"mode":"set","path":"a.*","value":1}]})", before,
           false},
          {R"({"operations":[{"mode":"set","path":"x","value":1,)"
           R"("conditions":[{"path":"model"}]}]})",
           before, false},
          {R"({"operations":[{"mode":"regex_replace","path":"model"}]})",
           before, false},
          {R"({"operations":[{"mode":"set_header","path":"x"}]})", before,
           false},
          {R"({"operations":["x"]})", before, false}}) {
    Channel channel;
    channel.type = 1;
    channel.param_override = row.override_text;
    const Endpoint found = endpoint(channel);
    INFO(row.override_text);
    CHECK(found.emulated == row.emulated);
    CHECK(core::edited(before, found.body_edits, "m") ==
          (found.body_edits.empty() ? before : row.body));
  }
}

TEST_CASE("custom parameters of one-hub fill in, or overwrite where told to") {
  struct Row {
    std::string text;
    std::string body;
  };
  const std::string before = R"({"model":"m","max_tokens":16})";
  for (const Row& row : std::vector<Row>{
           {R"({"max_tokens":1,"top_p":1})",
            R"({"model":"m","max_tokens":16,"top_p":1})"},
           {R"({"overwrite":true,"max_tokens":1,"stream":true})",
            R"({"model":"m","max_tokens":1})"},
           {R"({"pre_add":true,"max_tokens":1})", before},
           {R"({"per_model":true,"m":{"top_p":1,"max_tokens":1},)"
            R"("other":{"top_k":1}})",
            R"({"model":"m","max_tokens":16,"top_p":1})"},
           {R"({"per_model":true,"overwrite":true,"m":{"max_tokens":1}})",
            R"({"model":"m","max_tokens":1})"}}) {
    Channel channel;
    channel.type = 1;
    channel.custom_parameter = row.text;
    const Endpoint found = endpoint(channel, Product::onehub);
    INFO(row.text);
    CHECK(found.emulated);
    CHECK(core::edited(before, found.body_edits, "m") == row.body);
  }
}

TEST_CASE("one-hub's custom channels have the paths that they say") {
  Channel channel;
  channel.type = 8;
  channel.base_url = "https://h";
  channel.plugin =
      R"({"customize":{"1":"/chat","3":"disable","5":"","10":"/hear"}})";
  const Endpoint found = endpoint(channel, Product::onehub);
  const base::Secret key("sk-1");
  const auto url = [&](core::Kind kind) {
    return found.provider
        ->probe_request({found, key}, {.kind = kind, .model = "m"})
        .url;
  };
  CHECK(url(core::Kind::chat) == "https://h/chat");
  CHECK(url(core::Kind::transcription) == "https://h/hear");
  CHECK(url(core::Kind::image) == "https://h/v1/images/generations");
  CHECK(url(core::Kind::rerank) == "https://h/v1/rerank");
  CHECK_FALSE(found.provider->can(found, core::Kind::embedding));
  CHECK(found.provider->can(found, core::Kind::chat));
}

TEST_CASE("a proxy's name may hold a hash of the key") {
  Endpoint endpoint;
  endpoint.proxy = base::Secret("http://user-%s:pw@h:1/%s");
  CHECK(core::proxy_for(endpoint, base::Secret("sk-key")) == endpoint.proxy);
  endpoint.proxy_by_key = true;
  CHECK(core::proxy_for(endpoint, base::Secret("sk-key")) ==
        base::Secret("http://user-e911dc958fdad9aeb6d6691c14ee9c4f:pw@h:1/%s"));
}

TEST_CASE("the address that was probably meant leaves out what is doubled") {
  struct Row {
    std::string base;
    std::string prefix;
    std::optional<std::string> corrected;
  };
  for (const Row& row :
       std::vector<Row>{{"https://h/v1", "/v1", "https://h"},
                        {"https://h/x/v1", "/v1", "https://h/x"},
                        {"https://h/v1/chat/completions", "/v1", "https://h"},
                        {"https://h/chat/completions", "/v1", "https://h"},
                        {"https://h", "/v1", {}},
                        {"https://h/v1beta", "/v1", {}},
                        {"https://h", "", "https://h/v1"},
                        {"https://h/v1", "", {}}}) {
    Endpoint endpoint;
    endpoint.provider = core::provider_named("openai");
    endpoint.base = row.base;
    endpoint.prefix = row.prefix;
    const auto found = core::corrected(endpoint);
    INFO(row.base);
    REQUIRE(found.has_value() == row.corrected.has_value());
    if (found) CHECK(found->base == *row.corrected);
  }
}
