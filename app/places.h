#pragma once

#include <string>

#include "base/messages.h"
#include "wiring.h"

// The folder that we were started in.  Throws base::Error where it is gone.
std::string working_folder();

// Where we write must be nothing that is the gateway's, or ours for something
// else: names are the same where they lead to the same file, by links, too.

// Why `loaded` may not be used: its state or its metrics would be written over
// the gateway's database, a file beside that, the configuration or each other.
// Empty where all is well.
base::Sentence clash_in(const Loaded& loaded);

// The same of a configuration that would be written to `output`.
base::Sentence clash_of(const std::string& output, const config::Config& config,
                        const std::string& state_file);
