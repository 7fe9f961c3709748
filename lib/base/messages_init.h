#pragma once

#include "base/messages.h"

// The table of sentences, continued: init, and the file that it writes.
namespace base::say {

inline constexpr Phrase help_init{
    "write a configuration, by asking, or from what is given here",
    "通过提问或根据给定的参数生成配置文件"};
inline constexpr Phrase help_init_output{
    "the file to write (default: config.json)",
    "要写入的文件(默认:config.json)"};
inline constexpr Phrase help_init_db_type{
    "the gateway's database: mysql, postgres or sqlite",
    "网关的数据库:mysql、postgres 或 sqlite"};
inline constexpr Phrase help_init_dsn{
    "where it is and how to log in; {0} and file:/path stay as they are",
    "数据库地址与登录信息;{0} 和 file:/path 按原样写入"};
inline constexpr Phrase help_init_period{
    "time from one round to the next, such as 1h", "两轮之间的间隔,例如 1h"};
inline constexpr Phrase help_init_language{"of what is said: auto, en or zh",
                                           "提示语言:auto、en 或 zh"};

inline constexpr Phrase init_is_there{
    "{0} is there already, and stays as it is; name another file with "
    "--output, "
    "or overwrite it with --force",
    "{0} 已存在,保持不变;请用 --output 指定其他文件,或用 --force 覆盖"};
inline constexpr Phrase init_needs_dsn{
    "without a terminal there is nobody to ask: --dsn has to say where the "
    "gateway's database is",
    "没有终端,无法提问:请用 --dsn 给出网关数据库的地址"};
inline constexpr Phrase init_no_gateway{
    "the database cannot be used: {0}; nothing was written (--force writes "
    "nevertheless)",
    "无法使用该数据库:{0};未写入任何文件(--force 可强制写入)"};
inline constexpr Phrase init_cannot_write{"{0} cannot be written: {1}",
                                          "无法写入 {0}:{1}"};
inline constexpr Phrase init_interrupted{"nothing was written",
                                         "未写入任何文件"};

inline constexpr Phrase init_welcome{
    "This writes {0}. An empty answer takes what stands in brackets; Ctrl-C "
    "leaves everything as it is.",
    "将生成 {0}。直接回车即采用方括号中的值;按 Ctrl-C 放弃,不做任何改动。"};
inline constexpr Phrase init_ask_db_type{
    "Which database does the gateway use: mysql, postgres, sqlite?",
    "网关使用哪种数据库:mysql、postgres、sqlite?"};
inline constexpr Phrase init_ask_mysql{
    "Its address, such as user:password@tcp(127.0.0.1:3306)/oneapi, or {0} "
    "for a variable of the environment. It is not shown.",
    "数据库地址,例如 user:password@tcp(127.0.0.1:3306)/oneapi,或用 {0} "
    "表示环境变量。输入内容不会显示。"};
inline constexpr Phrase init_ask_postgres{
    "Its address, such as postgres://user:password@127.0.0.1:5432/oneapi, or "
    "{0} for a variable of the environment. It is not shown.",
    "数据库地址,例如 postgres://user:password@127.0.0.1:5432/oneapi,或用 "
    "{0} 表示环境变量。输入内容不会显示。"};
inline constexpr Phrase init_ask_sqlite{
    "The gateway's database file, such as /data/one-api.db",
    "网关的数据库文件,例如 /data/one-api.db"};
inline constexpr Phrase init_ask_period{
    "How long from one round to the next, such as 30m or 1h30m?",
    "两轮检测间隔多久,例如 30m 或 1h30m?"};
inline constexpr Phrase init_ask_language{"Which language: auto, en, zh?",
                                          "使用哪种语言:auto、en、zh?"};
inline constexpr Phrase init_ask_keep{
    "Write it nevertheless? yes, or no to give another address",
    "仍然写入吗?yes 为是;no 为重新填写地址"};

inline constexpr Phrase init_found{"{0}: {1}, {2} channels with {3} models",
                                   "{0}:{1},{2} 个渠道,共列出 {3} 个模型"};
inline constexpr Phrase init_no_access{"the database cannot be used: {0}",
                                       "无法使用该数据库:{0}"};
inline constexpr Phrase init_onehub{
    "A One Hub has to be told of changes: fill in base_url and system_token, "
    "which stand at the end of the file.",
    "One Hub 需要被通知才会使用改动:请填写文件末尾的 base_url 与 "
    "system_token。"};
inline constexpr Phrase init_written{"{0} is written; others may not read it.",
                                     "已生成 {0};其他用户无权读取。"};
inline constexpr Phrase init_shadowed{
    "{0} is there, too, and is what is read without --config.",
    "{0} 也存在;不带 --config 时会读取它。"};
inline constexpr Phrase init_next{
    "Next: channel-monitor check --config {0}, then channel-monitor --once "
    "--dry-run --config {0}",
    "接下来:channel-monitor check --config {0},然后 channel-monitor --once "
    "--dry-run --config {0}"};

// Comments of the file.
inline constexpr Phrase start_head{
    "Configuration of Channel Monitor, as JSON with comments. All other keys: "
    "docs/configuration.md",
    "Channel Monitor 的配置,带注释的 JSON。其余配置项见 "
    "docs/configuration.zh-CN.md"};

}  // namespace base::say
