#include "terminal.h"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>

#include "output.h"

namespace {

constexpr std::array<int, 3> endings = {SIGINT, SIGTERM, SIGHUP};
volatile std::sig_atomic_t was_asked_to_end = 0;

// While it lives, a signal ends a read instead of us.
class Interruptible {
 public:
  Interruptible() {
    struct sigaction action = {};
    action.sa_handler = [](int) { was_asked_to_end = 1; };
    for (std::size_t i = 0; i < endings.size(); ++i)
      ::sigaction(endings.at(i), &action, &before_.at(i));
  }
  ~Interruptible() {
    for (std::size_t i = 0; i < endings.size(); ++i)
      ::sigaction(endings.at(i), &before_.at(i), nullptr);
  }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  std::array<struct sigaction, endings.size()> before_{};
};

// While it lives, what is typed is not shown.
class Hidden {
 public:
  Hidden() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_set_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~Hidden() {
    if (!is_set_) return;
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
    print("\n");
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;

 private:
  termios before_{};
  bool is_set_ = false;
};

std::optional<std::string> read_line() {
  constexpr std::size_t longest = 65536;
  std::string line;
  while (was_asked_to_end == 0 && line.size() < longest) {
    char c = 0;
    const auto got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    if (c == '\n') return line;
    line += c;
  }
  return std::nullopt;
}

}  // namespace

bool can_ask() {
  return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
}

std::optional<std::string> answer_to(const std::string& question, bool hidden) {
  const Interruptible interruptible;
  if (!hidden) {
    print(question);
    return read_line();
  }
  // What is typed ahead would be shown: the question comes after.
  const Hidden silence;
  print(question);
  return read_line();
}
