#include "core/sigv4.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/text.h"
#include "core/provider.h"

namespace core {

namespace {

// The parts of a URL that are signed, as they are written in it.
struct Parts {
  std::string_view host;
  std::string_view path = "/";
  std::string_view query;
};

Parts parts_of(std::string_view url) {
  Parts parts;
  url.remove_prefix(std::min(url.find("//") + 2, url.size()));
  const auto query = url.find('?');
  if (query != std::string_view::npos) {
    parts.query = url.substr(query + 1);
    url = url.substr(0, query);
  }
  const auto path = url.find('/');
  if (path != std::string_view::npos) parts.path = url.substr(path);
  parts.host = url.substr(0, path);
  return parts;
}

// Every part of a path is encoded once more than it is sent.
std::string canonical_path(std::string_view path) {
  std::vector<std::string> parts;
  for (const std::string_view part : base::split(path, '/')) {
    parts.push_back(base::percent_encoded(part));
  }
  return base::joined(parts, "/");
}

std::string canonical_query(std::string_view query) {
  if (query.empty()) return {};
  std::vector<std::string> pairs;
  for (const std::string_view pair : base::split(query, '&')) {
    pairs.emplace_back(pair);
    if (pair.find('=') == std::string_view::npos) pairs.back() += '=';
  }
  std::sort(pairs.begin(), pairs.end());
  return base::joined(pairs, "&");
}

// "20150830T123600Z"
std::string amazon_date(base::WallTime now) {
  std::string date;
  for (const char c : base::rfc3339(now)) {
    if (c != '-' && c != ':') date += c;
  }
  return date;
}

struct SignedHeaders {
  std::string lines;  // "host:…\n"
  std::string names;  // "host;x-amz-date"
};

SignedHeaders signed_headers(const base::http::Request& request,
                             std::string_view host) {
  std::vector<std::pair<std::string, std::string>> headers = {
      {"host", std::string(host)}};
  for (const auto& [name, value] : request.headers) {
    const std::string lower = base::lower(name);
    if (lower == "content-type" || lower.starts_with("x-amz-")) {
      headers.emplace_back(lower, base::trimmed(value));
    }
  }
  std::sort(headers.begin(), headers.end());
  SignedHeaders all;
  for (const auto& [name, value] : headers) {
    all.lines += fmt::format("{}:{}\n", name, value);
    all.names += all.names.empty() ? name : ';' + name;
  }
  return all;
}

}  // namespace

void sign_for_amazon(base::http::Request& request, const AmazonKey& key,
                     std::string_view service, base::WallTime now) {
  const std::string time = amazon_date(now);
  const std::string day = time.substr(0, 8);
  set_header(request, "X-Amz-Date", time);
  if (!key.session.empty()) {
    set_header(request, "X-Amz-Security-Token", key.session);
  }
  const Parts parts = parts_of(request.url);
  const SignedHeaders headers = signed_headers(request, parts.host);
  const std::string canonical = fmt::format(
      "{}\n{}\n{}\n{}\n{}\n{}", request.method, canonical_path(parts.path),
      canonical_query(parts.query), headers.lines, headers.names,
      base::hex(base::sha256(request.body)));
  const std::string scope =
      fmt::format("{}/{}/{}/aws4_request", day, key.region, service);
  const std::string to_sign =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope,
                  base::hex(base::sha256(canonical)));
  std::string signing_key = fmt::format("AWS4{}", key.secret);
  for (const std::string_view part :
       {std::string_view(day), key.region, service,
        std::string_view("aws4_request")}) {
    signing_key = base::hmac_sha256(signing_key, part);
  }
  set_header(request, "Authorization",
             fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, "
                         "SignedHeaders={}, Signature={}",
                         key.id, scope, headers.names,
                         base::hex(base::hmac_sha256(signing_key, to_sign))));
}

}  // namespace core
