#include "db/server_text.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

#include <climits>
#include <fmt/format.h>

#include "base/text.h"

namespace db {

namespace {

// Where the first quoted text begins that is not in `sql`, its quote included.
std::size_t first_value(std::string_view words, std::string_view sql,
                        char quote) {
  std::size_t begin = words.find(quote);
  while (begin != words.npos) {
    const std::size_t end = words.find(quote, begin + 1);
    if (end == words.npos) return begin;
    if (sql.find(words.substr(begin + 1, end - begin - 1)) == sql.npos) {
      return begin;
    }
    begin = words.find(quote, end + 1);
  }
  return words.npos;
}

}  // namespace

std::string with_places(std::string_view sql,
                        const std::function<std::string(std::size_t)>& place) {
  std::string text;
  std::size_t number = 0;
  char quote = 0;
  for (const char c : sql) {
    if (c == '?' && quote == 0) {
      text += place(number++);
      continue;
    }
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
    text += c;
  }
  return text;
}

std::string without_values(std::string_view words, std::string_view sql,
                           char quote) {
  words = base::trimmed(words);
  const std::size_t begin = first_value(words, sql, quote);
  if (begin == words.npos) return base::printable(words);
  const std::size_t end = words.rfind(quote);
  return base::printable(words.substr(0, begin)) + quote + "…" + quote +
         base::printable(end == begin ? "" : words.substr(end + 1));
}

std::string this_process() {
  std::array<char, HOST_NAME_MAX + 1> host = {};
  ::gethostname(host.data(), host.size() - 1);
  return fmt::format("process {} on host {}", ::getpid(), host.data());
}

std::string application_name() {
  return "channel-monitor: " + this_process();
}

std::string system_bundle() {
  const char* named = std::getenv("SSL_CERT_FILE");
  if (named != nullptr && *named != '\0') return named;
  constexpr std::array<const char*, 3> places = {
      "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
      "/etc/ssl/cert.pem"};
  for (const char* place : places) {
    if (::access(place, R_OK) == 0) return place;
  }
  return places.front();
}

}  // namespace db
