#pragma once

#include <cstdint>
#include <string_view>

#include "core/outcome.h"

namespace core {

// What the outcomes of a candidate, with its past, mean for the list.
enum class Verdict : std::uint8_t { keep, add, remove, hold };

std::string_view name_of(Verdict verdict);

// How many rounds in a row it takes to act.
struct VerdictPolicy {
  int fail_after = 1;          // on a definite failure
  int fail_after_passing = 3;  // on one that may pass
  int recover_after = 1;       // to come (back) to the list
};

// What is remembered of one name from round to round.
struct Streak {
  int failed = 0;    // rounds in a row
  int answered = 0;  // rounds in a row

  bool operator==(const Streak&) const = default;
};

// `streak` with one more round in it.  Evidence::none leaves it as it is.
Streak extend(Streak streak, Evidence evidence);

// Decides about a name that is `listed`, or is not, by its streak with this
// round in it.  Never removes without evidence of this round.
Verdict judge(const Streak& streak, Evidence evidence, bool listed,
              const VerdictPolicy& policy);

}  // namespace core
