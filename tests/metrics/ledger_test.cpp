#include "metrics/ledger.h"

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "catch.h"

using core::Outcome;
using metrics::Labels;
using metrics::Ledger;
using metrics::Metric;

namespace {

core::ModelReport model(const std::string& name,
                        Outcome outcome = Outcome::ok) {
  core::ModelReport report{.name = name, .listed = true, .outcome = outcome};
  report.attempts = 1;
  if (outcome == Outcome::ok) {
    report.times = {.headers = 100, .first_token = 240, .total = 1280};
    report.tokens_per_second = 30;
    report.input_tokens = 9;
    report.output_tokens = 4;
  }
  return report;
}

core::ChannelReport channel(std::int64_t id, const std::string& name,
                            std::vector<core::ModelReport> models) {
  core::ChannelReport report;
  report.id = core::ChannelId{id};
  report.name = name;
  report.models = std::move(models);
  return report;
}

core::Report round_of(std::vector<core::ChannelReport> channels) {
  core::Report report;
  report.finished = base::wall_time(1'700'000'000);
  report.seconds = 3;
  report.channels = std::move(channels);
  return report;
}

bool says(const Ledger& ledger, const std::string& line) {
  return ('\n' + ledger.text()).find('\n' + line + '\n') != std::string::npos;
}

}  // namespace

TEST_CASE("a round becomes metrics") {
  Ledger ledger("1.2");
  ledger.note(
      round_of({channel(3, "a", {model("m"), model("n", Outcome::timeout)})}),
      std::chrono::seconds(10));
  INFO(ledger.text());
  for (
      const char* line : {
          R"(channelmonitor_build_info{version="1.2"} 1)",
          R"(channelmonitor_probe_success{channel_id="3",channel="a",model="m"} 1)",
          R"(channelmonitor_probe_success{channel_id="3",channel="a",model="n"} 0)",
          R"(channelmonitor_probe_state{channel_id="3",model="n",state="down"} 1)",
          R"(channelmonitor_probe_state{channel_id="3",model="n",state="up"} 0)",
          R"(channelmonitor_probe_results_total{channel_id="3",model="m",result="success"} 1)",
          R"(channelmonitor_probe_results_total{channel_id="3",model="m",result="auth"} 0)",
          R"(channelmonitor_probe_results_total{channel_id="3",model="n",result="timeout"} 1)",
          R"(channelmonitor_probe_duration_seconds_bucket{channel_id="3",model="m",le="0.64"} 0)",
          R"(channelmonitor_probe_duration_seconds_bucket{channel_id="3",model="m",le="1.28"} 1)",
          R"(channelmonitor_probe_duration_seconds_bucket{channel_id="3",model="m",le="+Inf"} 1)",
          R"(channelmonitor_probe_duration_seconds_sum{channel_id="3",model="m"} 1.28)",
          R"(channelmonitor_probe_duration_seconds_count{channel_id="3",model="n"} 0)",
          R"(channelmonitor_probe_ttft_seconds_bucket{channel_id="3",model="m",le="0.25"} 1)",
          R"(channelmonitor_probe_last_timestamp_seconds{channel_id="3",model="m"} 1700000000)",
          R"(channelmonitor_probe_tokens_total{channel_id="3",model="m",type="input"} 9)",
          R"(channelmonitor_probe_tokens_total{channel_id="3",model="m",type="output"} 4)",
          R"(channelmonitor_cycles_total{outcome="complete"} 1)",
          R"(channelmonitor_cycles_total{outcome="failed"} 0)",
          R"(channelmonitor_cycle_overruns_total 0)",
          R"(channelmonitor_cycle_period_seconds 10)",
          R"(channelmonitor_cycle_duration_seconds_count 1)",
          R"(channelmonitor_channel_models{channel_id="3",status="down"} 1)",
          R"(channelmonitor_models_changed_total{channel_id="3",action="added"} 0)",
      }) {
    INFO(line);
    CHECK(says(ledger, line));
  }
}

TEST_CASE("results and states are told apart") {
  const std::vector<std::tuple<Outcome, std::string, std::string>> all = {
      {Outcome::ok, "success", "up"},
      {Outcome::model_gone, "upstream_failure", "down"},
      {Outcome::forbidden, "auth", "down"},
      {Outcome::auth_failed, "auth", "down"},
      {Outcome::quota_exhausted, "quota", "down"},
      {Outcome::rate_limited, "rate_limited", "rate_limited"},
      {Outcome::server_error, "upstream_failure", "down"},
      {Outcome::timeout, "timeout", "down"},
      {Outcome::network_error, "upstream_failure", "down"},
      {Outcome::bad_response, "content_mismatch", "down"},
      {Outcome::bad_request, "local_failure", "unknown"},
      {Outcome::inconclusive, "local_failure", "unknown"},
      {Outcome::cancelled, "skipped", "unknown"},
      {Outcome::untestable, "skipped", "paused"},
  };
  CHECK(all.size() == core::outcome_count);
  for (const auto& [outcome, result, state] : all) {
    INFO(core::name_of(outcome));
    Ledger ledger("1");
    ledger.note(round_of({channel(1, "a", {model("m", outcome)})}), {});
    CHECK(ledger.registry().value(Metric::probe_results, {"1", "m", result}) ==
          1);
    CHECK(ledger.registry().value(Metric::probe_state, {"1", "m", state}) == 1);
  }
}

TEST_CASE("what proves nothing leaves success as it was") {
  Ledger ledger("1");
  const Labels labels{"1", "a", "m"};
  ledger.note(round_of({channel(1, "a", {model("m", Outcome::rate_limited)})}),
              {});
  CHECK(ledger.registry().series(Metric::probe_success) == 0);
  ledger.note(round_of({channel(1, "a", {model("m")})}), {});
  ledger.note(round_of({channel(1, "a", {model("m", Outcome::rate_limited)})}),
              {});
  CHECK(ledger.registry().value(Metric::probe_success, labels) == 1);
  // The channel has another name: one series, not two.
  ledger.note(round_of({channel(1, "b", {model("m", Outcome::timeout)})}), {});
  CHECK(ledger.registry().series(Metric::probe_success) == 1);
  CHECK(says(ledger, R"(channelmonitor_probe_success{channel_id="1",)"
                     R"(channel="b",model="m"} 0)"));
}

TEST_CASE("our own outage is no failure of theirs") {
  Ledger ledger("1");
  ledger.note(round_of({channel(1, "a", {model("m")})}), {});
  auto report =
      round_of({channel(1, "a", {model("m", Outcome::network_error)})});
  report.guards.push_back({core::Guard::cut_off, std::nullopt, {}});
  ledger.note(report, {});
  const auto& registry = ledger.registry();
  CHECK(registry.value(Metric::probe_results, {"1", "m", "local_failure"}) ==
        1);
  CHECK(registry.value(Metric::probe_state, {"1", "m", "up"}) == 1);
  CHECK(registry.value(Metric::probe_success, {"1", "a", "m"}) == 1);
}

TEST_CASE("what was not asked is skipped, and is no news") {
  auto spared = model("m");
  spared.due = false;
  spared.attempts = 0;
  Ledger ledger("1");
  ledger.note(round_of({channel(1, "a", {spared})}), {});
  CHECK(ledger.registry().value(Metric::probe_results, {"1", "m", "skipped"}) ==
        1);
  CHECK(ledger.registry().series(Metric::probe_last) == 0);
  CHECK(ledger.registry().value(Metric::probe_duration, {"1", "m"}) == 0);
}

TEST_CASE("only complete rounds change more than the count of rounds") {
  Ledger ledger("1");
  auto report = round_of({channel(1, "a", {model("m")})});
  for (const auto result :
       {core::RoundResult::cancelled, core::RoundResult::locked,
        core::RoundResult::failed}) {
    report.result = result;
    ledger.note(report, {});
    CHECK(ledger.registry().value(Metric::cycles,
                                  {std::string(core::name_of(result))}) == 1);
  }
  CHECK(ledger.registry().series(Metric::probe_results) == 0);
  CHECK(ledger.registry().series(Metric::cycle_last) == 0);
  report.result = core::RoundResult::complete;
  report.seconds = 11;
  ledger.note(report, std::chrono::seconds(10));
  CHECK(ledger.registry().value(Metric::cycle_overruns, {}) == 1);
}

TEST_CASE("changes are counted where they were written, or held") {
  Ledger ledger("1");
  auto changed = channel(1, "a", {model("m"), model("n", Outcome::model_gone)});
  changed.result = core::ChannelResult::changed;
  changed.added = {"m", "x"};
  changed.removed = {"n"};
  changed.models[0].listed = false;
  auto held = channel(2, "b", {model("m"), model("n", Outcome::model_gone)});
  held.result = core::ChannelResult::held;
  held.models[1].verdict = core::Verdict::remove;
  auto only_told = channel(3, "c", {model("m")});
  only_told.result = core::ChannelResult::would_change;
  only_told.added = {"x"};
  ledger.note(round_of({changed, held, only_told}), {});
  const auto of = [&](const char* id, const char* action) {
    return ledger.registry().value(Metric::models_changed, {id, action});
  };
  CHECK(of("1", "added") == 2);
  CHECK(of("1", "removed") == 1);
  CHECK(of("2", "blocked_by_guard") == 1);
  CHECK(of("3", "added") == 0);
  CHECK(ledger.registry().value(Metric::channel_models, {"1", "up"}) == 1);
  CHECK(ledger.registry().value(Metric::channel_models, {"1", "down"}) == 0);
}

TEST_CASE("there are never more series than agreed on") {
  Ledger ledger("1", 3);
  std::vector<core::ChannelReport> channels;
  for (int id = 1; id <= 5; ++id) {
    channels.push_back(channel(id, "a", {model("m"), model("n")}));
  }
  ledger.note(round_of(channels), {});
  const auto count = [&](const char* id, const char* name) {
    return ledger.registry().value(Metric::probe_results,
                                   {id, name, "success"});
  };
  CHECK(count("1", "m") == 1);
  CHECK(count("1", "n") == 1);
  CHECK(count("2", "m") == 1);
  CHECK(count("2", "other") == 1);
  CHECK(count("3", "other") == 2);
  CHECK(count("other", "other") == 4);
  CHECK(ledger.registry().series(Metric::probe_success) == 3);
  CHECK(ledger.registry().series(Metric::probe_duration) == 6);
  // The same again takes no more room; what is gone makes some.
  ledger.note(round_of(channels), {});
  CHECK(count("other", "other") == 8);
  CHECK(ledger.registry().series(Metric::probe_duration) == 6);
  channels.erase(channels.begin(), channels.begin() + 4);
  ledger.note(round_of(channels), {});
  CHECK(count("1", "m") == 0);
  CHECK(count("5", "m") == 1);
}

TEST_CASE("a channel that was not looked into keeps what it has") {
  Ledger ledger("1");
  ledger.note(round_of({channel(1, "a", {model("m")})}), {});
  ledger.note(round_of({channel(1, "a", {})}), {});
  CHECK(ledger.registry().value(Metric::probe_results, {"1", "m", "success"}) ==
        1);
  CHECK(ledger.registry().series(Metric::probe_success) == 1);
  ledger.note(round_of({channel(1, "a", {model("n")})}), {});
  CHECK(ledger.registry().value(Metric::probe_results, {"1", "m", "success"}) ==
        0);
}

TEST_CASE("no key, no line end and no quote gets into a label as it is") {
  Ledger ledger("1");
  ledger.note(round_of({channel(1, "sk-abcdefghijklmnop1234 \"\n\\\x1b x",
                                {model("a\"b\\c\nd")})}),
              {});
  const std::string text = ledger.text();
  INFO(text);
  CHECK(text.find("abcdefghijklmnop") == text.npos);
  CHECK(text.find('\x1b') == text.npos);
  CHECK(text.find(R"(model="a\"b\\c d")") != text.npos);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    CHECK((line.starts_with("# ") || line.starts_with("channelmonitor_")));
    at = end + 1;
  }
}

TEST_CASE("counters go on where an earlier process ended") {
  const auto report = round_of(
      {channel(1, "a\"\\", {model("m{},\"x"), model("n", Outcome::timeout)})});
  Ledger first("1");
  first.note_notification("telegram", true);
  first.note(report, {});
  first.note(report, {});
  Ledger second("1");
  second.restore(first.text());
  second.note(report, {});
  first.note(report, {});
  CHECK(second.text() == first.text());
  CHECK(second.registry().value(Metric::probe_duration, {"1", "m{},\"x"}) == 3);
}

TEST_CASE("a file that is not ours teaches nothing") {
  for (const std::string text : {
           "",
           "\n\n",
           "channelmonitor_cycles_total",
           "\xff\xfe",
           "channelmonitor_cycles_total{outcome=\"complete\"} -1",
           "channelmonitor_cycles_total{outcome=\"complete\"} NaN",
           "channelmonitor_cycles_total{outcome=\"complete} 3",
           "channelmonitor_cycles_total{other=\"complete\"} 3",
           "channelmonitor_cycles_total{outcome=\"complete\",x=\"y\"} 3",
           "channelmonitor_cycle_duration_seconds_bucket{le=\"7\"} 3",
           "channelmonitor_build_info{version=\"9\"} 1",
           "process_cpu_seconds_total 8",
       }) {
    INFO(text);
    Ledger ledger("1");
    ledger.restore(text);
    CHECK(ledger.text() == Ledger("1").text());
  }
}

TEST_CASE("whoever sends messages is counted from zero") {
  Ledger ledger("1");
  ledger.announce_notifications("smtp");
  ledger.note_notification("telegram", false);
  CHECK(says(ledger, R"(channelmonitor_notifications_total{provider="smtp",)"
                     R"(outcome="sent"} 0)"));
  CHECK(says(ledger, R"(channelmonitor_notifications_total{)"
                     R"(provider="telegram",outcome="failed"} 1)"));
}

TEST_CASE("availability is told for models that have series") {
  using namespace std::chrono_literals;
  const auto now = base::wall_time(1'700'000'000);
  metrics::Windows windows;
  for (const auto ago : {2h, 3h, 4h})
    windows.add(now - ago, 1, "m", Outcome::ok);
  windows.add(now - 5h, 1, "m", Outcome::timeout);
  windows.add(now - 5h, 1, "m", Outcome::rate_limited);
  windows.add(now - 5h, 1, "gone", Outcome::ok);
  windows.add(now - 48h, 1, "m", Outcome::model_gone);
  windows.add(now - 24h * 40, 1, "m", Outcome::model_gone);
  Ledger ledger("1");
  ledger.note(round_of({channel(1, "a", {model("m")})}), {});
  ledger.note_availability(windows, now);
  const auto of = [&](const char* window) {
    return ledger.registry().value(Metric::availability, {"1", "m", window});
  };
  CHECK(of("24h") == 0.75);
  CHECK(of("7d") == 0.6);
  CHECK(of("30d") == 0.6);
  // Nothing is said of an hour in which nothing was asked.
  CHECK(ledger.registry().series(Metric::availability) == 3);
  windows.forget_old(now + 24h * 6);
  ledger.note_availability(windows, now + 24h * 6);
  CHECK(ledger.registry().series(Metric::availability) == 2);
  CHECK(of("7d") == 0.75);
  windows.forget_old(now + 24h * 40);
  windows.for_each(now, [](const auto&) { FAIL("it was forgotten"); });
}

TEST_CASE("what was heard before the clock was set back hides nothing") {
  using namespace std::chrono_literals;
  const auto now = base::wall_time(1'700'000'000);
  metrics::Windows windows;
  windows.add(now - 30min, 1, "m", Outcome::ok);
  windows.add(now - 24h * 2, 1, "m", Outcome::ok);
  windows.add(now + 24h, 1, "m", Outcome::ok);
  windows.forget_old(now);
  windows.add(now, 1, "m", Outcome::timeout);
  std::map<std::string, double> ratios;
  windows.for_each(now, [&](const metrics::Availability& one) {
    ratios[std::string(one.window)] = one.ratio;
  });
  CHECK(ratios ==
        std::map<std::string, double>{
            {"1h", 0}, {"24h", 0}, {"7d", 2.0 / 3}, {"30d", 2.0 / 3}});
}

TEST_CASE("a window forgets what has left it, whatever the clock does") {
  using namespace std::chrono_literals;
  const auto now = base::wall_time(1'700'000'000);
  metrics::Windows windows;
  for (int minute = 0; minute < 60 * 24 * 31; minute += 5) {
    const bool is_late = minute >= 60 * 24 * 29;
    windows.add(now + std::chrono::minutes(minute), 1, "m",
                is_late ? Outcome::ok : Outcome::timeout);
  }
  // The clock is set back: it is too old for the hour, and counts elsewhere.
  windows.add(now + 24h * 30, 1, "m", Outcome::timeout);
  std::map<std::string, double> ratios;
  windows.for_each(now + 24h * 31, [&](const metrics::Availability& one) {
    ratios[std::string(one.window)] = one.ratio;
  });
  CHECK(ratios.size() == 4);
  CHECK(ratios["1h"] == 1);
  CHECK(ratios["24h"] > 0.99);
  CHECK(ratios["7d"] == Approx(2.0 / 7).margin(0.02));
  CHECK(ratios["30d"] == Approx(2.0 / 30).margin(0.01));
}
