#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
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

// One change to the body of a request.
struct BodyEdit {
  std::vector<std::string> path;     // names of members, from the outside in
  std::optional<std::string> value;  // as JSON; none takes the member out
  bool keep_existing = false;        // only where it is not there
  std::string model = {};            // only for this one; "" is for all
};

// Where and how one channel's upstream is asked, as its gateway would.
struct Endpoint {
  const Provider* provider = nullptr;
  std::string base;    // scheme, host and path, without a slash at its end
  std::string prefix;  // before every path of the provider: "/v1" or ""
  Product product{};
  // What the provider read of the row besides: version, account, region.
  std::map<std::string, std::string, std::less<>> notes;
  base::Secret secret;  // where one-api has it in `config`, instead of the key
  std::string organization;
  base::Secret proxy;
  bool proxy_by_key = false;  // its "%s" stands for a hash of the key
  bool http1 = false;
  std::vector<std::pair<std::string, base::Secret>> first_headers;  // auth wins
  std::vector<std::pair<std::string, base::Secret>> last_headers;   // they win
  std::vector<BodyEdit> body_edits;
  bool emulated = true;  // false: some override is left out, so a failure
                         // proves nothing

  std::string_view noted(std::string_view name) const {
    const auto found = notes.find(name);
    return found == notes.end() ? std::string_view() : found->second;
  }
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

// Puts the edits that are for `model` into a JSON object.
std::string edited(const std::string& body, const std::vector<BodyEdit>& edits,
                   std::string_view model);

// The proxy by which `key` goes out; one-hub writes the MD5 of the key into it
// where it says "%s" (contract 7.4).
base::Secret proxy_for(const Endpoint& endpoint, const base::Secret& key);

}  // namespace core
