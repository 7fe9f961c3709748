#include "db/server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/messages_db.h"
#include "catch.h"
#include "db/lock.h"
#include "db/steady.h"
#include "db/transaction.h"
#include "support/port.h"
#include "support/servers.h"

using base::Phrase;
using Cause = base::Error::Cause;
using db::Engine;
using support::Database;
using support::open_server;
using support::Port;
namespace say = base::say;

namespace {

using Clock = std::chrono::steady_clock;

const std::vector<Engine> engines = {Engine::mysql, Engine::postgres};

std::optional<base::Error> error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const base::Error& error) {
    return error;
  }
  return std::nullopt;
}

std::optional<Cause> cause_of(const std::function<void()>& work) {
  const auto error = error_of(work);
  return error ? std::optional(error->cause()) : std::nullopt;
}

// A port that leads to a MySQL server, less its offer of TLS.
class Stripper {
 public:
  explicit Stripper(int server) : server_(server) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = at(0);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket_, plain, size) == 0);
    REQUIRE(::listen(socket_, 8) == 0);
    REQUIRE(::getsockname(socket_, plain, &size) == 0);
    number_ = ::ntohs(address.sin_port);
    thread_ = std::thread([this] {
      int client = -1;
      while ((client = ::accept(socket_, nullptr, nullptr)) >= 0) {
        carry(client);
        ::close(client);
      }
    });
  }
  ~Stripper() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  Stripper(const Stripper&) = delete;
  Stripper& operator=(const Stripper&) = delete;

  int number() const { return number_; }

 private:
  static sockaddr_in at(int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    address.sin_port = ::htons(static_cast<std::uint16_t>(port));
    return address;
  }

  void carry(int client) const {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = at(server_);
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    // Where it fails, nothing comes to be carried.
    [[maybe_unused]] const int connected =
        ::connect(server, plain, sizeof address);
    bool is_greeting = true;
    pollfd both[] = {{server, POLLIN, 0}, {client, POLLIN, 0}};
    while (::poll(both, 2, 5000) > 0) {
      const bool down = both[0].revents != 0;
      std::string bytes(65536, '\0');
      const auto size =
          ::recv(down ? server : client, bytes.data(), bytes.size(), 0);
      if (size <= 0) break;
      if (down && std::exchange(is_greeting, false)) {
        // After the version: an id, eight bytes of challenge, a zero; then the
        // capabilities, of which 0x0800 is TLS.
        const std::size_t version = bytes.find('\0', 5);
        bytes[version + 15] = static_cast<char>(bytes[version + 15] & ~0x08);
      }
      ::send(down ? client : server, bytes.data(),
             static_cast<std::size_t>(size), MSG_NOSIGNAL);
    }
    ::close(server);
  }

  int server_;
  int socket_ = -1;
  int number_ = 0;
  std::thread thread_;
};

// What a server says first that has no TLS.
std::string greeting_without_tls(Engine engine) {
  // To the question for TLS: no.
  if (engine == Engine::postgres) return "N";
  using namespace std::string_literals;
  const std::string body =
      "\x0a"s + "5.7.0\0"s + "\1\0\0\0"s + "12345678\0"s +
      "\xff\xf7"s +  // capabilities, without the bit of TLS
      "\x2d\2\0"s + "\xff\x81"s + "\x15"s + std::string(10, '\0') +
      "123456789012\0"s + "mysql_native_password\0"s;
  return std::string(1, static_cast<char>(body.size())) + "\0\0\0"s + body;
}

std::int64_t own_id(db::Session& session) {
  return *db::number_of(session
                            .query(session.dialect().engine == Engine::mysql
                                       ? "SELECT CONNECTION_ID()"
                                       : "SELECT pg_backend_pid()")
                            .at(0)
                            .at(0));
}

