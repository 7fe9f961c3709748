#include <cerrno>
#include <charconv>
#include <chrono>
#include <span>
#include <sstream>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include <cppconn/connection.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>
#include <fmt/format.h>
#include <mysql_driver.h>

#include "base/error.h"
#include "base/messages_db.h"
#include "base/text.h"
#include "db/server.h"
#include "db/server_text.h"

namespace db {

namespace {

namespace say = base::say;
using base::Sentence;
using Cause = base::Error::Cause;
using Clock = std::chrono::steady_clock;

constexpr Dialect mysql_dialect = {
    .engine = Engine::mysql, .lock_row = " FOR UPDATE", .keeps_by_key = true};

// Numbers of MySQL and MariaDB: from 1000 on the server's, from 2000 on those
// of the client library.
enum Code : int {
  too_many_connections = 1040,
  database_denied = 1044,
  access_denied = 1045,
  no_database = 1049,
  shutting_down = 1053,
  duplicate = 1062,
  host_blocked = 1129,
  host_denied = 1130,
  table_denied = 1142,
  column_denied = 1143,
  command_denied = 1227,
  too_many_of_user = 1203,
  lock_timeout = 1205,
  deadlock = 1213,
  too_many_uses = 1226,
  read_only_option = 1290,
  read_only_transaction = 1792,
  read_only_mode = 1836,
  killed = 1927,
  slow_on_mariadb = 1969,
  duplicate_with_index = 1586,
  slow_on_mysql = 3024,
  tls_demanded = 3159,
  session_killed = 3169,
  idle_too_long = 4031,

