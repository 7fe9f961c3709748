#include "past.h"

#include "base/error.h"

namespace {

constexpr std::chrono::days longest{30};

}  // namespace

void Past::start(const std::string& identity) {
  identity_ = identity;
  tools_.loop.post([this] { read_on(); });
}

void Past::read_on() {
  if (read_some()) tools_.loop.post([this] { read_on(); });
}

const metrics::Windows& Past::up_to_now() {
  while (read_some()) {
  }
  windows_.forget_old(net::Loop::wall_now());
  return windows_;
}

bool Past::read_some() {
  if (tools_.stop.is_set()) return false;
  try {
    const base::WallTime now = net::Loop::wall_now();
    const auto gateway = tools_.state.gateway(identity_);
    // In a file that was made anew rounds are counted anew.
    const auto newest = tools_.state.last_round(gateway);
    if (newest && newest->id < last_) {
      last_ = state::RoundId{static_cast<std::int64_t>(newest->id) - 1};
    }
    const auto past = tools_.state.past_probes(gateway, last_, now - longest);
    last_ = past.last;
    for (const state::PastProbe& probe : past.all) {
      // The clock has been set back since; it would hide what came later.
      if (probe.at > now) continue;
      windows_.add(probe.at, static_cast<std::int64_t>(probe.channel),
                   probe.name, probe.outcome);
    }
    return !past.is_end;
  } catch (const base::Error& error) {
    tools_.log.warning(error.sentence());
    return false;
  }
}
