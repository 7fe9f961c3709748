#include "core/redirect.h"

#include <string>
#include <string_view>

namespace core {

namespace {

bool ends_with_port(std::string_view host, std::string_view port) {
  return host.size() > port.size() && host.ends_with(port);
}

bool is_upgrade(std::string_view from, std::string_view to) {
  return ends_with_port(from, ":80") && ends_with_port(to, ":443") &&
         from.substr(0, from.size() - 3) == to.substr(0, to.size() - 4);
}

}  // namespace

std::optional<Redirection> redirection(std::string_view url, int status,
                                       const base::http::Headers& headers) {
  const bool as_get = status == 301 || status == 302 || status == 303;
  if (!as_get && status != 307 && status != 308) return std::nullopt;
  const std::string_view location = base::http::value_of(headers, "location");
  if (location.empty()) return std::nullopt;
  std::string target = base::http::resolved(url, location);
  const std::string from = base::http::host_of(url);
  const std::string to = base::http::host_of(target);
  if (from.empty() || to.empty()) return std::nullopt;
  const bool was_https = base::http::is_https(url);
  const bool is_https = base::http::is_https(target);
  if (was_https && !is_https) return std::nullopt;
  const bool same = from == to && was_https == is_https;
  if (!same && !(is_https && !was_https && is_upgrade(from, to))) {
    return std::nullopt;
  }
  return Redirection{std::move(target), as_get};
}

}  // namespace core