  no_socket = 2002,
  no_host = 2003,
  unknown_host = 2005,
  gone_away = 2006,
  out_of_sync = 2014,
  lost = 2013,
  tls_error = 2026,
  malformed = 2027,
  lost_extended = 2055,
};

// "… (111)"
int errno_in(std::string_view words) {
  const std::size_t bracket = words.rfind('(');
  if (bracket == words.npos) return 0;
  int code = 0;
  std::from_chars(words.data() + bracket + 1, words.data() + words.size(),
                  code);
  return code;
}

bool has(std::string_view words, std::string_view part) {
  return base::lower(words).find(part) != std::string::npos;
}

// The library says that it is still connecting, whatever happened: only the
// time tells a closed port from silence.
Sentence unreachable(const Server& server, std::string_view words,
                     bool in_time) {
  const int code = errno_in(words);
  const auto why = [](int number) {
    return std::generic_category().message(number);
  };
  if (!server.socket.empty()) {
    return {say::server_no_socket, server.name, why(code > 0 ? code : ENOENT)};
  }
  if (code <= 0) return {say::server_no_host, server.name, server.host};
  if (code == ETIMEDOUT || !in_time) {
    return {say::server_silent, server.name, server.connect_limit.count()};
  }
  if (code == ECONNREFUSED || code == EINPROGRESS) {
    return {say::server_nobody, server.name};
  }
  return {say::server_unreachable, server.name, why(code)};
}

Sentence tls_sentence(const Server& server, std::string_view words) {
  if (has(words, "required") || has(words, "not support")) {
    return {say::server_no_tls, server.name};
  }
  const bool untrusted =
      has(words, "certificate") || has(words, "verif") || has(words, "host");
  return {untrusted ? say::server_untrusted : say::server_tls_failed,
          server.name, base::printable(words)};
}

base::Error refusal(const Server& server, int code, std::string_view words,
                    bool in_time) {
  switch (code) {
    case access_denied:
    case host_denied: return base::Error({say::server_login, server.name});
    case no_database:
      return base::Error({say::server_no_database, server.name});
    case database_denied:
      return base::Error({say::server_database_denied, server.name});
    case tls_demanded: return base::Error({say::server_wants_tls, server.name});
    case too_many_connections:
    case too_many_of_user:
    case too_many_uses:
      return base::Error({say::server_full, server.name}, Cause::busy);
    case shutting_down:
      return base::Error({say::server_not_ready, server.name}, Cause::busy);
    case tls_error: return base::Error(tls_sentence(server, words));
    case no_socket:
    case no_host:
    case unknown_host:
      return base::Error(unreachable(server, words, in_time), Cause::lost);
    case lost:
    case gone_away:
    case lost_extended:
      return base::Error(
          {say::server_silent, server.name, server.connect_limit.count()},
          Cause::lost);
    default:
      return base::Error({say::server_unreachable, server.name,
                          without_values(words, "", '\'')});
  }
}

bool is_lost(int code) {
  switch (code) {
    case shutting_down:
    case killed:
    case session_killed:
    case idle_too_long:
    case no_socket:
    case no_host:
    case gone_away:
    case out_of_sync:
    case lost:
    case malformed:
    case lost_extended: return true;
    default: return code >= 1156 && code <= 1161;  // broken packets
  }
}

base::Error failure(const Server& server, int code, std::string_view words,
                    std::string_view sql) {
  constexpr std::size_t most_sql = 160;
  const std::string said = base::shortened(base::printable(sql), most_sql);
  const auto plain = [&] { return without_values(words, sql, '\''); };
  switch (code) {
    case lock_timeout:
      return base::Error({say::rows_locked, server.name, said}, Cause::busy);
    case deadlock:
      return base::Error({say::deadlocked, server.name, said}, Cause::busy);
    case slow_on_mariadb:
    case slow_on_mysql:
      return base::Error({say::statement_too_slow, server.name, said});
    case duplicate:
    case duplicate_with_index:
      return base::Error({say::row_is_there, server.name, said});
    case database_denied:
    case table_denied:
    case column_denied:
    case command_denied:
      return base::Error({say::right_missing, server.name, plain(), said});
    case read_only_option:
    case read_only_transaction:
    case read_only_mode:
      return base::Error({say::server_read_only, server.name, said});
    default:
      return base::Error({say::statement_failed, server.name, plain(), said});
  }
}

bool is_integer(int type) {
  switch (type) {
    case sql::DataType::BIGINT:
    case sql::DataType::INTEGER:
    case sql::DataType::MEDIUMINT:
    case sql::DataType::SMALLINT:
    case sql::DataType::TINYINT:
    case sql::DataType::YEAR: return true;
    default: return false;
  }
}

bool is_real(int type) {
  return type == sql::DataType::DOUBLE || type == sql::DataType::REAL;
}

bool is_blob(int type) {
  return type == sql::DataType::BINARY || type == sql::DataType::VARBINARY ||
         type == sql::DataType::LONGVARBINARY;
}

Value read_integer(const sql::ResultSet& result, unsigned column,
                   bool is_signed) {
  if (!is_signed) {
    const std::uint64_t number = result.getUInt64(column);
    // More than we have a number for.
    if (number > INT64_MAX) return std::to_string(number);
  }
  return std::int64_t{result.getInt64(column)};
}

Value read_value(const sql::ResultSet& result, unsigned column, int type,
                 bool is_signed) {
  if (result.isNull(column)) return nullptr;
  if (is_integer(type)) return read_integer(result, column, is_signed);
  if (is_real(type)) return static_cast<double>(result.getDouble(column));
  std::string text = result.getString(column).asStdString();
  if (is_blob(type)) return Blob{std::move(text)};
  return text;
}

Rows read_rows(sql::ResultSet& result) {
  sql::ResultSetMetaData* meta = result.getMetaData();
  std::vector<std::pair<int, bool>> columns;
  for (unsigned i = 1; i <= meta->getColumnCount(); ++i) {
    columns.emplace_back(meta->getColumnType(i), meta->isSigned(i));
  }
  Rows rows;
  while (result.next()) {
    Row& row = rows.emplace_back();
    row.reserve(columns.size());
    unsigned position = 0;
    for (const auto& [type, is_signed] : columns) {
      row.push_back(read_value(result, ++position, type, is_signed));
    }
  }
  return rows;
}

Rows taken_from(sql::Statement& statement) {
  const std::unique_ptr<sql::ResultSet> result(statement.getResultSet());
  return read_rows(*result);
}

// A value as SQL.  In hexadecimal there is nothing that ends a text early.
struct Literal {
  std::string operator()(std::nullptr_t) const { return "NULL"; }
  std::string operator()(bool truth) const { return truth ? "1" : "0"; }
  std::string operator()(std::int64_t number) const {
    return std::to_string(number);
  }
  std::string operator()(double real) const {
    return fmt::format("{:.17e}", real);
  }
  std::string operator()(const std::string& text) const {
    return fmt::format("_utf8mb4 X'{}'", base::hex(text));
  }
  std::string operator()(const Blob& blob) const {
    return fmt::format("X'{}'", base::hex(blob.bytes));
  }
};

// Gives arguments to a statement.  Blobs are read from streams when it is
// carried out, so this must live until then.
struct Binder {
  sql::PreparedStatement& statement;
  unsigned position = 0;
  std::vector<std::unique_ptr<std::istringstream>> streams = {};

