#include "config/dsn.h"

#include <string>
#include <string_view>
#include <vector>

#include "catch.h"

using config::Address;
using config::Engine;
using config::Tls;

namespace {

Address address(Engine engine, std::string_view dsn) {
  INFO(dsn);
  auto result = config::address_of(engine, dsn);
  const auto* why = std::get_if<base::Sentence>(&result);
  UNSCOPED_INFO((why == nullptr ? "" : why->in(base::Language::en)));
  REQUIRE(std::holds_alternative<Address>(result));
  return std::get<Address>(result);
}

std::string fault(Engine engine, std::string_view dsn) {
  const auto result = config::address_of(engine, dsn);
  const auto* why = std::get_if<base::Sentence>(&result);
  return why == nullptr ? "" : why->in(base::Language::en);
}

struct Row {
  std::string dsn;
  std::string user, password, host;
  int port;
  std::string database;
};

void check(Engine engine, const Row& row) {
  const Address found = address(engine, row.dsn);
  INFO(row.dsn);
  CHECK(found.engine == engine);
  CHECK(found.user == row.user);
  CHECK(found.password.reveal() == row.password);
  CHECK(found.host == row.host);
  CHECK(found.port == row.port);
  CHECK(found.database == row.database);
}

}  // namespace

TEST_CASE("MySQL: the last slash and the last at-sign count") {
  const Row row = GENERATE(values<Row>({
      {"root:123456@tcp(db:3306)/oneapi", "root", "123456", "db", 3306,
       "oneapi"},
      {"root:p@ss:w/o?r(d)@tcp(db:3307)/new-api?charset=utf8mb4", "root",
       "p@ss:w/o?r(d)", "db", 3307, "new-api"},
      {"root:%40@tcp(db)/a", "root", "%40", "db", 3306, "a"},
      {"root@tcp(db)/a", "root", "", "db", 3306, "a"},
      {"root:@tcp(db:)/a", "root", "", "db", 3306, "a"},
      {"tcp(db)/a", "", "", "db", 3306, "a"},
      {"root:x@/a", "root", "x", "127.0.0.1", 3306, "a"},
      {"/a", "", "", "127.0.0.1", 3306, "a"},
      {"root:x@tcp/a", "root", "x", "127.0.0.1", 3306, "a"},
      {"root:x@tcp([::1]:3308)/a", "root", "x", "::1", 3308, "a"},
      {"root:x@tcp6([fe80::1])/a", "root", "x", "fe80::1", 3306, "a"},
      {"root:x@tcp(fe80::1)/a", "root", "x", "fe80::1", 3306, "a"},
  }));
  check(Engine::mysql, row);
}

TEST_CASE("MySQL: sockets, parameters and TLS") {
  const Address socket = address(
      Engine::mysql, "u:p@unix(/run/mysqld/mysqld.sock)/d?loc=Asia%2FShanghai");
  CHECK(socket.socket == "/run/mysqld/mysqld.sock");
  CHECK(socket.host.empty());
  CHECK(socket.parameters.at("loc") == "Asia/Shanghai");
  struct Case {
    std::string value;
    Tls tls;
  };
  for (const Case& one : std::vector<Case>{{"true", Tls::verify_full},
                                           {"1", Tls::verify_full},
                                           {"false", Tls::off},
                                           {"skip-verify", Tls::required},
                                           {"preferred", Tls::preferred}}) {
    const Address found =
        address(Engine::mysql, "u:p@tcp(h)/d?parseTime=true&tls=" + one.value);
    CHECK(found.tls == one.tls);
    CHECK(found.parameters.size() == 1);
  }
  CHECK(address(Engine::mysql, "u:p@tcp(h)/d").tls == Tls::off);
}

TEST_CASE("PostgreSQL: both forms say the same") {
  const Row row = GENERATE(values<Row>({
      {"postgres://me:secret@db:5433/oneapi?sslmode=disable", "me", "secret",
       "db", 5433, "oneapi"},
      {"postgresql://me:p%40%2F%3Aw@db/one%20api", "me", "p@/:w", "db", 5432,
       "one api"},
      {"postgres://me:a@b@db/x", "me", "a@b", "db", 5432, "x"},
      {"postgres://me@db", "me", "", "db", 5432, "me"},
      {"postgres://[::1]:6000/x", "", "", "::1", 6000, "x"},
      {"postgres:///x?host=db&port=7000&user=me&password=p%26w", "me", "p&w",
       "db", 7000, "x"},
      {"host=db port=5433 user=me password=secret dbname=oneapi", "me",
       "secret", "db", 5433, "oneapi"},
      {"host = db  user=me\tpassword='it''s' dbname=x", "", "", "", 0, ""},
      {"host=db user=me password='it\\'s a \\\\ day' dbname='x y'", "me",
       "it's a \\ day", "db", 5432, "x y"},
      {"user=me password=a\\ b host=db", "me", "a b", "db", 5432, "me"},
      {"user=me password='' host=db dbname = x", "me", "", "db", 5432, "x"},
      {"user=me dbname=x hostaddr=10.0.0.1", "me", "", "10.0.0.1", 5432, "x"},
      {"user=me dbname=a dbname=x host=", "me", "", "", 5432, "x"},
  }));
  if (row.port == 0) {  // two quoted texts in a row are no value
    CHECK_FALSE(fault(Engine::postgres, row.dsn).empty());
  } else {
    check(Engine::postgres, row);
  }
}

