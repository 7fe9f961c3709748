#include "torture/own_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "support/servers.h"

namespace torture {

namespace {

namespace fs = std::filesystem;

int free_port() {
  const int opened = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  const bool bound =
      ::bind(opened, any, size) == 0 && ::getsockname(opened, any, &size) == 0;
  ::close(opened);
  if (!bound) throw std::runtime_error("no free port");
  return ::ntohs(address.sin_port);
}

// 0 where it is gone.
pid_t parent_of(const std::string& process) {
  std::ifstream stream("/proc/" + process + "/status");
  for (std::string word; stream >> word;) {
    pid_t parent = 0;
    if (word == "PPid:" && stream >> parent) return parent;
  }
  return 0;
}

}  // namespace

OwnServer::OwnServer(db::Engine engine) : engine_(engine) {
  // PostgreSQL runs as another user.
  fs::permissions(folder_.path(),
                  fs::perms::others_read | fs::perms::others_exec,
                  fs::perm_options::add);
  const bool is_mysql = engine == db::Engine::mysql;
  address_.name = is_mysql ? "mysql://own" : "postgres://own";
  address_.host = "127.0.0.1";
  address_.port = free_port();
  address_.user = is_mysql ? "admin" : "postgres";
  address_.password = base::Secret("test-password");
  address_.database = is_mysql ? "mysql" : "postgres";
  const auto made = support::run(command("make"), std::chrono::seconds(60));
  if (made.code != 0) throw std::runtime_error(made.out + made.err);
  start();
}

support::Command OwnServer::command(const std::string& action) const {
  return {
      .file = TORTURE_SERVER,
      .arguments = {action, engine_ == db::Engine::mysql ? "mysql" : "postgres",
                    folder_.path(), std::to_string(address_.port)},
      .folder = folder_.path()};
}

// The first one, then those that it has started.
std::vector<pid_t> OwnServer::processes() const {
  std::vector<pid_t> all = {program_->id()};
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    if (parent_of(name) == program_->id()) all.push_back(std::stoi(name));
  }
  return all;
}

void OwnServer::send(int signal) const {
  for (const pid_t process : processes())
    ::kill(process, signal);
}

void OwnServer::kill() {
  // None of them may see another one go.
  freeze();
  send(SIGKILL);
  program_->wait();
}

void OwnServer::kill_one() {
  const auto all = processes();
  ::kill(all.back(), SIGKILL);
  if (all.size() == 1) program_->wait();
}

void OwnServer::start() {
  constexpr int tries = 600;
  for (int i = 0; i < tries; ++i) {
    // What was killed a moment ago may still hold what they shared.
    if (!program_ || !program_->is_running()) {
      program_ = std::make_unique<support::Program>(command("run"));
    }
    if (answers()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  throw std::runtime_error("the server does not start: " + program_->err());
}

bool OwnServer::answers() const {
  try {
    support::open_server(engine_, address_);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace torture
