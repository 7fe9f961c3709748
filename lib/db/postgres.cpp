#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>

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

constexpr Dialect postgres_dialect = {.engine = Engine::postgres,
                                      .lock_row = " FOR UPDATE"};

constexpr Oid bool_type = 16;
constexpr Oid bytea_type = 17;
constexpr std::array<Oid, 3> integer_types = {20, 21, 23};
constexpr std::array<Oid, 2> real_types = {700, 701};

struct Closer {
  void operator()(PGconn* connection) const { ::PQfinish(connection); }
  void operator()(PGresult* result) const { ::PQclear(result); }
  void operator()(unsigned char* memory) const { ::PQfreemem(memory); }
};
using Connection = std::unique_ptr<PGconn, Closer>;
using PgResult = std::unique_ptr<PGresult, Closer>;
using PgBytes = std::unique_ptr<unsigned char, Closer>;

// Writes `?` the way PostgreSQL wants it, "$1", where it is not quoted.
std::string with_numbers(std::string_view sql) {
  return with_places(
      sql, [](std::size_t number) { return fmt::format("${}", number + 1); });
}

template <std::size_t Size>
bool is_one(const std::array<Oid, Size>& types, Oid type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

Value read_bytes(const char* text) {
  std::size_t size = 0;
  const PgBytes bytes(
      ::PQunescapeBytea(reinterpret_cast<const unsigned char*>(text), &size));
  return Blob{std::string(reinterpret_cast<char*>(bytes.get()), size)};
}

Value read_value(const PGresult* result, int row, int column) {
  if (::PQgetisnull(result, row, column) != 0) return nullptr;
  const char* text = ::PQgetvalue(result, row, column);
  const auto size =
      static_cast<std::size_t>(::PQgetlength(result, row, column));
  const Oid type = ::PQftype(result, column);
  if (type == bool_type) return *text == 't';
  if (type == bytea_type) return read_bytes(text);
  if (is_one(real_types, type)) return std::strtod(text, nullptr);
  if (!is_one(integer_types, type)) return std::string(text, size);
  std::int64_t number = 0;
  std::from_chars(text, text + size, number);
  return number;
}

Rows read_rows(const PGresult* result) {
  const int columns = ::PQnfields(result);
  Rows rows;
  for (int i = 0; i < ::PQntuples(result); ++i) {
    Row& row = rows.emplace_back();
    row.reserve(static_cast<std::size_t>(columns));
    for (int j = 0; j < columns; ++j) {
      row.push_back(read_value(result, i, j));
    }
  }
  return rows;
}

std::int64_t rows_met(PGresult* result) {
  return number_of(std::string(::PQcmdTuples(result))).value_or(0);
}

bool is_done(const PGresult* result) {
  const ExecStatusType status = ::PQresultStatus(result);
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

// Arguments the way libpq wants them: blobs in binary, the rest as text.
struct Parameters {
  explicit Parameters(const Arguments& arguments) {
    texts.reserve(arguments.size());
    for (const Value& value : arguments) {
      std::visit(*this, value);
    }
  }

  void operator()(std::nullptr_t) { add(nullptr, 0, 0); }
  void operator()(bool truth) { add(truth ? "1" : "0", 1, 0); }
  void operator()(std::int64_t number) {
    add_text(texts.emplace_back(std::to_string(number)));
  }
  void operator()(double real) {
    add_text(texts.emplace_back(fmt::format("{}", real)));
  }
  void operator()(const std::string& text) { add_text(text); }
  void operator()(const Blob& blob) {
    add(blob.bytes.data(), blob.bytes.size(), 1);
  }

  void add_text(const std::string& text) { add(text.c_str(), text.size(), 0); }
  void add(const char* value, std::size_t size, int format) {
    values.push_back(value);
    sizes.push_back(static_cast<int>(size));
    formats.push_back(format);
  }

  std::vector<std::string> texts;
  std::vector<const char*> values;
  std::vector<int> sizes;
  std::vector<int> formats;
};

bool has(std::string_view words, std::string_view part) {
  return words.find(part) != words.npos;
}

const char* sslmode_of(Tls tls) {
  switch (tls) {
    case Tls::off: return "disable";
    case Tls::preferred: return "prefer";
    case Tls::required: return "require";
    case Tls::verify_ca: return "verify-ca";
    case Tls::verify_full: return "verify-full";
  }
  return "";
}

bool verifies(Tls tls) {
  return tls == Tls::verify_ca || tls == Tls::verify_full;
}

// What libpq and the server said while they connected: of what the server says
// there are the codes in it, in whatever language it speaks.
base::Error refusal(const Server& server, std::string_view words) {
  const auto any_of = [&](auto... parts) { return (has(words, parts) || ...); };
  const std::string line = base::printable(
      base::trimmed(words.substr(words.rfind('\n', words.size() - 2) + 1)));
  if (any_of("28P01")) return base::Error({say::server_login, server.name});
  if (any_of("28000")) {
    const bool plain = any_of("no encryption");
    return base::Error({plain && server.tls == Tls::off ? say::server_wants_tls
                                                        : say::server_login,
                        server.name});
  }
  if (any_of("3D000")) {
    return base::Error({say::server_no_database, server.name});
  }
  if (any_of("42501")) {
    return base::Error({say::server_database_denied, server.name});
  }
  if (any_of("53300")) {
    return base::Error({say::server_full, server.name}, Cause::busy);
  }
  if (any_of("57P03")) {
    return base::Error({say::server_not_ready, server.name}, Cause::busy);
  }
  if (any_of("could not translate host name")) {
    return base::Error({say::server_no_host, server.name, server.host},
                       Cause::lost);
  }
  if (any_of("does not support SSL")) {
    return base::Error({say::server_no_tls, server.name});
  }
  if (any_of("certificate")) {
    return base::Error({say::server_untrusted, server.name, line});
  }
  if (any_of("SSL error", "SSL SYSCALL")) {
    return base::Error({say::server_tls_failed, server.name, line});
  }
  if (!server.socket.empty()) {
    return base::Error({say::server_no_socket, server.name, line}, Cause::lost);
  }
  if (any_of("Connection refused")) {
    return base::Error({say::server_nobody, server.name}, Cause::lost);
  }
  return base::Error({say::server_unreachable, server.name, line}, Cause::lost);
}

base::Error silence(const Server& server) {
  return base::Error(
      {say::server_silent, server.name, server.connect_limit.count()},
      Cause::lost);
}

base::Error failure(const Server& server, std::string_view code,
                    std::string_view words, std::string_view sql) {
  constexpr std::size_t most_sql = 160;
  const std::string said = base::shortened(base::printable(sql), most_sql);
  const auto plain = [&] { return without_values(words, sql, '"'); };
  if (code == "55P03") {
    return base::Error({say::rows_locked, server.name, said}, Cause::busy);
  }
  if (code == "40P01" || code == "40001") {
    return base::Error({say::deadlocked, server.name, said}, Cause::busy);
  }
  if (code == "57014") {
    return base::Error({say::statement_too_slow, server.name, said});
  }
  if (code == "23505") {
    return base::Error({say::row_is_there, server.name, said});
  }
  if (code == "42501") {
    return base::Error({say::right_missing, server.name, plain(), said});
  }
  if (code == "25006") {
    return base::Error({say::server_read_only, server.name, said});
  }
  return base::Error({say::statement_failed, server.name, plain(), said});
}

// Waits until the connection can be read, or written.  Returns false where the
// time was over before.
bool wait_for(PGconn* connection, bool to_write, Clock::time_point end) {
  using std::chrono::milliseconds;
  pollfd watched = {
      .fd = ::PQsocket(connection),
      .events = static_cast<short>(to_write ? POLLIN | POLLOUT : POLLIN)};
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
    if (left.count() <= 0) return false;
    const int ready = ::poll(&watched, 1, static_cast<int>(left.count()));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
  }
}

class PostgresSession final : public Session {
 public:
  PostgresSession(Server server, Access access) : server_(std::move(server)) {
    connect();
    set_up(access);
  }

  Rows query(std::string_view sql, const Arguments& arguments) override {
    return read_rows(run(sql, arguments).get());
  }

  Answers do_all(const Statements& statements) override {
    Answers answers;
    if (statements.empty()) return answers;
    for (const PgResult& result : run_all(statements))
      answers.push_back({read_rows(result.get()), rows_met(result.get())});
    return answers;
  }

  std::int64_t execute(std::string_view sql,
                       const Arguments& arguments) override {
    const PgResult result = run(sql, arguments);
    // After a statement that failed the server answers COMMIT with this, and
    // calls it a success.
    const bool committed =
        std::string_view(::PQcmdStatus(result.get())) != "ROLLBACK";
    if (sql == "COMMIT" && !committed) {
      throw base::Error({say::commit_rolled_back, server_.name});
    }
    return rows_met(result.get());
  }

  void begin() override { run("START TRANSACTION", {}); }

  Answers begin_with(const Statements& first) override {
    return do_after("START TRANSACTION", first);
  }

  // Of the table that a statement would find by that name.
  std::vector<std::string> columns(std::string_view table) override {
    std::vector<std::string> names;
    for (const Row& row :
         query(R"(SELECT "attname" FROM "pg_attribute" WHERE "attrelid" =)"
               R"( to_regclass(quote_ident(?)) AND "attnum" > 0)"
               R"( AND NOT "attisdropped" ORDER BY "attnum")",
               {std::string(table)})) {
      names.push_back(text_of(row.at(0)));
    }
    return names;
  }

  std::int64_t last_id() override {
    return number_of(query("SELECT lastval()", {}).at(0).at(0)).value_or(0);
  }

  const Dialect& dialect() const override { return postgres_dialect; }

 private:
  void connect() {
    const std::string port = std::to_string(server_.port);
    const std::string ca_file = server_.ca_file.empty() && verifies(server_.tls)
                                    ? system_bundle()
                                    : server_.ca_file;
    const std::string name = application_name();
    const std::string& host =
        server_.socket.empty() ? server_.host : server_.socket;
    const std::pair<const char*, const char*> options[] = {
        {"host", host.c_str()},
        {"port", server_.port == 0 ? "" : port.c_str()},
        {"user", server_.user.c_str()},
        {"password", server_.password.reveal().c_str()},
        {"dbname", server_.database.c_str()},
        {"sslmode", sslmode_of(server_.tls)},
        {"sslrootcert", ca_file.c_str()},
        {"sslcert", server_.certificate.c_str()},
        {"sslkey", server_.key_file.c_str()},
        {"gssencmode", "disable"},
        {"client_encoding", "UTF8"},
        {"application_name", name.c_str()},
        {"options", server_.options.c_str()},
    };
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [option, value] : options) {
      if (*value == '\0') continue;
      names.push_back(option);
      values.push_back(value);
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    connection_.reset(::PQconnectStartParams(names.data(), values.data(), 0));
    if (!connection_) throw std::bad_alloc();
    // Codes rather than words, which may be in any language.
    ::PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);
    ::PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    follow_through();
  }

  // A server may have several addresses, and each may say nothing.
  void follow_through() {
    const auto end = Clock::now() + server_.connect_limit;
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (::PQstatus(connection_.get()) != CONNECTION_BAD) {
      if (!wait_for(connection_.get(), next == PGRES_POLLING_WRITING, end)) {
        throw silence(server_);
      }
      next = ::PQconnectPoll(connection_.get());
      if (next == PGRES_POLLING_OK) break;
      if (next == PGRES_POLLING_FAILED) break;
    }
    if (::PQstatus(connection_.get()) == CONNECTION_OK) return;
    throw refusal(server_, ::PQerrorMessage(connection_.get()));
  }

  // Not as options of the connection, which poolers refuse: those are passed
  // on only where a DSN has some.  Where our whole
  // machine vanishes, the server lets go of our lock after minutes, not after
  // hours; a Unix socket knows no such thing, and the server says 0 of it.
  void set_up(Access access) {
    ::PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
    ::PQsetnonblocking(connection_.get(), 1);
    run(fmt::format("SELECT set_config('lock_timeout', '1s', false),"
                    " set_config('statement_timeout', '{}s', false),"
                    " set_config('standard_conforming_strings', 'on', false),"
                    " set_config('bytea_output', 'hex', false),"
                    " set_config('extra_float_digits', '1', false),"
                    " set_config('tcp_keepalives_idle', '60', false),"
                    " set_config('tcp_keepalives_interval', '15', false),"
                    " set_config('tcp_keepalives_count', '4', false)",
                    server_.answer_limit.count() - 1),
        {});
    keep_to(access);
    if (!server_.role.empty()) {
      run("SELECT set_config('role', ?, false)", {server_.role});
    }
    if (!server_.search_path.empty()) {
      run("SELECT set_config('search_path', ?, false)", {server_.search_path});
    }
  }

  // A standby, and what its administrator has frozen, is not written.
  void keep_to(Access access) {
    if (access == Access::read) {
      run("SELECT set_config('default_transaction_read_only', 'on', false)",
          {});
      return;
    }
    constexpr std::string_view ask =
        "SELECT current_setting('transaction_read_only') = 'on'";
    if (truth_of(query(ask, {}).at(0).at(0))) {
      throw base::Error(
          {say::server_read_only, server_.name, "transaction_read_only = on"});
    }
  }

  PgResult run(std::string_view sql, const Arguments& arguments) {
    if (!connection_) throw base::Error(lost_, Cause::lost);
    check(sql, arguments);
    const auto end = Clock::now() + server_.answer_limit;
    PgResult result;
    if (send(sql, arguments)) result = answer(end);
    if (::PQstatus(connection_.get()) != CONNECTION_OK) give_up(false);
    if (!is_done(result.get())) throw refused(result.get(), sql);
    return result;
  }

  // All at once, without waiting for the answers in between.
  std::vector<PgResult> run_all(const Statements& statements) {
    if (!connection_) throw base::Error(lost_, Cause::lost);
    for (const Statement& statement : statements)
      check(statement.sql, statement.arguments);
    ::PQenterPipelineMode(connection_.get());
    bool sent = true;
    for (const Statement& statement : statements) {
      // Each is answered when it is done, not all at the end.
      sent = sent && send(statement.sql, statement.arguments) &&
             ::PQsendFlushRequest(connection_.get()) == 1;
    }
    sent = sent && ::PQpipelineSync(connection_.get()) == 1;
    std::vector<PgResult> results;
    while (sent && results.size() < statements.size()) {
      // Each has as much time as if it were alone.
      results.push_back(answer(Clock::now() + server_.answer_limit));
      sent = results.back() != nullptr;
    }
    const PgResult last =
        sent ? next_result(Clock::now() + server_.answer_limit) : nullptr;
    if (::PQresultStatus(last.get()) != PGRES_PIPELINE_SYNC ||
        ::PQexitPipelineMode(connection_.get()) == 0) {
      give_up(false);
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (!is_done(results[i].get()))
        throw refused(results[i].get(), statements[i].sql);
    }
    return results;
  }

  void check(std::string_view sql, const Arguments& arguments) const {
    for (const Value& value : arguments) {
      const auto* text = std::get_if<std::string>(&value);
      // libpq would send what is before it, without a word.
      if (text != nullptr && text->find('\0') != text->npos)
        throw base::Error({say::text_with_nul, server_.name, sql});
    }
  }

  bool send(std::string_view sql, const Arguments& arguments) {
    const Parameters parameters(arguments);
    return ::PQsendQueryParams(connection_.get(), with_numbers(sql).c_str(),
                               static_cast<int>(parameters.values.size()),
                               nullptr, parameters.values.data(),
                               parameters.sizes.data(),
                               parameters.formats.data(), 0) == 1;
  }

  base::Error refused(const PGresult* result, std::string_view sql) const {
    return failure(server_, field(result, PG_DIAG_SQLSTATE),
                   field(result, PG_DIAG_MESSAGE_PRIMARY), sql);
  }

  // Sends what is still to be sent.  Returns whether it could be.
  bool flush(Clock::time_point end) {
    while (const int rest = ::PQflush(connection_.get())) {
      if (rest < 0) return false;
      if (!wait_for(connection_.get(), true, end)) give_up(true);
      if (::PQconsumeInput(connection_.get()) == 0) return false;
    }
    return true;
  }

  // The last result of a statement; nothing where the connection broke.
  PgResult answer(Clock::time_point end) {
    if (!flush(end)) return nullptr;
    PgResult last;
    while (PgResult next = next_result(end))
      last = std::move(next);
    return last;
  }

  // Nothing where there is no other one, or the connection broke.
  PgResult next_result(Clock::time_point end) {
    while (::PQisBusy(connection_.get()) != 0) {
      if (!wait_for(connection_.get(), false, end)) give_up(true);
      if (::PQconsumeInput(connection_.get()) == 0) return nullptr;
    }
    return PgResult(::PQgetResult(connection_.get()));
  }

  // What is lost stays lost: an open transaction went with it.
  [[noreturn]] void give_up(bool too_slow) {
    lost_ = too_slow ? Sentence{say::server_stopped_answering, server_.name,
                                server_.answer_limit.count()}
                     : Sentence{say::server_gone, server_.name};
    connection_.reset();
    throw base::Error(lost_, Cause::lost);
  }

  static std::string_view field(const PGresult* result, int which) {
    const char* text = ::PQresultErrorField(result, which);
    return text == nullptr ? "" : text;
  }

  Server server_;
  Sentence lost_;  // why there is no connection any more
  Connection connection_;
};

}  // namespace

std::unique_ptr<Session> open_postgres(const Server& server, Access access) {
  return std::make_unique<PostgresSession>(server, access);
}

}  // namespace db