// Ends the connection of `session` from outside, and waits until it is gone.
void kill(const Database& database, db::Session& session) {
  const std::int64_t id = own_id(session);
  const auto other = database.open();
  const bool is_mysql = database.engine() == Engine::mysql;
  if (is_mysql) {
    other->execute("KILL CONNECTION " + std::to_string(id));
  } else {
    other->query("SELECT pg_terminate_backend(?)", {id});
  }
  const char* const left =
      is_mysql ? "SELECT 1 FROM information_schema.processlist WHERE id = ?"
               : "SELECT 1 FROM pg_stat_activity WHERE pid = ?";
  while (!other->query(left, {id}).empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void make_rows(db::Session& session) {
  session.execute(R"(CREATE TABLE "t" ("id" BIGINT PRIMARY KEY, "a" TEXT))");
  session.execute(R"(INSERT INTO "t" VALUES (1, 'x'), (2, 'x'))");
}

void lock_row(db::Session& session, std::int64_t id) {
  session.query(R"(SELECT "a" FROM "t" WHERE "id" = ? FOR UPDATE)", {id});
}

}  // namespace

TEST_CASE("what a server refuses at the door is told apart") {
  const Engine engine = GENERATE(from_range(engines));
  CAPTURE(engine);
  const Database database(engine);
  const Port mute;
  const Port plain(greeting_without_tls(engine));
  struct Case {
    std::string what;
    const Phrase* sentence;
    std::function<void(db::Server&)> spoil;
  };
  const Case cases[] = {
      {"host", &say::server_no_host,
       [](auto& server) { server.host = "no-such-host.invalid"; }},
      {"port", &say::server_nobody,
       [](auto& server) {
         const Port gone;
         server.port = gone.number();
       }},
      {"password", &say::server_login,
       [](auto& server) { server.password = base::Secret("hunter2-wrong"); }},
      {"user", &say::server_login,
       [](auto& server) { server.user = "nobody-here"; }},
      {"database", &say::server_no_database,
       [](auto& server) { server.database = "no_such_database"; }},
      {"silence", &say::server_silent,
       [&](auto& server) {
         server.port = mute.number();
         server.connect_limit = std::chrono::seconds(1);
       }},
      {"no tls", &say::server_no_tls,
       [&](auto& server) {
         server.port = plain.number();
         server.tls = db::Tls::verify_full;
       }},
      {"certificate", &say::server_untrusted,
       [](auto& server) {
         server.host = "localhost";
         server.tls = db::Tls::verify_full;
         server.ca_file = "/etc/ssl/certs/ca-certificates.crt";
       }},
      {"name in the certificate", &say::server_untrusted,
       [](auto& server) {
         server.tls = db::Tls::verify_full;
         server.ca_file = support::servers().ca_file;
       }},
      {"socket", &say::server_no_socket,
       [](auto& server) {
         server.host.clear();
         server.socket = "/no/such/socket";
       }},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    db::Server server = database.server();
    server.name = "db://there";
    one.spoil(server);
    const auto begin = Clock::now();
    const auto error = error_of([&] { open_server(engine, server); });
    CHECK(Clock::now() - begin < std::chrono::seconds(4));
    REQUIRE(error);
    const std::string text = error->what();
    CAPTURE(text);
    CHECK(error->sentence().is(*one.sentence));
    CHECK(text.find("db://there") != text.npos);
    CHECK(text.find("hunter2") == text.npos);
    CHECK(text.find("test-password") == text.npos);
    CHECK(text.find("nobody-here") == text.npos);
    CHECK(text.find('\n') == text.npos);
  }
}

TEST_CASE("TLS is as strict as it was asked for") {
  const Engine engine = GENERATE(from_range(engines));
  CAPTURE(engine);
  const Database database(engine);
  const auto is_encrypted = [&](const db::Server& server) {
    const auto session = open_server(engine, server);
    const auto row =
        session
            ->query(engine == Engine::mysql
                        ? "SHOW SESSION STATUS LIKE 'Ssl_cipher'"
                        : "SELECT ssl::int, ssl FROM pg_stat_ssl WHERE pid ="
                          " pg_backend_pid()")
            .at(0);
    return engine == Engine::mysql ? !db::text_of(row.at(1)).empty()
                                   : db::truth_of(row.at(1));
  };
  db::Server server = database.server();
  CHECK_FALSE(is_encrypted(server));
  server.tls = db::Tls::preferred;
  CHECK(is_encrypted(server));
  server.tls = db::Tls::required;
  CHECK(is_encrypted(server));
  server.ca_file = support::servers().ca_file;
  server.tls = db::Tls::verify_ca;
  if (engine == Engine::mysql) server.host = "localhost";
  CHECK(is_encrypted(server));
  server.tls = db::Tls::verify_full;
  server.host = "localhost";
  CHECK(is_encrypted(server));
}

TEST_CASE("a server without TLS is refused where TLS is required") {
  const Database database(Engine::mysql);
  const Stripper stripper(database.server().port);
  db::Server server = database.server();
  server.port = stripper.number();
  CHECK(open_server(Engine::mysql, server)->query("SELECT 1").size() == 1);
  server.tls = db::Tls::preferred;
  CHECK(open_server(Engine::mysql, server)->query("SELECT 1").size() == 1);
  for (const db::Tls tls : {db::Tls::required, db::Tls::verify_full}) {
    server.tls = tls;
    const auto error = error_of([&] { open_server(Engine::mysql, server); });
    REQUIRE(error);
    CHECK(error->sentence().is(say::server_no_tls));
  }
}

TEST_CASE("a server without TLS is taken where TLS is only preferred") {
  // It ends the talk after its greeting: that is not what is refused.
  const Engine engine = GENERATE(from_range(engines));
  const Port plain(greeting_without_tls(engine));
  db::Server server = support::server_of(engine);
  server.port = plain.number();
  server.tls = db::Tls::preferred;
  server.connect_limit = server.answer_limit = std::chrono::seconds(1);
  const auto error = error_of([&] { open_server(engine, server); });
  REQUIRE(error);
  CHECK_FALSE(error->sentence().is(say::server_no_tls));
}

TEST_CASE("a user who has to use TLS is told so") {
  const Engine engine = Engine::postgres;
  const Database database(engine);
  database.open()->execute(
      "DO $$ BEGIN CREATE ROLE needs_tls LOGIN PASSWORD 'test-password';"
      " EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  db::Server server = database.server();
  server.user = "needs_tls";
  const auto error = error_of([&] { open_server(engine, server); });
  REQUIRE(error);
  CHECK(error->sentence().is(say::server_wants_tls));
  server.tls = db::Tls::required;
  CHECK_NOTHROW(open_server(engine, server));
}

TEST_CASE("a server is reached by its socket") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  db::Server server = database.server();
  server.host.clear();
  server.socket = engine == Engine::mysql ? support::servers().mysql_socket
                                          : support::servers().postgres_socket;
  CHECK(open_server(engine, server)->query("SELECT 1").size() == 1);
}

TEST_CASE("a machine that vanishes does not hold its lock for hours") {
  const Database mysql(Engine::mysql);
  CHECK(db::number_of(
            mysql.open()->query("SELECT @@SESSION.wait_timeout").at(0).at(0)) ==
        300);
  const Database postgres(Engine::postgres);
  const auto session = postgres.open();
  const bool is_tcp =
      !db::is_null(session->query("SELECT inet_client_addr()").at(0).at(0));
  CHECK(db::text_of(session->query("SHOW tcp_keepalives_idle").at(0).at(0)) ==
        (is_tcp ? "60" : "0"));
}

TEST_CASE("who only reads cannot write") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  make_rows(*database.open());
  const auto session = database.open(db::Access::read);
  CHECK(session->query(R"(SELECT * FROM "t")").size() == 2);
  const auto error =
      error_of([&] { session->execute(R"(UPDATE "t" SET "a" = 'y')"); });
  REQUIRE(error);
  CHECK(error->sentence().is(say::server_read_only));
  CHECK(error->cause() == Cause::refused);
}

