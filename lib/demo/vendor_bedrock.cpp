#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/text.h"
#include "demo/vendor.h"
#include "demo/vendor_bodies.h"

// Amazon Bedrock's InvokeModel.  A key of the site is "id|secret", or a bearer.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
namespace demo {

namespace {

using base::json::Document;

web::Reply error(int status, std::string_view type, std::string_view message) {
  web::Reply reply = json_reply(
      status, fmt::format(R"({{"message":{}}})", base::json::quote(message)));
  reply.headers.emplace_back(
      "x-amzn-ErrorType", fmt::format("{}:http://internal.amazon.com/", type));
  return reply;
}

web::Reply invalid(std::string_view message) {
  return error(400, "ValidationException", message);
}

web::Reply unknown(const Question&) {
  return invalid("The provided model identifier is invalid.");
}

// "Credential=…, SignedHeaders=…, Signature=…" of an Authorization header.
std::string_view part_of(std::string_view header, std::string_view name) {
  const std::size_t at = header.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = header.substr(at + name.size());
  return rest.substr(0, rest.find(','));
}

// What is signed, of a request to a service that is not S3: each part of the
// path as it was sent is encoded once more.
std::string canonical(const Visit& visit, std::string_view signed_headers) {
  std::vector<std::string> parts;
  for (const std::string_view part : base::split(visit.path, '/')) {
    parts.push_back(base::percent_encoded(part));
  }
  std::string text = fmt::format("{}\n{}\n{}\n", visit.request.method,
                                 base::joined(parts, "/"), visit.query);
  for (const std::string_view name : base::split(signed_headers, ';')) {
    text += fmt::format("{}:{}\n", name, base::trimmed(visit.header(name)));
  }
  return text + fmt::format("\n{}\n{}", signed_headers,
                            base::hex(base::sha256(visit.request.body)));
}

std::string signature_of(const Visit& visit, std::string_view secret,
                         const std::vector<std::string_view>& scope,
                         std::string_view signed_headers) {
  const std::string text = fmt::format(
      "AWS4-HMAC-SHA256\n{}\n{}/{}/{}/{}\n{}", visit.header("x-amz-date"),
      scope[1], scope[2], scope[3], scope[4],
      base::hex(base::sha256(canonical(visit, signed_headers))));
  std::string key = fmt::format("AWS4{}", secret);
  for (std::size_t i = 1; i < scope.size(); ++i)
    key = base::hmac_sha256(key, scope[i]);
  return base::hex(base::hmac_sha256(key, text));
}

// "20260921T141320Z", within five minutes.
bool is_now(std::string_view date, std::int64_t now) {
  if (date.size() != 16 || date[8] != 'T' || date[15] != 'Z') return false;
  const auto part = [&](std::size_t at, std::size_t size) {
    return date.substr(at, size);
  };
  const auto time = base::rfc3339(
      fmt::format("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 2), part(6, 2),
                  part(9, 2), part(11, 2), part(13, 2)));
  return time && std::abs(base::seconds_of(*time) - now / 1000) <= 300;
}

std::optional<web::Reply> signature_trouble(const Visit& visit) {
  const std::string_view told = visit.header("Authorization");
  const std::string_view headers = part_of(told, "SignedHeaders=");
  const auto scope = base::split(part_of(told, "Credential="), '/');
  if (!told.starts_with("AWS4-HMAC-SHA256 ") || scope.size() != 5 ||
      headers.find("host") == std::string_view::npos ||
      headers.find("x-amz-date") == std::string_view::npos) {
    return error(403, "MissingAuthenticationTokenException",
                 "Missing Authentication Token");
  }
  const std::string host =
      fmt::format("bedrock-runtime.{}.amazonaws.com", scope[2]);
  if (scope[3] != "bedrock" || scope[4] != "aws4_request" ||
      visit.header("Host") != host ||
      !visit.header("x-amz-date").starts_with(scope[1]) ||
      !is_now(visit.header("x-amz-date"), visit.now)) {
    return error(403, "InvalidSignatureException",
                 "Credential should be scoped to a valid region and time.");
  }
  for (const std::string& key : visit.site.keys) {
    const auto halves = base::split(key, '|');
    if (halves.size() != 2 || halves[0] != scope[0]) continue;
    if (signature_of(visit, halves[1], scope, headers) ==
        part_of(told, "Signature=")) {
      return std::nullopt;
    }
    return error(403, "InvalidSignatureException",
                 "The request signature we calculated does not match the "
                 "signature you provided.");
  }
  return error(403, "UnrecognizedClientException",
               "The security token included in the request is invalid.");
}

// The model stands in the address; neither it nor "stream" in the body.
std::string claude_fault(const Document& body) {
  if (body.text("/anthropic_version") != "bedrock-2023-05-31") {
    return "anthropic_version: Field required";
  }
  return fault_in(body, "",
                  {{"anthropic_version", Shape::text, true},
                   {"max_tokens", Shape::number, true},
                   {"messages", Shape::turns, true},
                   {"system", Shape::text_or_list},
                   {"anthropic_beta", Shape::texts},
                   {"temperature", Shape::real},
                   {"top_p", Shape::real},
                   {"top_k", Shape::number},
                   {"stop_sequences", Shape::texts},
                   {"thinking", Shape::object},
                   {"tools", Shape::list}});
}

std::string nova_fault(const Document& body) {
  std::string fault = fault_in(body, "",
                               {{"schemaVersion", Shape::text},
                                {"messages", Shape::turns, true},
                                {"system", Shape::list},
                                {"inferenceConfig", Shape::object}});
  if (fault.empty() && !body.is_array("/messages/0/content")) {
    fault = "#/messages/0/content: expected type: JSONArray, found: String";
  }
  return fault;
}

Heard hear(const Visit& visit) {
  if (!visit.takes(visit.bearer())) {
    if (auto trouble = signature_trouble(visit)) {
      return says(*std::move(trouble));
    }
  }
  constexpr std::string_view folder = "/model/";
  constexpr std::string_view end = "/invoke";
  const std::string_view path = visit.path;
  if (visit.request.method != "POST" || !path.starts_with(folder) ||
      !path.ends_with(end) || path.size() <= folder.size() + end.size()) {
    return says(error(404, "UnknownOperationException", ""));
  }
  const std::string_view id =
      path.substr(folder.size(), path.size() - folder.size() - end.size());
  const bool is_nova = id.find("nova-") != std::string_view::npos;
  if (!visit.is_json) return says(invalid("Malformed input request"));
  const std::string fault =
      is_nova ? nova_fault(visit.body) : claude_fault(visit.body);
  if (!fault.empty()) {
    return says(invalid("Malformed input request: " + fault));
  }
  return {.question = {.endpoint = is_nova ? Endpoint::bedrock_nova
                                           : Endpoint::messages,
                       .model = percent_decoded(id)},
          .reply = std::nullopt};
}

constexpr Vendor vendor{"bedrock", hear, unknown};

}  // namespace

std::span<const Vendor> bedrock_vendors() {
  return {&vendor, 1};
}

}  // namespace demo
