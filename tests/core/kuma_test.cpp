#include "core/kuma.h"

#include <string>
#include <utility>
#include <vector>

#include "base/messages_machines.h"
#include "catch.h"

using base::Secret;
using core::kuma_plan;
using core::kuma_url;
using core::KumaPlan;
using core::Outcome;

namespace {

core::ModelReport model(const std::string& name, Outcome outcome,
                        double first_token = -1) {
  core::ModelReport report{.name = name, .listed = true, .outcome = outcome};
  report.attempts = 1;
  report.times.first_token = first_token;
  report.times.total = first_token;
  return report;
}

core::ChannelReport channel(std::int64_t id,
                            std::vector<core::ModelReport> models) {
  core::ChannelReport report;
  report.id = core::ChannelId{id};
  report.models = std::move(models);
  return report;
}

core::Report round_of(std::vector<core::ChannelReport> channels) {
  core::Report report;
  report.channels = std::move(channels);
  return report;
}

// What the monitor of the model "m" gets; "" for nothing.
std::string of_model(const core::Report& report) {
  const KumaPlan plan =
      kuma_plan(report, {.by_model = {{"m", Secret("http://k/api/push/t")}}},
                base::Language::en);
  return plan.pushes.empty() ? "" : plan.pushes.at(0).url.reveal();
}

// The same of channel 7.
std::string of_channel(const core::Report& report) {
  const KumaPlan plan =
      kuma_plan(report, {.by_channel = {{7, Secret("http://k/api/push/c")}}},
                base::Language::en);
  return plan.pushes.empty() ? "" : plan.pushes.at(0).url.reveal();
}

bool is_up(const std::string& url) {
  return url.find("status=up&") != url.npos;
}
bool is_down(const std::string& url) {
  return url.find("status=down&") != url.npos;
}

}  // namespace

TEST_CASE("a model is up while any channel answers, with the shortest time") {
  const auto url = of_model(round_of({
      channel(1, {model("m", Outcome::ok, 812.4), model("x", Outcome::ok, 1)}),
      channel(2, {model("m", Outcome::server_error)}),
      channel(3, {model("m", Outcome::ok, 420.6)}),
  }));
  CHECK(url ==
        "http://k/api/push/t?status=up&msg=2%20of%203%20channels%20answer"
        "&ping=421");
}

TEST_CASE("a model is down where nothing answers and something failed") {
  core::ModelReport gone = model("m", Outcome::model_gone);
  gone.reason = {base::say::kuma_said, "HTTP 404: key sk-abcdefghijklmnop123"};
  const auto url = of_model(round_of({channel(1, {gone})}));
  CHECK(is_down(url));
  CHECK(url.find("model_gone") != url.npos);
  CHECK(url.find("404") != url.npos);
  CHECK(url.find("abcdefghijklmnop") == url.npos);
  CHECK(url.ends_with("&ping="));
  for (const Outcome outcome :
       {Outcome::forbidden, Outcome::auth_failed, Outcome::quota_exhausted,
        Outcome::server_error, Outcome::timeout, Outcome::network_error,
        Outcome::bad_response}) {
    INFO(core::name_of(outcome));
    CHECK(is_down(of_model(round_of({channel(1, {model("m", outcome)})}))));
  }
}

TEST_CASE("what proves nothing is not spoken of") {
  for (const Outcome outcome :
       {Outcome::rate_limited, Outcome::bad_request, Outcome::untestable,
        Outcome::inconclusive, Outcome::cancelled}) {
    INFO(core::name_of(outcome));
    const auto report = round_of({channel(7, {model("m", outcome)})});
    CHECK(of_model(report).empty());
    CHECK(of_channel(report).empty());
  }
  CHECK(of_model(round_of({})).empty());
  CHECK(of_channel(round_of({channel(8, {model("m", Outcome::ok)})})).empty());
}

TEST_CASE("a channel that may well answer keeps a model from being down") {
  auto failed = channel(1, {model("m", Outcome::timeout)});
  auto limited = channel(2, {model("m", Outcome::rate_limited)});
  CHECK(of_model(round_of({failed, limited})).empty());
  // Nobody is sent there.
  limited.models[0].listed = false;
  CHECK(is_down(of_model(round_of({failed, limited}))));
  // It never proves anything.
  auto image = channel(2, {model("m", Outcome::untestable)});
  CHECK(is_down(of_model(round_of({failed, image}))));
}

