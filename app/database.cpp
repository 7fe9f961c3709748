#include "database.h"

#include <utility>
#include <variant>

#include "base/error.h"
#include "base/messages_app.h"
#include "base/messages_db.h"
#include "db/lock.h"
#include "db/server.h"
#include "db/steady.h"

namespace {

namespace say = base::say;
using base::Sentence;

db::Tls tls_of(config::Tls tls) {
  switch (tls) {
    case config::Tls::off: return db::Tls::off;
    case config::Tls::preferred: return db::Tls::preferred;
    case config::Tls::required: return db::Tls::required;
    case config::Tls::verify_ca: return db::Tls::verify_ca;
    case config::Tls::verify_full: break;
  }
  return db::Tls::verify_full;
}

db::Server server_of(const config::Address& address) {
  db::Server server{.name = config::shown(address),
                    .host = address.host,
                    .port = address.port,
                    .socket = address.socket,
                    .user = address.user,
                    .password = address.password,
                    .database = address.database,
                    .tls = tls_of(address.tls),
                    .ca_file = address.ca_file,
                    .certificate = address.certificate,
                    .key_file = address.key_file};
  if (address.engine == config::Engine::postgres) {
    const auto given = [&](const char* name) {
      const auto found = address.parameters.find(name);
      return found == address.parameters.end() ? "" : found->second;
    };
    server.search_path = given("search_path");
    server.role = given("role");
    server.options = given("options");
  }
  // libpq's own word for "this computer, by its socket".
  if (server.host.empty() && server.socket.empty()) server.host = "localhost";
  return server;
}

Sentence sentence_of(const db::HeldBy& held) {
  return held.who.empty() ? Sentence(say::locked_by_unknown)
                          : Sentence{say::locked_by, held.who};
}

LockedSession open_file(const config::Address& address, db::Access access,
                        bool may_lack) {
  LockedSession opened{.session = open_session(address, access)};
  if (access != db::Access::read) look_at_place(address);
  try {
    auto lock = db::lock_sqlite(address.file);
    if (const auto* held = std::get_if<db::HeldBy>(&lock)) {
      opened.without = sentence_of(*held);
    } else {
      opened.lock = std::move(std::get<std::unique_ptr<db::Lock>>(lock));
    }
  } catch (const base::Error& error) {
    if (!may_lack) throw;
    opened.without = error.sentence();
  }
  return opened;
}

LockedSession open_server(const config::Address& address, db::Access access,
                          bool may_lack) {
  LockedSession opened{.session = open_session(address, access)};
  if (const auto held = db::lock_server(*opened.session)) {
    opened.without = sentence_of(*held);
  }
  opened.session =
      db::make_steady(std::move(opened.session), [address, access, may_lack] {
        auto session = open_session(address, access);
        const auto held = db::lock_server(*session);
        if (held && !may_lack) {
          throw base::Error(
              {say::lock_taken, config::shown(address), sentence_of(*held)});
        }
        return session;
      });
  return opened;
}

}  // namespace

std::unique_ptr<db::Session> open_session(const config::Address& address,
                                          db::Access access) {
  switch (address.engine) {
    case config::Engine::mysql:
      return db::open_mysql(server_of(address), access);
    case config::Engine::postgres:
      return db::open_postgres(server_of(address), access);
    case config::Engine::sqlite: break;
  }
  return db::open_sqlite(address.file, access);
}

LockedSession open_locked(const config::Address& address, db::Access access,
                          bool may_lack) {
  return address.engine == config::Engine::sqlite
             ? open_file(address, access, may_lack)
             : open_server(address, access, may_lack);
}

void look_at_place(const config::Address& address) {
  if (address.engine == config::Engine::sqlite &&
      db::is_mount_point(address.file)) {
    throw base::Error({say::is_mount_point, address.file});
  }
}
