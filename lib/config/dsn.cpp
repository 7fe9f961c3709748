#include "config/dsn.h"

#include <charconv>

#include <fmt/format.h>

#include "base/messages_config.h"
#include "base/text.h"
#include "config/dsn_parts.h"

namespace config {
namespace {

namespace say = base::say;

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

bool is_host(std::string_view text) {
  return !text.empty() && text.find_first_of(" \t/\\@()?#,'\"") == text.npos &&
         !base::has_control(text);
}

// Whose DSN it is by its looks, where that can be told.
std::optional<Engine> engine_by_looks(std::string_view dsn) {
  if (dsn.starts_with("postgres://") || dsn.starts_with("postgresql://")) {
    return Engine::postgres;
  }
  if (dsn.find("@tcp(") != dsn.npos || dsn.find("@unix(") != dsn.npos) {
    return Engine::mysql;
  }
  return std::nullopt;
}

std::string_view name_of(Engine engine) {
  switch (engine) {
    case Engine::mysql: return "mysql";
    case Engine::sqlite: return "sqlite";
    case Engine::postgres: return "postgres";
  }
  return "";
}

std::string host_of_identity(const Address& address) {
  std::string host = base::lower(address.host);
  if (host.empty() || host == "127.0.0.1" || host == "::1") return "localhost";
  return host;
}

std::string place(const Address& address, const std::string& host) {
  if (address.engine == Engine::sqlite) return "sqlite:" + address.file;
  const std::string socket = fmt::format("unix({})", address.socket);
  const bool brackets = host.find(':') != std::string::npos;
  const std::string& where = address.socket.empty() ? host : socket;
  const std::string port =
      address.port == 0 ? std::string() : fmt::format(":{}", address.port);
  return fmt::format("{}://{}{}{}{}/{}", name_of(address.engine),
                     brackets ? "[" : "", where, brackets ? "]" : "", port,
                     address.database);
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const std::optional<int> high = hex_digit(text[i + 1]);
    const std::optional<int> low = hex_digit(text[i + 2]);
    if (!high || !low || *high + *low == 0) return std::nullopt;
    decoded += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return decoded;
}

std::optional<int> port_of(std::string_view text) {
  int port = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || port < 1 || port > 65535) return std::nullopt;
  return port;
}

bool read_host(std::string_view text, std::string& host, int& port) {
  std::string_view name = text;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return false;
    name = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else if (const std::size_t colon = text.find(':');
             colon != text.npos && colon == text.rfind(':')) {
    name = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (!is_host(name)) return false;
  host = name;
  if (rest.empty() || rest == ":") return true;
  const std::optional<int> given =
      rest[0] == ':' ? port_of(rest.substr(1)) : std::nullopt;
  if (!given) return false;
  port = *given;
  return true;
}

std::optional<std::vector<std::pair<std::string, std::string>>> query_of(
    std::string_view text, bool strict) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string_view piece : base::split(text, '&')) {
    const std::size_t equals = piece.find('=');
    if (equals == piece.npos && strict && !piece.empty()) return std::nullopt;
    if (equals == piece.npos) continue;
    std::optional<std::string> value =
        percent_decoded(piece.substr(equals + 1));
    if (!value) return std::nullopt;
    pairs.emplace_back(piece.substr(0, equals), std::move(*value));
  }
  return pairs;
}

std::variant<Address, base::Sentence> address_of(Engine engine,
                                                 std::string_view dsn) {
  if (dsn.find('\0') != dsn.npos) return base::Sentence(say::dsn_nul);
  const std::optional<Engine> looks = engine_by_looks(dsn);
  if (looks && *looks != engine) {
    return base::Sentence(say::dsn_of_another, name_of(engine),
                          name_of(*looks));
  }
  switch (engine) {
    case Engine::mysql: return mysql_address(dsn);
    case Engine::sqlite: return sqlite_address(dsn);
    case Engine::postgres: return postgres_address(dsn);
  }
  return base::Sentence();
}

std::string identity(const Address& address) {
  std::string name = place(address, host_of_identity(address));
  if (address.engine != Engine::postgres) return name;
  const std::string schema = only_schema(address);
  if (schema.empty() || schema == "public") return name;
  return name + "?search_path=" + schema;
}

std::string shown(const Address& address) {
  return base::printable(
      place(address, address.host.empty() ? "localhost" : address.host));
}

Place place_of(std::string_view listen) {
  Place place;
  if (listen.starts_with(':')) {
    place.port = port_of(listen.substr(1)).value_or(0);
  } else {
    read_host(listen, place.host, place.port);
  }
  return place;
}

bool is_loopback(std::string_view host) {
  if (host == "::1" || base::lower(host) == "localhost") return true;
  if (!host.starts_with("127.")) return false;
  // "127.evil.example" is a name.
  return host.find_first_not_of("0123456789.") == host.npos;
}

}  // namespace config
