#pragma once

#include <string>

#include "base/messages.h"
#include "base/secret.h"

namespace config {

// What a first configuration says; each as the file has it.
struct Start {
  std::string db_type = "mysql";
  base::Secret dsn;  // may be "${NAME}" or "file:/path"
  std::string period = "1h";
  std::string language = "auto";
  std::string state = "channel-monitor.db";
};

// A whole configuration as JSON with comments: the keys of `start`, and the
// others that are commonly set, with their defaults and, from the table of
// keys, what they mean.  The DSN is in it as it is.
std::string starting_file(const Start& start, base::Language language);

}  // namespace config
