#include "base/messages_config.h"
#include "base/text.h"
#include "config/dsn_parts.h"

namespace config {
namespace {

using base::Sentence;
namespace say = base::say;

constexpr int usual_port = 3306;

Sentence read_tls(const std::string& value, Tls& tls) {
  const std::string wanted = base::lower(value);
  if (wanted == "true" || wanted == "1") {
    tls = Tls::verify_full;
  } else if (wanted == "false" || wanted == "0") {
    tls = Tls::off;
  } else if (wanted == "skip-verify") {
    tls = Tls::required;
  } else if (wanted == "preferred") {
    tls = Tls::preferred;
  } else {
    return say::dsn_mysql_tls;
  }
  return {};
}

// "user:password"; the first colon separates, and nothing is decoded.
void read_user(std::string_view text, Address& address) {
  const std::size_t colon = text.find(':');
  address.user = text.substr(0, colon);
  if (colon != text.npos) {
    address.password = base::Secret(std::string(text.substr(colon + 1)));
  }
}

// "tcp(host:port)", "unix(/file)", "tcp" or nothing.
Sentence read_place(std::string_view text, Address& address) {
  const std::size_t bracket = text.find('(');
  const std::string_view net = text.substr(0, bracket);
  std::string_view inside;
  if (bracket != text.npos) {
    if (!text.ends_with(')')) return say::dsn_mysql_shape;
    inside = text.substr(bracket + 1, text.size() - bracket - 2);
  }
  if (net == "unix") {
    address.socket = inside.empty() ? "/tmp/mysql.sock" : inside;
    return {};
  }
  if (!net.empty() && net != "tcp" && net != "tcp4" && net != "tcp6") {
    return say::dsn_mysql_net;
  }
  address.host = "127.0.0.1";
  address.port = usual_port;
  if (inside.empty() || read_host(inside, address.host, address.port)) {
    return {};
  }
  return say::dsn_host;
}

Sentence read_parameters(std::string_view text, Address& address) {
  const auto pairs = query_of(text, false);
  if (!pairs) return say::dsn_percent;
  for (const auto& [name, value] : *pairs) {
    if (name != "tls") {
      address.parameters[name] = value;
      continue;
    }
    Sentence fault = read_tls(value, address.tls);
    if (!fault.empty()) return fault;
  }
  return {};
}

}  // namespace

std::variant<Address, Sentence> mysql_address(std::string_view dsn) {
  if (dsn.starts_with("mysql://")) return Sentence(say::dsn_mysql_url);
  const std::size_t slash = dsn.rfind('/');
  if (slash == dsn.npos) return Sentence(say::dsn_mysql_shape);

  Address address{.engine = Engine::mysql};
  std::string_view left = dsn.substr(0, slash);
  const std::size_t at = left.rfind('@');
  if (at != left.npos) {
    read_user(left.substr(0, at), address);
    left.remove_prefix(at + 1);
  }
  Sentence fault = read_place(left, address);
  if (!fault.empty()) return fault;

  const std::string_view right = dsn.substr(slash + 1);
  const std::size_t question = right.find('?');
  address.database = right.substr(0, question);
  if (address.database.empty()) return Sentence(say::dsn_no_database);
  if (question != right.npos) {
    fault = read_parameters(right.substr(question + 1), address);
    if (!fault.empty()) return fault;
  }
  return address;
}

}  // namespace config
