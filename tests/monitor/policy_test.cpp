#include "monitor/policy.h"

#include <string>
#include <vector>

#include "catch.h"

using base::Milliseconds;
using monitor::limits_of;
using monitor::RoundPolicy;
using monitor::Selection;
using monitor::SpecialLimits;

namespace {

core::Channel channel(std::int64_t id, std::int64_t type = 1,
                      std::int64_t status = core::enabled) {
  core::Channel channel;
  channel.id = core::ChannelId(id);
  channel.type = type;
  channel.status = status;
  return channel;
}

bool matches(const SpecialLimits& selectors, const core::Channel& channel,
             const std::string& host) {
  RoundPolicy policy;
  policy.limits = {selectors};
  policy.limits[0].timeout = Milliseconds(1);
  return limits_of(channel, host, policy).timeout == Milliseconds(1);
}

}  // namespace

TEST_CASE("without special limits the general ones count") {
  RoundPolicy policy;
  policy.lane.rps = 7;
  policy.lane.rpm = 8;
  policy.lane.concurrent = 9;
  policy.probe.timeout = Milliseconds(1234);
  const auto found = limits_of(channel(1), "h:443", policy);
  CHECK(found.lane.rps == 7);
  CHECK(found.lane.rpm == 8);
  CHECK(found.lane.concurrent == 9);
  CHECK(found.timeout == Milliseconds(1234));
}

TEST_CASE("every selector that is given has to match") {
  const std::string host = "api.example.com:443";
  CHECK(matches({}, channel(5, 2), host));
  CHECK(matches({.channels = {4, 5}}, channel(5, 2), host));
  CHECK_FALSE(matches({.channels = {4}}, channel(5, 2), host));
  CHECK(matches({.type = 2}, channel(5, 2), host));
  CHECK_FALSE(matches({.type = 3}, channel(5, 2), host));
  CHECK(matches({.channels = {5}, .type = 2, .host = "*.example.com"},
                channel(5, 2), host));
  CHECK_FALSE(matches({.channels = {5}, .type = 3, .host = "*.example.com"},
                      channel(5, 2), host));
}

TEST_CASE("a glob with a colon is held against host and port") {
  struct Row {
    std::string glob, host;
    bool matches;
  };
  for (const Row& row : std::vector<Row>{{"h", "h:443", true},
                                         {"h", "h:8080", true},
                                         {"H", "h:443", true},
                                         {"h:443", "h:443", true},
                                         {"h:443", "h:8080", false},
                                         {"h:*", "h:8080", true},
                                         {"*:8080", "x:8080", true},
                                         {"*.h", "h:443", false},
                                         {"*", "h:443", true},
                                         {"*443", "h:443", false},
                                         {"?", "h:443", true},
                                         {"h", "", false}}) {
    INFO(row.glob << ' ' << row.host);
    CHECK(matches({.host = row.glob}, channel(1), row.host) == row.matches);
  }
}

TEST_CASE("the first entry that matches counts, and only what it sets") {
  RoundPolicy policy;
  policy.lane.rps = 5;
  policy.lane.concurrent = 5;
  policy.limits = {{.channels = {1}, .max_concurrent = 2},
                   {.channels = {1, 2}, .rps = 9, .max_concurrent = 3}};
  const auto first = limits_of(channel(1), "h:443", policy);
  CHECK(first.lane.concurrent == 2);
  CHECK(first.lane.rps == 5);
  CHECK(first.timeout == policy.probe.timeout);
  const auto second = limits_of(channel(2), "h:443", policy);
  CHECK(second.lane.concurrent == 3);
  CHECK(second.lane.rps == 9);
  CHECK(limits_of(channel(3), "h:443", policy).lane.concurrent == 5);
}

TEST_CASE("a rate that is given alone stands alone") {
  RoundPolicy policy;
  policy.lane.rps = 5;
  policy.lane.rpm = 100;
  policy.limits = {{.channels = {1}, .rpm = 10}, {.channels = {2}, .rps = 0.5}};
  CHECK(limits_of(channel(1), "h:443", policy).lane.rps == 0);
  CHECK(limits_of(channel(1), "h:443", policy).lane.rpm == 10);
  CHECK(limits_of(channel(2), "h:443", policy).lane.rps == 0.5);
  CHECK(limits_of(channel(2), "h:443", policy).lane.rpm == 0);
}

TEST_CASE("channels that are on, or off without a hand, are chosen") {
  CHECK(monitor::is_chosen(channel(1, 1, 1), {}));
  CHECK_FALSE(monitor::is_chosen(channel(1, 1, 2), {}));
  CHECK(monitor::is_chosen(channel(1, 1, 3), {}));
  CHECK_FALSE(monitor::is_chosen(channel(1, 1, 0), {}));
  core::Channel unreadable = channel(1, 1, 0);
  unreadable.malformed = {"type", "status"};
  CHECK(monitor::is_chosen(unreadable, {}));
  CHECK_FALSE(monitor::is_chosen(unreadable, {.exclude = {1}}));
  CHECK(monitor::is_chosen(channel(1, 1, 2), {.whatever_status = true}));
}

TEST_CASE("lists of channels choose and leave out") {
  CHECK(monitor::is_chosen(channel(1), {.include = {1, 2}}));
  CHECK_FALSE(monitor::is_chosen(channel(3), {.include = {1, 2}}));
  CHECK_FALSE(monitor::is_chosen(channel(1), {.exclude = {1}}));
  CHECK_FALSE(monitor::is_chosen(channel(1), {.include = {1}, .exclude = {1}}));
  CHECK(monitor::is_chosen(channel(1), {.only = {1}}));
  CHECK_FALSE(monitor::is_chosen(channel(2), {.only = {1}}));
  CHECK_FALSE(monitor::is_chosen(channel(1), {.exclude = {1}, .only = {1}}));
  CHECK_FALSE(monitor::is_chosen(channel(1, 1, 2), {.include = {1}}));
}
