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

// A one-hub reads its channels at its start, and when it is told to.
inline constexpr Phrase onehub_reloads{
    "the One Hub was told to read its channels again",
    "已通知 One Hub 重新加载渠道"};
inline constexpr Phrase onehub_not_told{
    "the One Hub does not know of the changes before its next restart: {0}",
    "One Hub 要到下次重启才会使用这些改动:{0}"};
inline constexpr Phrase onehub_without_api{
    "base_url and system_token are not set, so that it cannot be told",
    "未设置 base_url 与 system_token,无法通知它"};
inline constexpr Phrase onehub_stopped{"the monitor was stopped before",
                                       "监控器在此之前被停止"};
inline constexpr Phrase channels_not_there{
    "{0} names channels that do not exist: {1}", "{0} 中的渠道不存在:{1}"};

}  // namespace base::say
