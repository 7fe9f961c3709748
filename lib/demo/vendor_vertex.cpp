#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "base/text.h"
#include "demo/vendor.h"
#include "demo/vendor_bodies.h"
#include "demo/vendor_gemini.h"

// Vertex AI, and where its passes come from.  A key of the site is a pass.
// https://cloud.google.com/vertex-ai/docs/reference/rest
namespace demo {

namespace {

using base::json::Document;

web::Reply error(int status, std::string_view word, std::string_view message) {
  return json_reply(
      status,
      fmt::format(R"({{"error":{{"code":{},"message":{},"status":{}}}}})",
                  status, base::json::quote(message), base::json::quote(word)));
}

web::Reply bad(std::string_view message) {
  return error(400, "INVALID_ARGUMENT", message);
}

web::Reply unknown(const Question& question) {
  return error(404, "NOT_FOUND",
               fmt::format("Publisher Model `{}` was not found or your project "
                           "does not have access to it.",
                           question.model));
}

// What a token of a service account claims: who, for what, to whom, for how
// long, which is an hour at most.
bool is_assertion(std::string_view token, std::int64_t now) {
  const auto parts = base::split(token, '.');
  Document head;
  Document claims;
  if (parts.size() != 3 || !head.parse(base64url_decoded(parts[0])) ||
      !claims.parse(base64url_decoded(parts[1]))) {
    return false;
  }
  const std::int64_t issued = claims.number("/iat").value_or(0);
  const std::int64_t until = claims.number("/exp").value_or(0);
  return head.text("/alg") == "RS256" &&
         base64url_decoded(parts[2]).size() == 256 &&
         !claims.text("/iss").value_or("").empty() &&
         claims.text("/scope") ==
             "https://www.googleapis.com/auth/cloud-platform" &&
         claims.text("/aud").value_or("").ends_with("/token") &&
         std::abs(issued - now / 1000) <= 300 && until > issued &&
         until - issued <= 3600;
}

// RFC 7523: a token that the service account has signed itself.
web::Reply pass_for(const Visit& visit) {
  const std::string& form = visit.request.body;
  const std::string token = in_query(form, "assertion").value_or("");
  const bool is_form = visit.header("Content-Type")
                           .starts_with("application/x-www-form-urlencoded");
  if (!is_form || visit.request.method != "POST" ||
      in_query(form, "grant_type") !=
          "urn:ietf:params:oauth:grant-type:jwt-bearer" ||
      !is_assertion(token, visit.now) || visit.site.keys.empty()) {
    return json_reply(400, R"({"error":"invalid_grant","error_description":)"
                           R"("Invalid JWT Signature."})");
  }
  return json_reply(200,
                    fmt::format(R"({{"access_token":{},"expires_in":3599,)"
                                R"("token_type":"Bearer"}})",
                                base::json::quote(visit.site.keys.front())));
}

std::string claude_fault(const Document& body, bool streams) {
  if (body.text("/anthropic_version") != "vertex-2023-10-16") {
    return "anthropic_version: Field required";
  }
  if (body.truth("/stream").value_or(false) != streams) {
    return "stream: does not fit the method";
  }
  return fault_in(body, "",
                  {{"anthropic_version", Shape::text, true},
                   {"max_tokens", Shape::number, true},
                   {"messages", Shape::turns, true},
                   {"stream", Shape::truth},
                   {"system", Shape::text_or_list},
                   {"temperature", Shape::real},
                   {"thinking", Shape::object},
                   {"tools", Shape::list}});
}

Heard hear_claude(const Visit& visit, const std::string& model,
                  std::string_view method) {
  const bool streams = method == "streamRawPredict";
  if (!streams && method != "rawPredict") return says(unknown({}));
  if (!visit.is_json) return says(bad("no JSON"));
  const std::string fault = claude_fault(visit.body, streams);
  if (!fault.empty()) return says(bad(fault));
  return {.question = {.endpoint = Endpoint::messages,
                       .model = model,
                       .streamed = streams},
          .reply = std::nullopt};
}

// "/v1/projects/P/locations/R/publishers/WHO/models/M:METHOD".  Roles are
// wanted there.
Heard hear(const Visit& visit) {
  if (visit.path == "/token" || visit.path == "/oauth2/v4/token") {
    return says(pass_for(visit));
  }
  if (!visit.takes(visit.bearer())) {
    return says(error(401, "UNAUTHENTICATED",
                      "Request had invalid authentication credentials."));
  }
  const auto parts = base::split(visit.path, '/');
  const bool is_place = parts.size() == 10 && visit.request.method == "POST" &&
                        parts[1] == "v1" && parts[2] == "projects" &&
                        !parts[3].empty() && parts[4] == "locations" &&
                        !parts[5].empty() && parts[6] == "publishers" &&
                        parts[8] == "models";
  if (!is_place) return says(error(404, "NOT_FOUND", "Not Found"));
  const std::size_t colon = std::min(parts[9].rfind(':'), parts[9].size());
  const std::string model = percent_decoded(parts[9].substr(0, colon));
  const std::string_view method =
      parts[9].substr(std::min(colon + 1, parts[9].size()));
  if (parts[7] == "anthropic") return hear_claude(visit, model, method);
  if (parts[7] != "google") return says(unknown({.model = model}));
  if (visit.is_json && visit.body.is_array("/contents") &&
      !visit.body.text("/contents/0/role")) {
    return says(bad("Please use a valid role: user, model."));
  }
  return hear_gemini_method(visit, parts[9]);
}

constexpr Vendor vendor{"vertex", hear, unknown};

}  // namespace

std::span<const Vendor> vertex_vendors() {
  return {&vendor, 1};
}

}  // namespace demo
