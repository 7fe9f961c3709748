#pragma once

#include "base/messages.h"

// The table of sentences, continued: what is told to other programs, such as
// Uptime Kuma and Prometheus.
namespace base::say {

// What Uptime Kuma shows beside a monitor.
inline constexpr Phrase kuma_model_up{"{0} of {1} channels answer",
                                      "{1} 个渠道中 {0} 个可用"};
inline constexpr Phrase kuma_channel_up{"{0} of {1} models answer",
                                        "{1} 个模型中 {0} 个可用"};
inline constexpr Phrase kuma_down{"{0}: {1}", "{0}:{1}"};

// What the log says of it.
inline constexpr Phrase kuma_model{"model {0}", "模型 {0}"};
inline constexpr Phrase kuma_channel{"channel {0}", "渠道 {0}"};
inline constexpr Phrase kuma_told{"Uptime Kuma was told of {0} monitors",
                                  "已推送 {0} 个 Uptime Kuma 监控项"};
inline constexpr Phrase kuma_not_told{
    "{0} of {1} pushes to Uptime Kuma came to nothing; first {2}: {3}",
    "向 Uptime Kuma 的 {1} 次推送中有 {0} 次失败;首先是{2}:{3}"};
inline constexpr Phrase kuma_silent{
    "nothing is pushed to Uptime Kuma about {0}: {1}",
    "不向 Uptime Kuma 推送{0}的状态:{1}"};
inline constexpr Phrase kuma_proves_nothing{"{0} proves nothing",
                                            "{0} 不能说明任何问题"};
inline constexpr Phrase kuma_not_asked{"this round asked nobody for it",
                                       "本轮未检测"};
inline constexpr Phrase kuma_no_ok{
    "it answered {0}, but not as Uptime Kuma does: {1}",
    "应答为 {0},但不是 Uptime Kuma 的应答:{1}"};
inline constexpr Phrase kuma_refused{"it answered {0}: {1}", "应答为 {0}:{1}"};
inline constexpr Phrase kuma_said{"{0}", "{0}"};
inline constexpr Phrase kuma_too_slow{"no answer within {0}", "{0} 内没有应答"};

// Metrics.
inline constexpr Phrase metrics_at{"metrics are served at {0}",
                                   "指标服务地址:{0}"};
inline constexpr Phrase metrics_no_listener{"metrics.listen: {0}",
                                            "metrics.listen:{0}"};
inline constexpr Phrase textfile_unwritable{
    "metrics.textfile: {0} cannot be written: {1}",
    "metrics.textfile:无法写入 {0}:{1}"};
inline constexpr Phrase no_round_yet{"no round has been completed yet",
                                     "尚未完成任何一轮检测"};
inline constexpr Phrase not_ready_stale{
    "the last complete round ended {0} ago, which is more than two periods",
    "上一轮完整检测结束于 {0} 前,已超过两个周期"};

}  // namespace base::say
