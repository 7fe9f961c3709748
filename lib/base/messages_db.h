#pragma once

#include "base/messages.h"

// The table of sentences, continued: databases, the lock, the gateway's tables
// and the monitor's own file.
namespace base::say {

// A SQLite file.
inline constexpr Phrase no_such_file{"{0}: there is no such file",
                                     "{0}:文件不存在"};
inline constexpr Phrase no_such_folder{
    "{0}: the folder that it should be in does not exist",
    "{0}:其所在目录不存在"};
inline constexpr Phrase no_working_folder{
    "the folder that this was started in was deleted, and a path that begins "
    "there leads nowhere; start it in another folder",
    "启动时所在的目录已被删除,相对路径无法解析;请在其他目录中启动"};
inline constexpr Phrase file_is_folder{"{0} is a folder, not a database file",
                                       "{0} 是目录,不是数据库文件"};
inline constexpr Phrase file_is_special{"{0} is no regular file",
                                        "{0} 不是普通文件"};
inline constexpr Phrase file_unreadable{"{0} cannot be read: {1}",
                                        "{0} 无法读取:{1}"};
inline constexpr Phrase file_unmakeable{"{0} cannot be made: {1}",
                                        "{0} 无法创建:{1}"};
inline constexpr Phrase file_read_only{"{0} is read-only for us",
                                       "{0} 对本程序只读"};
inline constexpr Phrase folder_read_only{
    "{0}: its folder is read-only for us, and SQLite needs to make its journal "
    "there",
    "{0}:其所在目录对本程序只读,而 SQLite 需要在其中创建日志文件"};
inline constexpr Phrase file_no_database{"{0} is no SQLite database",
                                         "{0} 不是 SQLite 数据库"};
inline constexpr Phrase file_damaged{"{0} is damaged: {1}", "{0} 已损坏:{1}"};
inline constexpr Phrase disk_full{"{0}: there is no space left on its disk",
                                  "{0}:其所在磁盘空间已满"};
inline constexpr Phrase disk_failed{"{0}: its disk answers with errors: {1}",
                                    "{0}:其所在磁盘返回错误:{1}"};
inline constexpr Phrase file_unopenable{
    "{0}, or a file that SQLite keeps beside it, cannot be opened",
    "{0} 或 SQLite 放在其旁边的文件无法打开"};
inline constexpr Phrase file_half_written{
    "{0} was left in the middle of a write; it is mended by the next program "
    "that opens it to write, such as the gateway",
    "{0} 停留在写入中途的状态;下一个以写方式打开它的程序(例如网关)会将其修复"};
inline constexpr Phrase file_replaced{
    "{0} was deleted, replaced or overwritten while it was open",
    "{0} 在打开期间被删除、替换或覆盖"};
inline constexpr Phrase file_busy{"{0} is being written by another program",
                                  "{0} 正被另一个程序写入"};
inline constexpr Phrase statement_failed{"{0}: {1} ({2})", "{0}:{1}({2})"};

// A server.  {0} is such as "mysql://db:3306/oneapi".
inline constexpr Phrase server_no_host{"{0}: the host {1} cannot be found",
                                       "{0}:找不到主机 {1}"};
inline constexpr Phrase server_nobody{
    "{0}: nobody listens there; is the port right, and does the database run?",
    "{0}:该处无人监听;请检查端口,以及数据库是否在运行"};
inline constexpr Phrase server_no_socket{
    "{0}: the socket cannot be opened: {1}", "{0}:无法打开套接字:{1}"};
inline constexpr Phrase server_silent{
    "{0}: no answer within {1} s; is it a database, and not behind a firewall?",
    "{0}:{1} 秒内没有应答;请确认它是数据库,且没有被防火墙拦截"};
inline constexpr Phrase server_unreachable{"{0} cannot be reached: {1}",
                                           "无法连接 {0}:{1}"};
inline constexpr Phrase server_login{
    "{0} does not let us in: user or password is wrong, or this user may not "
    "come from this computer",
    "{0} 拒绝登录:用户名或密码错误,或不允许该用户从本机连接"};
inline constexpr Phrase server_no_database{
    "{0}: the server has no database of that name",
    "{0}:服务器上没有该名称的数据库"};
inline constexpr Phrase server_database_denied{
    "{0}: our user may not use that database", "{0}:该用户无权使用此数据库"};
inline constexpr Phrase server_no_tls{
    "{0} offers no TLS, and db_dsn asks for it",
    "{0} 不支持 TLS,而 db_dsn 要求使用"};
inline constexpr Phrase server_wants_tls{
    "{0} lets nobody in without TLS; db_dsn has to ask for it",
    "{0} 不允许不使用 TLS 的连接;请在 db_dsn 中启用"};
inline constexpr Phrase server_untrusted{
    "{0}: its TLS certificate is not trusted: {1}",
    "{0}:其 TLS 证书不受信任:{1}"};
inline constexpr Phrase server_tls_failed{"{0}: TLS cannot be set up: {1}",
                                          "{0}:无法建立 TLS:{1}"};
inline constexpr Phrase server_full{"{0} takes no more connections",
                                    "{0} 的连接数已满"};
inline constexpr Phrase server_not_ready{
    "{0} is just starting, stopping or recovering", "{0} 正在启动、停止或恢复"};
inline constexpr Phrase server_gone{"{0}: the connection was lost",
                                    "{0}:连接已丢失"};
inline constexpr Phrase server_stopped_answering{
    "{0}: the connection was given up, since no answer came within {1} s",
    "{0}:{1} 秒内没有应答,已放弃该连接"};
inline constexpr Phrase rows_locked{
    "{0}: somebody else holds a lock on these rows ({1})",
    "{0}:这些行正被他人锁定({1})"};
inline constexpr Phrase deadlocked{
    "{0}: taken back, since somebody else and we waited for each other ({1})",
    "{0}:与他人相互等待,已回滚({1})"};
inline constexpr Phrase statement_too_slow{
    "{0}: given up by the server, since it took too long ({1})",
    "{0}:耗时过长,已被服务器中止({1})"};
inline constexpr Phrase row_is_there{"{0}: such a row is there already ({1})",
                                     "{0}:已存在相同的行({1})"};
inline constexpr Phrase right_missing{"{0}: our user lacks a right: {1} ({2})",
                                      "{0}:该用户缺少权限:{1}({2})"};
inline constexpr Phrase server_read_only{
    "{0} can only be read, not written ({1})", "{0} 只读,无法写入({1})"};
inline constexpr Phrase text_with_nul{
    "{0}: a text with a NUL in it cannot be kept ({1})",
    "{0}:无法保存含 NUL 字符的文本({1})"};
inline constexpr Phrase commit_rolled_back{
    "{0}: nothing was committed, since a statement had failed before",
    "{0}:因先前语句失败,未提交任何内容"};
inline constexpr Phrase lock_taken{
    "{0}: while the connection was away, another monitor took the lock: {1}",
    "{0}:连接断开期间,另一个监控进程取得了锁:{1}"};

// Waiting.
inline constexpr Phrase stopped_waiting{
    "asked to stop while waiting for the database", "等待数据库时收到停止请求"};

// The lock file.
inline constexpr Phrase lock_unmakeable{
    "the lock file {0} can be neither made nor opened: {1}",
    "锁文件 {0} 既无法创建也无法打开:{1}"};
inline constexpr Phrase lock_impossible{
    "the lock file {0} cannot be locked: {1}", "锁文件 {0} 无法加锁:{1}"};

// The gateway's tables.
inline constexpr Phrase no_channels_table{
    "this database has no table \"channels\": it is no gateway's",
    "该数据库没有 channels 表:它不是网关的数据库"};
inline constexpr Phrase no_gateway_table{
    "its table \"channels\" is no gateway's: it lacks {0}",
    "其 channels 表不属于任何网关:缺少 {0}"};
inline constexpr Phrase no_abilities_table{
    "this database has no table \"abilities\", which every {0} has",
    "该数据库没有 abilities 表,而每个 {0} 都有"};
inline constexpr Phrase abilities_lack{"its table \"abilities\" lacks {0}",
                                       "其 abilities 表缺少 {0}"};
inline constexpr Phrase no_transactions{
    "its table \"{0}\" is kept by the engine {1}, which has no transactions: a "
    "change that fails would be left half done, so nothing is written. ALTER "
    "TABLE {0} ENGINE=InnoDB mends it",
    "其 {0} 表使用不支持事务的 {1} "
    "引擎:失败的改动会只写入一半,因此不写入任何内容。"
    "执行 ALTER TABLE {0} ENGINE=InnoDB 可解决"};
inline constexpr Phrase would_be_empty{
    "not written: the channel would have no model left",
    "未写入:该渠道将不再有任何模型"};
inline constexpr Phrase abilities_disagree{
    "not written: abilities would have had {0} rows of this channel, not {1}",
    "未写入:该渠道在 abilities 中会有 {0} 行,而应为 {1} 行"};

inline constexpr Phrase group_uncoverable{
    "not enabled: group \"{0}\" would have no row in abilities, since the "
    "database takes it for another group of this channel, and the gateway "
    "would "
    "die of that; rename one of them",
    "未启用:数据库将分组“{0}”与该渠道的另一分组视为同一个,它在 abilities "
    "中将没有任何行,网关会因此崩溃;请将其中一个改名"};

// The monitor's own file.
inline constexpr Phrase state_foreign{
    "{0} belongs to another program: it is no state of the monitor's",
    "{0} 属于另一个程序:它不是监控器的状态文件"};
inline constexpr Phrase state_newer{
    "{0} was made by a newer version of the monitor (schema {1}; this one "
    "knows {2})",
    "{0} 由更新版本的监控器创建(结构版本 {1},本程序支持到 {2})"};
inline constexpr Phrase state_gone{
    "{0} was deleted while the monitor ran: it is made anew, and what was "
    "remembered of the channels is lost",
    "{0} 在监控器运行期间被删除:现已重新创建,此前关于各渠道的记忆已丢失"};
inline constexpr Phrase state_replaced{
    "{0} was replaced while the monitor ran: from now on what is in it counts",
    "{0} 在监控器运行期间被替换:此后以其中现有的内容为准"};

}  // namespace base::say
