#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <sqlite3.h>

#include "base/error.h"
#include "base/messages_db.h"
#include "base/text.h"
#include "db/lock.h"
#include "db/session.h"

namespace db {

namespace {

namespace say = base::say;
using Cause = base::Error::Cause;

constexpr int lock_wait_ms = 1000;
constexpr std::string_view in_memory = ":memory:";
constexpr Dialect sqlite_dialect = {.engine = Engine::sqlite};

struct Closer {
  void operator()(sqlite3* handle) const { ::sqlite3_close(handle); }
};
struct Finalizer {
  void operator()(sqlite3_stmt* statement) const {
    ::sqlite3_finalize(statement);
  }
};
using Handle = std::unique_ptr<sqlite3, Closer>;
using Statement = std::unique_ptr<sqlite3_stmt, Finalizer>;

std::string text_of_error(int code) {
  return std::generic_category().message(code);
}

bool may(const std::string& path, int mode) {
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

// Makes an empty file that nobody else may read.  SQLite gives the mode of the
// file to those that it makes beside it.
void make_file(const std::string& file) {
  const int made =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const int code = errno;
  if (made >= 0) {
    ::close(made);
  } else if (code == ENOENT || code == ENOTDIR) {
    throw base::Error({say::no_such_folder, file});
  } else if (code == EACCES || code == EROFS) {
    throw base::Error({say::folder_read_only, file});
  } else if (code != EEXIST) {
    throw base::Error({say::file_unmakeable, file, text_of_error(code)});
  }
}

// SQLite itself opens a file read-only where it may not write, and says no more
// than "unable to open" of everything else: so ask first.
void look_at(const std::string& file, Access access) {
  struct stat found = {};
  if (::stat(file.c_str(), &found) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) {
      throw base::Error({say::file_unreadable, file, text_of_error(errno)});
    }
    if (access != Access::create) throw base::Error({say::no_such_file, file});
    make_file(file);
  } else if (S_ISDIR(found.st_mode)) {
    throw base::Error({say::file_is_folder, file});
  } else if (!S_ISREG(found.st_mode)) {
    throw base::Error({say::file_is_special, file});
  }
  if (!may(file, R_OK)) {
    throw base::Error({say::file_unreadable, file, text_of_error(errno)});
  }
  if (access == Access::read) return;
  if (!may(file, W_OK)) throw base::Error({say::file_read_only, file});
  const auto folder = std::filesystem::path(real_path(file)).parent_path();
  if (!may(folder, W_OK | X_OK)) {
    throw base::Error({say::folder_read_only, file});
  }
}

base::Sentence read_only_sentence(const std::string& file, int code) {
  switch (code) {
    case SQLITE_READONLY_ROLLBACK: return {say::file_half_written, file};
    case SQLITE_READONLY_DBMOVED: return {say::file_replaced, file};
    case SQLITE_READONLY_DIRECTORY: return {say::folder_read_only, file};
    case SQLITE_READONLY_CANTINIT:
    case SQLITE_READONLY_RECOVERY: return {say::file_unopenable, file};
    default: return {say::file_read_only, file};
  }
}

// What SQLite's result `code` and its own `words` mean; `sql` was being done.
base::Error error_of(const std::string& file, int code, std::string_view words,
                     std::string_view sql) {
  constexpr std::size_t most_sql = 160;
  switch (code & 0xff) {  // less what is extended
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return base::Error({say::file_busy, file}, Cause::busy);
    case SQLITE_NOTADB: return base::Error({say::file_no_database, file});
    case SQLITE_CORRUPT: return base::Error({say::file_damaged, file, words});
    case SQLITE_FULL: return base::Error({say::disk_full, file});
    case SQLITE_IOERR: return base::Error({say::disk_failed, file, words});
    case SQLITE_READONLY:
      return base::Error(
          read_only_sentence(file, code),
          code == SQLITE_READONLY_DBMOVED ? Cause::lost : Cause::refused);
    case SQLITE_CANTOPEN: return base::Error({say::file_unopenable, file});
    default:
      return base::Error({say::statement_failed, file, words,
                          base::shortened(base::printable(sql), most_sql)});
  }
}

Value read_value(sqlite3_stmt* statement, int column) {
  const auto size = [&] {
    return static_cast<std::size_t>(::sqlite3_column_bytes(statement, column));
  };
  switch (::sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return std::int64_t{::sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT: return ::sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(
          ::sqlite3_column_text(statement, column));
      return text == nullptr ? std::string() : std::string(text, size());
    }
    case SQLITE_BLOB: {
      const auto* bytes =
          static_cast<const char*>(::sqlite3_column_blob(statement, column));
      return Blob{bytes == nullptr ? std::string()
                                   : std::string(bytes, size())};
    }
    default: return nullptr;
  }
}

// Binds one argument, which must live until the statement is done.
struct Binder {
  sqlite3_stmt* statement;
  int position;

