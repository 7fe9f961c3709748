#pragma once

#include <sys/types.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "db/server.h"
#include "db/session.h"
#include "support/gateways.h"
#include "support/program.h"

namespace torture {

// A server of MariaDB or PostgreSQL that nobody else uses.  It keeps what it
// has committed when it is killed.
class OwnServer {
 public:
  // Makes it and starts it.  Throws std::runtime_error where it cannot.
  explicit OwnServer(db::Engine engine);

  // As its administrator.
  const db::Server& address() const { return address_; }

  // All its processes at once, as if the machine had gone.
  void kill();
  // Only the first one, or one of the others, as if memory had run out:
  // PostgreSQL then ends all connections, and recovers by itself.
  void kill_one();

  // Starts it where it does not run, and waits until it answers.
  void start();

  // It keeps its connections and says nothing.
  void freeze() { send(SIGSTOP); }
  void thaw() { send(SIGCONT); }

 private:
  support::Command command(const std::string& action) const;
  std::vector<pid_t> processes() const;
  void send(int signal) const;
  bool answers() const;

  db::Engine engine_;
  support::TemporaryFolder folder_;
  db::Server address_;
  std::unique_ptr<support::Program> program_;
};

}  // namespace torture