TEST_CASE("PostgreSQL: sockets, parameters and TLS") {
  for (const char* dsn : {"host=/run/postgresql user=me dbname=x",
                          "postgres://me@%2Frun%2Fpostgresql/x",
                          "postgres://me@/x?host=/run/postgresql"}) {
    const Address found = address(Engine::postgres, dsn);
    CHECK(found.socket == "/run/postgresql");
    CHECK(found.host.empty());
    CHECK(found.port == 5432);
    CHECK(found.tls == Tls::preferred);
  }
  const Address found = address(
      Engine::postgres,
      "postgres://me@db/x?sslmode=verify-ca&sslrootcert=/ca&sslcert=/c&sslkey="
      "/k&application_name=a%20b");
  CHECK(found.tls == Tls::verify_ca);
  CHECK(found.ca_file == "/ca");
  CHECK(found.certificate == "/c");
  CHECK(found.key_file == "/k");
  CHECK(found.parameters.at("application_name") == "a b");
}

TEST_CASE("PostgreSQL: what has no effect is told, and no password by it") {
  using Names = std::vector<std::string>;
  const auto ignored = [](const char* dsn) {
    return config::ignored_keywords(address(Engine::postgres, dsn));
  };
  CHECK(ignored("host=db user=me dbname=x TimeZone=Asia/Shanghai "
                "options='-c search_path=gw' role=r search_path=gw "
                "pool_max_conns=3 connect_timeout=5 target_session_attrs=")
            .empty());
  CHECK(ignored("postgres://me@db/x?target_session_attrs=read-write") ==
        Names{"target_session_attrs"});
  CHECK(ignored("host=db dbname=x service=s passfile=/p") ==
        Names{"passfile", "service"});
  CHECK(ignored("host=db dbname=x password=hunter2 hunter3=4") == Names{""});
}

TEST_CASE("SQLite: paths lose their query, URIs are decoded as well") {
  struct Case {
    std::string dsn, file;
  };
  const auto [dsn, file] = GENERATE(values<Case>({
      {"/data/one-api.db", "/data/one-api.db"},
      {"one-api.db?_busy_timeout=5000", "one-api.db"},
      {"/data/50%25.db", "/data/50%25.db"},
      {"file:one-api.db", "one-api.db"},
      {"file:/data/a%20b.db?mode=ro#x", "/data/a b.db"},
      {"file:///data/a.db", "/data/a.db"},
      {"file://localhost/data/a.db", "/data/a.db"},
      {"./文件.db", "./文件.db"},
  }));
  CHECK(address(Engine::sqlite, dsn).file == file);
}

TEST_CASE("what is no DSN is refused without a word of it") {
  struct Case {
    Engine engine;
    std::string dsn;
  };
  const auto [engine, dsn] = GENERATE(values<Case>({
      {Engine::mysql, "hunter2"},
      {Engine::mysql, "u:hunter2@tcp(h:0)/d"},
      {Engine::mysql, "u:hunter2@tcp(h:1:2:x y)/d"},
      {Engine::mysql, "u:hunter2@tcp([::1)/d"},
      {Engine::mysql, "u:hunter2@tcp(h)x/d"},
      {Engine::mysql, "u:hunter2@tcp(h)/"},
      {Engine::mysql, "u:hunter2@tcp(h)/?a=b"},
      {Engine::mysql, "u:hunter2@tcp(h)/d?tls=hunter2"},
      {Engine::mysql, "u:hunter2@tcp(h)/d?a=%hunter2"},
      {Engine::mysql, "u:hunter2@h:3306/d"},
      {Engine::mysql, "mysql://u:hunter2@h/d"},
      {Engine::mysql, "postgres://u:hunter2@h/d"},
      {Engine::mysql, std::string("u:hunter2\0@tcp(h)/d", 19)},
      {Engine::postgres, "u:hunter2@tcp(h)/d"},
      {Engine::postgres, "postgres://u:hunter2@h:0/d"},
      {Engine::postgres, "postgres://u:hunter2@h:hunter2/d"},
      {Engine::postgres, "postgres://u:hunter2/@h/d"},
      {Engine::postgres, "postgres://u:12?hunter2@h/d"},
      {Engine::postgres, "postgres://u:hunter2%@h/d"},
      {Engine::postgres, "postgres://u:hunter2@h/d%00"},
      {Engine::postgres, "postgres://u:hunter2@a:1,b:2/d"},
      {Engine::postgres, "postgres://u:hunter2@h/d?sslmode=hunter2"},
      {Engine::postgres, "postgres://"},
      {Engine::postgres, "user=me password=my hunter2 host=db"},
      {Engine::postgres, "user=me password='hunter2"},
      {Engine::postgres, "user=me host=a,b password=hunter2"},
      {Engine::postgres, "user=me port=hunter2"},
      {Engine::postgres, "=hunter2"},
      {Engine::postgres, ""},
      {Engine::sqlite, ""},
      {Engine::sqlite, "?mode=ro"},
      {Engine::sqlite, ":memory:"},
      {Engine::sqlite, "file::memory:?cache=shared"},
      {Engine::sqlite, "file:"},
      {Engine::sqlite, "file:%00"},
      {Engine::sqlite, "file://elsewhere/hunter2"},
      {Engine::sqlite, "u:hunter2@tcp(h)/d"},
  }));
  const std::string why = fault(engine, dsn);
  INFO(dsn << " -> " << why);
  CHECK_FALSE(why.empty());
  CHECK(why.find("hunter2") == std::string::npos);
}