TEST_CASE("what an administrator has frozen is read and not written") {
  const support::Database database(Engine::postgres);
  const std::string name = database.server().database;
  db::open_postgres(database.server(), db::Access::write)
      ->execute(fmt::format(
          "ALTER DATABASE \"{}\" SET default_transaction_read_only = on",
          name));
  CHECK(db::open_postgres(database.server(), db::Access::read)
            ->query("SELECT 1")
            .size() == 1);
  const auto error = error_of(
      [&] { db::open_postgres(database.server(), db::Access::write); });
  REQUIRE(error);
  CHECK(error->sentence().is(say::server_read_only));
}

TEST_CASE("options and role of a DSN decide what is read") {
  const support::Database database(Engine::postgres);
  db::Server server = database.server();
  const auto session = db::open_postgres(server, db::Access::write);
  session->execute("CREATE SCHEMA elsewhere");
  server.options = "-c search_path=elsewhere";
  const auto there = db::open_postgres(server, db::Access::write);
  CHECK(db::text_of(there->query("SELECT current_schema()").at(0).at(0)) ==
        "elsewhere");
  server.options = "";
  server.role = "pg_monitor";
  const auto other = db::open_postgres(server, db::Access::read);
  CHECK(db::text_of(other->query("SELECT current_user").at(0).at(0)) ==
        "pg_monitor");
}

