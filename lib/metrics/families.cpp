#include "metrics/families.h"

namespace metrics {

namespace {

constexpr auto counter = Type::counter;
constexpr auto gauge = Type::gauge;
constexpr auto histogram = Type::histogram;

// The powers of two of OpenTelemetry's gen_ai.client.operation.duration, and
// 8.5, 35, 50 and 100, by which older statistics are told apart.
std::vector<double> latencies() {
  return {0.01, 0.02, 0.04,  0.08,  0.16, 0.32,  0.64, 1.28,  2.56,
          5.12, 8.5,  10.24, 20.48, 35,   40.96, 50,   81.92, 100};
}

std::vector<double> first_tokens() {
  return {0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 10, 15, 20, 30, 60};
}

std::vector<double> speeds() {
  return {1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 200, 350, 500, 1000};
}

std::vector<double> rounds() {
  return {1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200};
}

std::vector<Family> probe_families() {
  return {
      {"channelmonitor_probe_success",
       gauge,
       "Whether the last probe that proved anything was answered.",
       {"channel_id", "channel", "model"}},
      {"channelmonitor_probe_state",
       gauge,
       "1 for the state that the model is in on the channel, 0 for the others.",
       {"channel_id", "model", "state"}},
      {"channelmonitor_probe_results_total",
       counter,
       "Models looked at in a round, by what came of it.",
       {"channel_id", "model", "result"}},
      {"channelmonitor_probe_duration_seconds",
       histogram,
       "How long answered probes took.",
       {"channel_id", "model"},
       latencies()},
      {"channelmonitor_probe_ttft_seconds",
       histogram,
       "Time to the first token of answered probes.",
       {"channel_id", "model"},
       first_tokens()},
      {"channelmonitor_probe_output_tokens_per_second",
       histogram,
       "Speed of the answers after the first token.",
       {"channel_id", "model"},
       speeds()},
      {"channelmonitor_probe_last_timestamp_seconds",
       gauge,
       "When the round ended in which the model was last asked for.",
       {"channel_id", "model"}},
      {"channelmonitor_probe_tokens_total",
       counter,
       "Tokens that probes have cost.",
       {"channel_id", "model", "type"}},
      {"channelmonitor_availability_ratio",
       gauge,
       "Answered probes among those that were answered or failed.",
       {"channel_id", "model", "window"}},
  };
}

std::vector<Family> monitor_families() {
  return {
      {"channelmonitor_cycle_duration_seconds",
       histogram,
       "How long complete rounds took.",
       {},
       rounds()},
      {"channelmonitor_cycles_total",
       counter,
       "Rounds, by how they ended.",
       {"outcome"}},
      {"channelmonitor_cycle_overruns_total",
       counter,
       "Rounds that took longer than the time from one to the next.",
       {}},
      {"channelmonitor_cycle_last_timestamp_seconds",
       gauge,
       "When the last complete round ended.",
       {}},
      {"channelmonitor_cycle_period_seconds",
       gauge,
       "Time from one round to the next; 0 where nobody but cron knows it.",
       {}},
      {"channelmonitor_models_changed_total",
       counter,
       "Models added to a channel, removed from it, and held back by a guard.",
       {"channel_id", "action"}},
      {"channelmonitor_channel_models",
       gauge,
       "Models that a channel lists, by their state.",
       {"channel_id", "status"}},
      {"channelmonitor_notifications_total",
       counter,
       "Messages sent, by where and with what success.",
       {"provider", "outcome"}},
      {"channelmonitor_build_info", gauge, "Always 1.", {"version"}},
      {"process_cpu_seconds_total",
       counter,
       "CPU time that the process has used.",
       {}},
      {"process_resident_memory_bytes", gauge, "Memory of the process.", {}},
      {"process_start_time_seconds", gauge, "When the process began.", {}},
      {"process_open_fds", gauge, "Descriptors that are open.", {}},
      {"process_max_fds", gauge, "Descriptors that may be open.", {}},
  };
}

}  // namespace

const std::vector<Family>& families() {
  static const std::vector<Family> all = [] {
    std::vector<Family> list = probe_families();
    for (Family& family : monitor_families())
      list.push_back(std::move(family));
    return list;
  }();
  return all;
}

const Family& family_of(Metric metric) {
  return families()[static_cast<std::size_t>(metric)];
}

}  // namespace metrics
