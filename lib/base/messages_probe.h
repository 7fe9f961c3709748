#pragma once

#include "base/messages.h"

// The table of sentences, continued: what probes, verdicts and guards say.
namespace base::say {

// What an answer showed.
inline constexpr Phrase told{"HTTP {0}: {1}", "HTTP {0}:{1}"};
inline constexpr Phrase told_nothing{"HTTP {0} without an answer in it",
                                     "HTTP {0},内容中没有有效回答"};
inline constexpr Phrase told_empty{"HTTP {0} with an empty body",
                                   "HTTP {0},响应体为空"};
inline constexpr Phrase told_html{
    "HTTP {0} with a web page instead of an answer",
    "HTTP {0},返回的是网页而不是回答"};
inline constexpr Phrase told_redirect{
    "HTTP {0}: a redirect that is not followed, so that no key goes astray",
    "HTTP {0}:该重定向未被跟随,以免密钥外泄"};
inline constexpr Phrase told_no_list{"HTTP {0} without any model in the list",
                                     "HTTP {0},列表中没有任何模型"};
inline constexpr Phrase login_refused{"login refused with HTTP {0}: {1}",
                                      "登录被拒绝,HTTP {0}:{1}"};
inline constexpr Phrase no_answer_in_time{"no answer within {0}",
                                          "{0} 内没有回答"};
inline constexpr Phrase network{"network: {0}", "网络错误:{0}"};
inline constexpr Phrase undecoded{"the answer cannot be decoded: {0}",
                                  "响应无法解码:{0}"};
inline constexpr Phrase too_large{"the answer passed a limit of size",
                                  "响应超过了大小上限"};

inline constexpr Phrase long_lists_at_once{
    "too many upstreams send a long list at once; this one has to wait for the "
    "next round",
    "同时返回超长列表的上游过多,此列表留待下一轮"};

// Why a candidate was not asked.
inline constexpr Phrase spared{
    "not asked: {0} models of this channel had failed alike ({1})",
    "未发送:该渠道已有 {0} 个模型以同样方式失败({1})"};
inline constexpr Phrase kind_costs{
    "a probe of kind {0} costs money or needs media; probe.expensive allows it",
    "{0} 类探测会产生费用或需要媒体文件;可用 probe.expensive 允许"};
inline constexpr Phrase kind_unknown_to_provider{
    "there is no probe of kind {0} for this provider",
    "此类上游没有 {0} 类探测方法"};
inline constexpr Phrase wildcard{
    "a wildcard entry stands for many models and cannot be asked itself",
    "通配条目代表多个模型,无法直接探测"};
inline constexpr Phrase unsendable{
    "the name holds control characters, broken UTF-8, or is too long to be "
    "sent",
    "名称含有控制字符、无效的 UTF-8 或过长,不予发送"};
inline constexpr Phrase mapping_circle{
    "model_mapping leads this name in a circle",
    "model_mapping 对该名称形成循环"};
inline constexpr Phrase type_has_own_protocol{
    "channels of type {0} ({1}) speak a protocol that is not probed yet",
    "类型 {0}({1})的渠道使用专有协议,尚不支持探测"};
inline constexpr Phrase type_answers_nothing{
    "channels of type {0} ({1}) have no models that answer a test call",
    "类型 {0}({1})的渠道没有可测试的模型"};
inline constexpr Phrase type_unknown{
    "type {0} is unknown to this product, and the channel has no base_url",
    "该产品没有类型 {0},且渠道未填写 base_url"};
inline constexpr Phrase no_address{
    "the channel has no base_url, and its type {0} has no default host",
    "渠道未填写 base_url,且类型 {0} 没有默认地址"};
inline constexpr Phrase no_account{
    "the account is missing that the address needs", "缺少地址所需的账户 ID"};
inline constexpr Phrase no_region{
    "the region is missing, or is none: it has to be a word such as us-east-1",
    "缺少区域或区域无效:应为 us-east-1 这样的名称"};
inline constexpr Phrase no_project{"the project is missing", "缺少项目 ID"};
inline constexpr Phrase key_of_other_form{
    "the key does not have the form that this vendor wants: {0}",
    "密钥格式不符合该供应商的要求:{0}"};
inline constexpr Phrase no_routes{"the channel has no routes in its settings",
                                  "渠道设置中没有任何路由"};
inline constexpr Phrase converter_not_emulated{
    "the gateway converts what it asks on this route ({0}), which is not "
    "emulated",
    "网关在该路由上进行协议转换({0}),此处未模拟"};
inline constexpr Phrase model_not_routed{
    "the gateway itself has no way to this model on this channel",
    "网关在该渠道上没有通往此模型的路径"};
inline constexpr Phrase key_answers_again{
    "channel {0} ({1}): key #{2}, which the gateway has disabled, answers "
    "again; enable it there",
    "渠道 {0}({1}):被网关停用的密钥 #{2} 又可用了,可在网关中重新启用"};
inline constexpr Phrase no_enabled_key{"every key of the channel is disabled",
                                       "该渠道的所有密钥都已停用"};
inline constexpr Phrase not_emulated{
    "an override of this channel is not emulated, so its failure proves "
    "nothing; it was {0}",
    "该渠道有未模拟的覆盖设置,失败不能说明问题;结果为 {0}"};
inline constexpr Phrase stopped_before_end{
    "the round ended before this was answered", "本轮结束时尚未得到回答"};
inline constexpr Phrase not_due{"not due: last seen {0}",
                                "未到期:上次结果 {0}"};

// What a verdict says beside its outcome.
inline constexpr Phrase unproven{
    "{0} (counts only once a probe of this kind has succeeded on the channel)",
    "{0}(该渠道此类探测成功过一次之后才会计入)"};

// Why a channel is what it is in the report.
inline constexpr Phrase wrong_address{
    "only {1} answers, not {0}: the gateway cannot reach it either; set "
    "base_url to {1}",
    "{0} 无法访问,{1} 可以:网关同样访问不到,请把 base_url 改为 {1}"};
inline constexpr Phrase all_unreachable{
    "no model could be reached over the network: {0}",
    "网络上无法到达任何模型:{0}"};
inline constexpr Phrase all_failed{"no model of the channel answers: {0}",
                                   "该渠道没有任何模型可用:{0}"};
inline constexpr Phrase all_failed_kept{
    "no model of the channel answers ({0}); on_all_failed is keep",
    "该渠道没有任何模型可用({0});on_all_failed 为 keep"};
inline constexpr Phrase nothing_to_probe{
    "the channel lists no models, and its upstream offers none",
    "该渠道没有列出模型,上游也没有提供"};
inline constexpr Phrase none_chosen{"none of its models was chosen",
                                    "没有选中其任何模型"};
inline constexpr Phrase edited_meanwhile{
    "somebody changed the channel during the round; nothing was written",
    "本轮期间渠道被修改,未写入任何内容"};
inline constexpr Phrase commit_unanswered{
    "the commit was not answered; the next start looks what became of it",
    "提交未收到答复;下次启动时会核对结果"};
inline constexpr Phrase would_change_only{
    "not applied: do_not_modify_db is set", "未应用:已设置 do_not_modify_db"};
inline constexpr Phrase unwritten_only{
    "not applied: the round ended before it was written",
    "未应用:本轮在写入之前已结束"};
inline constexpr Phrase dry_run_only{"not applied: a dry run", "未应用:试运行"};
inline constexpr Phrase removed_again_by_sync{
    "channel {0} ({1}): the gateway's own upstream sync may add removed models "
    "again; turn it off for this channel or ignore them there",
    "渠道 {0}({1}):网关自身的上游同步可能重新添加已移除的模型;请对该渠道关"
    "闭同步或在网关中忽略这些模型"};

// Guards.
inline constexpr Phrase cut_off_all{
    "no upstream answered at all: this machine is taken to be cut off; nothing "
    "was written or learnt",
    "没有任何上游应答:判定为本机断网,未写入也未记录任何内容"};
inline constexpr Phrase cut_off_most{
    "{0} of {1} hosts failed on the network: this machine is taken to be cut "
    "off; nothing was written or learnt",
    "{1} 个主机中有 {0} 个网络失败:判定为本机断网,未写入也未记录任何内容"};
inline constexpr Phrase cut_off_address{
    "guard.connectivity_url did not answer: this machine is taken to be cut "
    "off; nothing was written or learnt",
    "guard.connectivity_url 没有应答:判定为本机断网,未写入也未记录任何内容"};
inline constexpr Phrase mass_removal{
    "{0} of {1} listed models would be removed or disabled, more than {2} %: "
    "nothing was removed or disabled; {3} accepts it",
    "列出的 {1} 个模型中有 {0} 个将被移除或停用,超过 {2}%:未移除也未停用;"
    "确认无误可执行 {3}"};
inline constexpr Phrase held_by_mass_removal{
    "removals are held: too many in this round", "移除已搁置:本轮移除过多"};
inline constexpr Phrase mass_addition{
    "the upstream offers {0} models that the channel does not list, more than "
    "max_new_models ({1}): none was probed or added; a larger number or "
    "--force takes them",
    "上游提供了 {0} 个渠道未列出的模型,超过 max_new_models({1}):均未探测或"
    "添加;可调大该值或使用 --force"};
inline constexpr Phrase last_model{
    "every model of the list would go; {0} stays, so that the list is not "
    "empty",
    "列表中的模型将全部移除;保留 {0},以免列表为空"};
inline constexpr Phrase auto_ban{
    "no model answers, but the channel's auto_ban forbids to disable it",
    "没有模型可用,但该渠道的 auto_ban 禁止自动停用"};
inline constexpr Phrase protected_channel{
    "no model answers, but a protected model is listed, so the channel is not "
    "disabled",
    "没有模型可用,但列表中有受保护的模型,因此不停用该渠道"};
inline constexpr Phrase group_uncovered{
    "channel {0} ({1}) is enabled in group \"{2}\", which has no row in "
    "abilities: the gateway dies of it at its next cache sync; "
    "channel-monitor repair mends it, unless the group differs from another "
    "one "
    "of the channel in case or blanks alone: then rename one",
    "渠道 {0}({1})已启用,但其分组“{2}”在 abilities 中没有任何行:网关下次同步"
    "缓存时会崩溃;执行 channel-monitor repair 可修复,若该分组与此渠道的另一分组"
    "仅大小写或空格不同则需将其中一个改名"};

}  // namespace base::say