TEST_CASE("a lock on a row is waited for a second") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  const auto one = database.open();
  const auto other = database.open();
  make_rows(*one);
  const db::Transaction first(*one);
  lock_row(*one, 1);
  const db::Transaction second(*other);
  const auto begin = Clock::now();
  CHECK(cause_of([&] { lock_row(*other, 1); }) == Cause::busy);
  const auto time = Clock::now() - begin;
  CHECK(time > std::chrono::milliseconds(500));
  CHECK(time < std::chrono::milliseconds(2500));
}

TEST_CASE("a lock on a table is waited for a second") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  const auto one = database.open();
  make_rows(*one);
  const db::Transaction transaction(*one);
  one->query(R"(SELECT * FROM "t")");
  const auto begin = Clock::now();
  CHECK(cause_of([&] {
          database.open()->execute(R"(ALTER TABLE "t" ADD "b" INT)");
        }) == Cause::busy);
  CHECK(Clock::now() - begin < std::chrono::milliseconds(2500));
}

TEST_CASE("one of two that wait for each other is told to begin again") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  make_rows(*database.open());
  std::atomic<int> ready = 0;
  std::atomic<int> busy = 0;
  std::atomic<int> done = 0;
  const auto work = [&](std::int64_t mine, std::int64_t theirs) {
    const auto session = database.open();
    db::Transaction transaction(*session);
    lock_row(*session, mine);
    ++ready;
    while (ready < 2) {
      std::this_thread::yield();
    }
    if (cause_of([&] { lock_row(*session, theirs); }) == Cause::busy) {
      ++busy;
    } else if (transaction.commit()) {
      ++done;
    }
  };
  std::thread other([&] { work(2, 1); });
  work(1, 2);
  other.join();
  CHECK(busy == 1);
  CHECK(done == 1);
}

TEST_CASE("a connection that was ended is lost, and stays lost") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  const auto session = database.open();
  make_rows(*session);
  kill(database, *session);
  for (int i = 0; i < 2; ++i) {
    CHECK(cause_of([&] { session->query(R"(SELECT * FROM "t")"); }) ==
          Cause::lost);
  }
  CHECK(cause_of([&] { session->begin(); }) == Cause::lost);
  CHECK(cause_of([&] {
          session->begin_with({{"SELECT 1", {}}});
        }) == Cause::lost);
}

