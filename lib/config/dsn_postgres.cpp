#include <algorithm>
#include <map>
#include <set>

#include "base/messages_config.h"
#include "base/text.h"
#include "config/dsn_parts.h"

namespace config {
namespace {

using base::Sentence;
namespace say = base::say;

constexpr int usual_port = 5432;
constexpr std::string_view blanks = " \t\r\n";

Sentence read_sslmode(const std::string& value, Tls& tls) {
  static const std::map<std::string, Tls> modes{
      {"disable", Tls::off},         {"allow", Tls::preferred},
      {"prefer", Tls::preferred},    {"require", Tls::required},
      {"verify-ca", Tls::verify_ca}, {"verify-full", Tls::verify_full}};
  const auto found = modes.find(value);
  if (found == modes.end()) return say::dsn_postgres_sslmode;
  tls = found->second;
  return {};
}

// A folder in place of a host holds the socket.
Sentence read_host_or_folder(const std::string& value, Address& address) {
  address.host.clear();
  address.socket.clear();
  if (value.starts_with('/')) {
    address.socket = value;
    return {};
  }
  if (value.find(',') != value.npos) return say::dsn_several_hosts;
  int none = 0;
  const bool fine = value.empty() || read_host(value, address.host, none);
  return fine && none == 0 ? Sentence() : Sentence(say::dsn_host);
}

// One keyword of libpq, wherever it stood.
Sentence read_keyword(const std::string& name, const std::string& value,
                      Address& address) {
  static const std::map<std::string, std::string Address::*> texts{
      {"user", &Address::user},
      {"dbname", &Address::database},
      {"sslrootcert", &Address::ca_file},
      {"sslcert", &Address::certificate},
      {"sslkey", &Address::key_file}};
  if (const auto found = texts.find(name); found != texts.end()) {
    address.*(found->second) = value;
    return {};
  }
  if (name == "password") {
    address.password = base::Secret(value);
  } else if (name == "host") {
    return read_host_or_folder(value, address);
  } else if (name == "port" && !value.empty()) {
    const std::optional<int> port = port_of(value);
    if (!port) return say::dsn_host;
    address.port = *port;
  } else if (name == "sslmode") {
    return read_sslmode(value, address.tls);
  } else if (name != "port") {
    address.parameters[name] = value;
  }
  return {};
}

Sentence read_user(std::string_view text, Address& address) {
  const std::size_t colon = text.find(':');
  const auto user = percent_decoded(text.substr(0, colon));
  const auto password = percent_decoded(
      colon == text.npos ? std::string_view() : text.substr(colon + 1));
  if (!user || !password) return say::dsn_percent;
  address.user = *user;
  address.password = base::Secret(*password);
  return {};
}

Sentence read_authority(std::string_view text, Address& address) {
  const std::size_t at = text.rfind('@');
  if (at != text.npos) {
    Sentence fault = read_user(text.substr(0, at), address);
    if (!fault.empty()) return fault;
    text.remove_prefix(at + 1);
  }
  if (text.empty()) return {};
  if (text.find(',') != text.npos) return say::dsn_several_hosts;
  if (base::lower(text).starts_with("%2f")) {
    const std::size_t colon = text.find(':');
    const auto folder = percent_decoded(text.substr(0, colon));
    if (!folder) return say::dsn_percent;
    address.socket = *folder;
    if (colon == text.npos) return {};
    return read_keyword("port", std::string(text.substr(colon + 1)), address);
  }
  if (text.starts_with(':')) {
    return read_keyword("port", std::string(text.substr(1)), address);
  }
  return read_host(text, address.host, address.port) ? Sentence()
                                                     : Sentence(say::dsn_host);
}

// A password with an "@" or "/" that is not encoded ends up in the path, where
// a name would have it encoded.
Sentence read_url(std::string_view text, Address& address) {
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  std::string_view path = text.substr(end);
  const std::size_t question = path.find('?');
  const auto pairs = query_of(
      question == path.npos ? std::string_view() : path.substr(question + 1),
      true);
  path = path.substr(0, question);
  if (path.starts_with('/')) path.remove_prefix(1);
  const auto database = percent_decoded(path);
  const bool odd = path.find_first_of("@/#") != path.npos;
  if (!database || !pairs || odd) return say::dsn_percent;

  Sentence fault = read_authority(text.substr(0, end), address);
  if (!fault.empty()) return fault;
  address.database = *database;
  for (const auto& [name, value] : *pairs) {
    fault = read_keyword(name, value, address);
    if (!fault.empty()) return fault;
  }
  return {};
}

// Takes a value of libpq off the front: a backslash protects the next
// character, quotes protect blanks.  Returns nothing where a quote stays open.
std::optional<std::string> take_value(std::string_view& text) {
  std::string value;
  const bool quoted = text.starts_with('\'');
  std::size_t i = quoted ? 1 : 0;
  for (; i < text.size(); ++i) {
    const bool ends =
        quoted ? text[i] == '\'' : blanks.find(text[i]) != blanks.npos;
    if (ends) break;
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  if (quoted && i >= text.size()) return std::nullopt;
  text.remove_prefix(quoted ? i + 1 : i);
  return value;
}

Sentence read_pairs(std::string_view text, Address& address) {
  for (;;) {
    text = base::trimmed(text);
    if (text.empty()) return {};
    const std::size_t equals = text.find('=');
    if (equals == text.npos) return say::dsn_postgres_shape;
    const std::string name(base::trimmed(text.substr(0, equals)));
    if (name.empty() || name.find_first_of(blanks) != name.npos) {
      return say::dsn_postgres_shape;
    }
    text.remove_prefix(equals + 1);
    const std::size_t begin = text.find_first_not_of(blanks);
    text.remove_prefix(begin == text.npos ? text.size() : begin);
    const std::optional<std::string> value = take_value(text);
    if (!value) return say::dsn_postgres_quote;
    Sentence fault = read_keyword(name, *value, address);
    if (!fault.empty()) return fault;
  }
}

std::optional<std::string_view> after_scheme(std::string_view dsn) {
  for (const std::string_view scheme : {"postgres://", "postgresql://"}) {
    if (dsn.starts_with(scheme)) return dsn.substr(scheme.size());
  }
  return std::nullopt;
}

// Done here, done by us in our own way, or of no meaning to anybody but the
// driver of the gateway (libpq, pgx or lib/pq); in lower case.
bool is_settled(std::string_view name) {
  static const std::set<std::string_view> settled{
      "application_name",
      "binary_parameters",
      "bytea_output",
      "client_encoding",
      "connect_timeout",
      "datestyle",
      "default_query_exec_mode",
      "description_cache_capacity",
      "disable_prepared_binary_result",
      "extra_float_digits",
      "fallback_application_name",
      "gssencmode",
      "gsslib",
      "hostaddr",
      "idle_in_transaction_session_timeout",
      "intervalstyle",
      "keepalives",
      "keepalives_count",
      "keepalives_idle",
      "keepalives_interval",
      "krbsrvname",
      "load_balance_hosts",
      "lock_timeout",
      "min_read_buffer_size",
      "options",
      "prefer_simple_protocol",
      "role",
      "search_path",
      "sslcompression",
      "sslinline",
      "sslnegotiation",
      "sslsni",
      "standard_conforming_strings",
      "statement_cache_capacity",
      "statement_cache_mode",
      "statement_timeout",
      "tcp_user_timeout",
      "timezone"};
  return name.starts_with("pool_") || settled.contains(name);
}

// What of libpq and of the server is not settled.
bool is_known(std::string_view name) {
  static const std::set<std::string_view> known{"channel_binding",
                                                "default_transaction_isolation",
                                                "default_transaction_read_only",
                                                "gssdelegation",
                                                "passfile",
                                                "replication",
                                                "require_auth",
                                                "requirepeer",
                                                "row_security",
                                                "scram_client_key",
                                                "scram_server_key",
                                                "service",
                                                "servicefile",
                                                "session_authorization",
                                                "ssl_max_protocol_version",
                                                "ssl_min_protocol_version",
                                                "sslcertmode",
                                                "sslcrl",
                                                "sslcrldir",
                                                "sslpassword",
                                                "target_session_attrs"};
  return known.contains(name);
}

}  // namespace

std::vector<std::string> ignored_keywords(const Address& address) {
  std::vector<std::string> ignored;
  if (address.engine != Engine::postgres) return ignored;
  for (const auto& [name, value] : address.parameters) {
    const std::string lower = base::lower(name);
    if (value.empty() || is_settled(lower)) continue;
    ignored.push_back(is_known(lower) ? name : "");
  }
  return ignored;
}

std::variant<Address, Sentence> postgres_address(std::string_view dsn) {
  Address address{
      .engine = Engine::postgres, .port = usual_port, .tls = Tls::preferred};
  const std::optional<std::string_view> url = after_scheme(dsn);
  Sentence fault = url ? read_url(*url, address) : read_pairs(dsn, address);
  if (!fault.empty()) return fault;
  const auto computer = address.parameters.find("hostaddr");
  if (computer != address.parameters.end() && address.host.empty()) {
    fault = read_host_or_folder(computer->second, address);
    if (!fault.empty()) return fault;
  }
  if (address.database.empty()) address.database = address.user;
  if (address.database.empty()) return Sentence(say::dsn_no_database);
  return address;
}

}  // namespace config