  void operator()(std::nullptr_t) {
    statement.setNull(position, sql::DataType::VARCHAR);
  }
  void operator()(bool truth) { statement.setInt(position, truth ? 1 : 0); }
  void operator()(std::int64_t number) { statement.setInt64(position, number); }
  void operator()(double real) { statement.setDouble(position, real); }
  void operator()(const std::string& text) {
    statement.setString(position, text);
  }
  void operator()(const Blob& blob) {
    streams.push_back(std::make_unique<std::istringstream>(blob.bytes));
    statement.setBlob(position, streams.back().get());
  }
};

sql::ConnectOptionsMap options_for(const Server& server) {
  sql::ConnectOptionsMap options;
  if (server.socket.empty()) {
    // Brackets would be looked up as a name.
    options["hostName"] = "tcp://" + (server.host.find(':') == std::string::npos
                                          ? server.host
                                          : "[" + server.host + "]");
    options["port"] = server.port;
  } else {
    options["hostName"] = "unix://" + server.socket;
  }
  options["userName"] = server.user;
  options["password"] = server.password.reveal();
  options["schema"] = server.database;
  options["OPT_CHARSET_NAME"] = "utf8mb4";
  options["OPT_CONNECT_TIMEOUT"] =
      static_cast<int>(server.connect_limit.count());
  options["OPT_READ_TIMEOUT"] = static_cast<int>(server.answer_limit.count());
  options["OPT_WRITE_TIMEOUT"] = static_cast<int>(server.answer_limit.count());
  options["CLIENT_FOUND_ROWS"] = true;        // rows met, not rows changed
  options["CLIENT_MULTI_STATEMENTS"] = true;  // see do_all()
  options["OPT_LOCAL_INFILE"] = 0;            // no server reads our files
  if (server.tls == Tls::off) return options;
  options["sslEnforce"] = true;
  if (server.tls == Tls::verify_ca || server.tls == Tls::verify_full) {
    options["sslCA"] =
        server.ca_file.empty() ? system_bundle() : server.ca_file;
    options["sslVerify"] = true;
  }
  if (!server.certificate.empty()) options["sslCert"] = server.certificate;
  if (!server.key_file.empty()) options["sslKey"] = server.key_file;
  return options;
}

struct TextHash {
  using is_transparent = void;  // NOLINT(readability-identifier-naming)
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

class MysqlSession final : public Session {
 public:
  MysqlSession(Server server, Access access) : server_(std::move(server)) {
    connect();
    set_up(access);
  }

  // Not as a prepared statement: the connector reads no JSON out of one.
  Rows query(std::string_view sql, const Arguments& arguments) override {
    return std::move(do_all({{std::string(sql), arguments}}).front().rows);
  }

