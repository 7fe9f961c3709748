#pragma once

#include <memory>

#include "base/messages.h"
#include "config/dsn.h"
#include "db/session.h"

// A connection to the gateway's database, without its lock.  Throws
// base::Error.
std::unique_ptr<db::Session> open_session(const config::Address& address,
                                          db::Access access);

// A connection that serves a round, and the lock that keeps other monitors out.
struct LockedSession {
  std::unique_ptr<db::Session> session;
  std::shared_ptr<void>
      lock;                // of SQLite; on a server the session itself is it
  base::Sentence without;  // why there is no lock; empty where there is one
};

// Opens both.  Over a connection that was lost meanwhile the lock is taken
// again, before anything is written; with `may_lack` it may be missing then,
// too, and a lock that cannot even be looked at is no error.
LockedSession open_locked(const config::Address& address, db::Access access,
                          bool may_lack);

// Throws the sentence that says why this database cannot be written, as far as
// the place that it is in tells.
void look_at_place(const config::Address& address);
