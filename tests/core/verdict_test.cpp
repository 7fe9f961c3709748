#include "core/verdict.h"

#include "catch.h"

using core::Evidence;
using core::Streak;
using core::Verdict;

TEST_CASE("verdicts have the names of the report") {
  CHECK(core::name_of(Verdict::keep) == "keep");
  CHECK(core::name_of(Verdict::add) == "add");
  CHECK(core::name_of(Verdict::remove) == "remove");
  CHECK(core::name_of(Verdict::hold) == "hold");
}

TEST_CASE("a definite failure removes at once, a passing one in round three") {
  Streak gone = core::extend({}, Evidence::definite);
  CHECK(core::judge(gone, Evidence::definite, true, {}) == Verdict::remove);
  Streak streak;
  for (const Verdict expected :
       {Verdict::hold, Verdict::hold, Verdict::remove}) {
    streak = core::extend(streak, Evidence::passing);
    CHECK(core::judge(streak, Evidence::passing, true, {}) == expected);
  }
}

TEST_CASE("what proves nothing changes nothing") {
  const Streak before{.failed = 2, .answered = 0};
  CHECK(core::extend(before, Evidence::none) == before);
  const Streak many{.failed = 9};
  CHECK(core::judge(many, Evidence::none, true, {}) == Verdict::hold);
  CHECK(core::judge(many, Evidence::none, false, {}) == Verdict::hold);
}

TEST_CASE("one answer ends a row of failures, one failure a row of answers") {
  CHECK(core::extend({.failed = 2}, Evidence::alive) ==
        Streak{.failed = 0, .answered = 1});
  CHECK(core::extend({.answered = 5}, Evidence::passing) ==
        Streak{.failed = 1, .answered = 0});
  CHECK(core::extend({.answered = 5}, Evidence::definite) ==
        Streak{.failed = 1, .answered = 0});
}

TEST_CASE("a name comes to the list after enough good rounds") {
  const core::VerdictPolicy policy{.recover_after = 2};
  Streak streak = core::extend({}, Evidence::alive);
  CHECK(core::judge(streak, Evidence::alive, false, policy) == Verdict::hold);
  CHECK(core::judge(streak, Evidence::alive, true, policy) == Verdict::keep);
  streak = core::extend(streak, Evidence::alive);
  CHECK(core::judge(streak, Evidence::alive, false, policy) == Verdict::add);
}

TEST_CASE("what is not listed is never removed") {
  const Streak many{.failed = 9};
  CHECK(core::judge(many, Evidence::definite, false, {}) == Verdict::hold);
  CHECK(core::judge(many, Evidence::passing, false, {}) == Verdict::hold);
}
