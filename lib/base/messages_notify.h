#pragma once

#include "base/messages.h"

// The table of sentences, continued: what is told to people who are elsewhere.
namespace base::say {

// The title, joined from what there is.
inline constexpr Phrase news_failed{"the rounds fail", "检测轮次失败"};
inline constexpr Phrase news_recovered{"the rounds work again",
                                       "检测轮次恢复正常"};
inline constexpr Phrase news_cut_off{"no upstream can be reached",
                                     "无法连接任何上游"};
inline constexpr Phrase news_disabled{"channels disabled: {0}",
                                      "停用渠道 {0} 个"};
inline constexpr Phrase news_removed{"models removed: {0}", "移除模型 {0} 个"};
inline constexpr Phrase news_config_error{"channels misconfigured: {0}",
                                          "配置错误渠道 {0} 个"};
inline constexpr Phrase news_write_failed{"channels not written: {0}",
                                          "写入失败渠道 {0} 个"};
inline constexpr Phrase news_held{"guards held: {0}", "触发保护 {0} 项"};
inline constexpr Phrase news_enabled{"channels enabled: {0}",
                                     "启用渠道 {0} 个"};
inline constexpr Phrase news_added{"models added: {0}", "添加模型 {0} 个"};
inline constexpr Phrase news_well_again{"well again: {0}", "恢复正常 {0} 项"};
inline constexpr Phrase news_also{"{0}, {1}", "{0},{1}"};
inline constexpr Phrase news_not_applied_title{"not applied: {0}",
                                               "未写入:{0}"};

// The lines.
inline constexpr Phrase news_not_applied{
    "Not applied: do_not_modify_db is set, the gateway is as it was.",
    "未写入:已设置 do_not_modify_db,网关未做改动。"};
inline constexpr Phrase news_channel{"Channel {0} ({1}):", "渠道 {0}({1}):"};
inline constexpr Phrase news_line_removed{"- removed: {0}", "- 移除:{0}"};
inline constexpr Phrase news_line_added{"- added: {0}", "- 添加:{0}"};
inline constexpr Phrase news_line_listed{"- listed now ({0}): {1}",
                                         "- 当前列表({0} 个):{1}"};
inline constexpr Phrase news_line_disabled{"- disabled: {0}", "- 停用:{0}"};
inline constexpr Phrase news_line_enabled{"- enabled again", "- 重新启用"};
inline constexpr Phrase news_line_enabled_after{"- enabled again after {0}",
                                                "- 停用 {0} 后重新启用"};
inline constexpr Phrase news_line_config_error{"- configuration error: {0}",
                                               "- 配置错误:{0}"};
inline constexpr Phrase news_line_config_mended{
    "- the configuration is right again, after {0}",
    "- 配置已恢复正常,历时 {0}"};
inline constexpr Phrase news_line_write_failed{"- could not be written: {0}",
                                               "- 写入失败:{0}"};
inline constexpr Phrase news_line_write_mended{
    "- can be written again, after {0}", "- 写入恢复正常,历时 {0}"};
inline constexpr Phrase news_line_guard{"- guard {0}: {1}", "- 保护 {0}:{1}"};
inline constexpr Phrase news_line_guard_over{
    "- guard {0} holds nothing any more, after {1}",
    "- 保护 {0} 已解除,历时 {1}"};
inline constexpr Phrase news_line_round_failed{"The round failed: {0}",
                                               "本轮失败:{0}"};
inline constexpr Phrase news_line_round_recovered{
    "The rounds work again, after {0}.", "检测轮次恢复正常,历时 {0}。"};
inline constexpr Phrase news_line_round_guard{"Guard {0}: {1}", "保护 {0}:{1}"};
inline constexpr Phrase news_line_round_guard_over{
    "Guard {0} holds nothing any more, after {1}.",
    "保护 {0} 已解除,历时 {1}。"};
inline constexpr Phrase news_line_answers{"- answers again: {0}",
                                          "- 恢复可用:{0}"};
inline constexpr Phrase news_line_channel_answers{"- answers again, after {0}",
                                                  "- 恢复可用,历时 {0}"};
inline constexpr Phrase news_all_failed{"none of its models answers",
                                        "所有模型均不可用"};
inline constexpr Phrase news_more_models{"{0}, +{1} more", "{0},另有 {1} 个"};
inline constexpr Phrase news_more_channels{"+{0} more channels",
                                           "另有 {0} 个渠道"};
inline constexpr Phrase news_back_after{"{0} (after {1})", "{0}({1} 后恢复)"};
inline constexpr Phrase news_sample_title{"a test message", "测试消息"};
inline constexpr Phrase news_sample{
    "This is a test. Messages of Channel Monitor will look like this one.",
    "这是一条测试消息。Channel Monitor 的通知会以这种形式发送。"};

// What became of a message.
inline constexpr Phrase notify_sent{"sent", "已发送"};
inline constexpr Phrase notify_status{"it answers with status {0}: {1}",
                                      "返回状态码 {0}:{1}"};
inline constexpr Phrase notify_plain_status{"it answers with status {0}",
                                            "返回状态码 {0}"};
inline constexpr Phrase notify_code{"it says no, code {0}: {1}",
                                    "拒绝了消息,代码 {0}:{1}"};
inline constexpr Phrase notify_odd{
    "its answer is not that of this service: {0}",
    "返回内容不是该服务的响应:{0}"};
inline constexpr Phrase notify_redirect{
    "it answers with a redirect, which is not followed (status {0})",
    "返回重定向(状态码 {0}),不予跟随"};
inline constexpr Phrase notify_unreachable{"it cannot be reached: {0}",
                                           "无法连接:{0}"};
inline constexpr Phrase notify_mail_failed{"the mail server: {0}",
                                           "邮件服务器:{0}"};

inline constexpr Phrase notify_later{
    "notification {0}: {1}; it is tried again in {2} s",
    "通知 {0}:{1};{2} 秒后重试"};
inline constexpr Phrase notify_refused{
    "notification {0}: {1}; this message will not be sent",
    "通知 {0}:{1};此消息不再发送"};
inline constexpr Phrase notify_given_up{
    "notification {0}: a message of {1} was given up after a day",
    "通知 {0}:{1} 的消息一天内未能送达,已放弃"};
inline constexpr Phrase notify_too_many{
    "notification {0}: too many messages wait; the oldest was given up",
    "通知 {0}:待发消息过多,最早的一条已放弃"};
inline constexpr Phrase notify_was_sent{"notification {0}: sent",
                                        "通知 {0}:已发送"};
inline constexpr Phrase notify_queue_lost{
    "the queue of notifications cannot be used: {0}", "通知队列不可用:{0}"};
inline constexpr Phrase notify_left{
    "{0} messages could not be sent yet; they wait for the next run",
    "{0} 条通知尚未送出,将在下次运行时发送"};
inline constexpr Phrase notify_none{
    "notification: no service is enabled in {0}",
    "notification:{0} 中没有启用任何服务"};
inline constexpr Phrase notify_unknown{
    "notification: {0} is not enabled; enabled are: {1}",
    "notification:{0} 未启用;已启用的有:{1}"};

}  // namespace base::say
