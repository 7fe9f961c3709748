#include "state/file.h"

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/messages_db.h"
#include "db/session.h"
#include "db/transaction.h"
#include "state/migrations.h"

namespace state {

namespace {

// In the header of the file: "ChMo".
constexpr std::int64_t application = 0x43684d6f;

constexpr db::Patience patience = {.tries = 1,
                                   .each = std::chrono::milliseconds(5000)};
// Another process may be bringing millions of rows up to date.
constexpr db::Patience while_migrated = {
    .tries = 1, .each = std::chrono::milliseconds(60'000)};

std::int64_t number(db::Session& session, std::string_view sql) {
  const db::Rows rows = session.query(sql);
  return rows.empty() ? 0 : db::number_or_zero(rows.front().at(0));
}

std::int64_t newest_version() {
  return static_cast<std::int64_t>(migrations().size());
}

// The version of a file that is ours, 0 of one with nothing in it.
std::int64_t version_of(db::Session& session, const std::string& file) {
  const std::int64_t version = number(session, "PRAGMA user_version");
  const std::int64_t owner = number(session, "PRAGMA application_id");
  if (owner == application) {
    if (version <= newest_version()) return version;
    throw base::Error(
        {base::say::state_newer, file, version, newest_version()});
  }
  if (owner != 0 || version != 0 ||
      number(session, "SELECT COUNT(*) FROM sqlite_master") != 0) {
    throw base::Error({base::say::state_foreign, file});
  }
  return 0;
}

void migrate(db::Session& session, const std::string& file) {
  db::Transaction transaction(session);
  // Another process may have been first.
  const std::int64_t version = version_of(session, file);
  if (version == newest_version()) return;
  const auto texts = migrations();
  for (auto i = static_cast<std::size_t>(version); i < texts.size(); ++i) {
    session.execute(texts[i]);
  }
  if (session.query("SELECT 1 FROM secret").empty()) {
    constexpr std::size_t secret_bytes = 32;
    session.execute("INSERT INTO secret (value) VALUES (?)",
                    {db::Blob{base::random_bytes(secret_bytes)}});
  }
  session.execute(fmt::format("PRAGMA application_id = {}", application));
  session.execute(fmt::format("PRAGMA user_version = {}", texts.size()));
  transaction.commit();
}

// SQLite gives the files beside it the same mode.
void keep_private(const std::string& file) {
  constexpr mode_t others = 077;
  struct stat found = {};
  if (::stat(file.c_str(), &found) != 0 || (found.st_mode & others) == 0) {
    return;
  }
  // Somebody else's file stays as its owner made it.
  [[maybe_unused]] const int result = ::chmod(file.c_str(), 0600);
}

void copy_table(db::Session& from, db::Session& to, const std::string& table) {
  std::string insert;
  for (const db::Row& row : from.query("SELECT * FROM " + table)) {
    if (insert.empty()) {
      insert = fmt::format("INSERT INTO {} VALUES (?", table);
      for (std::size_t i = 1; i < row.size(); ++i)
        insert += ", ?";
      insert += ')';
    }
    to.execute(insert, row);
  }
}

// Copies what a file of `version` holds.
void copy_tables(db::Session& old, std::int64_t version, db::Session& copy) {
  db::Transaction transaction(copy);
  for (std::int64_t i = 0; i < version; ++i) {
    copy.execute(migrations()[static_cast<std::size_t>(i)]);
  }
  copy.execute(fmt::format("PRAGMA application_id = {}", application));
  copy.execute(fmt::format("PRAGMA user_version = {}", version));
  for (const db::Row& table :
       old.query("SELECT name FROM sqlite_master WHERE type = 'table'"
                 " AND name NOT LIKE 'sqlite_%' AND name <> 'probes'")) {
    copy_table(old, copy, db::text_of(table.at(0)));
  }
  transaction.commit();
}

// An older file stays as it is; a copy in memory is brought up to date.  Single
// probes, which are many, are not looked at.  Nothing where another process
// brought the file up to date meanwhile.
std::unique_ptr<db::Session> copy_of(db::Session& old, std::int64_t version,
                                     const std::string& file) {
  auto copy = db::open_sqlite(":memory:", db::Access::create);
  try {
    copy_tables(old, version, *copy);
  } catch (const base::Error&) {
    if (version_of(old, file) == version) throw;
  }
  if (version_of(old, file) != version) return nullptr;
  migrate(*copy, file);
  return copy;
}

}  // namespace

std::unique_ptr<db::Session> open_file(const std::string& file,
                                       const base::StopFlag& stop) {
  auto session = db::open_sqlite(file, db::Access::create);
  std::int64_t version = 0;
  db::patiently(patience, stop, [&] {
    version = version_of(*session, file);
    keep_private(file);
    // An intent has to outlive a power cut before the gateway is written, so
    // every commit is synced (FULL).  With WAL that is one sync for each, and a
    // reader such as `history` keeps no writer waiting.  Where WAL cannot be
    // had, as on some network disks, the rollback journal is as safe.
    session->query("PRAGMA journal_mode = WAL");
    session->query("PRAGMA synchronous = FULL");
  });
  if (version == newest_version()) return session;
  db::patiently(version == 0 ? patience : while_migrated, stop,
                [&] { migrate(*session, file); });
  return session;
}

bool is_there(const std::string& file) {
  struct stat found = {};
  return ::stat(file.c_str(), &found) == 0 ||
         (errno != ENOENT && errno != ENOTDIR);
}

std::unique_ptr<db::Session> look_at_file(const std::string& file,
                                          const base::StopFlag& stop) {
  std::unique_ptr<db::Session> session;
  db::patiently(patience, stop, [&] {
    session = db::open_sqlite(file, db::Access::read);
    std::int64_t version = version_of(*session, file);
    while (version > 0 && version < newest_version()) {
      if (auto copy = copy_of(*session, version, file)) {
        session = std::move(copy);
        return;
      }
      version = version_of(*session, file);
    }
    if (version == 0) session = nullptr;
  });
  return session;
}

}  // namespace state
