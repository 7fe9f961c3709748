#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/messages_db.h"
#include "catch.h"
#include "db/session.h"
#include "db/transaction.h"
#include "support/gateways.h"
#include "support/whole_database.h"

using db::Access;
using support::files_in;
namespace say = base::say;

namespace {

// What opening a file, and a first look into it, ends with.
base::Sentence error_of(const std::string& file, Access access) {
  try {
    db::open_sqlite(file, access)->query("SELECT * FROM sqlite_master");
  } catch (const base::Error& error) {
    return error.sentence();
  }
  return {};
}

void make_file(const std::string& file, bool wal) {
  const auto session = db::open_sqlite(file, Access::create);
  if (wal) session->query("PRAGMA journal_mode = WAL");
  session->execute(
      "CREATE TABLE t (a);"
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
      " WHERE i < 2000) INSERT INTO t SELECT 'row ' || i FROM n");
}

std::int64_t rows_in(db::Session& session) {
  return *db::number_of(session.query("SELECT COUNT(*) FROM t").at(0).at(0));
}

// A process that writes, and is killed before it is done; it leaves behind
// whatever SQLite leaves.
void be_killed_writing(const std::string& file, std::string_view sql) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto session = db::open_sqlite(file, Access::write);
    session->execute(sql);
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
}

// Names and contents of all files, so that a touch is seen.
std::map<std::string, std::string> contents_of(const std::string& folder) {
  std::map<std::string, std::string> contents;
  for (const std::string& name : files_in(folder)) {
    contents[name] = support::text_of_file(folder + "/" + name);
  }
  return contents;
}

bool is_root() {
  return ::geteuid() == 0;
}

// Does `work` as somebody who owns nothing, where the tests run as root.
void unprivileged(const std::function<void()>& work) {
  if (!is_root()) return work();
  constexpr uid_t nobody = 65534;
  REQUIRE(::seteuid(nobody) == 0);
  work();
  REQUIRE(::seteuid(0) == 0);
}

}  // namespace

TEST_CASE("what is wrong with a file is told apart") {
  const support::TemporaryFolder folder;
  const std::string text = folder.file("text.db");
  support::write_file(text, std::string(5000, 'x'));
  const std::string spoilt = folder.file("spoilt.db");
  make_file(spoilt, false);
  std::string bytes = support::text_of_file(spoilt);
  bytes.replace(2 * 4096, 4096, std::string(4096, 'x'));
  support::write_file(spoilt, bytes);

  for (const Access access : {Access::read, Access::write}) {
    CHECK(error_of(folder.file("none.db"), access).is(say::no_such_file));
    CHECK(error_of(folder.path(), access).is(say::file_is_folder));
    CHECK(error_of("/dev/null", access).is(say::file_is_special));
    CHECK(error_of(text, access).is(say::file_no_database));
  }
  CHECK_FALSE(std::filesystem::exists(folder.file("none.db")));
  CHECK(error_of(folder.file("none/state.db"), Access::create)
            .is(say::no_such_folder));
  const auto session = db::open_sqlite(spoilt, Access::read);
  CHECK_THROWS_WITH(rows_in(*session),
                    Catch::Matchers::Contains("spoilt.db is damaged"));
}

TEST_CASE("a missing right is told by name") {
  const support::TemporaryFolder folder;
  ::chmod(folder.path().c_str(), 0755);
  const std::string file = folder.file("test.db");
  make_file(file, false);
  SECTION("to read") {
    ::chmod(file.c_str(), 0000);
    unprivileged(
        [&] { CHECK(error_of(file, Access::read).is(say::file_unreadable)); });
  }
  SECTION("to write the file") {
    ::chmod(file.c_str(), 0444);
    unprivileged([&] {
      CHECK(error_of(file, Access::read).empty());
      CHECK(error_of(file, Access::write).is(say::file_read_only));
    });
  }
  SECTION("to write the folder") {
    ::chmod(file.c_str(), 0666);
    ::chmod(folder.path().c_str(), 0555);
    unprivileged([&] {
      CHECK(error_of(file, Access::read).empty());
      CHECK(error_of(file, Access::write).is(say::folder_read_only));
      CHECK(error_of(folder.file("new.db"), Access::create)
                .is(say::folder_read_only));
    });
    ::chmod(folder.path().c_str(), 0755);
  }
}