TEST_CASE("a channel is up while anything of it answers") {
  CHECK(is_up(of_channel(round_of({channel(
      7, {model("a", Outcome::timeout), model("b", Outcome::ok, 3)})}))));
  CHECK(is_down(of_channel(round_of({channel(
      7, {model("a", Outcome::timeout), model("b", Outcome::untestable)})}))));
}

TEST_CASE("what was spared counts as it was last seen") {
  auto spared = model("m", Outcome::ok);
  spared.due = false;
  spared.attempts = 0;
  CHECK(of_model(round_of({channel(1, {spared})})) ==
        "http://k/api/push/t?status=up&msg=1%20of%201%20channels%20answer"
        "&ping=");
  spared.outcome = Outcome::model_gone;
  CHECK(is_down(of_model(round_of({channel(1, {spared})}))));
}

TEST_CASE("our own outage, a dry run and a round without an end say nothing") {
  auto report = round_of({channel(1, {model("m", Outcome::network_error)})});
  REQUIRE(is_down(of_model(report)));
  report.guards.push_back({core::Guard::cut_off, std::nullopt, {}});
  CHECK(of_model(report).empty());
  report.guards.clear();
  report.guards.push_back({core::Guard::mass_removal, std::nullopt, {}});
  CHECK(is_down(of_model(report)));
  report.dry_run = true;
  CHECK(of_model(report).empty());
  report.dry_run = false;
  for (const auto result :
       {core::RoundResult::cancelled, core::RoundResult::locked,
        core::RoundResult::failed}) {
    report.result = result;
    CHECK(of_model(report).empty());
  }
  report.result = core::RoundResult::complete;
  report.channels[0].result = core::ChannelResult::cancelled;
  CHECK(of_model(report).empty());
}

TEST_CASE("what is left unsaid is told with its reason") {
  const KumaPlan plan = kuma_plan(
      round_of({channel(7, {model("m", Outcome::rate_limited)})}),
      {.by_model = {{"m", Secret("http://k/1")}, {"n", Secret("http://k/2")}},
       .by_channel = {{7, Secret("http://k/3")}}},
      base::Language::en);
  CHECK(plan.pushes.empty());
  std::vector<std::string> said;
  for (const auto& silence : plan.silences) {
    said.push_back(silence.whose.in(base::Language::en) + ": " +
                   silence.why.in(base::Language::en));
  }
  CHECK(said ==
        std::vector<std::string>{"model m: rate_limited proves nothing",
                                 "model n: this round asked nobody for it",
                                 "channel 7: rate_limited proves nothing"});
}

TEST_CASE("parameters of a push URL stay, but for ours") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"http://k/p", "http://k/p?status=up&msg=a%20%26&ping=5"},
      {"http://k/p?status=up&msg=OK&ping=",
       "http://k/p?status=up&msg=a%20%26&ping=5"},
      {"http://k/p?a=1&status=down&b=%20&ping",
       "http://k/p?a=1&b=%20&status=up&msg=a%20%26&ping=5"},
      {"http://k/p?#x", "http://k/p?status=up&msg=a%20%26&ping=5"},
      {"http://k/p?statuses=1",
       "http://k/p?statuses=1&status=up&msg=a%20%26"
       "&ping=5"},
  };
  for (const auto& [url, expected] : cases) {
    CHECK(kuma_url(url, "up", "a &", "5") == expected);
  }
}

TEST_CASE("an answer is that of a Kuma or says why it is not") {
  const Secret url("http://u:hunter22@k/api/push/TokenTokenToken");
  const auto why = [&](int status, std::string_view body) {
    return core::kuma_refused(url, status, body).in(base::Language::en);
  };
  CHECK(why(200, R"({"ok":true})").empty());
  CHECK(why(404, R"({"ok":false,"msg":"Monitor not found or not active."})") ==
        "it answered 404: Monitor not found or not active.");
  CHECK(why(200, "<html>").starts_with("it answered 200, but not as"));
  CHECK(why(302, "").starts_with("it answered 302, but not as"));
  CHECK(why(500, R"({"ok":true})").starts_with("it answered 500"));
  for (const char* body :
       {R"({"ok":false,"msg":"no TokenTokenToken"})",
        "cannot GET /api/push/TokenTokenToken", "hunter22 TokenTokenToken"}) {
    CHECK(why(404, body).find("TokenToken") == std::string::npos);
    CHECK(why(404, body).find("hunter22") == std::string::npos);
  }
}
