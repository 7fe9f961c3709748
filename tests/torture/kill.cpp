// SIGKILL at any moment, most of all in the middle of writing.

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "torture/moment.h"
#include "torture/scene.h"

namespace torture {

namespace {

using std::chrono::microseconds;
using Clock = std::chrono::steady_clock;

Tables tables_left_by_the_dead(const Scene& scene) {
  if (scene.world.engine() == db::Engine::sqlite) {
    return tables_left_in(scene.world.gateway());
  }
  scene.wait_until_alone();
  return scene.tables();
}

struct Killed {
  bool in_time = false;      // it was still at work
  bool in_writing = false;   // intents were open
  bool between_two = false;  // some of them written, others not
};

class KillLoop {
 public:
  KillLoop(db::Engine engine, Dice& dice) : engine_(engine), dice_(dice) {}

  Killed once() {
    if (uses_ % uses_of_a_scene == 0) begin_anew();
    ++uses_;
    scene_->change_truth(dice_);
    const Tables before = scene_->tables();
    const Notes notes_before = scene_->notes();
    Killed killed;
    killed.in_time = kill();
    const Notes notes = scene_->notes();
    const std::vector<IntentRow> intents = intents_since(notes_before, notes);
    killed.in_writing = notes.open_intents() > 0;
    // The next one often comes before a server has noticed anything.
    const bool at_once = engine_ != db::Engine::sqlite && dice_.chance(50);
    std::optional<Tables> left;
    if (!at_once) {
      left = tables_left_by_the_dead(*scene_);
      must_be_explained(before, *left, intents);
      killed.between_two = are_written_in_part(*left, intents);
    }
    must_have_ended_well(scene_->world.round().ended);
    const Tables after = scene_->tables();
    scene_->must_be_true(before, after);
    must_be_settled(scene_->notes(), left, intents);
    if (dice_.chance(25)) must_come_back();
    return killed;
  }

 private:
  static constexpr int uses_of_a_scene = 20;

  void begin_anew() {
    scene_ = std::make_unique<Scene>(engine_, dice_);
    const auto begin = Clock::now();
    must_have_ended_well(scene_->world.round().ended);
    round_ = std::chrono::duration_cast<microseconds>(Clock::now() - begin);
  }

  // Returns whether it was at work until then.
  bool kill() {
    support::Program program(
        scene_->world.command({"--once", "--format", "json"}));
    wait_for(*scene_, any_moment(*scene_, dice_, round_), program);
    program.send(SIGKILL);
    const support::Ended ended = program.wait();
    if (ended.signal != SIGKILL) must_have_ended_well(ended);
    return ended.signal == SIGKILL;
  }

  static bool are_written_in_part(const Tables& tables,
                                  const std::vector<IntentRow>& intents) {
    std::size_t written = 0;
    for (const IntentRow& intent : intents) {
      if (is_written(tables, intent)) ++written;
    }
    return written > 0 && written < intents.size();
  }

  void must_come_back() {
    scene_->make_whole();
    must_have_ended_well(scene_->world.round().ended);
    must_have_ended_well(scene_->world.round().ended);
    scene_->must_be_complete(scene_->tables());
  }

  db::Engine engine_;
  Dice& dice_;
  std::unique_ptr<Scene> scene_;
  int uses_ = 0;
  microseconds round_{0};
};

}  // namespace

Tally kill(db::Engine engine, int times, Dice dice) {
  Tally tally{.what = "killed at any moment"};
  KillLoop loop(engine, dice);
  int in_time = 0;
  int in_writing = 0;
  int between_two = 0;
  for (; tally.times < times; ++tally.times) {
    const Killed killed = loop.once();
    in_time += killed.in_time ? 1 : 0;
    in_writing += killed.in_writing ? 1 : 0;
    between_two += killed.between_two ? 1 : 0;
  }
  tally.detail = fmt::format(
      "{} at work, {} of them while it wrote, {} seen between two channels",
      in_time, in_writing, between_two);
  return tally;
}

}  // namespace torture
