#include "base/messages_config.h"
#include "config/dsn_parts.h"

namespace config {
namespace {

namespace say = base::say;

// The path of what follows "file:", or nothing where it is no path here.
std::optional<std::string> path_of_uri(std::string_view text) {
  text = text.substr(0, text.find_first_of("?#"));
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const std::size_t slash = text.find('/');
    if (slash == text.npos) return std::nullopt;
    const std::string_view computer = text.substr(0, slash);
    if (!computer.empty() && computer != "localhost") return std::nullopt;
    text.remove_prefix(slash);
  }
  return percent_decoded(text);
}

}  // namespace

std::variant<Address, base::Sentence> sqlite_address(std::string_view dsn) {
  constexpr std::string_view uri = "file:";
  Address address{.engine = Engine::sqlite};
  if (dsn.starts_with(uri)) {
    std::optional<std::string> path = path_of_uri(dsn.substr(uri.size()));
    if (!path) return base::Sentence(say::dsn_sqlite_uri);
    address.file = std::move(*path);
  } else {
    address.file = dsn.substr(0, dsn.find('?'));
  }
  if (address.file.empty()) return base::Sentence(say::dsn_sqlite_empty);
  if (address.file == ":memory:") {
    return base::Sentence(say::dsn_sqlite_memory);
  }
  return address;
}

}  // namespace config
