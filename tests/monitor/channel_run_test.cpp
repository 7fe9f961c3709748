#include "monitor/channel_run.h"

#include "catch.h"
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
