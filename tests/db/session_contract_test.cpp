#include <sys/socket.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "base/error.h"
#include "base/messages_db.h"
#include "catch.h"
#include "db/transaction.h"
#include "support/servers.h"

using Cause = base::Error::Cause;
using db::Blob;
using db::Engine;
using db::Value;
using support::Database;

namespace {

const std::vector<Engine> engines = {Engine::sqlite, Engine::mysql,
                                     Engine::postgres};
const std::vector<Engine> server_engines = {Engine::mysql, Engine::postgres};

// The type of bytes is the one thing that the engines do not name alike.
std::string_view bytes_type(const db::Session& session) {
  return session.dialect().engine == Engine::postgres ? "BYTEA" : "LONGBLOB";
}

void make_table(db::Session& session) {
  session.execute(std::string(R"(CREATE TABLE "t" ("id" BIGINT PRIMARY KEY,
      "key" VARCHAR(99), "on" BOOLEAN, "r" DOUBLE PRECISION, "group" TEXT,
      "b" )") + std::string(bytes_type(session)) +
                  ")");
}

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

}  // namespace

TEST_CASE("values come back as they went") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto session = database.open();
  make_table(*session);
  const Blob bytes{std::string("\0\xff'x", 4)};
  const std::string text = "默认 🤖 '\"\\";
  CHECK(session->execute(
            R"(INSERT INTO "t" ("id", "key", "on", "r", "group", "b")
               VALUES (?, ?, ?, ?, ?, ?))",
            {std::int64_t{1} << 53, text, true, 0.1, nullptr, bytes}) == 1);
  const auto rows = session->query(
      R"(SELECT "id", "key", "on", "r", "group", "b" FROM "t" WHERE "on" = ?)",
      {true});
  REQUIRE(rows.size() == 1);
  const db::Row& row = rows.front();
  CHECK(db::number_of(row.at(0)) == std::int64_t{1} << 53);
  CHECK(db::text_of(row.at(1)) == text);
  CHECK(db::truth_of(row.at(2)));
  CHECK(std::get<double>(row.at(3)) == 0.1);
  CHECK(db::is_null(row.at(4)));
  CHECK(std::get<Blob>(row.at(5)) == bytes);
}

TEST_CASE("an empty text and empty bytes are not NULL") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto session = database.open();
  make_table(*session);
  session->execute(R"(INSERT INTO "t" ("id", "key", "b") VALUES (?, ?, ?))",
                   {std::int64_t{1}, std::string(), Blob{}});
  const auto rows = session->query(R"(SELECT "key", "b" FROM "t")");
  CHECK(std::holds_alternative<std::string>(rows.at(0).at(0)));
  CHECK(std::holds_alternative<Blob>(rows.at(0).at(1)));
}

TEST_CASE("an update counts the rows that it met, changed or not") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto session = database.open();
  make_table(*session);
  for (const std::int64_t id : {1, 2, 3}) {
    session->execute(R"(INSERT INTO "t" ("id", "key") VALUES (?, ?))",
                     {id, "same"});
  }
  const auto update = [&](std::int64_t above) {
    return session->execute(R"(UPDATE "t" SET "key" = ? WHERE "id" > ?)",
                            {"same", above});
  };
  CHECK(update(1) == 2);
  CHECK(update(5) == 0);
  CHECK(session->execute(R"(DELETE FROM "t")") == 3);
}

TEST_CASE("a row that is there already is kept") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto session = database.open();
  make_table(*session);
  const std::string insert =
      R"(INSERT INTO "t" ("id", "key") VALUES (?, ?))" +
      std::string(session->dialect().keep_existing("id"));
  CHECK(session->execute(insert, {std::int64_t{1}, "first"}) == 1);
  session->execute(insert, {std::int64_t{1}, "second"});
  CHECK(db::text_of(session->query(R"(SELECT "key" FROM "t")").at(0).at(0)) ==
        "first");
}

TEST_CASE("columns are named in their order, none where there is no table") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto session = database.open();
  make_table(*session);
  CHECK(session->columns("t") ==
        std::vector<std::string>{"id", "key", "on", "r", "group", "b"});
  CHECK(session->columns("no such").empty());
  CHECK(session->columns(R"(t"; DROP TABLE "t)").empty());
  CHECK(session->columns("t").size() == 6);
}

TEST_CASE("what the database refuses is an error without the arguments") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto session = database.open();
  make_table(*session);
  CHECK(cause_of([&] { session->execute("NONSENSE"); }) == Cause::refused);
  CHECK(cause_of([&] { session->query("SELECT ?"); }) == Cause::refused);
  const std::string insert = R"(INSERT INTO "t" ("id", "key") VALUES (?, ?))";
  session->execute(insert, {std::int64_t{1}, "hidden"});
  try {
    session->execute(insert, {std::int64_t{1}, "hidden"});
    FAIL("the key was there");
  } catch (const base::Error& error) {
    const std::string text = error.what();
    CAPTURE(text);
    CHECK(error.cause() == Cause::refused);
    CHECK(text.find("hidden") == std::string::npos);
    CHECK(text.find("INSERT INTO") != std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
  }
}

TEST_CASE("a statement is as good after an error as before") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto session = database.open();
  make_table(*session);
  const std::string insert = R"(INSERT INTO "t" ("id") VALUES (?))";
  for (const std::int64_t id : {1, 1, 2}) {
    cause_of([&] { session->execute(insert, {id}); });
  }
  CHECK(session->query(R"(SELECT 1 FROM "t")").size() == 2);
}

