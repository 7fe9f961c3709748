#pragma once

#include <chrono>
#include <string>

#include "support/program.h"
#include "torture/scene.h"

namespace torture {

// A moment in the life of a program that runs on a scene.
struct Moment {
  std::string file;  // this one changes so many times first; "" is any moment
  int changes = 0;
  bool has_intents = false;  // and it has begun to write to the gateway
  std::chrono::microseconds after{0};
};

// Most often one in which it writes.  `round` is how long it runs.
Moment any_moment(const Scene& scene, Dice& dice,
                  std::chrono::microseconds round);

// Returns early where it has ended.
void wait_for(const Scene& scene, const Moment& moment,
              support::Program& program);

}  // namespace torture
