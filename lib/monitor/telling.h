#pragma once

#include <optional>

#include "core/report.h"
#include "monitor/policy.h"
#include "state/state.h"

namespace monitor {

// What there is to tell of a round, with what was told before in mind; nothing
// where nobody is to be told anything.  Throws base::Error where the state
// cannot be read.
std::optional<state::News> news_for(const core::Report& report,
                                    const RoundPolicy& policy,
                                    state::State& state,
                                    state::GatewayId gateway);

}  // namespace monitor
