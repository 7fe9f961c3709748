#pragma once

#include <string>

#include "base/messages.h"

namespace config {

// The page of all keys, as Markdown: docs/configuration.md and
// docs/configuration.zh-CN.md are this.
std::string key_page(base::Language language);

}  // namespace config
