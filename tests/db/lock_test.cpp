#include "db/lock.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "catch.h"
#include "support/gateways.h"

namespace {

using Taken = std::variant<std::unique_ptr<db::Lock>, db::HeldBy>;

bool is_held(const Taken& taken) {
  return std::holds_alternative<db::HeldBy>(taken);
}

// A process that takes the lock and then does nothing.
pid_t locking_process(const std::string& file) {
  int ready[2] = {};
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const Taken taken = db::lock_sqlite(file);
    const char answer = is_held(taken) ? 'n' : 'y';
    if (::write(ready[1], &answer, 1) == 1) ::pause();
    ::_exit(0);
  }
  char answer = 0;
  CHECK(::read(ready[0], &answer, 1) == 1);
  CHECK(answer == 'y');
  ::close(ready[0]);
  ::close(ready[1]);
  return child;
}

}  // namespace

TEST_CASE("a lock keeps others out and tells them who holds it") {
  const support::TemporaryFolder folder;
  const std::string file = folder.file("one-api.db");
  support::write_file(file, "");
  {
    const Taken first = db::lock_sqlite(file);
    REQUIRE_FALSE(is_held(first));
    const Taken second = db::lock_sqlite(file);
    REQUIRE(is_held(second));
    const std::string who = std::get<db::HeldBy>(second).who;
    CHECK(
        who.starts_with("process " + std::to_string(::getpid()) + " on host "));
    CHECK(who.find(" since 2") != std::string::npos);
    CHECK(who.find('\n') == std::string::npos);
  }
  CHECK(support::files_in(folder.path()) ==
        std::vector<std::string>{"one-api.db",
                                 "one-api.db.channel-monitor.lock"});
  CHECK(support::text_of_file(file + ".channel-monitor.lock").empty());
  CHECK_FALSE(is_held(db::lock_sqlite(file)));
}

TEST_CASE("one database has one lock, by whatever path it is reached") {
  const support::TemporaryFolder folder;
  const std::string file = folder.file("one-api.db");
  const std::string link = folder.file("link.db");
  support::write_file(file, "");
  std::filesystem::create_symlink(file, link);
  const Taken first = db::lock_sqlite(link);
  REQUIRE_FALSE(is_held(first));
  CHECK(is_held(db::lock_sqlite(file)));
  CHECK(db::real_path(link) == db::real_path(file));
  CHECK_FALSE(std::filesystem::exists(link + ".channel-monitor.lock"));
}

TEST_CASE("a process that is killed holds no lock any more") {
  const support::TemporaryFolder folder;
  const std::string file = folder.file("one-api.db");
  support::write_file(file, "");
  const pid_t child = locking_process(file);
  CHECK(is_held(db::lock_sqlite(file)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK_FALSE(is_held(db::lock_sqlite(file)));
}

TEST_CASE("a lock file that cannot be made is an error that names it") {
  const std::string file = "/no such folder/one-api.db";
  CHECK_THROWS_WITH(db::lock_sqlite(file),
                    Catch::Matchers::Contains(file + ".channel-monitor.lock"));
}

TEST_CASE("a link in the place of the lock file is not followed") {
  const support::TemporaryFolder folder;
  const std::string file = folder.file("one-api.db");
  const std::string victim = folder.file("victim");
  support::write_file(file, "");
  support::write_file(victim, "precious");
  std::filesystem::create_symlink(victim, file + ".channel-monitor.lock");
  CHECK_THROWS_AS(db::lock_sqlite(file), base::Error);
  CHECK(support::text_of_file(victim) == "precious");
}

TEST_CASE("a file that is mounted by itself is a mount point") {
  constexpr std::string_view mountinfo =
      "22 1 0:21 / / rw,relatime - overlay overlay rw\n"
      "31 22 0:27 / /proc rw - proc proc rw\n"
      "40 22 8:1 /srv/a.db /data/one-api.db rw - ext4 /dev/sda1 rw\n"
      "41 22 8:1 /srv/b /my\\040data/one\\134api.db rw - ext4 /dev/sda1 rw\n"
      "broken line\n";
  const auto is = [&](std::string_view path) {
    return db::is_mount_point(mountinfo, path);
  };
  CHECK(is("/data/one-api.db"));
  CHECK(is("/my data/one\\api.db"));
  CHECK(is("/proc"));
  CHECK_FALSE(is("/data/one-api.db2"));
  CHECK_FALSE(is("/data"));
  CHECK_FALSE(is("/my\\040data/one\\134api.db"));
  CHECK_FALSE(is("/srv/a.db"));
  CHECK_FALSE(is(""));
}

TEST_CASE("the mounts of this machine are looked at") {
  CHECK(db::is_mount_point("/proc"));
  const support::TemporaryFolder folder;
  support::write_file(folder.file("a"), "");
  CHECK_FALSE(db::is_mount_point(folder.file("a")));
}
