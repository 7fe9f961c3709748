#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "db/session.h"

// What the program is put through: killed, edited around, started twice,
// stopped, run for long, taken back, cut off from its server.  A loop throws
// Broken at the first thing that was lost.
namespace torture {

struct Options {
  std::vector<db::Engine> on = {db::Engine::sqlite, db::Engine::mysql,
                                db::Engine::postgres};
  int kills = 30;
  int edits = 30;
  int pairs = 5;
  int rounds = 300;
  int undos = 5;
  int stops = 15;
  int cuts = 15;
  int servers = 5;
  std::uint64_t seed = 1;
};

class Broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

void require(bool claim, const std::string& what);

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  // 0 … `sides` - 1.
  int below(int sides) {
    return std::uniform_int_distribution<int>(0, sides - 1)(engine_);
  }
  bool chance(int percent) { return below(100) < percent; }

  template <typename T>
  const T& any(const std::vector<T>& of) {
    return of[static_cast<std::size_t>(below(static_cast<int>(of.size())))];
  }

 private:
  std::mt19937_64 engine_;
};

// A line of the table at the end.
struct Tally {
  std::string what;
  int times = 0;
  int lost = 0;
  std::string detail;
};

Tally kill(db::Engine engine, int times, Dice dice);
Tally edit(db::Engine engine, int times, Dice dice);
Tally start_in_pairs(db::Engine engine, int times, Dice dice);
Tally endure(db::Engine engine, int rounds, Dice dice);
Tally undo(db::Engine engine, int times, Dice dice);
Tally stop(db::Engine engine, int times, Dice dice);

// Of connections and servers, so not for SQLite.
Tally cut(db::Engine engine, int times, Dice dice);
Tally kill_server(db::Engine engine, int times, Dice dice);

}  // namespace torture