TEST_CASE("nothing is written into a file that is not there any more") {
  for (const bool wal : {false, true}) {
    for (const char* how : {"deleted", "replaced", "overwritten"}) {
      CAPTURE(wal, how);
      const support::TemporaryFolder folder;
      const std::string file = folder.file("test.db");
      const std::string other = folder.file("other.db");
      make_file(file, wal);
      make_file(other, wal);
      const auto session = db::open_sqlite(file, Access::write);
      session->query("SELECT COUNT(*) FROM sqlite_master");
      CHECK_FALSE(session->has_moved());
      { const db::Transaction fine(*session); }
      const std::string kind = how;
      if (kind == "deleted") std::filesystem::remove(file);
      if (kind == "replaced") std::filesystem::rename(other, file);
      if (kind == "overwritten") {
        support::write_file(file, std::string(9000, 'x'));
      }
      CHECK(session->has_moved());
      CHECK_THROWS_WITH(session->begin(),
                        Catch::Matchers::Contains("was deleted, replaced or"));
    }
  }
}

TEST_CASE("a new file is nobody else's") {
  const support::TemporaryFolder folder;
  const std::string file = folder.file("test.db");
  make_file(file, true);
  const auto session = db::open_sqlite(file, Access::write);
  session->execute("INSERT INTO t VALUES (1)");
  for (const std::string& name : files_in(folder.path())) {
    CAPTURE(name);
    struct stat found = {};
    REQUIRE(::stat(folder.file(name).c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
  }
  CHECK(files_in(folder.path()).size() == 3);
}

TEST_CASE("names of files that look like something else are names of files") {
  const support::TemporaryFolder folder;
  for (const std::string_view name :
       {"file:a.db", "a?mode=ro.db", "a%41#.db", "数据库.db"}) {
    CAPTURE(name);
    const std::string file = folder.file(name);
    for (const bool wal : {false, true}) {
      std::filesystem::remove(file);
      make_file(file, wal);
      CHECK(rows_in(*db::open_sqlite(file, Access::read)) == 2000);
    }
  }
  CHECK(files_in(folder.path()).size() == 4);
}

TEST_CASE("reading touches nothing") {
  const bool wal = GENERATE(false, true);
  CAPTURE(wal);
  const support::TemporaryFolder folder;
  const std::string file = folder.file("test.db");
  make_file(file, wal);
  const auto before = contents_of(folder.path());
  REQUIRE(before.size() == 1);
  {
    const auto session = db::open_sqlite(file, Access::read);
    CHECK(rows_in(*session) == 2000);
    CHECK(contents_of(folder.path()) == before);
    CHECK_THROWS_AS(session->execute("DELETE FROM t"), base::Error);
  }
  CHECK(contents_of(folder.path()) == before);
}

TEST_CASE("reading sees what a writer does meanwhile") {
  const bool wal = GENERATE(false, true);
  CAPTURE(wal);
  const support::TemporaryFolder folder;
  const std::string file = folder.file("test.db");
  make_file(file, wal);
  const auto reader = db::open_sqlite(file, Access::read);
  CHECK(rows_in(*reader) == 2000);
  {
    const auto writer = db::open_sqlite(file, Access::write);
    writer->execute("DELETE FROM t WHERE rowid > 1000");
    CHECK(rows_in(*reader) == 1000);
    writer->execute("DELETE FROM t WHERE rowid > 10");
    CHECK(rows_in(*reader) == 10);
  }
  CHECK(rows_in(*reader) == 10);
  support::change(file, "DELETE FROM t");
  CHECK(rows_in(*reader) == 0);
}

TEST_CASE("a file in WAL mode can be read where nothing can be made") {
  const support::TemporaryFolder folder;
  const std::string file = folder.file("test.db");
  make_file(file, true);
  ::chmod(file.c_str(), 0444);
  ::chmod(folder.path().c_str(), 0555);
  unprivileged(
      [&] { CHECK(rows_in(*db::open_sqlite(file, Access::read)) == 2000); });
  ::chmod(folder.path().c_str(), 0755);
}

TEST_CASE("what a killed writer in WAL mode had committed is there") {
  const support::TemporaryFolder folder;
  const std::string file = folder.file("test.db");
  make_file(file, true);
  be_killed_writing(file, "DELETE FROM t WHERE rowid > 5");
  REQUIRE(files_in(folder.path()).size() == 3);
  CHECK(rows_in(*db::open_sqlite(file, Access::read)) == 5);
  CHECK(files_in(folder.path()).size() == 3);
  CHECK(rows_in(*db::open_sqlite(file, Access::write)) == 5);
}

TEST_CASE("what a killed writer left half done is rolled back") {
  const support::TemporaryFolder folder;
  const std::string file = folder.file("test.db");
  make_file(file, false);
  const auto before = support::whole_database(file);
  // A cache of one page makes SQLite write before the commit.
  be_killed_writing(file,
                    "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN;"
                    " UPDATE t SET a = 'half done, half done, half done'");
  REQUIRE(files_in(folder.path()) ==
          std::vector<std::string>{"test.db", "test.db-journal"});
  const auto half_done = contents_of(folder.path());
  CHECK(error_of(file, Access::read).is(say::file_half_written));
  CHECK(contents_of(folder.path()) == half_done);
  CHECK(rows_in(*db::open_sqlite(file, Access::write)) == 2000);
  CHECK(support::whole_database(file) == before);
  CHECK(files_in(folder.path()) == std::vector<std::string>{"test.db"});
}

TEST_CASE("the journal mode of a file stays what it is") {
  for (const bool wal : {false, true}) {
    const support::TemporaryFolder folder;
    const std::string file = folder.file("test.db");
    make_file(file, wal);
    support::change(file, "INSERT INTO t VALUES (1)");
    const auto session = db::open_sqlite(file, Access::write);
    CHECK(db::text_of(session->query("PRAGMA journal_mode").at(0).at(0)) ==
          (wal ? "wal" : "delete"));
  }
}

TEST_CASE("a busy file is waited for one second and no more") {
  const support::TemporaryFolder folder;
  const std::string file = folder.file("test.db");
  make_file(file, false);
  const auto holder = db::open_sqlite(file, Access::write);
  holder->execute("BEGIN EXCLUSIVE");
  const auto other = db::open_sqlite(file, Access::write);
  const auto begin = std::chrono::steady_clock::now();
  try {
    const db::Transaction transaction(*other);
    FAIL("the lock was held");
  } catch (const base::Error& error) {
    CHECK(error.cause() == base::Error::Cause::busy);
    CHECK(error.sentence().is(say::file_busy));
  }
  const auto waited = std::chrono::steady_clock::now() - begin;
  CHECK(waited > std::chrono::milliseconds(500));
  CHECK(waited < std::chrono::milliseconds(1800));
}

TEST_CASE("many statements do not use up anything") {
  const auto session = db::open_sqlite(":memory:", Access::create);
  for (int i = 0; i < 500; ++i) {
    CHECK(session->query("SELECT " + std::to_string(i)).size() == 1);
  }
  session->execute("CREATE TABLE t (a); ; INSERT INTO t VALUES (1), (2);\n");
  CHECK(session->execute("DELETE FROM t WHERE a = 1") == 1);
  CHECK(session->execute("CREATE TABLE u (a)") == 0);
  CHECK_THROWS_AS(session->query("SELECT 1; SELECT 2"), base::Error);
}

TEST_CASE("a full disk is told") {
  const support::TemporaryFolder folder;
  const std::string file = folder.file("test.db");
  make_file(file, false);
  const auto session = db::open_sqlite(file, Access::write);
  session->query("PRAGMA max_page_count = 1");
  CHECK_THROWS_WITH(session->execute("INSERT INTO t SELECT a || a FROM t"),
                    Catch::Matchers::Contains("no space left"));
  CHECK(rows_in(*session) == 2000);
}

TEST_CASE(
    "what tests take for a whole database tells texts behind a NUL apart") {
  const auto session = db::open_sqlite(":memory:", db::Access::create);
  session->execute("CREATE TABLE t (a TEXT)");
  session->execute("INSERT INTO t VALUES (?)", {std::string("a\0b", 3)});
  const auto before = support::whole_database(*session);
  session->execute("UPDATE t SET a = ?", {std::string("a\0c", 3)});
  CHECK(support::whole_database(*session) != before);
}
