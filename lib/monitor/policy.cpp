#include "monitor/policy.h"

#include <algorithm>

#include "base/text.h"

namespace monitor {

namespace {

bool holds(const std::vector<std::int64_t>& ids, std::int64_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool is_meant(const SpecialLimits& limits, const core::Channel& channel,
              const std::string& host) {
  if (!limits.channels.empty() &&
      !holds(limits.channels, static_cast<std::int64_t>(channel.id))) {
    return false;
  }
  if (limits.type && *limits.type != channel.type) return false;
  if (limits.host.empty()) return true;
  const bool with_port = limits.host.find(':') != std::string::npos;
  return base::matches(base::lower(limits.host),
                       with_port ? host : host.substr(0, host.rfind(':')));
}

}  // namespace

ChannelLimits limits_of(const core::Channel& channel, const std::string& host,
                        const RoundPolicy& policy) {
  ChannelLimits found{policy.lane, policy.probe.timeout};
  const auto special = std::find_if(policy.limits.begin(), policy.limits.end(),
                                    [&](const SpecialLimits& limits) {
                                      return is_meant(limits, channel, host);
                                    });
  if (special == policy.limits.end()) return found;
  if (special->rps || special->rpm) {
    // A rate that is given alone stands alone, as in the general keys.
    found.lane.rps = special->rps.value_or(0);
    found.lane.rpm = special->rpm.value_or(0);
  }
  if (special->max_concurrent) found.lane.concurrent = *special->max_concurrent;
  if (special->timeout) found.timeout = *special->timeout;
  return found;
}

bool is_chosen(const core::Channel& channel, const Selection& selection) {
  const auto id = static_cast<std::int64_t>(channel.id);
  if (!selection.whatever_status && channel.status != core::enabled &&
      channel.status != core::disabled_automatically) {
    return false;
  }
  if (holds(selection.exclude, id)) return false;
  if (!selection.include.empty() && !holds(selection.include, id)) return false;
  return selection.only.empty() || holds(selection.only, id);
}

}  // namespace monitor
