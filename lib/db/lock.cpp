#include "db/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/messages_db.h"
#include "base/text.h"
#include "base/time.h"
#include "db/server_text.h"
#include "db/session.h"

namespace db {

namespace {

std::string text_of_error(int code) {
  return std::generic_category().message(code);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept
      : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int number() const { return number_; }

 private:
  int number_;
};

// Somebody else's lock file can be locked by whoever may read it.  A link in
// its place is not ours: what it leads to would be emptied.
Descriptor open_lock_file(const std::string& file) {
  constexpr mode_t mode = 0644;
  constexpr int flags = O_CLOEXEC | O_NOFOLLOW;
  Descriptor both(::open(file.c_str(), O_RDWR | O_CREAT | flags, mode));
  if (both.number() >= 0) return both;
  const int code = errno;
  Descriptor reading(::open(file.c_str(), O_RDONLY | flags));
  if (reading.number() >= 0) return reading;
  throw base::Error({base::say::lock_unmakeable, file, text_of_error(code)});
}

std::string who_we_are() {
  const auto now = std::chrono::floor<std::chrono::seconds>(
      std::chrono::system_clock::now());
  return fmt::format("{} since {}", this_process(), base::rfc3339(now));
}

// What the holder wrote.  It may be about to.
std::string who_is_in(const Descriptor& file) {
  std::array<char, 256> bytes = {};
  const auto size = ::pread(file.number(), bytes.data(), bytes.size(), 0);
  if (size <= 0) return {};
  const std::string_view text(bytes.data(), static_cast<std::size_t>(size));
  return base::printable(text.substr(0, text.find('\n')));
}

// It is only for people, so a full disk is no reason to give up.
void write_into(const Descriptor& file, std::string_view text) {
  if (::ftruncate(file.number(), 0) != 0) return;
  [[maybe_unused]] const auto written =
      ::pwrite(file.number(), text.data(), text.size(), 0);
}

// Whether `name` still leads to the file that was opened by it.
bool is_still(const Descriptor& file, const std::string& name) {
  struct stat opened = {};
  struct stat named = {};
  return ::fstat(file.number(), &opened) == 0 &&
         ::stat(name.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

class FileLock final : public Lock {
 public:
  explicit FileLock(Descriptor file) : file_(std::move(file)) {
    write_into(file_, who_we_are() + "\n");
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  // So that the next holder is never taken for this one.
  ~FileLock() override { write_into(file_, ""); }

 private:
  Descriptor file_;
};

// Locks of MySQL are those of the whole server, so the name tells the database,
// the same in whatever case it may be written.
constexpr std::string_view mysql_lock =
    "CONCAT('channel-monitor:', SHA1(IF(@@lower_case_table_names = 0,"
    " DATABASE(), LOWER(DATABASE()))))";

std::optional<HeldBy> lock_mysql(Session& session) {
  const auto locked =
      session.query(fmt::format("SELECT GET_LOCK({}, 1)", mysql_lock));
  if (truth_of(locked.at(0).at(0))) return std::nullopt;
  // Others are shown to nobody without the right to see them.
  const auto holder = session.query(
      fmt::format(R"(SELECT "HOST", "ID" FROM information_schema.processlist)"
                  R"( WHERE "ID" = IS_USED_LOCK({}))",
                  mysql_lock));
  if (holder.empty()) return HeldBy{};
  return HeldBy{base::printable(fmt::format("connection {} from {}",
                                            text_of(holder.front().at(1)),
                                            text_of(holder.front().at(0))))};
}

// Advisory locks are those of one database; the second number tells its schema.
constexpr std::int64_t postgres_lock = 0x63686d6f;  // "chmo"

std::string postgres_holder(Session& session) {
  const auto holder = session.query(
      R"(SELECT "application_name", to_char("backend_start" AT TIME ZONE 'UTC',)"
      R"( 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM "pg_locks" JOIN "pg_stat_activity")"
      R"( USING ("pid") WHERE "locktype" = 'advisory' AND "granted")"
      R"( AND "database" = (SELECT "oid" FROM "pg_database" WHERE)"
      R"( "datname" = current_database()) AND "classid" = ?::bigint::oid AND)"
      R"( "objid"::bigint = hashtext(current_schema())::bigint & 4294967295)",
      {postgres_lock});
  if (holder.empty()) return {};
  std::string who = text_of(holder.front().at(0));
  constexpr std::string_view ours = "channel-monitor: ";
  if (who.starts_with(ours)) who.erase(0, ours.size());
  const std::string since = text_of(holder.front().at(1));
  if (!since.empty()) who += " since " + since;
  return base::printable(who);
}

std::optional<HeldBy> lock_postgres(Session& session) {
  using std::chrono::milliseconds;
  constexpr int tries = 10;
  constexpr milliseconds pause{100};
  for (int i = 0; i < tries; ++i) {
    if (i > 0) std::this_thread::sleep_for(pause);
    const auto locked = session.query(
        "SELECT pg_try_advisory_lock(?::int, hashtext(current_schema()))",
        {postgres_lock});
    if (truth_of(locked.at(0).at(0))) return std::nullopt;
  }
  return HeldBy{postgres_holder(session)};
}

// "\040" and the like, as the kernel writes blanks in names.
std::string without_escapes(std::string_view text) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 3 >= text.size() || !is_octal(text[i + 1]) ||
        !is_octal(text[i + 2]) || !is_octal(text[i + 3])) {
      plain += text[i];
      continue;
    }
    const int code = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                     (text[i + 3] - '0');
    plain += static_cast<char>(code);
    i += 3;
  }
  return plain;
}

}  // namespace

std::variant<std::unique_ptr<Lock>, HeldBy> lock_sqlite(
    const std::string& file) {
  const std::string name = real_path(file) + ".channel-monitor.lock";
  while (true) {
    Descriptor opened = open_lock_file(name);
    if (::flock(opened.number(), LOCK_EX | LOCK_NB) != 0) {
      const int code = errno;
      if (code == EINTR) continue;
      if (code == EWOULDBLOCK) return HeldBy{who_is_in(opened)};
      throw base::Error(
          {base::say::lock_impossible, name, text_of_error(code)});
    }
    // A lock on a file that was removed meanwhile keeps nobody out.
    if (is_still(opened, name)) {
      return std::make_unique<FileLock>(std::move(opened));
    }
  }
}

std::optional<HeldBy> lock_server(Session& session) {
  return session.dialect().engine == Engine::mysql ? lock_mysql(session)
                                                   : lock_postgres(session);
}

bool is_mount_point(const std::string& file) {
  std::ifstream stream("/proc/self/mountinfo");
  const std::string mountinfo((std::istreambuf_iterator<char>(stream)),
                              std::istreambuf_iterator<char>());
  return is_mount_point(mountinfo, real_path(file));
}

bool is_mount_point(std::string_view mountinfo, std::string_view path) {
  constexpr std::size_t mount_point = 4;
  for (const std::string_view line : base::split(mountinfo, '\n')) {
    const auto fields = base::split(line, ' ');
    if (fields.size() > mount_point &&
        without_escapes(fields[mount_point]) == path) {
      return true;
    }
  }
  return false;
}

std::string absolute_path(const std::string& file) {
  std::error_code error;
  const auto path = std::filesystem::absolute(file, error);
  if (error) throw base::Error(base::say::no_working_folder);
  return path.string();
}

std::string real_path(const std::string& file) {
  std::error_code error;
  const auto path = std::filesystem::canonical(file, error);
  return error ? file : path.string();
}

}  // namespace db
