// A server of our own is killed or falls silent at any moment of a round.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "base/error.h"
#include "db/session.h"
#include "torture/moment.h"
#include "torture/own_server.h"
#include "torture/scene.h"

namespace torture {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// What happens to the server, and to the program.
enum class Fate {
  killed,          // it comes back after the program has ended
  restarted,       // it comes back as soon as it can
  one_killed,      // of its processes
  frozen,          // for a moment
  frozen_stopped,  // and the program is told to stop
  daemon           // killed under one that is to recover
};

class ServerLoop {
 public:
  ServerLoop(db::Engine engine, Dice& dice)
      : dice_(dice), server_(engine), scene_(engine, server_.address()) {
    scene_.world.set("time_period", R"("10s")");
    const auto begin = Clock::now();
    must_have_ended_well(scene_.world.round().ended);
    round_ = std::chrono::duration_cast<microseconds>(Clock::now() - begin);
  }

  void once(Fate fate) {
    scene_.change_truth(dice_);
    const Tables before = scene_.tables();
    const Notes notes_before = scene_.notes();
    fate == Fate::daemon ? run_daemon(before) : run_once(fate);
    scene_.wait_until_alone();
    std::optional<Tables> left = scene_.tables();
    const auto intents = intents_since(notes_before, scene_.notes());
    must_be_explained(before, *left, intents);
    must_have_ended_well(scene_.world.round().ended);
    scene_.must_be_true(before, scene_.tables());
    // What one of its rounds did not write, another one has.
    if (fate == Fate::daemon) left.reset();
    must_be_settled(scene_.notes(), left, intents);
  }

  int failed = 0;      // rounds, with exit code 3
  int in_writing = 0;  // intents were open afterwards
  double slowest_stop = 0;

 private:
  void run_once(Fate fate) {
    support::Program program(
        scene_.world.command({"--once", "--format", "json"}));
    wait_for(scene_, any_moment(scene_, dice_, round_), program);
    const bool stops = fate == Fate::frozen_stopped && program.is_running();
    const auto begin = Clock::now();
    begin_of(fate);
    if (stops) {
      // It may wait for an answer already, or not yet.
      std::this_thread::sleep_for(milliseconds(dice_.below(100)));
      program.send(SIGTERM);
    }
    const support::Ended ended = program.wait();
    if (stops) note_stop(begin);
    if (fate == Fate::frozen_stopped) server_.thaw();
    must_have_ended(fate, ended);
    server_.start();
    if (ended.code == 3) ++failed;
    if (scene_.notes().open_intents() > 0) ++in_writing;
  }

  void begin_of(Fate fate) {
    switch (fate) {
      case Fate::one_killed: server_.kill_one(); return;
      case Fate::frozen_stopped: server_.freeze(); return;
      case Fate::frozen:
        server_.freeze();
        std::this_thread::sleep_for(milliseconds(dice_.below(1500)));
        server_.thaw();
        return;
      case Fate::restarted:
        server_.kill();
        server_.start();
        return;
      case Fate::killed:
      case Fate::daemon: server_.kill();
    }
  }

  void note_stop(Clock::time_point begin) {
    constexpr double longest = 2.1;  // s, with those before the signal
    const double taken =
        std::chrono::duration<double>(Clock::now() - begin).count();
    require(taken < longest, fmt::format("{:.2f} s to stop", taken));
    slowest_stop = std::max(slowest_stop, taken);
  }

  static void must_have_ended(Fate fate, const support::Ended& ended) {
    const auto is = [&](std::initializer_list<int> codes) {
      return std::find(codes.begin(), codes.end(), ended.code) != codes.end();
    };
    bool well = is({0, 1, 3});
    if (fate == Fate::frozen) well = is({0, 1});
    if (fate == Fate::frozen_stopped) {
      // Before it has handlers a signal simply ends it.
      well = is({0, 1, 130}) || ended.signal == SIGTERM;
    }
    require(well, fmt::format("it ended with {} (signal {}): {}", ended.code,
                              ended.signal, ended.out + ended.err));
  }

  // Whatever happens to its first round, one of the next ones is right.
  void run_daemon(const Tables& before) {
    support::Program program(scene_.world.command({"--now"}));
    wait_for(scene_, any_moment(scene_, dice_, round_), program);
    server_.kill();
    std::this_thread::sleep_for(milliseconds(dice_.below(500)));
    server_.start();
    const std::int64_t last = last_complete();
    const auto end = Clock::now() + std::chrono::seconds(40);
    while (last_complete() == last && Clock::now() < end) {
      require(program.is_running(), "the daemon ended: " + program.err());
      std::this_thread::sleep_for(milliseconds(20));
    }
    require(last_complete() > last, "no more rounds: " + program.err());
    const Tables after = scene_.tables();
    const auto begin = Clock::now();
    program.send(SIGTERM);
    const support::Ended ended = program.wait(std::chrono::seconds(60));
    note_stop(begin);
    require(ended.code == 0,
            fmt::format("the daemon ended with {}: {}", ended.code, ended.err));
    scene_.must_be_true(before, after);
  }

  std::int64_t last_complete() const {
    try {
      const auto session =
          db::open_sqlite(scene_.world.state(), db::Access::read);
      return db::number_of(
                 session
                     ->query("SELECT MAX(id) FROM rounds WHERE result ="
                             " 'complete'")
                     .at(0)
                     .at(0))
          .value_or(0);
    } catch (const base::Error&) {
      return 0;
    }
  }

  Dice& dice_;
  OwnServer server_;
  Scene scene_;
  microseconds round_{0};
};

}  // namespace

Tally kill_server(db::Engine engine, int times, Dice dice) {
  constexpr int times_of_all = 10;
  constexpr int time_of_daemon = 2;  // it takes longest
  Tally tally{.what = "server killed or frozen"};
  ServerLoop loop(engine, dice);
  int daemons = 0;
  for (; tally.times < times; ++tally.times) {
    const bool is_daemon = tally.times % times_of_all == time_of_daemon;
    daemons += is_daemon ? 1 : 0;
    loop.once(is_daemon ? Fate::daemon
                        : dice.any<Fate>({Fate::killed, Fate::killed,
                                          Fate::restarted, Fate::one_killed,
                                          Fate::frozen, Fate::frozen_stopped}));
  }
  tally.detail = fmt::format(
      "{} rounds failed, {} in writing, {} daemons recovered; the slowest took "
      "{:.2f} s to stop",
      loop.failed, loop.in_writing, daemons, loop.slowest_stop);
  return tally;
}

}  // namespace torture