TEST_CASE("the identity of a database has neither user nor password in it") {
  const auto name = [](Engine engine, std::string_view dsn) {
    return config::identity(address(engine, dsn));
  };
  CHECK(name(Engine::mysql, "a:b@tcp(DB)/d") == "mysql://db:3306/d");
  CHECK(name(Engine::mysql, "a:b@tcp(DB)/d") ==
        name(Engine::mysql, "c:d@tcp(db:3306)/d?tls=true"));
  CHECK(name(Engine::mysql, "a:b@/d") ==
        name(Engine::mysql, "a:b@tcp(localhost:3306)/d"));
  CHECK(name(Engine::mysql, "a@unix(/s)/d") == "mysql://unix(/s)/d");
  CHECK(name(Engine::postgres, "user=me dbname=d") ==
        name(Engine::postgres, "postgres://you:x@[::1]/d"));
  CHECK(name(Engine::postgres, "postgres://h/d") !=
        name(Engine::mysql, "tcp(h:5432)/d"));
  CHECK(name(Engine::sqlite, "/data/a.db") == "sqlite:/data/a.db");
}

TEST_CASE("the identity tells the schemas of one database apart") {
  const auto [dsn, end] = GENERATE(table<std::string, std::string>({
      {"postgres://h/d?search_path=gw", "?search_path=gw"},
      {"host=h dbname=d search_path=GW", "?search_path=gw"},
      {R"(host=h dbname=d search_path='"GW, 2"')", "?search_path=GW, 2"},
      {"host=h dbname=d options='-c search_path=gw'", "?search_path=gw"},
      {"host=h dbname=d options='-csearch_path=gw'", "?search_path=gw"},
      {"host=h dbname=d options='-c a=b --Search-Path=gw'", "?search_path=gw"},
      {"host=h dbname=d search_path=gw options='-c search_path=no'",
       "?search_path=gw"},
      // What has always been so, and what the DSN alone leaves open.
      {"host=h dbname=d", ""},
      {"host=h dbname=d search_path=public", ""},
      {"host=h dbname=d search_path=Public", ""},
      {R"(host=h dbname=d search_path='"$user"')", ""},
      {R"(host=h dbname=d search_path='"$user", public')", ""},
      {"host=h dbname=d search_path='gw, public'", ""},
      {R"(host=h dbname=d search_path='"a","b"')", ""},
      {"host=h dbname=d options='search_path=gw'", ""},
      {"host=h dbname=d options='-c statement_timeout=1s'", ""},
  }));
  CAPTURE(dsn);
  CHECK(config::identity(address(Engine::postgres, dsn)) ==
        "postgres://h:5432/d" + end);
}

TEST_CASE("an address is shown without user, password or control characters") {
  const auto shown = [](Engine engine, std::string_view dsn) {
    return config::shown(address(engine, dsn));
  };
  CHECK(shown(Engine::mysql, "a:b@tcp(DB)/d") == "mysql://DB:3306/d");
  CHECK(shown(Engine::mysql, "a:b@tcp([::1])/d") == "mysql://[::1]:3306/d");
  CHECK(shown(Engine::postgres, "user=me dbname=d") ==
        "postgres://localhost:5432/d");
  CHECK(shown(Engine::sqlite, "a\x1b.db") == "sqlite:a\\x1b.db");
}
