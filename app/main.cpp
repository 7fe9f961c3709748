#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <exception>
#include <variant>

#include "base/error.h"
#include "base/messages_app.h"
#include "commands.h"
#include "options.h"
#include "output.h"
#include "wiring.h"

namespace {

// Whoever closed one of them wants to hear nothing there; else the next socket
// or file would get its number, and what is said with it.
void fill_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) < 0) ::open("/dev/null", O_RDWR);
  }
}

// Each call to an upstream is a descriptor; many systems start with 1,024.
void allow_many_descriptors() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// libcurl takes the name of a host for text of the locale before it makes ASCII
// of it (IDNA), and ours is UTF-8 whatever the locale is.  Of all that a locale
// is made of only this is set, and glibc and musl have it built in.
void read_names_as_utf8() {
  std::setlocale(LC_CTYPE, "C.UTF-8");
}

int run_command(const Options& options) {
  switch (options.command) {
    case Options::Command::run: return run_rounds(options);
    case Options::Command::check: return run_check(options);
    case Options::Command::list: return run_list(options);
    case Options::Command::test: return run_test(options);
    case Options::Command::demo: return run_demo(options);
    case Options::Command::history: return run_history(options);
    case Options::Command::undo: return run_undo(options);
    case Options::Command::repair: return run_repair(options);
    case Options::Command::notify_test: return run_notify_test(options);
    case Options::Command::init: return run_init(options);
  }
  return wrong_usage;
}

}  // namespace

int main(int argc, char** argv) try {
  std::signal(SIGPIPE, SIG_IGN);
  fill_standard_descriptors();
  read_names_as_utf8();
  allow_many_descriptors();
  const auto options = options_of(argc, argv);
  const int* const code = std::get_if<int>(&options);
  return code_after_printing(
      code != nullptr ? *code : run_command(std::get<Options>(options)));
} catch (const base::Error& error) {
  complain(spoken_language(), error.sentence());
  return exit_code_of(error);
} catch (const std::exception& error) {
  complain(spoken_language(), {base::say::unexpected, error.what()});
  return no_database;
}
