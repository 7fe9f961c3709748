#pragma once

#include "base/messages.h"

// The table of sentences, continued: the configuration and DSNs.  Meanings of
// keys stand beside the keys, in config/keys.cpp.
namespace base::say {

// A place in front of what is said: path of the key, line, what.
inline constexpr Phrase config_at{"{0}: {1}", "{0}:{1}"};
inline constexpr Phrase config_at_line{"{0} (line {1}): {2}",
                                       "{0}(第 {1} 行):{2}"};
inline constexpr Phrase config_whole{"the configuration: {0}", "配置文件:{0}"};
inline constexpr Phrase config_and_more{"and {0} more", "另有 {0} 条"};

// The file as a whole.
inline constexpr Phrase config_too_large{
    "the configuration is larger than {0} MiB", "配置文件超过 {0} MiB"};
inline constexpr Phrase config_nul{
    "line {0}: a NUL byte; a configuration is text in UTF-8",
    "第 {0} 行:含有 NUL 字节;配置文件必须是 UTF-8 文本"};
inline constexpr Phrase config_not_utf8{"the configuration is not UTF-8",
                                        "配置文件不是有效的 UTF-8"};
inline constexpr Phrase config_empty{"the configuration is empty",
                                     "配置文件是空的"};
inline constexpr Phrase config_too_deep{
    "the configuration is nested more than {0} levels deep",
    "配置嵌套超过 {0} 层"};
inline constexpr Phrase config_too_many{
    "the configuration holds too many values, those that aliases repeat "
    "included",
    "配置中的值过多(包括别名展开后的值)"};

// JSON.
inline constexpr Phrase config_number_too_large{
    "line {0}: a number larger than any that can be computed with",
    "第 {0} 行:数字过大"};
inline constexpr Phrase config_garbage{
    "line {0}: something follows after the end of the configuration",
    "第 {0} 行:配置结束后还有多余内容"};
inline constexpr Phrase config_ends_early{
    "the configuration ends too early: a bracket, a quotation mark or a "
    "comment is not closed",
    "配置不完整:有括号、引号或注释没有结束"};
inline constexpr Phrase config_no_number{
    "line {0}: NaN and Infinity are no numbers here",
    "第 {0} 行:不能使用 NaN 或 Infinity"};
inline constexpr Phrase config_trailing_comma{
    "line {0}: a comma stands before the closing bracket; take it away",
    "第 {0} 行:右括号前多了一个逗号,请删除"};
inline constexpr Phrase config_single_quote{
    "line {0}: JSON wants \"double\" quotation marks",
    "第 {0} 行:JSON 必须使用双引号"};
inline constexpr Phrase config_not_json{"line {0}, column {1}: this is no JSON",
                                        "第 {0} 行第 {1} 列:不是有效的 JSON"};
inline constexpr Phrase config_missing_comma{
    "line {0}, column {1}: this is no JSON; is a comma missing before it?",
    "第 {0} 行第 {1} 列:不是有效的 JSON;前面是否缺少逗号?"};
inline constexpr Phrase config_key_unquoted{
    "line {0}, column {1}: this is no JSON; a key stands in \"double\" "
    "quotation "
    "marks",
    "第 {0} 行第 {1} 列:不是有效的 JSON;键必须放在双引号中"};
inline constexpr Phrase config_word_unquoted{
    "line {0}, column {1}: this is no JSON; a text stands in \"double\" "
    "quotation marks, and true, false and null are written so",
    "第 {0} 行第 {1} 列:不是有效的 JSON;文本必须放在双引号中,true、false、null "
    "必须小写"};
inline constexpr Phrase config_odd_number{
    "line {0}, column {1}: this is no JSON; a number is written in decimal "
    "digits, without a \"+\" or a 0 before them",
    "第 {0} 行第 {1} 列:不是有效的 JSON;数字必须是十进制,前面不能有 \"+\" 或 "
    "0"};
inline constexpr Phrase config_no_colon{
    "line {0}, column {1}: this is no JSON; a colon stands between a key and "
    "its value",
    "第 {0} 行第 {1} 列:不是有效的 JSON;键与值之间应为冒号"};
inline constexpr Phrase config_odd_escape{
    "line {0}, column {1}: this is no JSON; in a text a \"\\\" is written "
    "\"\\\\\"",
    "第 {0} 行第 {1} 列:不是有效的 JSON;文本中的 \"\\\" 应写作 \"\\\\\""};
inline constexpr Phrase config_raw_control{
    "line {0}, column {1}: this is no JSON; in a text a line end is written "
    "\"\\n\" and a tab \"\\t\"",
    "第 {0} 行第 {1} 列:不是有效的 JSON;文本中的换行应写作 "
    "\"\\n\",制表符应写作 "
    "\"\\t\""};

// YAML.
inline constexpr Phrase config_not_yaml{
    "line {0}, column {1}: this is no YAML; is the indentation right, and "
    "every "
    "bracket and quotation mark closed?",
    "第 {0} 行第 {1} 列:不是有效的 YAML;请检查缩进、括号和引号"};
inline constexpr Phrase config_reserved{
    "line {0}, column {1}: in YAML a text that begins with \"{2}\" stands in "
    "quotation marks",
    "第 {0} 行第 {1} 列:YAML 中以 \"{2}\" 开头的文本必须放在引号中"};
inline constexpr Phrase config_odd_merge{
    "line {0}: what \"<<\" takes over must be an object, or a list of objects",
    "第 {0} 行:\"<<\" 只能合并对象或对象列表"};
inline constexpr Phrase config_tab{
    "line {0}: YAML wants blanks, not tabs, at the beginning of a line",
    "第 {0} 行:YAML 行首只能用空格缩进,不能用制表符"};
inline constexpr Phrase config_unknown_alias{
    "line {0}: the alias has no anchor before it",
    "第 {0} 行:别名之前没有对应的锚点"};
inline constexpr Phrase config_alias_of_itself{
    "line {0}: the alias stands inside of what it names",
    "第 {0} 行:别名位于它所引用的内容之中"};
inline constexpr Phrase config_odd_name{"line {0}: a key must be a text",
                                        "第 {0} 行:键必须是文本"};
inline constexpr Phrase config_two_documents{
    "the configuration is more than one YAML document",
    "配置文件包含多个 YAML 文档"};

// Values.
inline constexpr Phrase config_expected{"expected {0}, found {1}",
                                        "应为{0},实际为{1}"};
inline constexpr Phrase config_expected_unit{
    "expected {0}, found {1}; did you mean \"{2}\"?",
    "应为{0},实际为{1};是否想写 \"{2}\"?"};
inline constexpr Phrase config_found{"{0}", " {0}"};
inline constexpr Phrase config_found_secret{"a value that is not shown",
                                            "不予显示的值"};
inline constexpr Phrase config_found_elsewhere{"what {0} stands for",
                                               " {0} 所指的值"};
inline constexpr Phrase config_found_list{"a list", "列表"};
inline constexpr Phrase config_found_object{"an object", "对象"};
inline constexpr Phrase config_repeated_key{"the key is there twice",
                                            "该键重复出现"};
inline constexpr Phrase config_unknown_key{"there is no such key",
                                           "没有这个键"};
inline constexpr Phrase config_unknown_key_meant{
    "there is no such key; did you mean {0}?", "没有这个键;是否想写 {0}?"};
inline constexpr Phrase config_needed{"is needed, but missing",
                                      "必填,但没有设置"};
inline constexpr Phrase config_needed_period{
    "is needed, but missing (unless there is only one round, with --once)",
    "必填,但没有设置(使用 --once 只运行一轮时除外)"};
inline constexpr Phrase config_force_nothing{
    "is true, but models is empty, so that there is nothing to look at",
    "为 true,但 models 为空,没有可检测的模型"};
inline constexpr Phrase config_no_selector{
    "an entry needs at least one of channel, type and host",
    "每一项至少需要 channel、type、host 之一"};
inline constexpr Phrase config_sqlserver{
    "no gateway runs on SQL Server; expected one of mysql, sqlite, postgres",
    "没有网关使用 SQL Server;应为 mysql、sqlite、postgres 之一"};
inline constexpr Phrase config_empty_name{"an empty name was left out",
                                          "已忽略空名称"};
inline constexpr Phrase config_no_id{
    "is the id of no channel, so nothing is pushed there",
    "不是渠道 id,不会向其推送"};
inline constexpr Phrase config_no_push_url{
    "expected a URL that begins with http:// or https://",
    "应为以 http:// 或 https:// 开头的网址"};

inline constexpr Phrase config_open_metrics{
    "{0} can be reached from other machines: set metrics.token, or listen at "
    "127.0.0.1",
    "其他机器可以访问 {0}:请设置 metrics.token,或改为监听 127.0.0.1"};

// "${NAME}" and "file:/path".
inline constexpr Phrase config_odd_variable{
    "{0} names no variable of the environment: a name is of letters, digits "
    "and underscores",
    "{0} 不是有效的环境变量引用:变量名只能包含字母、数字和下划线"};
inline constexpr Phrase config_unset_variable{
    "the variable {0} of the environment is not set", "环境变量 {0} 没有设置"};
inline constexpr Phrase config_nul_in_value{"a NUL is in the value",
                                            "值中含有 NUL 字符"};
inline constexpr Phrase config_value_not_utf8{
    "what {0} stands for is not UTF-8", "{0} 所指的值不是有效的 UTF-8"};

// What is expected of a value; it stands in the sentences above.
inline constexpr Phrase expected_truth{"true or false", " true 或 false"};
inline constexpr Phrase expected_whole{"a whole number from {0} to {1}",
                                       " {0} 到 {1} 的整数"};
inline constexpr Phrase expected_number{"a number from {0} to {1}",
                                        " {0} 到 {1} 的数字"};
inline constexpr Phrase expected_id{"a channel's id, which is a whole number",
                                    "渠道 id(整数)"};
inline constexpr Phrase expected_duration{
    "a duration such as \"90s\" or \"1h30m\", from {0} to {1}",
    "时长(如 \"90s\"、\"1h30m\"),范围 {0} 到 {1}"};
inline constexpr Phrase expected_seconds{
    "a number of seconds or a duration such as \"10s\", from {0} to {1}",
    "秒数或时长(如 \"10s\"),范围 {0} 到 {1}"};
inline constexpr Phrase expected_text{"a text of {0} to {1} bytes",
                                      " {0} 到 {1} 字节的文本"};
inline constexpr Phrase expected_line{"a text of one line", "单行文本"};
inline constexpr Phrase expected_name{
    "a model's name without commas, of at most 255 bytes",
    "模型名称(不含逗号,最多 255 字节)"};
inline constexpr Phrase expected_path{"the path of a file", "文件路径"};
inline constexpr Phrase expected_url{
    "a URL that begins with http:// or https://, names a host and holds no "
    "blank",
    "以 http:// 或 https:// 开头、含主机名且不含空格的网址"};
inline constexpr Phrase expected_listen{"an address such as \"127.0.0.1:9464\"",
                                        "监听地址,如 \"127.0.0.1:9464\""};
inline constexpr Phrase expected_host_glob{
    "a host such as \"*.example.com\" or \"10.0.0.1:3000\", not a URL",
    "主机名,如 \"*.example.com\" 或 \"10.0.0.1:3000\",不是网址"};
inline constexpr Phrase expected_regex{
    "a regular expression (ECMAScript, no references back) of at most {0} "
    "bytes",
    "正则表达式(ECMAScript,不支持反向引用,最多 {0} 字节)"};
inline constexpr Phrase expected_choice{"one of {0}", "以下之一:{0}"};
inline constexpr Phrase expected_list{"a list, each entry {0}",
                                      "列表,每一项为{0}"};
inline constexpr Phrase expected_map{"an object, each value {0}",
                                     "对象,每个值为{0}"};
inline constexpr Phrase expected_object{"an object", "对象"};
inline constexpr Phrase expected_mail_address{"an address for mail",
                                              "邮件地址"};
inline constexpr Phrase expected_mail_addresses{
    "addresses for mail, as a list or separated by commas",
    "邮件地址(列表,或以逗号分隔)"};
inline constexpr Phrase expected_dsn{"a DSN", "数据库 DSN"};

// DSNs; a sentence never quotes one.
inline constexpr Phrase dsn_nul{"a NUL is in the DSN", "DSN 中含有 NUL 字符"};
inline constexpr Phrase dsn_of_another{
    "db_type is {0}, but this looks like a DSN of {1}",
    "db_type 为 {0},但这看起来是 {1} 的 DSN"};
inline constexpr Phrase dsn_host{
    "the DSN has no proper host and port (a port is 1 to 65535)",
    "DSN 中的主机或端口无效(端口为 1 到 65535)"};
inline constexpr Phrase dsn_percent{
    "in the DSN a \"%\" that two hexadecimal digits do not follow, or an \"@\" "
    "or \"/\" that should be written %40 or %2F",
    "DSN 中的 \"%\" 后不是两位十六进制数,或有应写作 %40 的 \"@\"、应写作 %2F "
    "的 \"/\""};
inline constexpr Phrase dsn_no_database{"the DSN names no database",
                                        "DSN 中没有数据库名"};
inline constexpr Phrase dsn_several_hosts{"the DSN names more than one host",
                                          "DSN 中有多个主机"};
inline constexpr Phrase dsn_mysql_shape{
    "expected a DSN such as user:password@tcp(host:3306)/database; a \"/\" in "
    "a parameter is written %2F",
    "DSN 格式应为 user:password@tcp(host:3306)/database;参数中的 \"/\" 应写作 "
    "%2F"};
inline constexpr Phrase dsn_mysql_net{
    "before the host the DSN has neither tcp(…) nor unix(…)",
    "DSN 的主机应写成 tcp(…) 或 unix(…)"};
inline constexpr Phrase dsn_mysql_url{
    "this is a URL; a DSN of MySQL is written "
    "user:password@tcp(host:3306)/database",
    "这是网址;MySQL 的 DSN 应写成 user:password@tcp(host:3306)/database"};
inline constexpr Phrase dsn_mysql_tls{
    "tls in the DSN: expected one of true, false, skip-verify, preferred",
    "DSN 中的 tls 应为 true、false、skip-verify、preferred 之一"};
inline constexpr Phrase dsn_postgres_sslmode{
    "sslmode in the DSN: expected one of disable, allow, prefer, require, "
    "verify-ca, verify-full",
    "DSN 中的 sslmode 应为 disable、allow、prefer、require、verify-ca、"
    "verify-full 之一"};
inline constexpr Phrase dsn_postgres_shape{
    "expected a DSN such as postgres://user:password@host:5432/database or "
    "host=… user=… password=… dbname=…",
    "DSN 格式应为 postgres://user:password@host:5432/database 或 host=… user=… "
    "password=… dbname=…"};
inline constexpr Phrase dsn_postgres_ignored{
    "{0} of the DSN has no effect here; what is a setting of the server is set "
    "by options='-c NAME=VALUE'",
    "DSN 中的 {0} 在此不起作用;服务器参数可用 options='-c NAME=VALUE' 设置"};
inline constexpr Phrase dsn_postgres_unknown{
    "the DSN has a keyword that is not known and has no effect here; what is a "
    "setting of the server is set by options='-c NAME=VALUE'",
    "DSN 中有未知的关键字,在此不起作用;服务器参数可用 options='-c NAME=VALUE' "
    "设置"};
inline constexpr Phrase dsn_postgres_quote{
    "a quotation mark in the DSN is not closed", "DSN 中的引号没有结束"};
inline constexpr Phrase dsn_sqlite_uri{
    "expected a URI such as file:/data/one-api.db, a \"%\" in it followed by "
    "two hexadecimal digits",
    "URI 格式应为 file:/data/one-api.db,其中 \"%\" 后须为两位十六进制数"};
inline constexpr Phrase dsn_sqlite_empty{"the DSN names no file",
                                         "DSN 中没有文件名"};
inline constexpr Phrase dsn_sqlite_memory{
    "a database in memory belongs to one process; name the gateway's file",
    "内存数据库只属于单个进程,请填写网关的数据库文件"};

// Files.
inline constexpr Phrase config_file_missing{"{0}: there is no such file",
                                            "{0}:文件不存在"};
inline constexpr Phrase config_file_is_folder{"{0} is a folder, not a file",
                                              "{0} 是目录,不是文件"};
inline constexpr Phrase config_file_no_right{"{0}: no right to read it",
                                             "{0}:没有读取权限"};
inline constexpr Phrase config_file_unreadable{"{0} cannot be read: {1}",
                                               "{0} 无法读取:{1}"};
inline constexpr Phrase config_file_pipe_empty{
    "{0} is a pipe that nobody writes to", "{0} 是管道,但没有程序向其写入"};
inline constexpr Phrase config_file_too_large{"{0} is larger than {1} MiB",
                                              "{0} 超过 {1} MiB"};

}  // namespace base::say
