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
    "{0} was moved or replaced while it was open",
    "{0} 在打开期间被移动或替换"};
inline constexpr Phrase file_busy{"{0} is being written by another program",
                                  "{0} 正被另一个程序写入"};
inline constexpr Phrase statement_failed{"{0}: {1} ({2})", "{0}:{1}({2})"};

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
inline constexpr Phrase would_be_empty{
    "not written: the channel would have no model left",
    "未写入:该渠道将不再有任何模型"};
inline constexpr Phrase abilities_disagree{
    "not written: abilities would have had {0} rows of this channel, not {1}",
    "未写入:该渠道在 abilities 中会有 {0} 行,而应为 {1} 行"};

// The monitor's own file.
inline constexpr Phrase state_foreign{
    "{0} belongs to another program: it is no state of the monitor's",
    "{0} 属于另一个程序:它不是监控器的状态文件"};
inline constexpr Phrase state_newer{
    "{0} was made by a newer version of the monitor (schema {1}; this one "
    "knows {2})",
    "{0} 由更新版本的监控器创建(结构版本 {1},本程序支持到 {2})"};

}  // namespace base::say
