#include "config/dsn.h"

#include <string>

#include "targets.h"

// Whatever stands in a DSN: it is read, or refused by a sentence in both
// languages; and what names the database holds no password.

void fuzz::dsn(Input input) {
  const auto engine = static_cast<config::Engine>(input.byte() % 3);
  const std::string text(input.rest());
  const auto read = config::address_of(engine, text);
  if (const auto* why = std::get_if<base::Sentence>(&read)) {
    fuzz::require(!why->in(base::Language::en).empty());
    fuzz::require(!why->in(base::Language::zh).empty());
    return;
  }
  const auto& address = std::get<config::Address>(read);
  fuzz::require(address.port >= 0 && address.port <= 65535);
  // The same once more, and a password in it never shows.
  fuzz::require(std::get<config::Address>(config::address_of(engine, text)) ==
                address);
  config::Address secret = address;
  secret.password = base::Secret("the-planted-password");
  fuzz::require(config::shown(secret) == config::shown(address));
  fuzz::require(config::identity(secret) == config::identity(address));
}
