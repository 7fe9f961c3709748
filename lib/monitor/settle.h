#pragma once

#include "monitor/round.h"

namespace monitor {

// Looks what became of writes whose confirmation is missing (the program was
// killed, or a commit was never answered), and remembers what they did.  What
// is neither as before nor as meant is told once.  Throws base::Error.
void settle_open_intents(const RoundPolicy& policy, const Tools& tools);

}  // namespace monitor
