#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "torture/torture.h"

namespace {

using torture::Dice;
using torture::Options;
using torture::Tally;

struct Loop {
  const char* option;
  int Options::*times;
  Tally (*run)(int times, Dice dice);
};

constexpr Loop loops[] = {
    {"--kills", &Options::kills, torture::kill},
    {"--edits", &Options::edits, torture::edit},
    {"--pairs", &Options::pairs, torture::start_in_pairs},
    {"--stops", &Options::stops, torture::stop},
    {"--rounds", &Options::rounds, torture::endure},
    {"--undos", &Options::undos, torture::undo},
};

// Exits where it cannot be understood.
Options options_of(const std::vector<std::string>& arguments) {
  Options options;
  options.seed = static_cast<std::uint64_t>(
      std::chrono::system_clock::now().time_since_epoch().count());
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    const std::string& value = arguments[i + 1];
    bool known = arguments[i] == "--seed";
    if (known) options.seed = std::stoull(value);
    for (const Loop& loop : loops) {
      if (arguments[i] != loop.option) continue;
      options.*loop.times = std::stoi(value);
      known = true;
    }
    if (!known) {
      fmt::print(stderr, "unknown option {}\n", arguments[i]);
      std::exit(2);
    }
  }
  return options;
}

bool run(const Loop& loop, const Options& options, std::size_t number) {
  const int times = options.*loop.times;
  if (times == 0) return true;
  const auto begin = std::chrono::steady_clock::now();
  try {
    const Tally tally = loop.run(times, Dice(options.seed + number));
    const std::chrono::duration<double> taken =
        std::chrono::steady_clock::now() - begin;
    fmt::print("{:<26}  sqlite  {:>6}  {:>4}  {:>6.0f} s  {}\n", tally.what,
               tally.times, tally.lost, taken.count(), tally.detail);
    std::fflush(stdout);
    return true;
  } catch (const std::exception& error) {
    fmt::print(stderr, "FAILED {} with --seed {}: {}\n", loop.option,
               options.seed, error.what());
    return false;
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options = options_of({argv + 1, argv + argc});
  fmt::print("seed {}\n{:<26}  {:<6}  {:>6}  {:>4}  {:>8}\n", options.seed,
             "tried", "on", "times", "lost", "taken");
  std::fflush(stdout);
  bool all_well = true;
  std::size_t number = 0;
  for (const Loop& loop : loops) {
    all_well = run(loop, options, number++) && all_well;
  }
  return all_well ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
