#pragma once

#include "base/messages.h"

// The table of sentences, continued: what --help says, and what is wrong with a
// command line.
namespace base::say {

inline constexpr Phrase help_about{
    "Keeps the model lists of a One API, New API or One Hub gateway true.",
    "让 One API、New API 或 One Hub 网关的模型列表与实际可用的模型保持一致。"};
inline constexpr Phrase help_help{"print this help and exit", "显示帮助后退出"};
inline constexpr Phrase help_version{"print the version and exit",
                                     "显示版本后退出"};
inline constexpr Phrase help_usage{"Usage", "用法"};
inline constexpr Phrase help_options{"Options", "选项"};
inline constexpr Phrase help_commands{"Commands", "命令"};
inline constexpr Phrase help_arguments{"Arguments", "参数"};

inline constexpr Phrase help_config{
    "configuration (default: config.yaml, config.yml or config.json here)",
    "配置文件(默认:当前目录的 config.yaml、config.yml 或 config.json)"};
inline constexpr Phrase help_dry_run{
    "write nothing, show what would be written",
    "不写入任何内容,只显示将要写入的内容"};
inline constexpr Phrase help_force{
    "lift the guards mass_removal and mass_addition; init: overwrite",
    "解除 mass_removal 与 mass_addition 两项保护;init:覆盖已有文件"};
inline constexpr Phrase help_now{"do not wait for the first round",
                                 "首轮立即开始,不等待"};
inline constexpr Phrase help_channel{"only these channels", "只处理这些渠道"};
inline constexpr Phrase help_model{"only models that match",
                                   "只处理名称匹配的模型"};
inline constexpr Phrase help_format{"table or json", "table 或 json"};
inline constexpr Phrase help_quiet{"only warnings and errors",
                                   "只输出警告和错误"};
inline constexpr Phrase help_verbose{"every detail in the log",
                                     "日志中输出全部细节"};
inline constexpr Phrase help_color{"auto, always or never",
                                   "auto、always 或 never"};
inline constexpr Phrase help_once{"one round, then exit", "只运行一轮后退出"};

inline constexpr Phrase help_run{"a round every time_period (the default)",
                                 "每隔 time_period 运行一轮(默认命令)"};
inline constexpr Phrase help_demo{
    "one round on a throw-away gateway with simulated upstreams",
    "在一次性网关和模拟上游上演示一轮"};
inline constexpr Phrase help_check{
    "configuration, database, rights and harm already there; touches nothing",
    "检查配置、数据库、权限以及已有的问题;不做任何改动"};
inline constexpr Phrase help_list{
    "channels and models with their last outcomes",
    "列出渠道、模型及其最近一次结果"};
inline constexpr Phrase help_test{
    "probe one channel or model now; writes nothing",
    "立即测试某个渠道或模型;不写入任何内容"};
inline constexpr Phrase help_test_channel{"id or name", "渠道 ID 或名称"};
inline constexpr Phrase help_test_model{"a model's public name",
                                        "模型的对外名称"};
inline constexpr Phrase help_history{"past changes, newest first; only looks",
                                     "查看以往的改动,最新的在前;只读"};
inline constexpr Phrase help_last{"at most so many changes",
                                  "最多显示多少条改动"};
inline constexpr Phrase help_undo{
    "bring back the changes of a round, the last one of a --channel, or all "
    "--since a time",
    "恢复某一轮的改动、某个 --channel 的最近一次改动,或 --since "
    "某时间以来的全部改动"};
inline constexpr Phrase help_round{"the number of a round", "轮次编号"};
inline constexpr Phrase help_since{
    "changes since then: RFC 3339, UTC if there is no zone",
    "自该时间以来的改动:RFC 3339 格式,无时区时视为 UTC"};
inline constexpr Phrase help_repair{"make abilities agree with their channels",
                                    "使 abilities 与各渠道保持一致"};

inline constexpr Phrase help_notify{"messages about changes", "变更通知"};
inline constexpr Phrase help_notify_test{
    "send a test message to every enabled service, or to one",
    "向所有已启用的通知服务(或指定的一个)发送测试消息"};
inline constexpr Phrase help_notify_service{
    "the name of a service, such as telegram or feishu",
    "服务名称,如 telegram 或 feishu"};

inline constexpr Phrase usage_unknown{
    "unknown argument \"{0}\"; channel-monitor --help lists what there is",
    "未知参数“{0}”;可用参数见 channel-monitor --help"};
inline constexpr Phrase usage_wrong{
    "{0}; channel-monitor --help tells how it is meant",
    "{0};用法见 channel-monitor --help"};
inline constexpr Phrase usage_missing{
    "{0} is missing its value; channel-monitor --help tells how it is meant",
    "{0} 缺少取值;用法见 channel-monitor --help"};
inline constexpr Phrase usage_required{
    "test needs the id or the name of a channel", "test 需要渠道的 ID 或名称"};
inline constexpr Phrase usage_notify{
    "notify needs a command of its own: channel-monitor notify test",
    "notify 需要子命令:channel-monitor notify test"};
inline constexpr Phrase usage_whole_channels{
    "history, undo and repair know whole channels only: --channel chooses some,"
    " --model does not",
    "history、undo 和 repair 只按整个渠道处理:请用 --channel 选择,"
    "不支持 --model"};
inline constexpr Phrase usage_one_of{"\"{0}\" is none of: {1}",
                                     "“{0}”不在以下取值之中:{1}"};
inline constexpr Phrase usage_number{
    "\"{0}\" is no whole number from {1} to {2}",
    "“{0}”不是 {1} 到 {2} 之间的整数"};
inline constexpr Phrase usage_no_file{
    "the name of a file is expected, not an empty text",
    "应为文件名,而不是空文本"};

}  // namespace base::say
