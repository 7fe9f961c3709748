// SIGTERM and SIGINT at any moment, also while somebody else holds a lock of
// the gateway's database.

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "db/session.h"
#include "torture/scene.h"

namespace torture {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::chrono::seconds longest{2};

// Of a file the second one keeps out writers, of a server those of the same
// rows; the third keeps out readers, too.
enum class Holder { nobody, writer, exclusive };

struct Plan {
  Holder holder = Holder::nobody;
  milliseconds lock_after{0};  // after the start
  milliseconds stop_after{0};  // after that
  bool daemon = false;
  int signal = SIGTERM;
};

Plan plan_of(Dice& dice, milliseconds round) {
  const int most = static_cast<int>(round.count()) + 50;
  Plan plan;
  plan.holder = dice.any<Holder>(
      {Holder::nobody, Holder::nobody, Holder::writer, Holder::exclusive});
  plan.lock_after = milliseconds(dice.below(most));
  const bool waits = plan.holder != Holder::nobody && dice.chance(50);
  plan.stop_after = milliseconds(dice.below(waits ? 1500 : most));
  plan.daemon = dice.chance(50);
  plan.signal = dice.chance(50) ? SIGTERM : SIGINT;
  return plan;
}

std::vector<const char*> locking(db::Engine engine, Holder holder) {
  const bool is_writer = holder == Holder::writer;
  constexpr const char* begin = "START TRANSACTION";
  constexpr const char* lock_rows = R"(SELECT "id" FROM "channels" FOR UPDATE)";
  switch (engine) {
    case db::Engine::sqlite:
      return {is_writer ? "BEGIN IMMEDIATE" : "BEGIN EXCLUSIVE"};
    case db::Engine::mysql:
      if (is_writer) return {begin, lock_rows};
      return {R"(LOCK TABLES "channels" WRITE, "abilities" WRITE)"};
    case db::Engine::postgres: break;
  }
  if (is_writer) return {begin, lock_rows};
  return {begin,
          R"(LOCK TABLE "channels", "abilities" IN ACCESS EXCLUSIVE MODE)"};
}

std::unique_ptr<db::Session> hold(const Scene& scene, Holder holder) {
  if (holder == Holder::nobody) return nullptr;
  for (int i = 0; i < 50; ++i) {
    auto session = scene.world.open();
    try {
      for (const char* sql : locking(scene.world.engine(), holder)) {
        session->execute(sql);
      }
      return session;
    } catch (const std::exception&) {
      // The monitor is writing.
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
  throw Broken("the lock cannot be had");
}

struct Stopped {
  support::Ended ended;
  double seconds = 0;  // since the signal
  bool was_running = false;
  bool was_locked = false;
};

Stopped run_and_stop(const Scene& scene, const Plan& plan) {
  support::Program program(scene.world.command(
      plan.daemon ? e2e::Arguments{"--now"}
                  : e2e::Arguments{"--once", "--format", "json"}));
  std::this_thread::sleep_for(plan.lock_after);
  const auto holder = hold(scene, plan.holder);
  std::this_thread::sleep_for(plan.stop_after);
  Stopped stopped;
  stopped.was_running = program.is_running();
  stopped.was_locked = stopped.was_running && holder != nullptr;
  program.send(plan.signal);
  const auto begin = Clock::now();
  stopped.ended = program.wait();
  stopped.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return stopped;
}

// Nothing of a program is there before its handlers are.
bool ended_before_it_began(const Stopped& stopped, const Plan& plan) {
  return stopped.ended.signal == plan.signal;
}

void must_have_obeyed(const Stopped& stopped, const Plan& plan) {
  const support::Ended& ended = stopped.ended;
  const auto say = [&](const char* what) {
    return fmt::format("{}: {} s, code {}, signal {}, {} {}", what,
                       stopped.seconds, ended.code, ended.signal, ended.out,
                       ended.err);
  };
  if (ended_before_it_began(stopped, plan)) return;
  require(stopped.seconds < std::chrono::duration<double>(longest).count(),
          say("too slow to stop"));
  if (plan.daemon) {
    require(ended.code == (plan.signal == SIGTERM ? 0 : 130),
            say("a daemon ended wrongly"));
    return;
  }
  // It may have been through already, or have given up on the lock.
  require(ended.code == 130 || ended.code == 0 || ended.code == 1 ||
              (ended.code == 3 && plan.holder != Holder::nobody &&
               !stopped.was_running),
          say("it ended wrongly"));
}

class StopLoop {
 public:
  StopLoop(db::Engine engine, Dice& dice) : dice_(dice), scene_(engine, dice) {
    const auto begin = Clock::now();
    must_have_ended_well(scene_.world.round().ended);
    round_ = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
  }

  // Returns how it ended.
  Stopped once() {
    scene_.change_truth(dice_);
    const Tables before = scene_.tables();
    const Notes notes_before = scene_.notes();
    const Plan plan = plan_of(dice_, round_);
    const Stopped stopped = run_and_stop(scene_, plan);
    must_have_obeyed(stopped, plan);
    const Tables left = scene_.tables();
    const Notes notes = scene_.notes();
    must_be_explained(before, left, intents_since(notes_before, notes));
    if (notes.last_round > notes_before.last_round &&
        !ended_before_it_began(stopped, plan)) {
      require(
          notes.last_result == "cancelled" || notes.last_result == "complete",
          fmt::format("the round is recorded as \"{}\": {} s, code {}, {}",
                      notes.last_result, stopped.seconds, stopped.ended.code,
                      stopped.ended.err));
    }
    must_have_ended_well(scene_.world.round().ended);
    scene_.must_be_true(before, scene_.tables());
    require(scene_.notes().dismissed == 0, "a name was dismissed by nobody");
    require(scene_.notes().open_intents() == 0, "an intent is still open");
    return stopped;
  }

 private:
  Dice& dice_;
  Scene scene_;
  milliseconds round_{0};
};

}  // namespace

Tally stop(db::Engine engine, int times, Dice dice) {
  constexpr int uses_of_a_scene = 15;
  Tally tally{.what = "stopped at any moment"};
  double slowest = 0;
  int locked = 0;
  while (tally.times < times) {
    StopLoop loop(engine, dice);
    for (int i = 0; i < uses_of_a_scene && tally.times < times; ++i) {
      const Stopped stopped = loop.once();
      ++tally.times;
      slowest = std::max(slowest, stopped.seconds);
      locked += stopped.was_locked ? 1 : 0;
    }
  }
  tally.detail = fmt::format(
      "{} while it was locked out; the slowest took {:.2f} s to end", locked,
      slowest);
  return tally;
}

}  // namespace torture
