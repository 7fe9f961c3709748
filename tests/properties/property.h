#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "catch.h"

// What holds for any input: rapidcheck makes the inputs, and for one that fails
// finds a smaller one.  The same inputs every time, unless the environment says
// otherwise: PROPERTY_CASES, so many for each property; PROPERTY_SEED, others.
namespace property {

// How often, and from where on.
rc::detail::TestParams parameters(int cases, bool shrinks);

// What did not hold, what it was given, and how to have it again; "" where all
// is well.
std::string told(const rc::detail::TestResult& result, std::uint64_t seed);

// Looks at so many inputs, in the suite as it usually runs, whether `claim`
// holds: a callable whose arguments are made, or that draws them itself, and
// that says what does not hold by RC_ASSERT.  Where each look is slow, what
// fails is better shown as it came than made smaller.
template <typename Claim>
void holds(int cases, Claim&& claim, bool shrinks = true) {
  const auto chosen = parameters(cases, shrinks);
  const auto result = rc::detail::checkTestable(
      std::forward<Claim>(claim), rc::detail::TestMetadata(), chosen);
  CHECK(told(result, chosen.seed) == "");
}

// Any of them.
std::string one_of(const std::vector<std::string>& texts);
// Any bytes; those that break things come more often than others.
std::string any_bytes(int most_pieces = 8);
// Well-formed UTF-8, perhaps with control characters, without NUL.
std::string any_text(int most_pieces = 8);

}  // namespace property
