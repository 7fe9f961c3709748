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

// The least that new-api could have; MySQL has no index on a TEXT.
void make_gateway(db::Session& session) {
  const bool is_mysql = session.dialect().engine == Engine::mysql;
  session.execute(
      R"(CREATE TABLE "channels" ("id" BIGINT PRIMARY KEY, "type" BIGINT,)"
      R"( "key" TEXT NOT NULL, "status" BIGINT, "name" VARCHAR(191),)"
      R"( "weight" BIGINT, "created_time" BIGINT, "test_time" BIGINT,)"
      R"( "response_time" BIGINT, "base_url" VARCHAR(191), "models" TEXT,)"
      R"( "group" VARCHAR(64), "model_mapping" TEXT, "priority" BIGINT,)"
      R"( "auto_ban" BIGINT, "other_info" TEXT, "tag" VARCHAR(191),)"
      R"( "setting" TEXT, "channel_info" JSON))");
  session.execute(
      R"(CREATE TABLE "abilities" ("group" VARCHAR(64), "model" VARCHAR(255),)"
      R"( "channel_id" BIGINT, "enabled" BOOLEAN, "priority" BIGINT,)"
      R"( "weight" BIGINT, "tag" VARCHAR(191),)"
      R"( PRIMARY KEY ("group", "model", "channel_id")))" +
      std::string(is_mysql ? " COLLATE utf8mb4_general_ci" : ""));
}

void add_channel(db::Session& session, const std::string& url) {
  session.execute(
      R"(INSERT INTO "channels" VALUES (1, 1, 'sk-made-up-key-000000', 1,)"
      R"( 'one', 0, 1, 0, 0, ?, 'good,x@gone', 'default', NULL, 0, 1, '',)"
      R"( NULL, NULL, NULL))",
      {url});
  for (const char* model : {"good", "x@gone"}) {
    session.execute(
        R"(INSERT INTO "abilities" VALUES ('default', ?, 1, ?, 0, 0, NULL))",
        {std::string(model), true});
  }
}

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

void use(e2e::World& world, const Database& database, const std::string& dsn) {
  world.set("db_type", database.engine() == Engine::mysql ? R"("mysql")"
                                                          : R"("postgres")");
  world.set("db_dsn", base::json::quote(dsn));
  world.write_configuration();
  world.environment.push_back("SSL_CERT_FILE=" + support::servers().ca_file);
}

}  // namespace

TEST_CASE("every form of a DSN leads to the database") {
  const Engine engine = GENERATE(from_range(engines));
  const int form = GENERATE(range(0, 6));
  CAPTURE(engine, form);
  const Database database(engine);
  make_gateway(*database.open());
  e2e::World world;
  use(world, database, dsn(database, form));
  const auto done = world.run({"check"});
  CAPTURE(done.out, done.err);
  CHECK(done.code == 0);
  CHECK(done.out.find("newapi") != std::string::npos);
  CHECK(done.out.find("test-password") == std::string::npos);
}

TEST_CASE("a wrong password ends with 3 and is not told") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  e2e::World world;
  use(world, database, dsn(database, 0, "hunter2-wrong"));
  for (const char* command : {"check", "--once"}) {
    const auto done = world.run({command});
    CHECK(done.code == 3);
    CHECK((done.out + done.err).find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a round is written to a server as to a file") {
  const Engine engine = GENERATE(from_range(engines));
  CAPTURE(engine);
  const Database database(engine);
  e2e::World world;
  const auto session = database.open();
  make_gateway(*session);
  add_channel(*session, world.upstream.url("site"));
  world.offer("site", {"good", "new"});
  use(world, database, dsn(database, 0));
  const auto dry = world.run({"--once", "--force", "--dry-run"});
  CAPTURE(dry.out, dry.err);
  const auto models = [&] {
    return db::text_of(
        session->query(R"(SELECT "models" FROM "channels")").at(0).at(0));
  };
  CHECK(models() == "good,x@gone");
  const auto done = world.run({"--once", "--force"});
  CAPTURE(done.out, done.err);
  CHECK(models() == "good,new");
  const auto rows = session->query(
      R"(SELECT "model", "enabled" FROM "abilities" ORDER BY 1)");
  REQUIRE(rows.size() == 2);
  CHECK(db::text_of(rows[0].at(0)) == "good");
  CHECK(db::text_of(rows[1].at(0)) == "new");
  CHECK(db::truth_of(rows[1].at(1)));
  CHECK(world.run({"undo", "1"}).code == 0);
  CHECK(models() == "good,x@gone");
}

TEST_CASE("another monitor at work on a server ends with 4") {
  const Engine engine = GENERATE(from_range(engines));
  const Database database(engine);
  const auto session = database.open();
  make_gateway(*session);
  REQUIRE_FALSE(db::lock_server(*session));
  e2e::World world;
  use(world, database, dsn(database, 0));
  const auto done = world.run({"--once"});
  CAPTURE(done.out, done.err);
  CHECK(done.code == 4);
  CHECK(world.run({"--once", "--dry-run"}).code == 0);
}
