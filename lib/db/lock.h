#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace db {

class Session;

// Held until destroyed, or until the process ends in whatever way.
class Lock {
 public:
  virtual ~Lock() = default;
};

struct HeldBy {
  std::string who;  // "process 4711 on host web1 since 2026-11-21T08:38:27Z";
                    // "" if unknown
};

// Takes the single-writer lock of the SQLite database `file`: a lock on the
// file "<real path>.channel-monitor.lock", which stays there.  Throws
// base::Error where that file can be neither opened nor made.  A process that
// is killed holds nothing any more.
std::variant<std::unique_ptr<Lock>, HeldBy> lock_sqlite(
    const std::string& file);

// Takes the single-writer lock of the database of `session` on a server.  The
// lock is that connection's own: whoever loses the connection loses the lock,
// and writes nothing over it any more.  It ends with the connection.  Returns
// who holds it, or nothing where it is ours now.  Waits a second at most, since
// a server needs a moment to notice that the last holder is gone.
std::optional<HeldBy> lock_server(Session& session);

// Whether `file` is itself a mount point (one file mounted into a container):
// then SQLite's journal would lie in another folder than the gateway's.
bool is_mount_point(const std::string& file);

// The same, where `mountinfo` is what Linux says in /proc/self/mountinfo and
// `path` is absolute and without links.
bool is_mount_point(std::string_view mountinfo, std::string_view path);

// The path from the root.  Throws base::Error where that cannot be said, since
// the folder that we were started in is gone.
std::string absolute_path(const std::string& file);

// The path without links; `file` itself where that cannot be said.
std::string real_path(const std::string& file);

}  // namespace db
