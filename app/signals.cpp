#include "signals.h"

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "base/error.h"
#include "base/messages_app.h"

namespace {

// Signal handlers reach nothing else.
base::StopFlag* stop_flag = nullptr;
int pipe_ends[2] = {-1, -1};
volatile std::sig_atomic_t hangup_is_stop = 0;
volatile std::sig_atomic_t last_exit_code = 0;

constexpr itimerval last_resort = {{0, 0}, {1, 800'000}};

int make_pipe() {
  if (::pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    throw base::Error({base::say::unexpected, "pipe"});
  }
  return pipe_ends[0];
}

bool has_terminal() {
  const int terminal = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (terminal >= 0) ::close(terminal);
  return terminal >= 0;
}

void install(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

extern "C" void end_now(int /*signal*/) {
  ::_exit(last_exit_code);
}

extern "C" void note_signal(int signal) {
  if ((signal != SIGHUP || hangup_is_stop != 0) && stop_flag != nullptr) {
    if (!stop_flag->is_set()) {
      last_exit_code = signal == SIGTERM ? last_exit_code : 130;
      ::setitimer(ITIMER_REAL, &last_resort, nullptr);
    }
    stop_flag->set();
  }
  const char byte = static_cast<char>(signal);
  [[maybe_unused]] const auto written = ::write(pipe_ends[1], &byte, 1);
}

bool had_terminal = false;

}  // namespace

bool terminal_went_away() {
  return had_terminal && !has_terminal();
}

Signals::Signals(net::Loop& loop, base::StopFlag& stop, bool hangup_stops,
                 int exit_code, Handler handler)
    : pipe_(loop, make_pipe()), handler_(std::move(handler)) {
  stop_flag = &stop;
  had_terminal = has_terminal();
  hangup_is_stop = hangup_stops ? 1 : 0;
  last_exit_code = exit_code;
  install(SIGINT, note_signal);
  install(SIGTERM, note_signal);
  install(SIGHUP, note_signal);
  install(SIGALRM, end_now);
  install(SIGPIPE, SIG_IGN);
  watch();
}

Signals::~Signals() {
  install(SIGINT, SIG_DFL);
  install(SIGTERM, SIG_DFL);
  install(SIGHUP, SIG_DFL);
  stop_flag = nullptr;
  for (int& end : pipe_ends)
    ::close(std::exchange(end, -1));
}

void Signals::watch() {
  pipe_.once([this] {
    char signal = 0;
    while (::read(pipe_ends[0], &signal, 1) == 1)
      handler_(signal);
    watch();
  });
}
