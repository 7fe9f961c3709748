#pragma once

#include <string>
#include <vector>

#include "base/redact.h"
#include "core/channel.h"
#include "core/names.h"

namespace monitor {

// Tells `redactor` every secret of the channel: its keys, and what else stands
// in its row that its upstream knows it by.
void add_secrets(base::Redactor& redactor, const core::Channel& channel,
                 const core::Schema& schema);

// Tells `redactor` a key, and each secret that it consists of.
void add_key_secrets(base::Redactor& redactor, const base::Secret& key);

// The channel's name without secrets of the channel.
std::string shown_name(const core::Channel& channel,
                       const core::Schema& schema);

// What is shown for those of `names` that have a secret in them.  All are
// looked through at once: hardly ever there is anything.
core::ShownNames shown_names(const base::Redactor& redactor,
                             const std::vector<std::string>& names);

}  // namespace monitor
