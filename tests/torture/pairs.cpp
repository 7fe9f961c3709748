// Two monitors on one database at once.

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "torture/scene.h"

namespace torture {

namespace {

enum class States { shared, shared_new, own };

bool was_locked_out(const support::Ended& ended) {
  return ended.code == 4 &&
         ended.out.find(R"("result":"locked")") != std::string::npos;
}

// Throws Broken where two whole rounds have asked the upstreams for their lists
// at the same time: each does so once for each channel.
void must_be_one_after_the_other(Scene& scene) {
  std::vector<std::string> asked;
  for (const demo::Seen& seen : scene.world.upstream.log()) {
    if (!seen.path.ends_with("/models")) continue;
    std::string who = seen.site;
    for (const auto& [name, value] : seen.headers) {
      if (base::lower(name) == "authorization") who += ' ' + value;
    }
    asked.push_back(std::move(who));
  }
  const auto half = static_cast<std::ptrdiff_t>(asked.size() / 2);
  const std::set<std::string> first(asked.begin(), asked.begin() + half);
  const std::set<std::string> second(asked.begin() + half, asked.end());
  require(half > 0 && first == second &&
              first.size() == static_cast<std::size_t>(half),
          "two rounds were at work at the same time");
}

struct Pair {
  support::Ended first;
  support::Ended second;
};

Pair run_both(Scene& scene, Dice& dice, const std::string& other) {
  support::Program first(scene.world.command({"--once", "--format", "json"}));
  if (dice.chance(50)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(dice.below(60)));
  }
  support::Program second(
      scene.world.command({"--once", "--format", "json", "--config", other}));
  Pair pair;
  pair.first = first.wait();
  pair.second = second.wait();
  return pair;
}

// Returns whether one was locked out.
bool start_once(Scene& scene, States states, Dice& dice) {
  scene.change_truth(dice);
  if (states == States::shared_new) {
    for (const char* end : {"", "-wal", "-shm"}) {
      std::filesystem::remove(scene.world.state() + end);
    }
  }
  scene.world.set(
      "state", base::json::quote(states == States::own ? "another.db"
                                                       : "channel-monitor.db"));
  scene.world.write_configuration();
  std::filesystem::rename(scene.world.file("config.json"),
                          scene.world.file("other.json"));
  scene.world.set("state", R"("channel-monitor.db")");
  scene.world.write_configuration();
  const Tables before = scene.tables();
  scene.world.upstream.clear_log();
  const Pair pair = run_both(scene, dice, "other.json");
  int worked = 0;
  for (const auto& ended : {pair.first, pair.second}) {
    if (was_locked_out(ended)) continue;
    must_have_ended_well(ended);
    ++worked;
  }
  require(worked > 0, "both were locked out");
  if (worked == 2) must_be_one_after_the_other(scene);
  const Tables after = scene.tables();
  require(before.channels.size() == after.channels.size(), "channels went");
  // What another state's monitor took off is the administrator's to this one,
  // and a lost state knows of nothing.
  if (states == States::shared) scene.must_be_true(before, after);
  require(scene.notes().open_intents() == 0, "an intent is still open");
  return worked == 1;
}

}  // namespace

Tally start_in_pairs(db::Engine engine, int times, Dice dice) {
  constexpr int uses_of_a_scene = 10;
  Tally tally{.what = "two started at once"};
  int locked_out = 0;
  while (tally.times < times) {
    Scene scene(engine, dice);
    must_have_ended_well(scene.world.round().ended);
    const States states = dice.any<States>(
        {States::shared, States::shared, States::shared_new, States::own});
    for (int i = 0; i < uses_of_a_scene && tally.times < times; ++i) {
      locked_out += start_once(scene, states, dice) ? 1 : 0;
      ++tally.times;
    }
  }
  tally.detail = fmt::format(
      "one of them locked out {} times, else one after the other", locked_out);
  return tally;
}

}  // namespace torture
