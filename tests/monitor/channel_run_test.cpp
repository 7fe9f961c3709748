#include "monitor/channel_run.h"

#include "catch.h"
#include "monitor/policy.h"

using monitor::prepared;

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
