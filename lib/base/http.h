#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/secret.h"
#include "base/time.h"

namespace base::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Returns the first value of `name`, whatever its case, or "".
std::string_view value_of(const Headers& headers, std::string_view name);

// What a mail needs beside its text (RFC 5321).
struct Mail {
  std::string from;
  std::vector<std::string> to;
  std::string username;  // "": no log-in
  Secret password;
  bool needs_tls = true;  // false: TLS only where the server offers it
  bool verifies = true;   // the server's certificate
};

struct Request {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string body;
  Milliseconds timeout{10'000};  // of the whole call, from when it is sent
  std::size_t most_body = std::size_t{1} << 20;  // bytes, decompressed
  Secret proxy;           // http, https, socks5 or socks5h URL; "" for none
  bool http1 = false;     // never HTTP/2
  bool is_login = false;  // what is sent and answered are secrets
  // With it, `url` is "smtp://host:port", or "smtps:" for TLS from the start,
  // and `body` is the mail (RFC 5322); dots are stuffed on the way.  It ends in
  // Done where the server took it for every recipient; there is no Head.
  std::shared_ptr<const Mail> mail;
};

// How a call failed without, or within, an answer.
enum class Failure : std::uint8_t {
  untrusting,  // our own: no certificate authority to trust; nothing was sent
  crowded,     // our own: no descriptor was left for a connection
  unsendable,  // our own: no request can be made of it; nothing was sent
  connect,     // address, DNS, connect, TLS, proxy; its own time limit included
  broken,      // the connection ended in the middle
  shared,      // so did one that was others' too (HTTP/2), or this call's part
  timeout,     // the whole call took too long
  too_large,   // a limit of size was passed
  undecoded,   // an answer is not in the encoding that it names
};

// What becomes of a request: Sent, then Head, any number of Chunks and Done;
// or Failed at any point.
struct Sent {  // it has left our own queue; times count from here
  Time now;
};
struct Head {
  int status = 0;
  Headers headers;
  Time now;
};
struct Chunk {
  std::string_view bytes;  // lives until the handler returns
  Time now;                // when the first of them came
};
struct Done {
  Time now;
};
struct Failed {
  Failure kind{};
  std::string text;  // for a person, in English, without secrets of ours
  Time now;
};
using Event = std::variant<Sent, Head, Chunk, Done, Failed>;

// "https://h/a" and "HTTPS://H:443/b" both are at "h:443"; "" if `url` is no
// http or https URL with a host.  User names and passwords are left out.
std::string host_of(std::string_view url);

// Whether `url` is https.
bool is_https(std::string_view url);

// The user name and password of `url`, of any scheme or none: "u:p" of
// "socks5://u:p@h".
std::string_view userinfo_of(std::string_view url);

// `url` without its user name and password, for people's eyes.
std::string without_userinfo(std::string_view url);

// Where a "Location: `to`" of an answer from `from` leads (RFC 3986 5.2),
// without a fragment; "" if to no http or https URL with a host.
std::string resolved(std::string_view from, std::string_view to);

}  // namespace base::http