  // Several as one text, which a server takes up to a length of its own.
  Answers do_all(const Statements& statements) override {
    constexpr std::size_t longest_text = 256 * 1024;
    Answers answers;
    std::string text;
    auto first = statements.begin();
    for (auto one = first; one != statements.end(); ++one) {
      const std::string next = text_for(*one);
      if (!text.empty() && text.size() + next.size() > longest_text) {
        do_text(text, {first, one}, answers);
        text.clear();
        first = one;
      }
      text += (text.empty() ? "" : "; ") + next;
    }
    if (!text.empty()) do_text(text, {first, statements.end()}, answers);
    return answers;
  }

  std::int64_t execute(std::string_view sql,
                       const Arguments& arguments) override {
    if (arguments.empty()) return run(sql);
    return guarded(sql, [&]() -> std::int64_t {
      sql::PreparedStatement& statement = prepared(sql);
      const Binder binder = bound(statement, arguments);
      return statement.executeUpdate();
    });
  }

  // The connector's own commit(), rollback() and setAutoCommit() do not report
  // a dead connection: transactions are text.
  void begin() override { run("START TRANSACTION"); }

  Answers begin_with(const Statements& first) override {
    return do_after("START TRANSACTION", first);
  }

  std::vector<std::string> columns(std::string_view table) override {
    std::vector<std::string> names;
    for (const Row& row :
         query(R"(SELECT column_name AS "name" FROM information_schema.columns)"
               R"( WHERE table_schema = DATABASE() AND table_name = ?)"
               R"( ORDER BY ordinal_position)",
               {std::string(table)})) {
      names.push_back(text_of(row.at(0)));
    }
    return names;
  }

  std::int64_t last_id() override {
    return number_of(query("SELECT LAST_INSERT_ID()", {}).at(0).at(0))
        .value_or(0);
  }

  const Dialect& dialect() const override { return mysql_dialect; }

 private:
  void connect() {
    const auto begin = Clock::now();
    try {
      sql::ConnectOptionsMap options = options_for(server_);
      connection_.reset(
          sql::mysql::get_mysql_driver_instance()->connect(options));
    } catch (const sql::SQLException& error) {
      const bool in_time = Clock::now() - begin < server_.connect_limit;
      throw refusal(server_, error.getErrorCode(), error.what(), in_time);
    }
    // Told to enforce TLS, the client library goes on without it all the same
    // where the server says that it has none, unless it is to verify.
    if (server_.tls == Tls::required &&
        text_of(query("SHOW SESSION STATUS LIKE 'Ssl_cipher'", {}).at(0).at(1))
            .empty()) {
      throw base::Error({say::server_no_tls, server_.name});
    }
  }

  // Nothing is cut to fit silently, no wait for a lock is longer than a
  // second, and the server gives up before we do.  Where our whole machine
  // vanishes, the server lets go of our lock after minutes, not after hours: a
  // round is never silent for as long.  MariaDB reads the comment with the M,
  // MySQL the other one.
  void set_up(Access access) {
    const auto limit = server_.answer_limit.count() - 1;
    run(
        fmt::format("SET SESSION sql_mode = "
                    "CONCAT(@@sql_mode, ',ANSI_QUOTES,STRICT_TRANS_TABLES'), "
                    "lock_wait_timeout = 1, innodb_lock_wait_timeout = 1, "
                    "wait_timeout = 300"
                    " /*M!100101 , max_statement_time = {} */"
                    " /*!50708 , max_execution_time = {} */",
                    limit, limit * 1000));
    if (access == Access::read) run("SET SESSION TRANSACTION READ ONLY");
  }

