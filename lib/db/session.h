#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace db {

struct Blob {
  std::string bytes;

  bool operator==(const Blob&) const = default;
};

using Value =
    std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Blob>;
using Row = std::vector<Value>;
using Rows = std::vector<Row>;
using Arguments = std::vector<Value>;

struct Statement {
  std::string sql;
  Arguments arguments;

  bool is_query() const { return sql.starts_with("SELECT"); }
};
using Statements = std::vector<Statement>;

struct Answer {
  Rows rows;             // of a query
  std::int64_t met = 0;  // of all else, the rows that it met, changed or not
};
using Answers = std::vector<Answer>;

bool is_null(const Value& value);

// The bytes of a text or blob, a number in digits, "" for NULL.
std::string text_of(const Value& value);

// The whole number that `value` is, or that its text is; nothing where it is
// neither.  A real without a fraction counts; NULL does not.
std::optional<std::int64_t> number_of(const Value& value);
std::int64_t number_or_zero(const Value& value);

// Whether it is true, or a number other than 0.
bool truth_of(const Value& value);

enum class Engine : std::uint8_t { sqlite, mysql, postgres };

// Where portable SQL ends.
struct Dialect {
  Engine engine = Engine::sqlite;
  std::string_view lock_row;  // after a SELECT in a transaction
  // How an INSERT is told to keep the row that is there: by a conflict that
  // does nothing, or by writing a column of the key to itself.
  bool keeps_by_key = false;

  // What follows after an INSERT into a table that has `column` in its key, so
  // that a row that is there already is kept.
  std::string keep_existing(std::string_view column) const;
};

// One connection to a database: SQLite's is opened here, others in server.h.
// Statements are portable SQL: `?` for an argument, "double quotes" around a
// name.  It belongs to one thread.
//
// Calls block, for at most a second when they wait for a lock, and throw
// base::Error: `busy` where somebody else holds a lock, `lost` where the
// connection is gone, else `refused`.  Texts of errors never hold arguments.
class Session {
 public:
  virtual ~Session() = default;

  virtual Rows query(std::string_view sql, const Arguments& arguments) = 0;
  Rows query(std::string_view sql) { return query(sql, {}); }

  // Returns the number of rows that it met, changed or not.  Without arguments
  // SQLite takes several statements, one after another.
  virtual std::int64_t execute(std::string_view sql,
                               const Arguments& arguments) = 0;
  std::int64_t execute(std::string_view sql) { return execute(sql, {}); }

  // Does one after another.  The first that is refused throws, and none after
  // it is done.  A server is told all of them at once: it is far away, or at
  // least in another process.
  virtual Answers do_all(const Statements& statements);

  // Begins a transaction that will write: see Transaction.
  virtual void begin() = 0;

  // The same, and does `first` in it, which only reads: all of that may be done
  // again over another connection.  Where it throws a transaction may be open.
  virtual Answers begin_with(const Statements& first);

  // The columns of a table in their order; none where there is no such table.
  virtual std::vector<std::string> columns(std::string_view table) = 0;

  // The key of the row that the last INSERT made.
  virtual std::int64_t last_id() = 0;

  virtual const Dialect& dialect() const = 0;

  // Whether a file was deleted, replaced or overwritten by another program
  // since it was opened: what is written would be lost.  begin() of it throws
  // then.
  virtual bool has_moved() { return false; }

 protected:
  // What do_all() answers to `statements`, when it does `sql` before them.
  Answers do_after(std::string_view sql, const Statements& statements);
};

enum class Access : std::uint8_t {
  read,    // nothing is written beside the file, or in it; see below
  write,   // the file must be there already
  create,  // it is made where it is not there, mode 0600
};

// Opens a SQLite file, or ":memory:".  Throws a base::Error of one sentence
// that tells apart: no such file, a folder, no right to read or write, no
// database. The journal mode of the file is left as it is.
//
// `read` makes no file.  Only a file in WAL mode whose gateway runs, or was
// killed, is read by way of its -shm, as every reader must.
std::unique_ptr<Session> open_sqlite(const std::string& file, Access access);

}  // namespace db
