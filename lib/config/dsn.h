#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/messages.h"
#include "base/secret.h"

namespace config {

enum class Engine : std::uint8_t { mysql, sqlite, postgres };

// How much of TLS a connection to the database wants.
enum class Tls : std::uint8_t {
  off,
  preferred,    // where the server has it; nothing is verified
  required,     // nothing is verified
  verify_ca,    // the certificate, not the name in it
  verify_full,  // both
};

// Where the gateway's database is and who we are there.
struct Address {
  Engine engine = Engine::mysql;

  std::string host;    // without brackets; "" where there is a socket
  int port = 0;        // 0 for SQLite
  std::string socket;  // MySQL: its file; PostgreSQL: the folder it is in
  std::string user;    // "": whom the client library takes
  base::Secret password;
  std::string database;

  Tls tls = Tls::off;
  std::string ca_file;      // PEM, as the two below; "" for none
  std::string certificate;  // of ourselves
  std::string key_file;

  // What else the DSN says, by the names that its engine has; may hold secrets.
  std::map<std::string, std::string> parameters;

  std::string file;  // SQLite; a relative one as it was given

  bool operator==(const Address&) const = default;
};

// Reads a DSN as the gateways' own drivers do: `user:password@tcp(host)/name`
// for MySQL, a URL or `key=value` pairs for PostgreSQL, a path or a `file:` URI
// for SQLite.  Returns what is wrong where it is none; the sentence quotes
// nothing of it.
std::variant<Address, base::Sentence> address_of(Engine engine,
                                                 std::string_view dsn);

// The names in a DSN of PostgreSQL that it is not read or written by, though
// they may mean something: to be told of.  Those that only tune the gateway's
// own driver are none of them.  "" stands for one that nobody knows: it may be
// a piece of a password that was not quoted.
std::vector<std::string> ignored_keywords(const Address& address);

// Names the database, whoever asks: neither user nor password are in it.  The
// same for the ways to write this computer.  Of PostgreSQL the schema is in it
// where the DSN names no other than that one; "public", and one that only the
// server knows of, are not.  For SQLite the file should be made absolute first.
std::string identity(const Address& address);

// The address for messages, without user and password.
std::string shown(const Address& address);

// Where a server listens: "host:port", "[::1]:port", or ":port" for every
// address of the machine.
struct Place {
  std::string host;  // without brackets; "" is every address
  int port = 0;
};

// `listen` has been found good.
Place place_of(std::string_view listen);

// Whether nobody but this machine can get there.
bool is_loopback(std::string_view host);

}  // namespace config