  int operator()(std::nullptr_t) const {
    return ::sqlite3_bind_null(statement, position);
  }
  int operator()(bool truth) const {
    return ::sqlite3_bind_int64(statement, position, truth ? 1 : 0);
  }
  int operator()(std::int64_t number) const {
    return ::sqlite3_bind_int64(statement, position, number);
  }
  int operator()(double real) const {
    return ::sqlite3_bind_double(statement, position, real);
  }
  int operator()(const std::string& text) const {
    return ::sqlite3_bind_text64(statement, position, text.data(), text.size(),
                                 SQLITE_STATIC, SQLITE_UTF8);
  }
  int operator()(const Blob& blob) const {
    return ::sqlite3_bind_blob64(statement, position, blob.bytes.data(),
                                 blob.bytes.size(), SQLITE_STATIC);
  }
};

// A statement that is begun again when its use is over, whatever happened.
class Use {
 public:
  explicit Use(sqlite3_stmt* statement) : statement_(statement) {}
  ~Use() { ::sqlite3_reset(statement_); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  sqlite3_stmt* statement_;
};

struct TextHash {
  using is_transparent = void;  // NOLINT(readability-identifier-naming)
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

// By which a file that nobody writes is recognised.
struct Still {
  ino_t inode = 0;
  off_t size = 0;
  timespec changed = {};
  bool has_wal = false;

