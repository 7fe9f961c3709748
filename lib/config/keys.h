#pragma once

#include "config/config.h"
#include "config/readers.h"

namespace config {

// Reads the whole of a configuration, but for what one key asks of another.
// A new key is one row in keys.cpp and one member of its struct.
Reader<Config> whole_config();

// Its block `notification`.
Reader<Notification> notification();

}  // namespace config
