#include "monitor/channel_run.h"

#include "catch.h"
#include "monitor/channel_secrets.h"
#include "monitor/policy.h"

using monitor::prepared;

TEST_CASE("what a login brought is good for the rounds after it, too") {
  core::Channel channel;
  channel.type = 1;
  channel.key = base::Secret("sk-1");
  const core::Schema schema{core::Product::newapi, {}};
  const monitor::RoundPolicy policy;
  const monitor::RoundPolicy next_round = policy;
  const auto now = base::wall_time(0);
  const auto first = prepared(channel, schema, {}, policy, now);
  first.enquiry.passes->put(
      channel.key, {base::Secret("pass"), now + std::chrono::hours(1)}, now);
  const auto second = prepared(channel, schema, {}, next_round, now);
  const core::Passes& passes = *second.enquiry.passes;
  REQUIRE(passes.find(channel.key, now) != nullptr);
  CHECK(passes.find(channel.key, now + std::chrono::hours(1)) == nullptr);
  // The clock was set back: how long it is good for is not known any more.
  CHECK(passes.find(channel.key, now - std::chrono::hours(1)) == nullptr);
}

TEST_CASE("each part of a key of several is hidden, but for a region") {
  core::Channel channel;
  channel.key = base::Secret("lowercaseid12|secret-of-it|us-east-1");
  base::Redactor redactor;
  monitor::add_secrets(redactor, channel, {core::Product::newapi, {}});
  const std::string shown =
      redactor.redact("lowercaseid12 secret-of-it us-east-1");
  CHECK(shown.find("lowercaseid12") == std::string::npos);
  CHECK(shown.find("secret-of-it") == std::string::npos);
  CHECK(shown.find("us-east-1") != std::string::npos);
}

namespace {

std::string without_secrets(const core::Channel& channel,
                            const std::string& text) {
  base::Redactor redactor;
  monitor::add_secrets(redactor, channel, {core::Product::newapi, {}});
  return redactor.redact(text);
}

}  // namespace

TEST_CASE("what an address calls a key is hidden, and nothing else of it") {
  core::Channel channel;
  channel.base_url =
      "https://relay.example/ask?api-version=2024-10-21&code=se%2Fcret-of-it"
      "&provider=openrouter";
  const std::string shown = without_secrets(
      channel, channel.base_url + " se/cret-of-it 2024-10-21 openrouter");
  CHECK(shown ==
        "https://relay.example/ask?api-version=2024-10-21&code=[redacted]"
        "&provider=openrouter [redacted] 2024-10-21 openrouter");
}

TEST_CASE("what a route of an advanced channel lets itself in with is hidden") {
  core::Channel channel;
  channel.settings = R"({"advanced_custom":{"advanced_routes":[
    {"upstream_path":"/a","auth":{"type":"none"}},
    {"upstream_path":"https://me:my-password@x.example/b?key=behind-it",
     "auth":{"type":"header","name":"X","value":"value-of-it"}}]}})";
  CHECK(without_secrets(channel, "my-password behind-it value-of-it none") ==
        "[redacted] [redacted] [redacted] none");
}

TEST_CASE("what stands beside the key in a header is hidden") {
  core::Channel channel;
  channel.header_override =
      base::Secret(R"({"X-Who":"id-of-it-1 {api_key};secret-of-it"})");
  CHECK(without_secrets(channel, "X-Who: id-of-it-1 k;secret-of-it") ==
        "X-Who: [redacted] k[redacted]");
}

TEST_CASE("what an override of the body calls a key is hidden") {
  core::Channel channel;
  channel.param_override = R"({"api_key":"legacy-one","user":"somebody-else",
    "operations":[{"mode":"set","path":"auth.token","value":"newer-one"}]})";
  channel.custom_parameter = R"({"secret":"one-hub's-one"})";
  CHECK(without_secrets(channel,
                        "legacy-one somebody-else newer-one one-hub's-one") ==
        "[redacted] somebody-else [redacted] [redacted]");
}

// one-api has what Amazon and Google want to see in `config`; what its key
// column holds is never sent.
TEST_CASE("one-api's clouds are asked with the key of their configuration") {
  core::Channel channel;
  channel.type = 33;
  channel.key = base::Secret("not-used");
  channel.config = R"({"ak":"AKIA1","sk":"secret","region":"us-east-1"})";
  const core::Schema schema{core::Product::oneapi, {"config"}};
  const auto ready =
      prepared(channel, schema, {}, monitor::RoundPolicy(), base::wall_time(0));
  CHECK(ready.untestable.empty());
  REQUIRE(ready.enquiry.keys.size() == 1);
  CHECK(ready.enquiry.keys[0].secret.reveal() == "AKIA1|secret|us-east-1");
}
