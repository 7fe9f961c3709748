#pragma once

#include <functional>

#include "base/error.h"
#include "monitor/journal.h"
#include "options.h"
#include "wiring.h"

// Runs a command that writes to the gateway outside of a round: reads the
// configuration, takes the lock, opens gateway and state, and calls `command`,
// whose exit code it returns.  A stop signal sets the stop flag of its tools.
int run_journalled(
    const Options& options,
    const std::function<int(const Loaded& loaded,
                            const monitor::JournalTools& tools)>& command);

// The exit code for an error in the middle of it, which it complains of;
// nothing happened where `error` is empty, which gives `otherwise`.
int exit_code_of(const base::Sentence& error, base::Error::Cause cause,
                 base::Language language, int otherwise);
