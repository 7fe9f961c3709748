#include "support/program.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace support {

namespace {

using std::chrono::milliseconds;

std::string content_of(int file) {
  std::string text;
  std::array<char, 65536> part{};
  while (true) {
    const auto count = ::pread(file, part.data(), part.size(),
                               static_cast<off_t>(text.size()));
    if (count <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
  }
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Program::Program(const Command& command)
    : started_(std::chrono::steady_clock::now()) {
  out_ = ::memfd_create("out", MFD_CLOEXEC);
  err_ = ::memfd_create("err", MFD_CLOEXEC);
  start(command);
}

Program::~Program() {
  if (!is_over_) {
    ::kill(-id_, SIGKILL);
    ::waitpid(id_, &status_, 0);
  }
  for (const int file : {out_, err_, terminal_}) {
    if (file >= 0) ::close(file);
  }
}

void Program::start(const Command& command) {
  std::string terminal;
  int slave = -1;
  if (command.on_terminal) {
    const winsize size{.ws_row = 40, .ws_col = command.columns};
    std::array<char, 64> name{};
    if (::openpty(&terminal_, &slave, name.data(), nullptr, &size) != 0) {
      throw std::runtime_error("no terminal");
    }
    ::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
    terminal = name.data();
  }
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addchdir_np(&files, command.folder.c_str());
  const bool shown = command.on_terminal;
  const char* input = shown ? terminal.c_str() : "/dev/null";
  ::posix_spawn_file_actions_addopen(&files, 0, input, O_RDWR, 0);
  ::posix_spawn_file_actions_adddup2(&files, shown ? 0 : out_, 1);
  ::posix_spawn_file_actions_adddup2(&files, shown ? 0 : err_, 2);
  ::posix_spawn_file_actions_addclosefrom_np(&files, 3);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  // What runs in the background of a shell ignores SIGINT, and its children do.
  sigset_t heard;
  ::sigemptyset(&heard);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
    ::sigaddset(&heard, signal);
  }
  ::posix_spawnattr_setsigdefault(&attributes, &heard);
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);

  std::vector<std::string> arguments = command.arguments;
  arguments.insert(arguments.begin(), command.file);
  std::vector<std::string> environment = command.environment;
  const char* path = std::getenv("PATH");
  environment.push_back(std::string("PATH=") + (path == nullptr ? "" : path));
  const int error = ::posix_spawnp(&id_, command.file.c_str(), &files,
                                   &attributes, pointers_to(arguments).data(),
                                   pointers_to(environment).data());
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (slave >= 0) ::close(slave);
  if (error != 0) {
    is_over_ = true;
    throw std::runtime_error("cannot start " + command.file);
  }
}

void Program::send(int signal) const {
  ::kill(id_, signal);
}

void Program::type(const std::string& text) const {
  if (::write(terminal_, text.data(), text.size()) !=
      static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot type");
  }
}

void Program::read_terminal() {
  if (terminal_ < 0) return;
  std::array<char, 4096> part{};
  pollfd descriptor{.fd = terminal_, .events = POLLIN};
  while (::poll(&descriptor, 1, 0) > 0) {
    const auto count = ::read(terminal_, part.data(), part.size());
    if (count <= 0) return;
    shown_.append(part.data(), static_cast<std::size_t>(count));
  }
}

std::string Program::out() {
  read_terminal();
  return terminal_ >= 0 ? shown_ : content_of(out_);
}

std::string Program::err() const {
  return content_of(err_);
}

bool Program::is_running() {
  if (!is_over_) is_over_ = ::waitpid(id_, &status_, WNOHANG) == id_;
  return !is_over_;
}

Ended Program::wait(milliseconds limit) {
  Ended ended;
  while (is_running()) {
    read_terminal();
    if (std::chrono::steady_clock::now() - started_ > limit) {
      ended.timed_out = true;
      ::kill(-id_, SIGKILL);
      ::waitpid(id_, &status_, 0);
      is_over_ = true;
      break;
    }
    std::this_thread::sleep_for(milliseconds(2));
  }
  ended.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started_)
          .count();
  if (WIFEXITED(status_)) ended.code = WEXITSTATUS(status_);
  if (WIFSIGNALED(status_)) ended.signal = WTERMSIG(status_);
  ended.out = out();
  ended.err = err();
  return ended;
}

Ended run(const Command& command, milliseconds limit) {
  return Program(command).wait(limit);
}

}  // namespace support
