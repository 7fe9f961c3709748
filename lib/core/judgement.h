#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/messages.h"
#include "core/examination.h"
#include "core/guard.h"
#include "core/memory.h"
#include "core/names.h"
#include "core/verdict.h"

namespace core {

enum class AutoEnable : std::uint8_t { own, any, never };

struct JudgePolicy {
  VerdictPolicy verdict;
  bool disable_on_all_failed = true;
  AutoEnable auto_enable = AutoEnable::own;
};

// What one channel's findings mean, before any guard over the whole round.
struct Judgement {
  std::vector<Verdict> verdicts;        // one for each finding
  std::vector<base::Sentence> reasons;  // the same; empty with `ok`
  std::vector<std::string> removed;     // in the order of the list
  std::vector<std::string> added;       // in the order in which they follow it
  std::optional<std::int64_t> new_status;
  base::Sentence all_failed;  // why the whole channel failed; empty if not
  bool some_answer = false;   // a listed or added model does
  std::vector<GuardNote> guards;
  ChannelMemory memory;  // with this round's outcomes and streaks in it
};

// What is judged.
struct Case {
  const Channel& channel;
  const Schema& schema;
  const Candidates& candidates;
  const std::vector<Finding>& findings;  // of a channel that was completed
  ChannelMemory memory;                  // as recalled()
  std::string_view provider;             // whose recipe was used
  base::WallTime now{};
  const ShownNames* shown_names = nullptr;  // nothing: all as they are
};

Judgement judge(Case what, const JudgePolicy& policy);

// What is not written although it was judged: every removal and the disabling.
void hold_removals(Judgement& judgement);

// The list that a judgement leaves: survivors in their places, added names
// after them.
std::vector<std::string> list_after(const Channel& channel,
                                    const Judgement& judgement);

}  // namespace core
