#include "torture/moment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "base/error.h"
#include "support/gateways.h"

namespace torture {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

// How often a SQLite file was written, as far as can be seen from outside:
// its change counter, and the files beside it.
std::string signs_of_writing(const std::string& file) {
  constexpr int change_counter = 24;
  std::string signs(4, '\0');
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened >= 0) {
    if (::pread(opened, signs.data(), signs.size(), change_counter) < 0) {
      signs.clear();
    }
    ::close(opened);
  }
  for (const char* end : {"-journal", "-wal"}) {
    struct stat found = {};
    const bool there = ::stat((file + end).c_str(), &found) == 0;
    signs += fmt::format(" {}", there ? found.st_size : -1);
  }
  return signs;
}

bool has_open_intents(const std::string& state) {
  try {
    return support::look_up(
               state, "SELECT COUNT(*) FROM intents WHERE settled = 0") != "0";
  } catch (const base::Error&) {
    return false;
  }
}

}  // namespace

Moment any_moment(const Scene& scene, Dice& dice, microseconds round) {
  const bool is_file = scene.world.engine() == db::Engine::sqlite;
  const auto any = [&](microseconds most) {
    return microseconds(dice.below(static_cast<int>(most.count())));
  };
  switch (dice.below(4)) {
    case 0: return {.after = any(round * 5 / 4)};
    case 1:
      return {.file = scene.world.state(),
              .changes = 1 + dice.below(4),
              .after = any(microseconds(4000))};
    default: break;
  }
  if (is_file) {
    return {.file = scene.world.gateway(),
            .changes = 1 + dice.below(16),
            .after = any(microseconds(1500))};
  }
  // What is written to a server is not seen, but the intents before it are.
  return {.has_intents = true, .after = any(microseconds(12'000))};
}

void wait_for(const Scene& scene, const Moment& moment,
              support::Program& program) {
  const auto end = Clock::now() + std::chrono::seconds(10);
  std::string signs = signs_of_writing(moment.file);
  int changes = 0;
  while (!moment.file.empty() && changes < moment.changes &&
         Clock::now() < end && program.is_running()) {
    std::this_thread::sleep_for(microseconds(50));
    std::string now = signs_of_writing(moment.file);
    if (now == signs) continue;
    ++changes;
    signs = std::move(now);
  }
  while (moment.has_intents && program.is_running() && Clock::now() < end &&
         !has_open_intents(scene.world.state())) {
    std::this_thread::sleep_for(microseconds(200));
  }
  std::this_thread::sleep_for(moment.after);
}

}  // namespace torture
