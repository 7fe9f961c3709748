#pragma once

#include <optional>

#include "base/http.h"

namespace core {

// Where to go after an answer that redirects, as Go's client does it: 301, 302
// and 303 turn a POST into a GET, 307 and 308 keep it.  Only to the same host
// and port (or to the same host's https at its default port, from http at its
// default port), never from https to http: the request carries a key.  Nothing
// where the answer is no redirect, or one that is not followed.
struct Redirection {
  std::string url;
  bool as_get = false;
};
std::optional<Redirection> redirection(std::string_view url, int status,
                                       const base::http::Headers& headers);

inline constexpr int most_redirects = 3;

}  // namespace core
