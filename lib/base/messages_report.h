#pragma once

#include "base/messages.h"

// The table of sentences, continued: what a report says.
namespace base::say {

inline constexpr Phrase heading_channel{"CHANNEL", "渠道"};
inline constexpr Phrase heading_model{"MODEL", "模型"};
inline constexpr Phrase heading_what{"WHAT", "变化"};
inline constexpr Phrase heading_why{"WHY", "原因"};

inline constexpr Phrase what_added{"added", "添加"};
inline constexpr Phrase what_removed{"removed", "移除"};
inline constexpr Phrase what_would_add{"would be added", "将添加"};
inline constexpr Phrase what_would_remove{"would be removed", "将移除"};
inline constexpr Phrase what_kept{"kept: {0}", "保留:{0}"};
inline constexpr Phrase what_disabled{"disabled", "停用"};
inline constexpr Phrase what_enabled{"enabled", "启用"};
inline constexpr Phrase what_would_disable{"would be disabled", "将停用"};
inline constexpr Phrase what_would_enable{"would be enabled", "将启用"};
inline constexpr Phrase what_held{"held", "搁置"};
inline constexpr Phrase what_dismissed{"not added", "未添加"};
inline constexpr Phrase what_config_error{"configuration error", "配置错误"};
inline constexpr Phrase what_unreachable{"unreachable", "无法到达"};
inline constexpr Phrase what_failed{"failed", "失败"};
inline constexpr Phrase what_changed_meanwhile{"edited meanwhile",
                                               "期间被修改"};
inline constexpr Phrase what_cancelled{"cancelled", "已取消"};
inline constexpr Phrase what_guard{"guard {0}", "保护 {0}"};

inline constexpr Phrase answers{"answers", "可用"};
inline constexpr Phrase answers_in{"answers, first token after {0} ms",
                                   "可用,首个 token {0} 毫秒"};
inline constexpr Phrase taken_off{
    "the administrator took it off the list; list it again to have it back",
    "管理员已将其移出列表;重新列出即可恢复"};
inline constexpr Phrase answers_again{"a model answers again",
                                      "有模型恢复可用"};
inline constexpr Phrase and_more{"… and {0} more", "……另有 {0} 个"};

inline constexpr Phrase nothing_to_tell{
    "Every listed model that was probed answers; nothing changed.",
    "所有已探测的列出模型均可用,没有变化。"};
inline constexpr Phrase nothing_probed{
    "There was no model to probe; nothing changed.",
    "没有可探测的模型,没有变化。"};
inline constexpr Phrase summary{
    "{0} channels, {1} models, {2} calls in {3} s: {4} answer, {5} added, {6} "
    "removed, {7} held, {8} disabled, {9} enabled",
    "{0} 个渠道,{1} 个模型,{2} 次调用,用时 {3} 秒:可用 {4},添加 {5},移除 "
    "{6},保留 {7},停用渠道 {8},启用渠道 {9}"};
inline constexpr Phrase seen_by{
    "{0} sees the changes at once; with MEMORY_CACHE_ENABLED or Redis, at its "
    "next sync, within SYNC_FREQUENCY seconds ({1} if it is not set).",
    "{0} 会立即使用这些改动;启用 MEMORY_CACHE_ENABLED 或 Redis 时,将在下次同步"
    "(SYNC_FREQUENCY 秒之内,默认 {1})后生效。"};
inline constexpr Phrase round_of{"Round {0}: {1}", "第 {0} 轮:{1}"};
inline constexpr Phrase dry_round{"Dry run, nothing was written: {0}",
                                  "试运行,未写入任何内容:{0}"};
inline constexpr Phrase round_cancelled{"The round was cancelled. {0}",
                                        "本轮已取消。{0}"};
inline constexpr Phrase round_failed{"The round failed: {0}", "本轮失败:{0}"};

}  // namespace base::say
