#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace metrics {

// Everything that is exported; in the order of families().
enum class Metric : std::uint8_t {
  probe_success,
  probe_state,
  probe_results,
  probe_duration,
  probe_ttft,
  probe_speed,
  probe_last,
  probe_tokens,
  availability,
  cycle_duration,
  cycles,
  cycle_overruns,
  cycle_last,
  cycle_period,
  models_changed,
  channel_models,
  notifications,
  build_info,
  process_cpu,
  process_memory,
  process_start,
  process_files,
  process_most_files,
};

enum class Type : std::uint8_t { counter, gauge, histogram };

struct Family {
  std::string_view name;
  Type type{};
  std::string_view help;
  std::vector<std::string_view> labels;
  std::vector<double> buckets = {};  // of a histogram, without +Inf
};

const std::vector<Family>& families();
const Family& family_of(Metric metric);

}  // namespace metrics
