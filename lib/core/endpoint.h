#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/http.h"
#include "base/messages.h"
#include "base/secret.h"
#include "core/channel.h"
#include "core/product.h"

namespace core {

class Provider;

// One change to the body of a request, at its top level.
struct BodyEdit {
  std::string member;
  std::optional<std::string> value;  // as JSON; none takes the member out
  bool keep_existing = false;        // only where it is not there
};

// Where and how one channel's upstream is asked, as its gateway would.
struct Endpoint {
  const Provider* provider = nullptr;
  std::string base;    // scheme, host and path, without a slash at its end
  std::string prefix;  // before every path of the provider: "/v1" or ""
  std::string organization;
  base::Secret proxy;
  bool http1 = false;
  std::vector<std::pair<std::string, base::Secret>> first_headers;  // auth wins
  std::vector<std::pair<std::string, base::Secret>> last_headers;   // they win
  std::vector<BodyEdit> body_edits;
  bool emulated = true;  // false: some override is left out, so a failure
                         // proves nothing
};

// No safe probe exists for any model of the channel.
struct Untestable {
  base::Sentence why;
};

std::variant<Endpoint, Untestable> endpoint_of(const Channel& channel,
                                               const Schema& schema);

// The endpoint at the address that the administrator probably meant, where the
// one he wrote has a part that the gateway adds once more: ".../v1",
// ".../v1/chat/completions".  Nothing where there is no such part.
std::optional<Endpoint> corrected(const Endpoint& endpoint);

// Puts the edits into a JSON object.
std::string edited(const std::string& body, const std::vector<BodyEdit>& edits);

}  // namespace core
