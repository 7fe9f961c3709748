#include "monitor/policy.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/messages_app.h"
#include "base/messages_monitor.h"
#include "base/text.h"

namespace monitor {

namespace {

template <typename Value>
bool holds(const std::vector<Value>& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
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

// Those of `ids` that no channel has.
std::vector<std::string> unknown(const std::vector<std::int64_t>& ids,
                                 const std::vector<core::Channel>& channels) {
  std::vector<std::string> names;
  for (const std::int64_t id : ids) {
    const bool is_there =
        std::ranges::any_of(channels, [id](const core::Channel& channel) {
          return static_cast<std::int64_t>(channel.id) == id;
        });
    if (!is_there) names.push_back(std::to_string(id));
  }
  return names;
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
  const bool may_be_on = channel.status == core::enabled ||
                         channel.status == core::disabled_automatically ||
                         holds(channel.malformed, std::string("status"));
  if (!selection.whatever_status && !may_be_on) return false;
  if (holds(selection.exclude, id)) return false;
  if (!selection.include.empty() && !holds(selection.include, id)) return false;
  return selection.only.empty() || holds(selection.only, id);
}

std::vector<base::Sentence> strangers(
    const Selection& selection, const std::vector<core::Channel>& channels) {
  std::vector<base::Sentence> warnings;
  const auto look = [&](const char* where, const auto& ids) {
    const auto names = unknown(ids, channels);
    if (names.empty()) return;
    warnings.push_back(
        {base::say::channels_not_there, where, base::joined(names, ", ")});
  };
  const auto meant = unknown(selection.only, channels);
  if (!meant.empty() && meant.size() == selection.only.size()) {
    throw base::Error({base::say::no_such_channel, base::joined(meant, ", ")});
  }
  look("--channel", selection.only);
  look("include_channel", selection.include);
  look("exclude_channel", selection.exclude);
  return warnings;
}

}  // namespace monitor
