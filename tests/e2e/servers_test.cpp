#include "support/servers.h"

#include <array>

#include <fmt/format.h>

#include "catch.h"
#include "db/lock.h"
#include "world.h"

using db::Engine;
using support::Database;

namespace {

const std::vector<Engine> engines = {Engine::mysql, Engine::postgres};

// A DSN of `database`, as gateways write them; `form` counts.
std::string dsn(const Database& database, int form,
                const std::string& password = "test-password") {
  const db::Server& server = database.server();
  const bool is_mysql = database.engine() == Engine::mysql;
  const std::string socket = is_mysql ? support::servers().mysql_socket
                                      : support::servers().postgres_socket;
  const char* const form_text =
      is_mysql
          ? std::array{"{u}:{p}@tcp(127.0.0.1:{n})/{d}",
                       "{u}:{p}@tcp(127.0.0.1:{n})/"
                       "{d}?charset=utf8mb4&parseTime=True&loc=Local",
                       "{u}:{p}@unix({s})/{d}",
                       "{u}:{p}@tcp(127.0.0.1:{n})/{d}?tls=skip-verify",
                       "{u}:{p}@tcp(localhost:{n})/{d}?tls=true",
                       "{u}:{p}@tcp(127.0.0.1:{n})/{d}?tls=preferred"}
                .at(static_cast<std::size_t>(form))
          : std::array{"postgres://{u}:{p}@127.0.0.1:{n}/{d}?sslmode=disable",
                       "postgresql://{u}:{p}@127.0.0.1:{n}/{d}",
                       "host={s} port={n} user={u} password='{p}' dbname={d}",
                       "host=127.0.0.1 port={n} user={u} password={p} "
                       "dbname={d} sslmode=require",
                       "postgres://{u}:{p}@localhost:{n}/"
                       "{d}?sslmode=verify-full",
                       "postgres://{u}:{p}@127.0.0.1:{n}/"
                       "{d}?sslmode=verify-ca&search_path=public"}
                .at(static_cast<std::size_t>(form));
  return fmt::format(fmt::runtime(form_text), fmt::arg("u", server.user),
                     fmt::arg("p", password), fmt::arg("n", server.port),
                     fmt::arg("d", server.database), fmt::arg("s", socket));
}

void use(e2e::World& world, const std::string& dsn) {
  world.set("db_dsn", base::json::quote(dsn));
  world.write_configuration();
  world.environment.push_back("SSL_CERT_FILE=" + support::servers().ca_file);
}

}  // namespace

TEST_CASE("every form of a DSN leads to the database") {
  const Engine engine = GENERATE(from_range(engines));
  const int form = GENERATE(range(0, 6));
  CAPTURE(engine, form);
  e2e::World world(engine);
  world.make_gateway();
  use(world, dsn(world.database(), form));
  const auto done = world.run({"check"});
  CAPTURE(done.out, done.err);
  CHECK(done.code == 0);
  CHECK(done.out.find("newapi") != std::string::npos);
  CHECK(done.out.find("test-password") == std::string::npos);
}

TEST_CASE("a wrong password ends with 3 and is not told") {
  const Engine engine = GENERATE(from_range(engines));
  e2e::World world(engine);
  use(world, dsn(world.database(), 0, "hunter2-wrong"));
  for (const char* command : {"check", "--once"}) {
    const auto done = world.run({command});
    CHECK(done.code == 3);
    CHECK((done.out + done.err).find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a round is written to a server as to a file") {
  const Engine engine = GENERATE(from_range(engines));
  CAPTURE(engine);
  e2e::World world(engine);
  world.make_gateway();
  world.add({.id = 1, .site = "site", .models = "good,x@gone"});
  world.offer("site", {"good", "new"});
  world.write_configuration();
  const auto dry = world.run({"--once", "--force", "--dry-run"});
  CAPTURE(dry.out, dry.err);
  CHECK(world.models(1) == "good,x@gone");
  const auto done = world.run({"--once", "--force"});
  CAPTURE(done.out, done.err);
  CHECK(world.models(1) == "good,new");
  CHECK(world.abilities(1) == "default/good=1 default/new=1");
  CHECK(world.run({"undo", "1"}).code == 0);
  CHECK(world.models(1) == "good,x@gone");
}

TEST_CASE("another monitor at work on a server ends with 4") {
  const Engine engine = GENERATE(from_range(engines));
  e2e::World world(engine);
  world.make_gateway();
  world.write_configuration();
  const auto session = world.open();
  REQUIRE_FALSE(db::lock_server(*session));
  const auto done = world.run({"--once"});
  CAPTURE(done.out, done.err);
  CHECK(done.code == 4);
  CHECK(world.run({"--once", "--dry-run"}).code == 0);
}

TEST_CASE("two gateways in schemas of one database share no memory") {
  e2e::World world(Engine::postgres);
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x"});
  world.change("CREATE SCHEMA other");
  for (const char* const table : {"channels", "abilities"}) {
    world.change(fmt::format("CREATE TABLE other.{0} AS TABLE {0}", table));
    world.change(fmt::format(
        "ALTER TABLE other.{0} ADD PRIMARY KEY ({1})", table,
        table == std::string("channels") ? "id"
                                         : R"("group", model, channel_id)"));
  }
  world.offer("a", {"x", "new"});
  CHECK(world.round().report.names(1, "added") ==
        std::vector<std::string>{"new"});
  world.set("db_dsn", base::json::quote(e2e::dsn_of(Engine::postgres,
                                                    world.database().server()) +
                                        "&search_path=other"));
  // Nobody has taken "new" off there: it was never on.
  CHECK(world.round().report.names(1, "added") ==
        std::vector<std::string>{"new"});
  CHECK(db::text_of(world.open()
                        ->query("SELECT models FROM other.channels")
                        .at(0)
                        .at(0)) == "x,new");
  CHECK(e2e::lines_in(world.run({"history"}).out) > 0);
  const auto undone = world.run({"undo", "2"});
  INFO(undone.out << undone.err);
  CHECK(undone.code == 0);
  CHECK(world.models(1) == "x,new");
}