TEST_CASE("a connection that ends before several statements is lost") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  const auto session = database.open();
  make_rows(*session);
  {
    const db::Transaction transaction(*session);
    kill(database, *session);
    CHECK(cause_of([&] {
            session->do_all({{R"(UPDATE "t" SET "a" = 'y')", {}},
                             {R"(SELECT * FROM "t")", {}}});
          }) == Cause::lost);
  }
  CHECK(database.open()->query(R"(SELECT 1 FROM "t" WHERE "a" = 'y')").empty());
}

TEST_CASE("each of several statements has the time of one") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  db::Server server = database.server();
  server.answer_limit = std::chrono::seconds(2);
  const auto session = open_server(engine, server);
  const db::Statement sleep = {
      engine == Engine::mysql ? "SELECT SLEEP(0.8)" : "SELECT pg_sleep(0.8)",
      {}};
  CHECK(session->do_all({sleep, sleep, sleep}).size() == 3);
}

TEST_CASE("a commit over a connection that was ended is in doubt") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  const auto session = database.open();
  make_rows(*session);
  {
    db::Transaction transaction(*session);
    session->execute(R"(UPDATE "t" SET "a" = 'y')");
    kill(database, *session);
    CHECK_FALSE(transaction.commit());
  }
  CHECK(database.open()->query(R"(SELECT 1 FROM "t" WHERE "a" = 'y')").empty());
}

TEST_CASE("a commit of what had failed is no success") {
  const Database database(Engine::postgres);
  const auto session = database.open();
  make_rows(*session);
  db::Transaction transaction(*session);
  session->execute(R"(UPDATE "t" SET "a" = 'y')");
  CHECK_THROWS_AS(session->execute("NONSENSE"), base::Error);
  CHECK(cause_of([&] { transaction.commit(); }) == Cause::refused);
}

TEST_CASE("a statement without an answer is given up") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  db::Server server = database.server();
  server.answer_limit = std::chrono::seconds(2);
  const auto session = open_server(engine, server);
  // The server itself gives up a second before.
  const auto begin = Clock::now();
  const char* const sleep =
      engine == Engine::mysql ? "SELECT SLEEP(9)" : "SELECT pg_sleep(9)";
  CHECK(cause_of([&] { session->query(sleep); }) == Cause::refused);
  CHECK(Clock::now() - begin < std::chrono::milliseconds(1900));
  session->execute(engine == Engine::mysql ? "SET max_statement_time = 0"
                                           : "SET statement_timeout = 0");
  const auto error = error_of([&] { session->query(sleep); });
  REQUIRE(error);
  CHECK(error->cause() == Cause::lost);
  CHECK(error->sentence().is(say::server_stopped_answering));
  CHECK(Clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("large values and large numbers are whole") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  const auto session = database.open();
  session->execute(
      engine == Engine::mysql
          ? R"(CREATE TABLE "t" ("a" LONGTEXT, "b" BIGINT UNSIGNED, "c" JSON))"
          : R"(CREATE TABLE "t" ("a" TEXT, "b" NUMERIC, "c" JSON))");
  std::string text;
  while (text.size() < (1U << 20U))
    text += "渠道,'\"\\";
  // Short before long: a statement that is used again has room for both.
  for (const std::string& value : {std::string("short"), text, std::string()}) {
    session->execute(R"(DELETE FROM "t")");
    session->execute(R"(INSERT INTO "t" VALUES (?, ?, ?))",
                     {value, std::string("18446744073709551615"),
                      std::string(R"({"a":[1,2]})")});
    const auto row = session->query(R"(SELECT "a", "b", "c" FROM "t")").at(0);
    CHECK(db::text_of(row.at(0)) == value);
    CHECK(db::text_of(row.at(1)) == "18446744073709551615");
    CHECK(db::text_of(row.at(2)) == R"({"a":[1,2]})");
  }
}