  // Does `work`, turning the connector's exceptions into ours; `sql` may change
  // as the work goes on.  What is lost stays lost: an open transaction went
  // with it.
  template <typename Work>
  std::invoke_result_t<Work> guarded(const std::string_view& sql,
                                     const Work& work) {
    if (!connection_) throw base::Error(lost_, Cause::lost);
    const auto begin = Clock::now();
    try {
      return work();
    } catch (const sql::SQLException& error) {
      if (is_lost(error.getErrorCode())) {
        give_up(Clock::now() - begin >= server_.answer_limit);
        throw base::Error(lost_, Cause::lost);
      }
      forget(sql);
      throw failure(server_, error.getErrorCode(), error.what(), sql);
    }
  }

  std::string with_literals(std::string_view sql,
                            const Arguments& arguments) const {
    std::size_t places = 0;
    std::string text = with_places(sql, [&](std::size_t number) {
      places = number + 1;
      return number < arguments.size()
                 ? std::visit(Literal(), arguments[number])
                 : std::string();
    });
    if (places == arguments.size()) return text;
    throw failure(server_, 0, "another number of arguments", sql);
  }

  // The connector forgets how many rows one of many met: the server is asked.
  std::string text_for(const Statement& statement) const {
    return with_literals(statement.sql, statement.arguments) +
           (statement.is_query() ? "" : "; SELECT ROW_COUNT()");
  }

  void do_text(const std::string& text, std::span<const Statement> statements,
               Answers& answers) {
    std::string_view sql = statements.front().sql;
    guarded(sql, [&] {
      const std::unique_ptr<sql::Statement> at_work(
          connection_->createStatement());
      bool has_rows = at_work->execute(text);
      for (const Statement& statement : statements) {
        sql = statement.sql;
        if (&statement != &statements.front()) {
          has_rows = at_work->getMoreResults();
        }
        Answer& answer = answers.emplace_back();
        if (has_rows) answer.rows = taken_from(*at_work);
        if (statement.is_query()) continue;
        at_work->getMoreResults();
        answer.met = number_of(taken_from(*at_work).at(0).at(0)).value_or(0);
      }
    });
  }

  void give_up(bool too_slow) {
    lost_ = too_slow ? Sentence{say::server_stopped_answering, server_.name,
                                server_.answer_limit.count()}
                     : Sentence{say::server_gone, server_.name};
    statements_.clear();
    connection_.reset();
  }

  std::int64_t run(std::string_view sql) {
    return guarded(sql, [&]() -> std::int64_t {
      const std::unique_ptr<sql::Statement> statement(
          connection_->createStatement());
      if (statement->execute(std::string(sql))) {
        // Rows that nobody takes would be in the way of the next statement.
        const std::unique_ptr<sql::ResultSet> rows(statement->getResultSet());
        return 0;
      }
      return static_cast<std::int64_t>(statement->getUpdateCount());
    });
  }

  // A statement, kept for the next time.
  sql::PreparedStatement& prepared(std::string_view sql) {
    constexpr std::size_t most = 64;
    if (const auto known = statements_.find(sql); known != statements_.end()) {
      return *known->second;
    }
    std::unique_ptr<sql::PreparedStatement> made(
        connection_->prepareStatement(std::string(sql)));
    if (statements_.size() >= most) statements_.clear();
    return *statements_.emplace(std::string(sql), std::move(made))
                .first->second;
  }

  void forget(std::string_view sql) {
    if (const auto known = statements_.find(sql); known != statements_.end()) {
      statements_.erase(known);
    }
  }

  static Binder bound(sql::PreparedStatement& statement,
                      const Arguments& arguments) {
    Binder binder{statement};
    for (const Value& value : arguments) {
      ++binder.position;
      std::visit(binder, value);
    }
    return binder;
  }

  Server server_;
  Sentence lost_;  // why there is no connection any more
  std::unique_ptr<sql::Connection> connection_;
  std::unordered_map<std::string, std::unique_ptr<sql::PreparedStatement>,
                     TextHash, std::equal_to<>>
      statements_;  // by their text; they go before the connection
};

}  // namespace

std::unique_ptr<Session> open_mysql(const Server& server, Access access) {
  return std::make_unique<MysqlSession>(server, access);
}

}  // namespace db
