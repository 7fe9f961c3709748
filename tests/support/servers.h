#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "db/server.h"
#include "db/session.h"
#include "support/gateways.h"

namespace support {

// Servers of MariaDB and PostgreSQL that belong to the tests: the first test
// that needs them starts them, all processes of a user share them, and some
// seconds after the last one has ended they are gone.
struct Servers {
  db::Server mysql;     // each as its administrator, over TCP without TLS
  db::Server postgres;  // in a database that is there already
  std::string mysql_socket;
  std::string postgres_socket;
  std::string ca_file;  // of their certificates, which are for "localhost"
};

// Throws std::runtime_error where they cannot be started.
const Servers& servers();

const db::Server& server_of(db::Engine engine);
std::unique_ptr<db::Session> open_server(db::Engine engine,
                                         const db::Server& server,
                                         db::Access access = db::Access::write);

// An empty database of any engine that goes at the end of the test; on the
// servers of the tests, or on one of these.
class Database {
 public:
  explicit Database(db::Engine engine);
  Database(db::Engine engine, const db::Server& administrator);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  db::Engine engine() const { return engine_; }

  // Where it is; not for SQLite.
  const db::Server& server() const { return server_; }

  // Of SQLite only.
  std::string file() const { return folder_.file("test.db"); }

  // As a configuration names it: "db_type" and "db_dsn", also for another user
  // of the server than its administrator.
  std::string type() const;
  std::string dsn() const;
  std::string dsn(const std::string& user, const std::string& secret) const;

  std::unique_ptr<db::Session> open(
      db::Access access = db::Access::write) const;

  // Carries out a dump that the engine's own tools made.
  void load(const std::string& sql_file) const;

 private:
  db::Engine engine_;
  TemporaryFolder folder_;
  db::Server administrator_;
  db::Server server_;
};

}  // namespace support