TEST_CASE("a question mark in quotes is no argument") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  const auto session = database.open();
  session->execute(R"(CREATE TABLE "t?" ("a?" VARCHAR(9)))");
  session->execute(R"(INSERT INTO "t?" VALUES ('?'), ('it''s'))");
  const auto rows = session->query(
      R"(SELECT "a?", '?''?' FROM "t?" WHERE "a?" <> ?)", {std::string("?")});
  REQUIRE(rows.size() == 1);
  CHECK(db::text_of(rows[0].at(0)) == "it's");
  CHECK(db::text_of(rows[0].at(1)) == "?'?");
}

TEST_CASE("what does not fit is refused, not cut, and not told") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  const auto session = database.open();
  session->execute(R"(CREATE TABLE "t" ("a" VARCHAR(5), "n" INT))");
  for (const db::Arguments& arguments :
       {db::Arguments{"sk-secret", std::int64_t{1}},
        db::Arguments{"it", "sk-secret's"}}) {
    const auto error = error_of([&] {
      session->execute(R"(INSERT INTO "t" VALUES (?, ?))", arguments);
    });
    REQUIRE(error);
    const std::string text = error->what();
    CAPTURE(text);
    CHECK(text.find("secret") == text.npos);
    CHECK(error->cause() == Cause::refused);
  }
  CHECK(session->query(R"(SELECT * FROM "t")").empty());
}

TEST_CASE("the lock of a server is the connection's") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  const Database another(engine);
  auto holder = database.open();
  CHECK_FALSE(db::lock_server(*holder));
  const auto second = database.open();
  const auto held = db::lock_server(*second);
  REQUIRE(held);
  CAPTURE(held->who);
  CHECK(held->who.find(engine == Engine::mysql
                           ? "connection " + std::to_string(own_id(*holder))
                           : "process " + std::to_string(::getpid()) +
                                 " on host ") != std::string::npos);
  CHECK_FALSE(db::lock_server(*another.open()));
  SECTION("it ends with it") {
    holder.reset();
  }
  SECTION("it ends with a connection that is ended") {
    kill(database, *holder);
  }
  CHECK_FALSE(db::lock_server(*second));
}

TEST_CASE("a lost connection is opened anew, but not inside of a transaction") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  make_rows(*database.open());
  int opened = 0;
  const auto open = [&] {
    ++opened;
    auto session = database.open();
    CHECK_FALSE(db::lock_server(*session));
    return session;
  };
  const auto session = db::make_steady(open(), open);
  kill(database, *session);
  {
    db::Transaction transaction(*session);
    CHECK(opened == 2);
    session->execute(R"(UPDATE "t" SET "a" = 'y')");
    kill(database, *session);
    CHECK(cause_of([&] { session->query(R"(SELECT * FROM "t")"); }) ==
          Cause::lost);
    CHECK(opened == 2);
  }
  CHECK(session->query(R"(SELECT * FROM "t" WHERE "a" = 'x')").size() == 2);
  CHECK(opened == 3);
  kill(database, *session);
  {
    const db::Transaction transaction(*session, {{R"(SELECT * FROM "t")", {}}});
    CHECK(opened == 4);
    CHECK(transaction.answers().at(0).rows.size() == 2);
    kill(database, *session);
    CHECK(cause_of([&] {
            session->do_all({{R"(SELECT * FROM "t")", {}}});
          }) == Cause::lost);
    CHECK(opened == 4);
  }
  CHECK(session->do_all({{R"(SELECT * FROM "t")", {}}}).size() == 1);
  CHECK(opened == 5);
  kill(database, *session);
  CHECK(session->do_all({{R"(SELECT * FROM "t")", {}}}).size() == 1);
  CHECK(opened == 6);
  // What writes may have been done, and is not done again.
  kill(database, *session);
  const db::Statements writing = {{R"(DELETE FROM "t")", {}}};
  CHECK(cause_of([&] { session->do_all(writing); }) == Cause::lost);
  CHECK(opened == 6);
  CHECK(session->do_all(writing).at(0).met == 2);
  CHECK(opened == 7);
  CHECK(db::lock_server(*database.open()));
}
