#include "support/servers.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

namespace support {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr const char* password = "test-password";

int open_file(const std::string& file) {
  const int number = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (number < 0) throw std::runtime_error("cannot open " + file);
  return number;
}

// Not a child of ours, and without our files: nobody who waits for the tests
// waits for it.
void start_keeper(const std::string& folder) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    if (::fork() != 0) ::_exit(0);
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, STDIN_FILENO);
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
    ::close_range(3, ~0U, 0);
    ::execl("/bin/sh", "sh", SERVERS_SCRIPT, folder.c_str(), nullptr);
    ::_exit(127);
  }
  ::waitpid(child, nullptr, 0);
}

void wait_for(const std::string& folder) {
  constexpr int tries = 1200;
  for (int i = 0; i < tries; ++i) {
    if (fs::exists(folder + "/ready")) return;
    if (fs::exists(folder + "/failed")) {
      throw std::runtime_error(text_of_file(folder + "/failed"));
    }
    std::this_thread::sleep_for(milliseconds(50));
  }
  throw std::runtime_error("the database servers do not start");
}

bool answers(const db::Server& server, db::Engine engine) {
  try {
    open_server(engine, server);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

Servers read(const std::string& folder) {
  std::ifstream stream(folder + "/ready");
  std::string data;
  Servers found;
  stream >> data >> found.mysql.port >> found.postgres.port;
  for (db::Server* server : {&found.mysql, &found.postgres}) {
    server->host = "127.0.0.1";
    server->password = base::Secret(password);
  }
  found.mysql.name = "mysql://test";
  found.mysql.user = "admin";
  found.mysql.database = "mysql";
  found.postgres.name = "postgres://test";
  found.postgres.user = found.postgres.database = "postgres";
  found.mysql_socket = data + "/maria.sock";
  found.postgres_socket = data + "/postgres";
  found.ca_file = data + "/ca.pem";
  return found;
}

Servers have_servers() {
  // Paths of sockets must be short, and another user must come through.
  const std::string folder =
      fmt::format("/tmp/channel-monitor-servers-{}", ::getuid());
  ::mkdir(folder.c_str(), 0755);
  struct stat found = {};
  if (::lstat(folder.c_str(), &found) != 0 || found.st_uid != ::getuid()) {
    throw std::runtime_error(folder + " is not ours");
  }
  // One at a time looks whether they are there.  The other lock is kept until
  // this process ends: while somebody has it, they stay.
  const int start = open_file(folder + "/start");
  ::flock(start, LOCK_EX);
  ::flock(open_file(folder + "/users"), LOCK_SH);
  // The keeper may have been killed.
  if (!fs::exists(folder + "/ready") ||
      !answers(read(folder).mysql, db::Engine::mysql) ||
      !answers(read(folder).postgres, db::Engine::postgres)) {
    fs::remove(folder + "/ready");
    fs::remove(folder + "/failed");
    start_keeper(folder);
    wait_for(folder);
  }
  ::close(start);
  return read(folder);
}

std::string new_name() {
  static std::atomic<int> count = 0;
  return fmt::format("test_{}_{}", ::getpid(), ++count);
}

}  // namespace

const Servers& servers() {
  static const Servers all = have_servers();
  return all;
}

const db::Server& server_of(db::Engine engine) {
  return engine == db::Engine::mysql ? servers().mysql : servers().postgres;
}

std::unique_ptr<db::Session> open_server(db::Engine engine,
                                         const db::Server& server,
                                         db::Access access) {
  return engine == db::Engine::mysql ? db::open_mysql(server, access)
                                     : db::open_postgres(server, access);
}

Database::Database(db::Engine engine)
    : Database(engine, engine == db::Engine::sqlite ? db::Server()
                                                    : server_of(engine)) {}

Database::Database(db::Engine engine, const db::Server& administrator)
    : engine_(engine), administrator_(administrator), server_(administrator) {
  if (engine == db::Engine::sqlite) {
    db::open_sqlite(file(), db::Access::create);
    return;
  }
  const std::string name = new_name();
  open_server(engine, administrator_)
      ->execute(fmt::format(R"(CREATE DATABASE "{}")", name));
  server_.database = name;
}

Database::~Database() {
  if (engine_ == db::Engine::sqlite) return;
  try {
    open_server(engine_, administrator_)
        ->execute(fmt::format(
            R"(DROP DATABASE "{}"{})", server_.database,
            engine_ == db::Engine::postgres ? " WITH (FORCE)" : ""));
  } catch (const std::exception&) {
    // It goes with its server.
    server_.database.clear();
  }
}

std::string Database::type() const {
  switch (engine_) {
    case db::Engine::mysql: return "mysql";
    case db::Engine::postgres: return "postgres";
    case db::Engine::sqlite: break;
  }
  return "sqlite";
}

std::string Database::dsn() const {
  return engine_ == db::Engine::sqlite ? file() : dsn(server_.user, password);
}

std::string Database::dsn(const std::string& user,
                          const std::string& secret) const {
  return fmt::format(fmt::runtime(engine_ == db::Engine::mysql
                                      ? "{0}:{1}@tcp(127.0.0.1:{2})/{3}"
                                      : "postgres://{0}:{1}@127.0.0.1:{2}/{3}"
                                        "?sslmode=disable"),
                     user, secret, server_.port, server_.database);
}

std::unique_ptr<db::Session> Database::open(db::Access access) const {
  if (engine_ == db::Engine::sqlite) {
    return db::open_sqlite(file(), access);
  }
  return open_server(engine_, server_, access);
}

void Database::load(const std::string& sql_file) const {
  if (engine_ == db::Engine::sqlite) {
    open()->execute(text_of_file(sql_file));
    return;
  }
  // Dumps are meant for these programs.
  const std::string command =
      engine_ == db::Engine::mysql
          ? fmt::format(
                "MYSQL_PWD={} mariadb --no-defaults -h 127.0.0.1"
                " -P {} -u admin {} <'{}'",
                password, server_.port, server_.database, sql_file)
          : fmt::format(
                "PGPASSWORD={} psql -q -v ON_ERROR_STOP=1"
                " -h 127.0.0.1 -p {} -U postgres {} <'{}' >/dev/null",
                password, server_.port, server_.database, sql_file);
  if (std::system(command.c_str()) != 0) {
    throw std::runtime_error("cannot load " + sql_file);
  }
}

}  // namespace support
