#include "base/http.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"

namespace base::http {
namespace {

constexpr auto none = std::string_view::npos;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The scheme that `text` begins with, or "".
std::string_view scheme_of(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return {};
  const std::size_t end = text.find_first_of(":/?#");
  if (end == none || text[end] != ':') return {};
  const std::string_view scheme = text.substr(0, end);
  const auto may_stand = [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  };
  return std::ranges::all_of(scheme, may_stand) ? scheme : std::string_view();
}

// The pieces of an http or https URL, as they are written; the fragment, which
// is never sent, is left out.
struct Url {
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;
  std::string_view query;  // with its "?"
};

std::optional<Url> pieces_of(std::string_view text) {
  const std::string_view scheme = scheme_of(text);
  if (!same_but_for_case(scheme, "http") &&
      !same_but_for_case(scheme, "https")) {
    return std::nullopt;
  }
  text.remove_prefix(scheme.size() + 1);
  if (!text.starts_with("//")) return std::nullopt;
  text = text.substr(2, text.find('#') - 2);
  const std::size_t path = std::min(text.find_first_of("/?"), text.size());
  const std::size_t query = std::min(text.find('?'), text.size());
  return Url{.scheme = scheme,
             .authority = text.substr(0, path),
             .path = text.substr(path, query - path),
             .query = text.substr(query)};
}

// Only what is the same host to everybody: of stranger characters it depends on
// the reader where the host ends.
bool is_host(std::string_view host) {
  const bool bracketed = host.starts_with('[');
  if (bracketed) {
    if (host.size() < 4 || !host.ends_with(']')) return false;
    host = host.substr(1, host.size() - 2);
    return std::ranges::all_of(host, [](char c) {
      return is_letter(c) || is_digit(c) || c == ':' || c == '.' || c == '%';
    });
  }
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

// The number of a port, or of `usual` where none is written; 0 if it is bad.
int port_of(std::string_view text, int usual) {
  if (text.empty()) return usual;
  int port = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), port);
  const bool good = error == std::errc() && end == text.data() + text.size() &&
                    is_digit(text.front()) && port <= 65535;
  return good ? port : 0;
}

// The path without "." and ".." (RFC 3986 5.2.4); it begins with a slash.
std::string without_dots(std::string_view path) {
  std::string walked;
  const auto segments = split(path, '/');
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const std::string_view segment = segments[i];
    const bool last = i + 1 == segments.size();
    if (segment == "." || segment == "..") {
      if (segment == ".." && !walked.empty()) walked.erase(walked.rfind('/'));
      if (last) walked += '/';
      continue;
    }
    walked += '/';
    walked += segment;
  }
  return walked.empty() ? "/" : walked;
}

// `text` as it can stand in a request; "" if it holds control characters.
std::string sendable(std::string_view text) {
  std::string sent;
  sent.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return {};
    if (c == ' ') {
      sent += "%20";
    } else {
      sent += c;
    }
  }
  return sent;
}

std::string whole(const Url& url, std::string_view path,
                  std::string_view query) {
  return fmt::format("{}://{}{}{}", url.scheme, url.authority,
                     without_dots(path), query);
}

// A "Location" that begins with a path or a query, seen from `base`.
std::string relative(const Url& base, std::string_view to) {
  to = to.substr(0, to.find('#'));
  const std::size_t query = std::min(to.find('?'), to.size());
  const std::string_view path = to.substr(0, query);
  if (path.empty()) {
    return whole(base, base.path, to.empty() ? base.query : to);
  }
  if (path.starts_with('/')) return whole(base, path, to.substr(query));
  const std::size_t folder = base.path.rfind('/');
  std::string merged(folder == none ? "/" : base.path.substr(0, folder + 1));
  merged += path;
  return whole(base, merged, to.substr(query));
}

// Whether `authority` reads as host and port, without anything before them.
bool is_host_and_port(std::string_view authority) {
  const std::size_t colon = authority.find(':', authority.rfind(']') + 1);
  if (colon == none) return true;
  return std::ranges::all_of(authority.substr(colon + 1), is_digit);
}

}  // namespace

std::string_view value_of(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (same_but_for_case(key, name)) return value;
  }
  return {};
}

std::string host_of(std::string_view url) {
  const auto pieces = pieces_of(url);
  if (!pieces) return {};
  std::string_view authority = pieces->authority;
  const std::size_t at = authority.rfind('@');
  if (at != none) authority.remove_prefix(at + 1);

  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == none ? 0 : bracket);
  const std::string_view host = authority.substr(0, colon);
  const std::string_view port =
      colon == none ? std::string_view() : authority.substr(colon + 1);
  const int number = port_of(port, is_https(url) ? 443 : 80);
  if (!is_host(host) || number == 0) return {};
  return fmt::format("{}:{}", lower(host), number);
}

bool is_https(std::string_view url) {
  return same_but_for_case(scheme_of(url), "https");
}

std::string_view userinfo_of(std::string_view url) {
  const std::size_t slashes = url.find("//");
  if (slashes != none) url.remove_prefix(slashes + 2);
  const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  std::size_t at = authority.rfind('@');
  // A password with a bare slash in it looks like a path; better too little of
  // the URL is seen than too much.
  if (at == none && !is_host_and_port(authority)) at = url.rfind('@');
  return at == none ? std::string_view() : url.substr(0, at);
}

std::string without_userinfo(std::string_view url) {
  const std::string_view userinfo = userinfo_of(url);
  if (userinfo.empty()) return std::string(url);
  const auto begin = static_cast<std::size_t>(userinfo.data() - url.data());
  return std::string(url).erase(begin, userinfo.size() + 1);
}

std::string resolved(std::string_view from, std::string_view to) {
  const auto base = pieces_of(from);
  const std::string target = sendable(trimmed(to));
  if (!base || host_of(from).empty() || target.empty()) return {};

  const std::string_view scheme = scheme_of(target);
  const bool absolute = !scheme.empty() || target.starts_with("//");
  if (!absolute) return relative(*base, target);

  const std::string full =
      scheme.empty() ? fmt::format("{}:{}", base->scheme, target) : target;
  const auto pieces = pieces_of(full);
  if (!pieces || host_of(full).empty()) return {};
  return whole(*pieces, pieces->path, pieces->query);
}

}  // namespace base::http
