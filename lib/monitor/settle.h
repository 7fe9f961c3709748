#pragma once

#include <vector>

#include "core/abilities.h"
#include "monitor/journal.h"

namespace monitor {

// What became of a write whose channel, if it is there, and whose abilities are
// now these.
state::Settled what_became_of(const state::Intent& intent,
                              const std::vector<core::Channel>& found,
                              const std::vector<core::Ability>& abilities);

// Looks what became of writes whose confirmation is missing (the program was
// killed, or a commit was never answered), and remembers what they did.  What
// is neither as before nor as meant is told once.  Returns whether any of them
// was written.  Throws base::Error.
bool settle_open_intents(const JournalTools& tools);

}  // namespace monitor
