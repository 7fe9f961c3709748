#include "core/verdict.h"

#include <array>

namespace core {

std::string_view name_of(Verdict verdict) {
  constexpr std::array<std::string_view, 4> names = {"keep", "add", "remove",
                                                     "hold"};
  return names.at(static_cast<std::size_t>(verdict));
}

Streak extend(Streak streak, Evidence evidence) {
  switch (evidence) {
    case Evidence::alive:
      streak.failed = 0;
      ++streak.answered;
      break;
    case Evidence::definite:
    case Evidence::passing:
      ++streak.failed;
      streak.answered = 0;
      break;
    case Evidence::none: break;
  }
  return streak;
}

Verdict judge(const Streak& streak, Evidence evidence, bool listed,
              const VerdictPolicy& policy) {
  if (evidence == Evidence::none) return Verdict::hold;
  if (evidence == Evidence::alive) {
    if (listed) return Verdict::keep;
    return streak.answered >= policy.recover_after ? Verdict::add
                                                   : Verdict::hold;
  }
  const int enough = evidence == Evidence::definite ? policy.fail_after
                                                    : policy.fail_after_passing;
  return listed && streak.failed >= enough ? Verdict::remove : Verdict::hold;
}

}  // namespace core
