#pragma once

#include <memory>
#include <string>

#include "base/stop.h"

namespace db {
class Session;
}

namespace state {

// Opens the file, making it or bringing it up to date as needed.  Throws
// base::Error where it belongs to another program or to a newer version.
std::unique_ptr<db::Session> open_file(const std::string& file,
                                       const base::StopFlag& stop);

bool is_there(const std::string& file);

// Opens it to read, without making or changing anything; nothing where it is
// empty.  Of one of an older version it is a copy without single probes.
// Throws as open_file().
std::unique_ptr<db::Session> look_at_file(const std::string& file,
                                          const base::StopFlag& stop);

}  // namespace state
