#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "torture/torture.h"

namespace {

using torture::Dice;
using torture::Options;
using torture::Tally;

struct Loop {
  const char* option;
  int Options::*times;
  Tally (*run)(db::Engine engine, int times, Dice dice);
  bool needs_server = false;
};

constexpr Loop loops[] = {
    {"--kills", &Options::kills, torture::kill},
    {"--edits", &Options::edits, torture::edit},
    {"--pairs", &Options::pairs, torture::start_in_pairs},
    {"--stops", &Options::stops, torture::stop},
    {"--rounds", &Options::rounds, torture::endure},
    {"--undos", &Options::undos, torture::undo},
    {"--cuts", &Options::cuts, torture::cut, true},
    {"--servers", &Options::servers, torture::kill_server, true},
};

constexpr std::pair<const char*, db::Engine> engines[] = {
    {"sqlite", db::Engine::sqlite},
    {"mysql", db::Engine::mysql},
    {"postgres", db::Engine::postgres},
};

const char* name_of(db::Engine engine) {
  for (const auto& [name, known] : engines) {
    if (known == engine) return name;
  }
  return "";
}

[[noreturn]] void refuse(const std::string& what) {
  fmt::print(stderr, "unknown: {}\n", what);
  std::exit(2);
}

// "sqlite,mysql"
std::vector<db::Engine> engines_of(const std::string& list) {
  std::vector<db::Engine> found;
  for (const std::string_view word : base::split(list, ',')) {
    const auto* const known =
        std::find_if(std::begin(engines), std::end(engines),
                     [&](const auto& one) { return one.first == word; });
    if (known == std::end(engines)) refuse(std::string(word));
    found.push_back(known->second);
  }
  return found;
}

// Exits where it cannot be understood.
Options options_of(const std::vector<std::string>& arguments) {
  Options options;
  options.seed = static_cast<std::uint64_t>(
      std::chrono::system_clock::now().time_since_epoch().count());
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    const std::string& value = arguments[i + 1];
    bool known = arguments[i] == "--seed";
    if (known) options.seed = std::stoull(value);
    if (arguments[i] == "--on") {
      options.on = engines_of(value);
      known = true;
    }
    for (const Loop& loop : loops) {
      if (arguments[i] != loop.option) continue;
      options.*loop.times = std::stoi(value);
      known = true;
    }
    if (!known) refuse(arguments[i]);
  }
  return options;
}

bool run(const Loop& loop, db::Engine engine, const Options& options,
         std::size_t number) {
  const int times = options.*loop.times;
  if (times == 0) return true;
  if (loop.needs_server && engine == db::Engine::sqlite) return true;
  const auto begin = std::chrono::steady_clock::now();
  Tally tally;
  std::string trouble;
  try {
    tally = loop.run(engine, times, Dice(options.seed + number));
  } catch (const std::exception& error) {
    trouble = error.what();
    tally = {.what = loop.option, .lost = 1, .detail = "FAILED: see below"};
  }
  const std::chrono::duration<double> taken =
      std::chrono::steady_clock::now() - begin;
  fmt::print("{:<26}  {:<8}  {:>6}  {:>4}  {:>6.0f} s  {}\n", tally.what,
             name_of(engine), tally.times, tally.lost, taken.count(),
             tally.detail);
  std::fflush(stdout);
  if (trouble.empty()) return true;
  fmt::print(stderr, "FAILED {} --on {} --seed {}: {}\n", loop.option,
             name_of(engine), options.seed, trouble);
  return false;
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options = options_of({argv + 1, argv + argc});
  fmt::print("seed {}\n{:<26}  {:<8}  {:>6}  {:>4}  {:>8}\n", options.seed,
             "tried", "on", "times", "lost", "taken");
  std::fflush(stdout);
  bool all_well = true;
  std::size_t number = 0;
  for (const Loop& loop : loops) {
    for (const db::Engine engine : options.on) {
      all_well = run(loop, engine, options, number) && all_well;
    }
    ++number;
  }
  return all_well ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