TEST_CASE("a transaction rolls back unless it is committed") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto session = database.open();
  make_table(*session);
  const auto add = [&](std::int64_t id) {
    session->execute(R"(INSERT INTO "t" ("id") VALUES (?))", {id});
  };
  const auto count = [&] {
    return session->query(R"(SELECT 1 FROM "t")").size();
  };
  {
    const db::Transaction transaction(*session);
    add(1);
    CHECK(count() == 1);
  }
  CHECK(count() == 0);
  {
    db::Transaction transaction(*session);
    add(1);
    CHECK(transaction.commit());
  }
  CHECK(count() == 1);
  CHECK(cause_of([&] {
          const db::Transaction transaction(*session);
          add(2);
          add(1);
        }) == Cause::refused);
  CHECK(count() == 1);
}

TEST_CASE("several statements are answered one by one") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto session = database.open();
  make_table(*session);
  CHECK(session->do_all({}).empty());
  const db::Answers answers = session->do_all(
      {{R"(INSERT INTO "t" ("id", "key") VALUES (?, ?), (?, ?))",
        {1, "it's; 1", 2, nullptr}},
       {R"(UPDATE "t" SET "key" = ? WHERE "id" = ?)", {"it's; 1", 1}},
       {R"(SELECT "id", "key" FROM "t" ORDER BY "id")", {}},
       {R"(DELETE FROM "t" WHERE "id" > ?)", {7}},
       {R"(SELECT COUNT(*) FROM "t" WHERE "id" > ?)", {1}}});
  REQUIRE(answers.size() == 5);
  CHECK(answers[0].met == 2);
  CHECK(answers[1].met == 1);  // met, though nothing changed
  CHECK(answers[2].rows == db::Rows{{1, "it's; 1"}, {2, nullptr}});
  CHECK(answers[3].met == 0);
  CHECK(answers[4].rows == db::Rows{{1}});
  CHECK(session->query(R"(SELECT 1 FROM "t")").size() == 2);
}

TEST_CASE("of several statements none is done after one that is refused") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto session = database.open();
  make_table(*session);
  const std::string add = R"(INSERT INTO "t" ("id", "key") VALUES (?, ?))";
  {
    const db::Transaction transaction(*session);
    const auto error = error_of([&] {
      session->do_all({{add, {1, "x"}}, {add, {1, "secret"}}, {add, {2, "y"}}});
    });
    REQUIRE(error);
    CHECK(error->cause() == Cause::refused);
    const std::string words = error->what();
    CHECK(words.find("INSERT INTO") != words.npos);
    CHECK(words.find("secret") == words.npos);
  }
  CHECK(session->query(R"(SELECT 1 FROM "t")").empty());
  // It goes on with the same connection.
  CHECK(session->do_all({{add, {1, "x"}}}).at(0).met == 1);
}

TEST_CASE("many long statements at once get through in both directions") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto session = database.open();
  make_table(*session);
  const std::string text(50'000, 'x');
  db::Statements statements;
  for (std::int64_t id = 0; id < 60; ++id) {
    statements.push_back(
        {R"(INSERT INTO "t" ("id", "group") VALUES (?, ?))", {id, text}});
    statements.push_back({R"(SELECT "group" FROM "t")", {}});
  }
  db::Transaction transaction(*session);
  const db::Answers answers = session->do_all(statements);
  REQUIRE(answers.size() == 120);
  CHECK(answers.back().rows.size() == 60);
  CHECK(answers.back().rows.back() == db::Row{text});
  CHECK(transaction.commit());
}

TEST_CASE("a transaction may begin with reading") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto session = database.open();
  make_table(*session);
  session->execute(R"(INSERT INTO "t" ("id") VALUES (1))");
  const db::Statement read = {R"(SELECT "id" FROM "t" WHERE "id" = ?)", {1}};
  {
    const db::Transaction transaction(*session, {read, read});
    REQUIRE(transaction.answers().size() == 2);
    CHECK(transaction.answers().at(1).rows == db::Rows{{1}});
    session->execute(R"(DELETE FROM "t")");
  }
  // Where it cannot be read, nothing is left open.
  CHECK(cause_of([&] {
          const db::Transaction transaction(*session,
                                            {read, {"SELECT nonsense", {}}});
        }) == Cause::refused);
  {
    db::Transaction transaction(*session, {read});
    CHECK(transaction.answers().at(0).rows == db::Rows{{1}});
    session->execute(R"(INSERT INTO "t" ("id") VALUES (2))");
    CHECK(transaction.commit());
  }
  CHECK(database.open()->query(R"(SELECT 1 FROM "t")").size() == 2);
}

TEST_CASE("two that want to write wait for each other and then are busy") {
  const Database database(GENERATE(from_range(engines)));
  CAPTURE(database.engine());
  const auto one = database.open();
  make_table(*one);
  const auto other = database.open();
  const db::Transaction transaction(*one);
  one->execute(R"(INSERT INTO "t" ("id") VALUES (1))");
  CHECK(cause_of([&] {
          const db::Transaction second(*other);
          other->execute(R"(INSERT INTO "t" ("id") VALUES (1))");
        }) == Cause::busy);
}
