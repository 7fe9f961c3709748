#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "demo/vendor.h"
#include "demo/vendor_bodies.h"

// https://docs.anthropic.com/en/api
namespace demo {

namespace {

using base::json::quote;

constexpr auto betas = std::to_array<std::string_view>(
    {"messages-2023-12-15", "max-tokens-3-5-sonnet-2024-07-15",
     "output-128k-2025-02-19", "prompt-caching-2024-07-31"});

web::Reply error(int status, std::string_view type, std::string_view message) {
  return json_reply(status,
                    fmt::format(R"({{"type":"error","error":{{"type":{},)"
                                R"("message":{}}},"request_id":"req_1"}})",
                                quote(type), quote(message)));
}

web::Reply invalid(std::string_view message) {
  return error(400, "invalid_request_error", message);
}

web::Reply unknown(const Question& question) {
  return error(404, "not_found_error", "model: " + question.model);
}

// What is wrong with the headers that every call has.
std::optional<web::Reply> header_trouble(const Visit& visit) {
  const std::string_view key = visit.header("x-api-key");
  if (key.empty()) {
    return error(401, "authentication_error", "x-api-key header is required");
  }
  if (!visit.takes(key)) {
    return error(401, "authentication_error", "invalid x-api-key");
  }
  const std::string_view version = visit.header("anthropic-version");
  if (version.empty()) return invalid("anthropic-version: header is required");
  if (version != "2023-06-01" && version != "2023-01-01") {
    return invalid("anthropic-version: is not a valid version");
  }
  const std::string_view beta = visit.header("anthropic-beta");
  if (!beta.empty() && std::ranges::find(betas, beta) == betas.end()) {
    return invalid(fmt::format(
        "Unexpected value(s) `{}` for the `anthropic-beta` header", beta));
  }
  return std::nullopt;
}

// A page: 20, unless it is said otherwise, and 1,000 at most.
web::Reply list(const Visit& visit) {
  const auto& models = visit.site.models;
  const auto limit =
      base::whole_number(in_query(visit.query, "limit").value_or("20"));
  if (!limit || *limit < 1 || *limit > 1000) {
    return invalid("limit: must be between 1 and 1000");
  }
  auto first = models.begin();
  if (const auto after = in_query(visit.query, "after_id")) {
    first = std::ranges::find(models, *after);
    if (first == models.end()) return invalid("after_id: not found");
    ++first;
  }
  const auto size = std::min<std::ptrdiff_t>(*limit, models.end() - first);
  const Site page{.models = {first, first + size}};
  const auto name = [&](bool is_last) {
    if (page.models.empty()) return std::string("null");
    return quote(is_last ? page.models.back() : page.models.front());
  };
  return json_reply(
      200,
      fmt::format(R"({{"data":[{}],"has_more":{},"first_id":{},"last_id":{}}})",
                  joined_models(page,
                                [](const std::string& model) {
                                  return fmt::format(
                                      R"({{"type":"model","id":{},)"
                                      R"("display_name":{},"created_at":)"
                                      R"("2025-02-19T00:00:00Z"}})",
                                      quote(model), quote(model));
                                }),
                  first + size != models.end(), name(false), name(true)));
}

std::string message_fault(const base::json::Document& body) {
  std::string fault = fault_in(body, "",
                               {{"model", Shape::text, true},
                                {"messages", Shape::turns, true},
                                {"max_tokens", Shape::number, true},
                                {"stream", Shape::truth},
                                {"system", Shape::text_or_list},
                                {"temperature", Shape::real},
                                {"top_p", Shape::real},
                                {"top_k", Shape::number},
                                {"stop_sequences", Shape::texts},
                                {"metadata", Shape::object},
                                {"thinking", Shape::object},
                                {"output_config", Shape::object},
                                {"tools", Shape::list},
                                {"tool_choice", Shape::object}});
  if (!fault.empty()) return fault;
  for (std::size_t i = 0; i < body.size("/messages"); ++i) {
    const auto role = body.text(fmt::format("/messages/{}/role", i));
    if (role != "user" && role != "assistant") {
      return R"(messages: Unexpected role; allowed are "user", "assistant")";
    }
  }
  const auto budget = body.number("/thinking/budget_tokens");
  if (budget && (*budget < 1024 || *budget >= *body.number("/max_tokens"))) {
    return "thinking.budget_tokens: must be at least 1024 and less than "
           "max_tokens";
  }
  return {};
}

Heard hear(const Visit& visit) {
  if (auto trouble = header_trouble(visit)) return says(*std::move(trouble));
  if (visit.is("GET", "/v1/models")) return says(list(visit));
  if (!visit.is("POST", "/v1/messages")) {
    return says(error(404, "not_found_error", "Not found"));
  }
  if (!visit.is_json) return says(invalid("the body is no JSON"));
  const std::string fault = message_fault(visit.body);
  if (!fault.empty()) return says(invalid(fault));
  return {
      .question = {.endpoint = Endpoint::messages,
                   .model = std::string(visit.body.text("/model").value_or("")),
                   .streamed = visit.body.truth("/stream").value_or(false)},
      .reply = std::nullopt};
}

constexpr Vendor vendor{"anthropic", hear, unknown};

}  // namespace

std::span<const Vendor> anthropic_vendors() {
  return {&vendor, 1};
}

}  // namespace demo
