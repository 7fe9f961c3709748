#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "targets.h"

// One program for all of them, so that what they share is linked once: the
// environment says which, FUZZ=answers.

namespace {

using Target = void (*)(fuzz::Input input);

constexpr std::pair<std::string_view, Target> targets[] = {
    {"answers", fuzz::answers},
    {"channels", fuzz::channels},
    {"configuration", fuzz::configuration},
    {"dsn", fuzz::dsn},
    {"events", fuzz::events},
    {"keys", fuzz::keys},
    {"lists", fuzz::lists},
    {"mapping", fuzz::mapping},
    {"overrides", fuzz::overrides},
    {"redaction", fuzz::redaction},
};

Target chosen() {
  const char* const name = std::getenv("FUZZ");
  for (const auto& [known, target] : targets) {
    if (name != nullptr && known == name) return target;
  }
  fmt::print(stderr, "FUZZ has to be one of:");
  for (const auto& target : targets)
    fmt::print(stderr, " {}", target.first);
  fmt::print(stderr, "\n");
  std::exit(2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const Target target = chosen();
  target(fuzz::Input(data, size));
  return 0;
}
