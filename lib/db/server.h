#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/secret.h"
#include "db/session.h"

namespace db {

// How much of TLS a connection wants.
enum class Tls : std::uint8_t {
  off,
  preferred,    // where the server has it; nothing is verified
  required,     // nothing is verified
  verify_ca,    // the certificate, not the name in it; of MySQL both
  verify_full,  // both
};

// A database on a server, and who we are there.
struct Server {
  std::string name;  // what sentences call it; no user and no password
  std::string host;  // "" where there is a socket
  int port = 0;
  std::string socket;  // MySQL: its file; PostgreSQL: the folder it is in
  std::string user;    // "": whom the client library takes
  base::Secret password;
  std::string database;

  Tls tls = Tls::off;
  std::string ca_file;      // PEM; "" for the system's bundle
  std::string certificate;  // of ourselves, as `key_file`; "" for none
  std::string key_file;

  // PostgreSQL alone; "" for what the server has.
  std::string search_path;
  std::string role;     // who we are from then on
  std::string options;  // "-c name=value …"; poolers refuse them

  std::chrono::seconds connect_limit{5};
  std::chrono::seconds answer_limit{10};
};

// Opens a connection.  Throws a base::Error of one sentence that tells apart:
// no such host, nobody listens, no answer, no TLS, a certificate that is not
// trusted, who we are, no such database.  With Access::read the server itself
// refuses to write; `create` is the same as `write`.
//
// A statement that is not answered within `answer_limit` loses the connection.
// After `busy` because of a deadlock the server has rolled back.
std::unique_ptr<Session> open_mysql(const Server& server, Access access);
std::unique_ptr<Session> open_postgres(const Server& server, Access access);

}  // namespace db
