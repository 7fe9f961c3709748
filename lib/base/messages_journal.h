#pragma once

#include "base/messages.h"

// The table of sentences, continued: the commands history, undo and repair.
namespace base::say {

// Why a change is not brought back.
inline constexpr Phrase undo_never_written{
    "it was never written, so there is nothing to bring back",
    "该改动从未写入,无需撤销"};
inline constexpr Phrase undo_unknown{
    "nobody knows whether it was written: the row was changed by others before "
    "that could be seen",
    "无法得知该改动是否写入:在能够确认之前,该行已被他人修改"};
inline constexpr Phrase undo_done_already{
    "it was brought back already, by round {0}", "该改动已由第 {0} 轮撤销"};
inline constexpr Phrase undo_channel_gone{"the channel does not exist any more",
                                          "该渠道已不存在"};
inline constexpr Phrase undo_other_channel{
    "the channel that had this id is gone, and another one has it now",
    "原来使用此 id 的渠道已不存在,现在此 id 属于另一个渠道"};
inline constexpr Phrase undo_channel_came{
    "a channel has this id by now, and its abilities are its own",
    "此 id 现在已有渠道,其 abilities 属于该渠道"};
inline constexpr Phrase undo_differs{
    "it has been changed since, by somebody else or by a later round: {0}",
    "此后已被他人或后来的轮次修改:{0}"};
inline constexpr Phrase undo_edited_now{
    "it was changed at this very moment; look at it and try again",
    "就在此刻被修改;请检查后重试"};
inline constexpr Phrase undo_nothing_left{
    "nothing of it is left to bring back: its rows in abilities were changed "
    "since, or the gateway needs them as they are",
    "没有可以撤销的内容:其 abilities 记录此后已被修改,或网关需要其保持原样"};
inline constexpr Phrase commit_unknown{
    "the database did not answer the commit; the next start looks what became "
    "of it",
    "数据库未应答提交;下次启动时会查明结果"};

// undo
inline constexpr Phrase undo_of_round{"undo of round {0}", "撤销第 {0} 轮"};
inline constexpr Phrase undo_of_what{
    "say what to bring back: undo ROUND, undo --channel ID or undo --since "
    "TIME; channel-monitor history shows what there is",
    "请指明要撤销的内容:undo ROUND、undo --channel ID 或 undo --since TIME;"
    "可用 channel-monitor history 查看"};
inline constexpr Phrase undo_no_such_round{
    "there is no round {0}; channel-monitor history shows those that changed "
    "something",
    "没有第 {0} 轮;可用 channel-monitor history 查看有改动的轮次"};
inline constexpr Phrase undo_no_such_change{
    "there is no change of channel {0} that could be brought back; "
    "channel-monitor history --channel {0} shows what there was",
    "渠道 {0} 没有可以撤销的改动;可用 channel-monitor history --channel {0} "
    "查看"};
inline constexpr Phrase bad_time{
    "--since {0}: expected a time such as 2026-11-21T08:38:27Z or 2026-11-21",
    "--since {0}:应为形如 2026-11-21T08:38:27Z 或 2026-11-21 的时间"};
inline constexpr Phrase not_modified{
    "do_not_modify_db is set: nothing is written; --dry-run shows what would "
    "be",
    "已设置 do_not_modify_db:不会写入;可用 --dry-run 查看将要写入的内容"};
inline constexpr Phrase undo_empty{"nothing was changed then",
                                   "当时没有任何改动"};
inline constexpr Phrase undo_done{"brought back", "已撤销"};
inline constexpr Phrase undo_would{"would be brought back", "将撤销"};
inline constexpr Phrase undo_refused{"NOT brought back", "未撤销"};
inline constexpr Phrase undo_summary{
    "{0} brought back, {1} not. To return to how it was before this: "
    "{2}",
    "已撤销 {0} 项,未撤销 {1} 项。要回到本次操作之前:{2}"};
inline constexpr Phrase undo_summary_none{
    "{0} brought back, {1} not; nothing was written",
    "已撤销 {0} 项,未撤销 {1} 项;未写入任何内容"};
inline constexpr Phrase undo_summary_dry{
    "Dry run, nothing was written: {0} would be brought back, {1} not",
    "试运行,未写入任何内容:将撤销 {0} 项,不能撤销 {1} 项"};
inline constexpr Phrase undo_next_round{
    "What is dead is removed again by the next round; protect_model and "
    "exclude_channel keep it",
    "下一轮仍会移除失效的模型;可用 protect_model 或 exclude_channel 保留"};

// repair
inline constexpr Phrase repair_reason{"abilities mended", "修复 abilities"};
inline constexpr Phrase repair_onehub{
    "one-hub has no table \"abilities\": there is nothing to repair",
    "one-hub 没有 abilities 表:无需修复"};
inline constexpr Phrase repair_nothing{
    "{0} channels looked at: all abilities agree, nothing to repair",
    "已检查 {0} 个渠道:abilities 全部一致,无需修复"};
inline constexpr Phrase repair_done{"mended", "已修复"};
inline constexpr Phrase repair_would{"would be mended", "将修复"};
inline constexpr Phrase repair_failed{"NOT mended", "未修复"};
inline constexpr Phrase repair_summary{
    "{0} of {1} mended. To return to how it was before this: {2}",
    "已修复 {0} 个,共 {1} 个。要回到本次操作之前:{2}"};
inline constexpr Phrase repair_summary_none{"{0} of {1} mended",
                                            "已修复 {0} 个,共 {1} 个"};
inline constexpr Phrase repair_summary_dry{
    "Dry run, nothing was written: {0} of {1} would be mended",
    "试运行,未写入任何内容:将修复 {0} 个,共 {1} 个"};
inline constexpr Phrase repair_bare{
    "group \"{0}\" has no row in abilities and can get none, since the "
    "database "
    "takes it for another group of this channel: the gateway dies of that at "
    "its next cache sync; rename one of them",
    "分组“{0}”在 abilities 中没有任何行,也无法补上,因为数据库将其与该渠道的"
    "另一分组视为同一个:网关下次同步缓存时会崩溃;请将其中一个改名"};
inline constexpr Phrase repair_kept{
    "rows of group \"{0}\" stay, since channel {1} ({2}) is enabled in it and "
    "has none of its own: without any the gateway would die at its next cache "
    "sync. Mend that channel first",
    "分组“{0}”的记录予以保留:渠道 {1}({2})已在该分组启用,却没有自己的记录;"
    "若一行不剩,网关下次同步缓存时会崩溃。请先修复该渠道"};
inline constexpr Phrase no_such_channel_left{"a channel that does not exist",
                                             "不存在的渠道"};

// What a change did.
inline constexpr Phrase reason_of_model{"{0}: {1}", "{0}:{1}"};
inline constexpr Phrase line_added{"added", "添加"};
inline constexpr Phrase line_removed{"removed", "移除"};
inline constexpr Phrase line_status{"status", "状态"};
inline constexpr Phrase line_list{"list", "列表"};
inline constexpr Phrase line_abilities{"abilities", "abilities"};
inline constexpr Phrase line_why{"why", "原因"};
inline constexpr Phrase list_tidied{"written in another form, the same names",
                                    "写法改变,名称相同"};
inline constexpr Phrase rows_changed{
    "{0} rows added, {1} removed, {2} corrected",
    "添加 {0} 行,移除 {1} 行,更正 {2} 行"};
inline constexpr Phrase from_to{"{0} -> {1}", "{0} -> {1}"};

// history
inline constexpr Phrase history_empty{"no changes so far", "尚无改动"};
inline constexpr Phrase history_none{"no such changes", "没有这样的改动"};
inline constexpr Phrase history_round{"Round {0}", "第 {0} 轮"};
inline constexpr Phrase history_undo{"Round {0} (undo)", "第 {0} 轮(撤销)"};
inline constexpr Phrase history_repair{"Round {0} (repair)", "第 {0} 轮(修复)"};
inline constexpr Phrase history_undone{"undone by round {0}",
                                       "已由第 {0} 轮撤销"};
inline constexpr Phrase history_dropped{"never written", "从未写入"};
inline constexpr Phrase history_open{
    "not known yet whether it was written: the next round looks",
    "尚不清楚是否已写入:下一轮会查明"};
inline constexpr Phrase history_strange{
    "not known whether it was written: others changed the row first",
    "不清楚是否已写入:该行已先被他人修改"};
inline constexpr Phrase history_bring_back{
    "To bring it back: {0} (first to see what that does: {0} --dry-run)",
    "撤销:{0}(先查看效果:{0} --dry-run)"};
inline constexpr Phrase history_more{
    "Older changes are not shown; --last {0} shows more",
    "更早的改动未显示;可用 --last {0} 查看更多"};

}  // namespace base::say
