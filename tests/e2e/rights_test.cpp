#include <unistd.h>

#include <fmt/format.h>

#include "base/error.h"
#include "catch.h"
#include "core/product.h"
#include "support/servers.h"
#include "world.h"

using core::Product;
using db::Engine;
using e2e::holds;
using e2e::World;
using support::Database;

// A user with the very rights that sql/grants-*.sql gives, and less.

namespace {

struct Gateway {
  std::string folder;
  Product product;
};

const std::vector<Gateway> gateways = {{"one-api-0.6", Product::oneapi},
                                       {"new-api-2025-04", Product::newapi},
                                       {"new-api-2026-08", Product::newapi},
                                       {"one-hub-2026-02", Product::onehub}};

void replace(std::string& text, std::string_view from, std::string_view to) {
  REQUIRE(holds(text, from));
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// A real gateway's database on a server with a user of its own, made by the
// file as its comments say; gone at the end of the test.
class Granted {
 public:
  Granted(Engine engine, const Gateway& gateway) : database(engine) {
    const bool is_mysql = engine == Engine::mysql;
    database.load(fmt::format("{}/{}/{}.sql", GATEWAY_FIXTURES, gateway.folder,
                              database.type()));
    std::string sql = support::text_of_file(
        fmt::format("{}/../grants-{}.sql", GATEWAY_SCHEMAS, database.type()));
    if (is_mysql) replace(sql, "oneapi.", database.server().database + ".");
    replace(sql, "channel_monitor", user);
    replace(sql, "change-me", "made-up");
    if (gateway.product != Product::newapi) replace(sql, "other_info, ", "");
    std::string wanted;
    for (const std::string& line : e2e::split(sql, '\n')) {
      const bool is_left_out = gateway.product == Product::onehub &&
                               line.ends_with("-- not One Hub");
      if (!is_left_out) wanted += line + '\n';
    }
    const std::string file = world.file("grants.sql");
    support::write_file(file, wanted);
    database.load(file);
    world.set("db_type", base::json::quote(database.type()));
    world.set("db_dsn", base::json::quote(database.dsn(user, "made-up")));
    world.set("language", R"("en")");
    world.set("include_channel", "[1]");
    admin = database.open();
    admin->execute(R"(UPDATE "channels" SET "base_url" = ? WHERE "id" = 1)",
                   {world.upstream.url("openai")});
    world.offer("openai", {"gpt-4o", "gpt-4o-mini", "gpt-3.5-turbo",
                           "text-embedding-3-small", "gpt-4.1"});
    world.write_configuration();
  }
  ~Granted() {
    try {
      if (database.engine() == Engine::mysql) {
        admin->execute(fmt::format("DROP USER '{}'@'%'", user));
      } else {
        admin->execute("DROP OWNED BY " + user);
        admin->execute("DROP ROLE " + user);
      }
    } catch (const base::Error&) {
      user.clear();  // it goes with its server
    }
  }
  Granted(const Granted&) = delete;
  Granted& operator=(const Granted&) = delete;

  // "UPDATE (models)", "DELETE": of a table.
  void revoke(const std::string& right, const std::string& table) const {
    const bool is_mysql = database.engine() == Engine::mysql;
    admin->execute(
        fmt::format("REVOKE {} ON {} FROM {}", right, table,
                    is_mysql ? fmt::format("'{}'@'%'", user) : user));
  }

  std::string user = fmt::format("monitor_{}", ::getpid());
  Database database;
  World world;
  std::unique_ptr<db::Session> admin;
};

bool are_here() {
  if (!std::string_view(GATEWAY_FIXTURES).empty()) return true;
  WARN("no databases of real gateways here");
  return false;
}

}  // namespace

TEST_CASE("a user with the rights of our file can do a whole round") {
  if (!are_here()) return;
  const Engine engine = GENERATE(Engine::mysql, Engine::postgres);
  const auto& gateway = GENERATE(from_range(gateways));
  CAPTURE(engine, gateway.folder);
  Granted granted(engine, gateway);
  const auto check = granted.world.run({"check"});
  CAPTURE(check.out, check.err);
  CHECK(check.code == 0);
  const auto round = granted.world.round();
  CAPTURE(round.ended.out, round.ended.err);
  CHECK(round.report.result(1) == "changed");
  const auto row =
      granted.admin->query(R"(SELECT "models" FROM "channels" WHERE "id" = 1)");
  CHECK(db::text_of(row.at(0).at(0)) ==
        "gpt-4o,gpt-4o-mini,gpt-3.5-turbo,text-embedding-3-small,gpt-4.1");
  CHECK(granted.world.run({"undo", "1"}).code == 0);
  // No more than that.
  db::Server server = granted.database.server();
  server.user = granted.user;
  server.password = base::Secret("made-up");
  const auto session = support::open_server(engine, server);
  for (const char* sql : {R"(UPDATE "channels" SET "name" = 'x' WHERE 1 = 0)",
                          R"(UPDATE "channels" SET "key" = 'x' WHERE 1 = 0)",
                          R"(DELETE FROM "channels" WHERE 1 = 0)",
                          R"(SELECT "value" FROM "options")"}) {
    CAPTURE(sql);
    CHECK_THROWS_AS(session->execute(sql), base::Error);
  }
}

TEST_CASE("a right that is missing is named by its table") {
  if (!are_here()) return;
  struct Missing {
    std::string right;
    std::string table;
  };
  const Engine engine = GENERATE(Engine::mysql, Engine::postgres);
  const auto missing = GENERATE(values<Missing>({
      {"ALL PRIVILEGES", "channels"},
      {"ALL PRIVILEGES", "abilities"},
      {"SELECT", "channels"},
      {"UPDATE (models)", "channels"},
      {"UPDATE (status)", "channels"},
      {"UPDATE (other_info)", "channels"},
      {"UPDATE (response_time)", "channels"},
      {"SELECT", "abilities"},
      {"INSERT", "abilities"},
      {"UPDATE", "abilities"},
      {"DELETE", "abilities"},
  }));
  CAPTURE(engine, missing.right, missing.table);
  Granted granted(engine, gateways.at(2));
  granted.revoke(missing.right, missing.table);
  const auto check = granted.world.run({"check"});
  CAPTURE(check.out, check.err);
  CHECK(check.code == 3);
  CHECK(holds(check.out, "lacks a right"));
  CHECK(holds(check.out, missing.table));
  CHECK_FALSE(holds(check.out + check.err, "made-up"));
}

TEST_CASE("tables without transactions are read, and never written") {
  World world(Engine::mysql);
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y,z@gone"});
  const std::string table = GENERATE("channels", "abilities");
  // The key of abilities is too long for MyISAM.
  const std::string engine = table == "channels" ? "MyISAM" : "Aria";
  CAPTURE(table, engine);
  world.change(fmt::format("ALTER TABLE {} ENGINE={}", table, engine));
  world.write_configuration();
  const std::string said =
      fmt::format("its table \"{}\" is kept by the engine {}", table, engine);
  const auto check = world.run({"check"});
  INFO(check.out);
  CHECK(check.code == 3);
  CHECK(holds(check.out, said));
  for (const e2e::Arguments& arguments :
       {e2e::Arguments{"--once"}, e2e::Arguments{"repair"}}) {
    const auto ended = world.run(arguments);
    INFO(ended.err);
    CHECK(ended.code == 3);
    CHECK(holds(ended.out + ended.err, said));
  }
  CHECK(world.models(1) == "x,y,z@gone");
  CHECK(world.round({"--dry-run"}).report.result(1) == "would_change");
  world.change(fmt::format("ALTER TABLE {} ENGINE=InnoDB", table));
  CHECK(world.round().report.result(1) == "changed");
  CHECK(world.models(1) == "x,y");
}
