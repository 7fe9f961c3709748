// SIGKILL at any moment, most of all in the middle of writing.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "torture/scene.h"

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

// When a program is killed.
struct Plan {
  std::string file;  // this one changes so many times first; "" is any moment
  int changes = 0;
  microseconds after{0};
};

Plan plan_of(const Scene& scene, Dice& dice, microseconds round) {
  const auto any = [&](microseconds most) {
    return microseconds(dice.below(static_cast<int>(most.count())));
  };
  switch (dice.below(4)) {
    case 0: return {.after = any(round * 5 / 4)};
    case 1:
      return {.file = scene.world.state(),
              .changes = 1 + dice.below(4),
              .after = any(microseconds(4000))};
    default:
      return {.file = scene.world.gateway(),
              .changes = 1 + dice.below(16),
              .after = any(microseconds(1500))};
  }
}

void wait_for_moment(const Plan& plan, support::Program& program) {
  const auto end = Clock::now() + std::chrono::seconds(10);
  std::string signs = signs_of_writing(plan.file);
  int changes = 0;
  while (!plan.file.empty() && changes < plan.changes && Clock::now() < end &&
         program.is_running()) {
    std::this_thread::sleep_for(microseconds(50));
    std::string now = signs_of_writing(plan.file);
    if (now == signs) continue;
    ++changes;
    signs = std::move(now);
  }
  std::this_thread::sleep_for(plan.after);
}

struct Killed {
  bool in_time = false;     // it was still at work
  bool in_writing = false;  // intents were open, or a journal was left
};

class KillLoop {
 public:
  explicit KillLoop(Dice& dice) : dice_(dice) {}

  Killed once() {
    if (uses_ % uses_of_a_scene == 0) begin_anew();
    ++uses_;
    scene_->change_truth(dice_);
    const Tables before = scene_->tables();
    const Notes notes_before = scene_->notes();
    Killed killed;
    killed.in_time = kill();
    const Tables left = tables_left_in(scene_->world.gateway());
    const Notes notes = scene_->notes();
    const std::vector<IntentRow> intents = since(notes_before, notes);
    must_be_explained(before, left, intents);
    killed.in_writing = notes.open_intents() > 0;
    must_have_ended_well(scene_->world.round().ended);
    const Tables after = scene_->tables();
    scene_->must_be_true(before, after);
    must_be_settled(left, intents);
    if (dice_.chance(25)) must_come_back();
    return killed;
  }

 private:
  static constexpr int uses_of_a_scene = 20;

  void begin_anew() {
    scene_ = std::make_unique<Scene>(dice_.chance(30));
    const auto begin = Clock::now();
    must_have_ended_well(scene_->world.round().ended);
    round_ = std::chrono::duration_cast<microseconds>(Clock::now() - begin);
  }

  // Returns whether it was at work until then.
  bool kill() {
    support::Program program(
        scene_->world.command({"--once", "--format", "json"}));
    wait_for_moment(plan_of(*scene_, dice_, round_), program);
    program.send(SIGKILL);
    const support::Ended ended = program.wait();
    if (ended.signal != SIGKILL) must_have_ended_well(ended);
    return ended.signal == SIGKILL;
  }

  static std::vector<IntentRow> since(const Notes& before, const Notes& after) {
    std::vector<IntentRow> intents;
    for (const IntentRow& intent : after.intents) {
      if (intent.round > before.last_round) intents.push_back(intent);
    }
    return intents;
  }

  // The next round has looked at what the killed one left.
  void must_be_settled(const Tables& left,
                       const std::vector<IntentRow>& intents) {
    const Notes notes = scene_->notes();
    require(notes.open_intents() == 0, "an intent is still open");
    require(notes.dismissed == 0, "a name was dismissed by nobody");
    require(notes.last_result == "complete", "the round is not recorded");
    for (const IntentRow& meant : intents) {
      const ChannelRow& row = left.channels.at(meant.channel);
      const bool written =
          row.models == meant.models_after && row.status == meant.status_after;
      for (const IntentRow& now : notes.intents) {
        if (now.id != meant.id) continue;
        require(now.settled == (written ? 1 : 2),
                fmt::format("the intent for {} was settled as {}",
                            meant.channel, now.settled));
      }
    }
  }

  void must_come_back() {
    scene_->make_whole();
    must_have_ended_well(scene_->world.round().ended);
    must_have_ended_well(scene_->world.round().ended);
    scene_->must_be_complete(scene_->tables());
  }

  Dice& dice_;
  std::unique_ptr<Scene> scene_;
  int uses_ = 0;
  microseconds round_{0};
};

}  // namespace

Tally kill(int times, Dice dice) {
  Tally tally{.what = "killed at any moment"};
  KillLoop loop(dice);
  int in_time = 0;
  int in_writing = 0;
  for (; tally.times < times; ++tally.times) {
    const Killed killed = loop.once();
    in_time += killed.in_time ? 1 : 0;
    in_writing += killed.in_writing ? 1 : 0;
  }
  tally.detail =
      fmt::format("{} at work, {} of them while it wrote", in_time, in_writing);
  return tally;
}

}  // namespace torture