  bool operator==(const Still& other) const {
    return inode == other.inode && size == other.size &&
           changed.tv_sec == other.changed.tv_sec &&
           changed.tv_nsec == other.changed.tv_nsec && has_wal == other.has_wal;
  }
};

Still still(const std::string& real_file) {
  struct stat found = {};
  struct stat wal = {};
  if (::stat(real_file.c_str(), &found) != 0) return {};
  return {.inode = found.st_ino,
          .size = found.st_size,
          .changed = found.st_mtim,
          .has_wal = ::stat((real_file + "-wal").c_str(), &wal) == 0};
}

// "file:…?immutable=1"
std::string immutable_uri(const std::string& real_file) {
  std::string uri = "file:";
  for (const char c : real_file) {
    if (c == '%') {
      uri += "%25";
    } else if (c == '?') {
      uri += "%3f";
    } else if (c == '#') {
      uri += "%23";
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

class SqliteSession final : public Session {
 public:
  SqliteSession(std::string file, Access access)
      : file_(std::move(file)),
        // An absolute path is never taken for a URI.
        path_(file_ == in_memory ? file_ : absolute_path(file_)),
        access_(access) {
    if (file_ != in_memory) look_at(path_, access_);
    open();
  }

  Rows query(std::string_view sql, const Arguments& arguments) override {
    while (seen_) {
      if (auto rows = query_still(sql, arguments)) return std::move(*rows);
      open();
    }
    return run(sql, arguments);
  }

  std::int64_t execute(std::string_view sql,
                       const Arguments& arguments) override {
    const std::int64_t before = ::sqlite3_total_changes64(handle_.get());
    if (arguments.empty()) {
      run_all(sql);
    } else {
      run(sql, arguments);
    }
    // What changes nothing leaves the last number where it is.
    if (::sqlite3_total_changes64(handle_.get()) == before) return 0;
    return ::sqlite3_changes64(handle_.get());
  }

  // At once with the lock: one that reads first and then wants to write runs
  // into others that do the same.
  //
  // SQLite does not see that a file in WAL mode is not there any more.
  void begin() override {
    if (has_moved()) {
      throw base::Error({say::file_replaced, file_}, Cause::lost);
    }
    run_all("BEGIN IMMEDIATE");
  }

  bool has_moved() override {
    if (file_ == in_memory || access_ == Access::read) return false;
    int moved = 0;
    ::sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED,
                           &moved);
    if (moved != 0) return true;
    constexpr std::string_view magic("SQLite format 3\0", 16);
    // A file with nothing in it has none yet.
    if (bytes_at(0, magic.size()) == magic) {
      had_magic_ = true;
      return false;
    }
    return had_magic_;
  }

  std::vector<std::string> columns(std::string_view table) override {
    std::vector<std::string> names;
    for (const Row& row :
         query(R"(SELECT "name" FROM pragma_table_info(?) ORDER BY "cid")",
               {std::string(table)})) {
      names.push_back(text_of(row.at(0)));
    }
    return names;
  }

  std::int64_t last_id() override {
    return ::sqlite3_last_insert_rowid(handle_.get());
  }

  const Dialect& dialect() const override { return sqlite_dialect; }

 private:
  void open() {
    seen_.reset();
    open_as(path_, access_ == Access::read ? SQLITE_OPEN_READONLY
                                           : SQLITE_OPEN_READWRITE);
    if (access_ == Access::read) {
      // Nobody has it open: SQLite would make a -wal and a -shm to read it, and
      // leave them there.  So it is read as a file that does not change, which
      // is looked at again before and after each query.
      const std::string real_file = real_path(path_);
      const Still now = still(real_file);
      if (is_wal() && !now.has_wal) {
        open_as(immutable_uri(real_file),
                SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
        seen_ = now;
      }
    } else if (::sqlite3_db_readonly(handle_.get(), "main") != 0) {
      throw base::Error({say::file_read_only, file_});
    }
    const int code =
        ::sqlite3_exec(handle_.get(), "SELECT 1 FROM sqlite_master LIMIT 1",
                       nullptr, nullptr, nullptr);
    // Whoever writes at this moment says nothing against the file.
    if ((code & 0xff) != SQLITE_BUSY) check(code, "open");
  }

  void open_as(const std::string& name, int flags) {
    statements_.clear();
    sqlite3* handle = nullptr;
    // A session belongs to one thread: SQLite need not lock at each call.
    const int code = ::sqlite3_open_v2(
        name.c_str(), &handle,
        flags | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(handle);
    check(code, "open");
    ::sqlite3_busy_timeout(handle, lock_wait_ms);
    if (access_ == Access::read) {
      ::sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
  }

  // Whether the header says WAL.
  bool is_wal() {
    constexpr int write_version = 18;  // and the read version after it
    return bytes_at(write_version, 2) == "\2\2";
  }

  // What the file says there, not its WAL; "" where it ends before that.  It is
  // read by SQLite's own descriptor: to close another one would drop the locks
  // of the whole process.
  std::string bytes_at(sqlite3_int64 place, std::size_t size) {
    sqlite3_file* opened = nullptr;
    ::sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_FILE_POINTER,
                           &opened);
    if (opened == nullptr || opened->pMethods == nullptr) return {};
    std::string bytes(size, '\0');
    const int code = opened->pMethods->xRead(opened, bytes.data(),
                                             static_cast<int>(size), place);
    return code == SQLITE_OK ? bytes : std::string();
  }

  // Nothing where the file did not stay as it was.
  std::optional<Rows> query_still(std::string_view sql,
                                  const Arguments& arguments) {
    const std::string real_file = real_path(path_);
    const auto is_still = [&] { return still(real_file) == *seen_; };
    if (!is_still()) return std::nullopt;
    try {
      Rows rows = run(sql, arguments);
      if (is_still()) return rows;
    } catch (const base::Error&) {
      if (is_still()) throw;
    }
    return std::nullopt;
  }

  // One statement, kept for the next time.
  Rows run(std::string_view sql, const Arguments& arguments) {
    sqlite3_stmt* statement = prepared(sql);
    const Use use(statement);
    if (::sqlite3_bind_parameter_count(statement) !=
        static_cast<int>(arguments.size())) {
      throw error_of(file_, SQLITE_RANGE, "another number of arguments", sql);
    }
    int position = 0;
    for (const Value& value : arguments) {
      check(std::visit(Binder{statement, ++position}, value), sql);
    }
    return rows_of(statement, sql);
  }

  // Statement after statement.
  void run_all(std::string_view sql) {
    while (!sql.empty()) {
      const auto [statement, rest] = prepare(sql);
      if (statement != nullptr) rows_of(statement.get(), sql);
      sql = rest;
    }
  }

  Rows rows_of(sqlite3_stmt* statement, std::string_view sql) {
    const int columns = ::sqlite3_column_count(statement);
    Rows rows;
    int code = 0;
    while ((code = ::sqlite3_step(statement)) == SQLITE_ROW) {
      Row& row = rows.emplace_back();
      row.reserve(static_cast<std::size_t>(columns));
      for (int i = 0; i < columns; ++i) {
        row.push_back(read_value(statement, i));
      }
    }
    if (code != SQLITE_DONE) check(code, sql);
    return rows;
  }

  sqlite3_stmt* prepared(std::string_view sql) {
    constexpr std::size_t most = 64;
    if (const auto known = statements_.find(sql); known != statements_.end()) {
      return known->second.get();
    }
    auto [statement, rest] = prepare(sql);
    if (statement == nullptr || !base::trimmed(rest).empty()) {
      throw error_of(file_, SQLITE_MISUSE, "not one statement", sql);
    }
    if (statements_.size() >= most) statements_.clear();
    const auto [kept, is_new] =
        statements_.emplace(std::string(sql), std::move(statement));
    return kept->second.get();
  }

  std::pair<Statement, std::string_view> prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    check(::sqlite3_prepare_v2(handle_.get(), sql.data(),
                               static_cast<int>(sql.size()), &statement, &rest),
          sql);
    return {Statement(statement),
            sql.substr(static_cast<std::size_t>(rest - sql.data()))};
  }

  void check(int code, std::string_view sql) const {
    if (code == SQLITE_OK) return;
    throw error_of(file_, code, ::sqlite3_errmsg(handle_.get()), sql);
  }

  std::string file_;  // as we were told it
  std::string path_;
  Access access_;
  bool had_magic_ = false;
  std::optional<Still> seen_;  // while it is read as one that does not change
  Handle handle_;
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>>
      statements_;  // by their text; they go before the handle
};

}  // namespace

std::unique_ptr<Session> open_sqlite(const std::string& file, Access access) {
  return std::make_unique<SqliteSession>(file, access);
}

}  // namespace db
