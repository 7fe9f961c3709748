// Many rounds in one process, and a daemon that waits.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "db/lock.h"
#include "db/session.h"
#include "monitor/service.h"
#include "state/state.h"
#include "store/channel_store.h"
#include "torture/scene.h"

namespace torture {

namespace {

namespace fs = std::filesystem;

std::size_t entries_of(const char* folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

double kilobytes(const std::string& file) {
  struct stat found = {};
  if (::stat(file.c_str(), &found) != 0) return 0;
  return static_cast<double>(found.st_size) / 1024;
}

struct Usage {
  double resident = 0;  // MiB
  std::size_t descriptors = 0;
  std::size_t threads = 0;
  double state = 0;  // KiB
  double log = 0;    // KiB, what waits beside it
};

// The simulated upstream is in this process, too, and ends its side of a
// connection a moment later.
std::size_t open_descriptors() {
  std::size_t count = entries_of("/proc/self/fd");
  for (int same = 0; same < 5;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const std::size_t now = entries_of("/proc/self/fd");
    same = now == count ? same + 1 : 0;
    count = now;
  }
  return count;
}

Usage usage(const std::string& state_file) {
  std::ifstream stream("/proc/self/statm");
  long pages = 0;
  stream >> pages >> pages;
  Usage now;
  now.resident = static_cast<double>(pages) *
                 static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
  now.descriptors = open_descriptors();
  now.threads = entries_of("/proc/self/task");
  now.state = kilobytes(state_file);
  now.log = kilobytes(state_file + "-wal");
  return now;
}

std::variant<monitor::OpenGateway, monitor::LockedBy> open(
    const e2e::World& world, const base::StopFlag& stop) {
  monitor::OpenGateway gateway;
  auto session = world.open();
  if (world.engine() == db::Engine::sqlite) {
    auto lock = db::lock_sqlite(world.gateway());
    if (!std::holds_alternative<std::unique_ptr<db::Lock>>(lock)) {
      return monitor::LockedBy{};
    }
    gateway.lock = std::move(std::get<std::unique_ptr<db::Lock>>(lock));
  } else if (db::lock_server(*session)) {
    return monitor::LockedBy{};
  }
  auto schema = std::get<core::Schema>(store::detect(*session));
  gateway.store =
      store::make_channel_store(std::move(session), std::move(schema), stop);
  gateway.identity = "a gateway";
  gateway.engine = "torture";
  return gateway;
}

// A few channels, so that a round takes some milliseconds.
class Endurance {
 public:
  Endurance(db::Engine engine, Dice& dice)
      : dice_(dice),
        world_(engine),
        log_(base::Log::Level::error, base::Log::Format::text,
             base::Language::en, [](std::string_view) {}),
        state_(state::open_state(world_.state(), stop_)) {
    world_.make_gateway();
    for (int i = 1; i <= channels; ++i) {
      world_.add({.id = i,
                  .site = fmt::format("site-{}", i),
                  .models = "a,b,c,d,e,f",
                  .group = i == 2 ? "default,vip" : "default"});
    }
  }

  std::string go(int rounds) {
    monitor::ServicePolicy policy;
    policy.round.lane = {.concurrent = 8, .rps = 0};
    policy.round.guard.max_removed_percent = 100;
    policy.round.examination.retry.delay = base::Milliseconds(1);
    policy.http.pace.lane = policy.round.lane;
    policy.period = base::Milliseconds(1);
    policy.at_once = true;
    monitor::Service service(
        policy, {loop_, *state_, log_, stop_},
        [&, this] {
          // Between two rounds: the client of the last one is gone.
          if (round_ == 10) {
            first_ = usage(world_.state());
            first_probes_ = probes_;
          }
          if (round_ == rounds - 1) last_ = usage(world_.state());
          return open(world_, stop_);
        },
        [&](const core::Report& report) {
          note(report);
          if (++round_ == rounds) service_->stop();
        });
    service_ = &service;
    service.start();
    loop_.run();
    require(round_ == rounds, "it ended early");
    return judged();
  }

 private:
  static constexpr int channels = 4;

  void note(const core::Report& report) {
    if (failure_.empty() && report.result != core::RoundResult::complete) {
      failure_ = fmt::format("round {}: {}", round_,
                             base::in(base::Language::en, report.error));
    }
    probes_ += report.probes;
    if (round_ % 50 != 0) return;
    world_.upstream.clear_log();
    for (int i = 1; i <= channels; ++i) {
      demo::Site site{.models = {"a", "b", "c", "d", "e", "f"}};
      if (dice_.chance(50)) {
        site.missing.push_back(dice_.any(site.models));
        std::erase(site.models, site.missing[0]);
      }
      world_.upstream.set(fmt::format("site-{}", i), site);
    }
  }

  // Throws Broken where something grew that should not.
  std::string judged() {
    require(failure_.empty(), failure_);
    tables_of(*world_.open());
    const Usage& first = first_;
    const Usage& last = last_;
    const double grown = (last.state - first.state) * 1024;
    const auto probes = static_cast<double>(probes_ - first_probes_);
    std::string told = fmt::format(
        "{:.0f} to {:.0f} MiB, {} to {} descriptors, {} to {} threads, state "
        "{:.0f} to {:.0f} KiB ({:.0f} bytes a probe) and {:.0f} of log",
        first.resident, last.resident, first.descriptors, last.descriptors,
        first.threads, last.threads, first.state, last.state, grown / probes,
        last.log);
    constexpr double slack = 12;  // MiB: of the allocator
    require(last.resident < first.resident + slack, "memory grew: " + told);
    require(last.descriptors <= first.descriptors, "descriptors: " + told);
    require(last.threads <= first.threads, "threads: " + told);
    // The history of a round takes what its probes take, and something for
    // the round itself; the log beside the file is used again and again.
    constexpr double most_of_a_probe = 60;   // bytes
    constexpr double most_of_a_round = 600;  // bytes
    constexpr double most_of_log = 8 << 10;  // KiB
    require(grown < most_of_a_probe * probes + most_of_a_round * round_,
            "the state grew: " + told);
    require(last.log < most_of_log, "the log grew: " + told);
    return told;
  }

  Dice& dice_;
  e2e::World world_;
  base::StopFlag stop_;
  base::Log log_;
  net::Loop loop_;
  std::unique_ptr<state::State> state_;
  monitor::Service* service_ = nullptr;
  Usage first_;  // after ten rounds
  Usage last_;
  std::string failure_;
  std::int64_t probes_ = 0;
  std::int64_t first_probes_ = 0;  // until `first_`
  int round_ = 0;
};

long wakes_of(pid_t process) {
  std::ifstream stream(fmt::format("/proc/{}/status", process));
  for (std::string word; stream >> word;) {
    long count = 0;
    if (word == "voluntary_ctxt_switches:" && stream >> count) return count;
  }
  throw Broken("there is no such process");
}

// Between its rounds a daemon wakes for nothing.
std::string waiting_daemon(db::Engine engine, Dice& dice) {
  constexpr std::chrono::seconds watched{5};
  constexpr long most = 1;
  Scene scene(engine, dice);
  support::Program program(scene.world.command({"--now"}));
  require(
      e2e::wait_for([&] { return e2e::holds(program.err(), "next round"); }),
      "no round came: " + program.err());
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const long before = wakes_of(program.id());
  std::this_thread::sleep_for(watched);
  const long woken = wakes_of(program.id()) - before;
  require(woken <= most, fmt::format("a waiting daemon woke {} times", woken));
  program.send(15);
  program.wait();
  return fmt::format("; a waiting daemon woke {} times in 5 s", woken);
}

}  // namespace

Tally endure(db::Engine engine, int rounds, Dice dice) {
  Tally tally{.what = "rounds in one process", .times = rounds};
  tally.detail = Endurance(engine, dice).go(std::max(rounds, 20)) +
                 waiting_daemon(engine, dice);
  return tally;
}

}  // namespace torture
