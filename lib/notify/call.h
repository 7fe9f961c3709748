#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/redact.h"
#include "notify/service.h"

// What most services share: how they are called, and how their answers are
// read.
namespace notify {

// A POST of JSON.  A user name and password in `url` become a header.
base::http::Request json_post(const std::string& url, std::string body);

// `server` with `path` after it, whether it ends in a slash or not.
std::string at(const base::Secret& server, std::string_view path);

// Knows `url` whole, its path, what is long in that, and the values of its
// query.
void add_url(base::Redactor& redactor, const base::Secret& url);

// 2xx is Sent.  429 says how long to wait; 400, 413 and 422 are about the
// message; everything else may pass.
Answer by_status(const Reply& reply, const base::Redactor& redactor);

// For services that answer in JSON, whatever the status: a `code` of `good` is
// Sent.  `busy` are codes that ask for patience.
struct Codes {
  std::string_view code;
  std::string_view message;
  std::int64_t good = 0;
  std::initializer_list<std::int64_t> busy = {};
};
Answer by_code(const Reply& reply, const base::Redactor& redactor,
               const Codes& codes);

// How long a service asks to wait, cut to an hour; nothing where it does not.
std::optional<std::chrono::seconds> patience(double seconds);

// A service whose answers are read by `read`, which takes the secrets that
// `redactor` knows out of what is said.
using Reader = Answer (*)(const Reply&, const base::Redactor&);
Service service(
    std::string name, const base::Redactor& redactor, Reader read,
    std::function<base::http::Request(const core::Message&, const Moment&)>
        render);

}  // namespace notify
