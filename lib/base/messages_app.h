#pragma once

#include "base/messages.h"

// The table of sentences, continued: the command line and its commands.
namespace base::say {

inline constexpr Phrase no_configuration{
    "there is no config.yaml, config.yml or config.json in {0}; name a file "
    "with --config, or try channel-monitor demo",
    "{0} 中没有 config.yaml、config.yml 或 config.json;请用 --config 指定文件,"
    "或先运行 channel-monitor demo"};
inline constexpr Phrase in_file{"{0}: {1}", "{0}:{1}"};
inline constexpr Phrase product_undecided{
    "the columns of channels fit more than one product; set product to {0}",
    "channels 表的列符合多个产品;请将 product 设为 {0}"};
inline constexpr Phrase itself{"{0}", "{0}"};
inline constexpr Phrase one_or_other{"{0} or {1}", "{0} 或 {1}"};
inline constexpr Phrase product_differs{
    "oneapi_type says {0}, but the table is {1}'s; the table is believed",
    "oneapi_type 为 {0},但数据表属于 {1};以数据表为准"};
inline constexpr Phrase product_by_hint{
    "the table has columns of two products; the later ones are {0}'s, as "
    "oneapi_type says",
    "数据表含有两个产品的列;较新的列属于 {0},与 oneapi_type 一致"};
inline constexpr Phrase locked_by{
    "another monitor is at work on this database: {0}",
    "另一个监控进程正在处理该数据库:{0}"};
inline constexpr Phrase locked_by_unknown{
    "another monitor is at work on this database",
    "另一个监控进程正在处理该数据库"};
inline constexpr Phrase dry_without_lock{
    "the lock cannot be had ({0}); a dry run goes on without it",
    "无法取得锁({0});试运行在无锁状态下继续"};
inline constexpr Phrase is_mount_point{
    "{0} is itself a mount point, so its journal would lie in another folder "
    "than the gateway's; mount the folder that it is in instead",
    "{0} 本身是挂载点,其日志文件会与网关的不在同一目录;请改为挂载其所在目录"};
inline constexpr Phrase needs_restart{
    "{0} has changed: that needs a restart; the old one stays until then",
    "{0} 已更改:需要重启才会生效,此前沿用旧值"};
inline constexpr Phrase reloaded{"the configuration was read again",
                                 "已重新读取配置"};
inline constexpr Phrase not_reloaded{
    "the configuration was not taken over; the old one stays: {0}",
    "未采用新配置,沿用旧配置:{0}"};
inline constexpr Phrase output_unwritable{
    "standard output cannot be written: {0}", "无法写入标准输出:{0}"};
inline constexpr Phrase unexpected{
    "something went wrong that should not have: {0}", "出现意外错误:{0}"};

// Log lines of a round.
inline constexpr Phrase channel_line{"channel {0} ({1}): {2}",
                                     "渠道 {0}({1}):{2}"};
inline constexpr Phrase added_list{"added {0}", "添加 {0}"};
inline constexpr Phrase removed_list{"removed {0}", "移除 {0}"};
inline constexpr Phrase status_set{"status {0} -> {1}", "状态 {0} -> {1}"};
inline constexpr Phrase result_line{"{0}: {1}", "{0}:{1}"};
inline constexpr Phrase and_also{"{0}; {1}", "{0};{1}"};
inline constexpr Phrase model_line{"{0} is {1}: {2}", "{0} {1}:{2}"};
inline constexpr Phrase guard_line{"guard {0}: {1}", "保护 {0}:{1}"};

inline constexpr Phrase progress{
    "{0}/{1} channels, {2} calls, {3} failed, {4}/s",
    "渠道 {0}/{1},调用 {2},失败 {3},{4}/秒"};
inline constexpr Phrase time_left{"about {0} left", "约剩 {0}"};

// check
inline constexpr Phrase check_configuration{"configuration", "配置"};
inline constexpr Phrase check_database{"database", "数据库"};
inline constexpr Phrase check_product{"product", "产品"};
inline constexpr Phrase check_channels{"channels", "渠道"};
inline constexpr Phrase check_rights{"rights", "权限"};
inline constexpr Phrase check_state{"state", "状态文件"};
inline constexpr Phrase check_harm{"harm", "隐患"};
inline constexpr Phrase check_reload{"reload", "重新加载"};
inline constexpr Phrase onehub_will_be_told{
    "the One Hub will be told to read its channels again",
    "写入后会通知 One Hub 重新加载渠道"};
inline constexpr Phrase check_calls{"calls", "调用量"};
inline constexpr Phrase check_proxies{"proxies", "代理"};
inline constexpr Phrase check_authorities{"authorities", "CA 证书"};
inline constexpr Phrase configuration_is_good{"{0} is good", "{0} 正确"};
inline constexpr Phrase channels_counted{
    "{0} in the table, {1} looked at, {2} models listed there",
    "表中 {0} 个,将检查 {1} 个,共列出 {2} 个模型"};
inline constexpr Phrase channel_problem{"channel {0} ({1}): {2}",
                                        "渠道 {0}({1}):{2}"};
inline constexpr Phrase may_write{"the database may be written",
                                  "可以写入数据库"};
inline constexpr Phrase may_not_write{"the database may not be written: {0}",
                                      "无法写入数据库:{0}"};
inline constexpr Phrase only_reads{
    "do_not_modify_db is set: nothing will be written",
    "已设置 do_not_modify_db:不会写入"};
inline constexpr Phrase state_is_there{"{0}: {1} rounds so far",
                                       "{0}:已记录 {1} 轮"};
inline constexpr Phrase state_will_be_made{"{0} will be made", "将创建 {0}"};
inline constexpr Phrase no_harm{
    "every group of every enabled channel has its rows in abilities",
    "所有已启用渠道的分组在 abilities 中均有记录"};
inline constexpr Phrase calls_a_day{
    "about {0} test calls and {1} list requests in a round, {2} rounds a day: "
    "{3} calls a day",
    "每轮约 {0} 次测试调用和 {1} 次列表请求,每天 {2} 轮:每天约 {3} 次调用"};
inline constexpr Phrase calls_a_day_due{
    "about {0} test calls in a round in which all is due, {1} list requests in"
    " each, {2} rounds a day: {3} calls a day while all answers",
    "全部到期的一轮约 {0} 次测试调用,每轮 {1} 次列表请求,每天 {2} 轮:"
    "全部正常时每天约 {3} 次调用"};
inline constexpr Phrase calls_a_round{
    "about {0} test calls and {1} list requests in a round",
    "每轮约 {0} 次测试调用和 {1} 次列表请求"};
inline constexpr Phrase proxies_set{"{0} of the environment counts",
                                    "环境变量 {0} 生效"};

// Files that would be written over.
inline constexpr Phrase place_of_gateway{
    "{0} names {1}, which belongs to the gateway's database; a file of its own "
    "is expected",
    "{0} 指向 {1},该文件属于网关数据库;应使用单独的文件"};
inline constexpr Phrase place_of_ours{
    "{0} names {1}, which the configuration or the state is kept in; a file of "
    "its own is expected",
    "{0} 指向 {1},该文件是配置或状态文件;应使用单独的文件"};

// list
inline constexpr Phrase list_nothing{"the gateway has no channels",
                                     "网关中没有渠道"};
inline constexpr Phrase status_enabled{"enabled", "启用"};
inline constexpr Phrase status_by_hand{"off by hand", "手动停用"};
inline constexpr Phrase status_automatic{"off automatically", "自动停用"};
inline constexpr Phrase never_seen{"never", "从未"};
inline constexpr Phrase was_removed{"removed: {0}", "已移除:{0}"};
inline constexpr Phrase was_dismissed{"taken off by the administrator",
                                      "被管理员移出"};

// test
inline constexpr Phrase no_such_channel{
    "there is no channel {0}; channel-monitor list shows them",
    "没有渠道 {0};可用 channel-monitor list 查看"};
inline constexpr Phrase several_channels{
    "several channels are called {0}: {1}; use the id",
    "有多个渠道名为 {0}:{1};请使用 id"};
inline constexpr Phrase test_request{"Request", "请求"};
inline constexpr Phrase test_answer{"Answer", "响应"};
inline constexpr Phrase key_seen{"key #{0}: {1}", "密钥 #{0}:{1}"};
inline constexpr Phrase key_is_off{"(disabled in the gateway)",
                                   "(网关中已停用)"};
inline constexpr Phrase test_result{"{0} ({1}): {2}", "{0}({1}):{2}"};
inline constexpr Phrase test_times{
    "headers after {0} ms, first token after {1} ms, {2} ms in all, {3} calls",
    "响应头 {0} 毫秒,首个 token {1} 毫秒,总计 {2} 毫秒,调用 {3} 次"};

// demo
inline constexpr Phrase demo_intro{
    "A throw-away gateway with {0} channels, and simulated upstreams of every "
    "mood behind them. Nothing of it leaves this machine.",
    "一个临时网关,含 {0} 个渠道和各种状态的模拟上游。一切都只在本机进行。"};

}  // namespace base::say
