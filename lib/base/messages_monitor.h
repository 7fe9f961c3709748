#pragma once

#include "base/messages.h"

// The table of sentences, continued: rounds and the journal.
namespace base::say {

inline constexpr Phrase settled_written{
    "channel {0} ({1}): a write that was cut off had reached the database",
    "渠道 {0}({1}):上次中断的写入已生效"};
inline constexpr Phrase settled_strange{
    "channel {0} ({1}): a write was cut off, and the row is neither as before "
    "nor as meant; somebody else has changed it, and it is left as it is",
    "渠道 "
    "{0}({1}):上次写入中断,且该行既非写入前也非预期的样子;已被他人修改,保持"
    "原样"};

inline constexpr Phrase next_round_at{"the next round begins at {0}",
                                      "下一轮开始于 {0}"};

}  // namespace base::say
