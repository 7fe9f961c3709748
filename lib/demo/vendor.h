#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http.h"
#include "base/json.h"
#include "base/time.h"
#include "demo/upstream.h"
#include "demo/upstream_answers.h"
#include "web/http_server.h"

// Vendors who take only what the real ones take, and refuse everything else in
// their own words: path, method, query, headers and body.  Written from their
// documentation, not from what this program sends.
namespace demo {

// What a vendor is sent.
struct Visit {
  const Site& site;
  const base::http::Request& request;
  std::string path;  // with what stands before it at the site, without a query
  std::string query;
  const base::json::Document& body;
  bool is_json = false;  // whether there is such a body, declared as it is
  std::int64_t now = 0;  // milliseconds since 1970

  bool is(std::string_view method, std::string_view where) const {
    return request.method == method && path == where;
  }
  std::string_view header(std::string_view name) const {
    return base::http::value_of(request.headers, name);
  }
  // What stands behind "Bearer "; "" where that is not how a key is told.
  std::string_view bearer() const;
  // Whether the site takes this key; "" is none.
  bool takes(std::string_view key) const;
};

// What a vendor understood: a question for one of its models, or what it says
// at once.
struct Heard {
  Question question;
  std::optional<web::Reply> reply;
};

struct Vendor {
  std::string_view name;
  Heard (*hear)(const Visit& visit);
  web::Reply (*unknown)(const Question& question);  // model
};

// Returns nullptr where there is none of that name.
const Vendor* vendor_named(std::string_view name);

// The value of a query's `name`, decoded; nothing where it is not there.
std::optional<std::string> in_query(std::string_view query,
                                    std::string_view name);

std::string percent_decoded(std::string_view text);

// RFC 4648 5; "" where it is none.
std::string base64url_decoded(std::string_view text);

inline Heard says(web::Reply reply) {
  return {.question = {}, .reply = std::move(reply)};
}

// The names that `site` offers, as JSON objects: `one` makes one of them.
std::string joined_models(
    const Site& site,
    const std::function<std::string(const std::string&)>& one);

// The list of OpenAI.
web::Reply openai_list(const Site& site);

// Vendors by group.
std::span<const Vendor> ali_vendors();
std::span<const Vendor> anthropic_vendors();
std::span<const Vendor> azure_vendors();
std::span<const Vendor> bedrock_vendors();
std::span<const Vendor> chinese_vendors();
std::span<const Vendor> cloudflare_vendors();
std::span<const Vendor> codex_vendors();
std::span<const Vendor> cohere_vendors();
std::span<const Vendor> gemini_vendors();
std::span<const Vendor> ollama_vendors();
std::span<const Vendor> openai_vendors();
std::span<const Vendor> vertex_vendors();
std::span<const Vendor> zhipu_vendors();

// All of them.
std::vector<const Vendor*> all_vendors();

}  // namespace demo
