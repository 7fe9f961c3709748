// Rounds, taken back one after the other.

#include <string>
#include <vector>

#include <fmt/format.h>

#include "support/whole_database.h"
#include "torture/scene.h"

namespace torture {

namespace {

std::vector<std::string> everything_in(const Scene& scene) {
  if (scene.world.engine() == db::Engine::sqlite) {
    return support::whole_database(scene.world.gateway());
  }
  return support::whole_database(*scene.world.open());
}

// Returns how many rounds were taken back.
int undo_once(db::Engine engine, Dice& dice) {
  Scene scene(engine, dice);
  must_have_ended_well(scene.world.round().ended);
  const auto before = everything_in(scene);
  const int rounds = 3 + dice.below(6);
  std::vector<std::int64_t> ids;
  for (int i = 0; i < rounds; ++i) {
    scene.change_truth(dice);
    const auto round = scene.world.round();
    must_have_ended_well(round.ended);
    if (round.report.number("/totals/added") > 0 ||
        round.report.number("/totals/removed") > 0 ||
        round.report.number("/totals/disabled") > 0 ||
        round.report.number("/totals/enabled") > 0) {
      ids.push_back(round.report.number("/round/id"));
    }
  }
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    const auto ended = scene.world.run({"undo", std::to_string(*id)});
    require(ended.code == 0, fmt::format("undo {} ended with {}: {}", *id,
                                         ended.code, ended.out + ended.err));
    scene.tables();
  }
  std::string differences;
  for (const std::string& line :
       support::differences(before, everything_in(scene))) {
    differences += line + '\n';
  }
  require(differences.empty(), "after all undos:\n" + differences);
  return static_cast<int>(ids.size());
}

}  // namespace

Tally undo(db::Engine engine, int times, Dice dice) {
  Tally tally{.what = "taken back"};
  int rounds = 0;
  for (; tally.times < times; ++tally.times)
    rounds += undo_once(engine, dice);
  tally.detail = fmt::format("{} rounds, cell by cell", rounds);
  return tally;
}

}  // namespace torture
