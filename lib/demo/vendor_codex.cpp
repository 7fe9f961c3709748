#include <fmt/format.h>

#include "demo/vendor.h"
#include "demo/vendor_bodies.h"

// What a subscription to ChatGPT is asked by.  A key of the site is
// "account|token".
namespace demo {

namespace {

web::Reply detail(int status, std::string_view text) {
  return json_reply(status,
                    fmt::format(R"({{"detail":{}}})", base::json::quote(text)));
}

web::Reply unknown(const Question& question) {
  return detail(400, fmt::format("The '{}' model is not supported when using "
                                 "Codex with a ChatGPT account.",
                                 question.model));
}

web::Reply list(const Visit& visit) {
  if (in_query(visit.query, "client_version").value_or("").empty()) {
    return detail(422, "Field required: client_version");
  }
  return json_reply(
      200, fmt::format(R"({{"models":[{}]}})",
                       joined_models(visit.site, [](const auto& model) {
                         return fmt::format(R"({{"slug":{}}})",
                                            base::json::quote(model));
                       })));
}

// It is answered in streams alone, and keeps nothing.
std::string fault_of(const base::json::Document& body) {
  if (body.truth("/stream") != true) return "Stream must be set to true";
  if (body.truth("/store") != false) return "Store must be set to false";
  if (!body.text("/instructions")) return "Instructions are required";
  if (!body.is_array("/input")) return "Input must be a list";
  return fault_in(body, "",
                  {{"model", Shape::text, true},
                   {"input", Shape::turns, true},
                   {"instructions", Shape::any_text, true},
                   {"store", Shape::truth},
                   {"stream", Shape::truth},
                   {"reasoning", Shape::object},
                   {"include", Shape::anything},
                   {"tools", Shape::anything},
                   {"tool_choice", Shape::text},
                   {"parallel_tool_calls", Shape::truth},
                   {"text", Shape::object}});
}

Heard hear(const Visit& visit) {
  const std::string_view account = visit.header("chatgpt-account-id");
  if (!visit.takes(fmt::format("{}|{}", account, visit.bearer()))) {
    return says(detail(401, "Unauthorized"));
  }
  if (visit.is("GET", "/backend-api/codex/models")) return says(list(visit));
  if (!visit.is("POST", "/backend-api/codex/responses")) {
    return says(detail(404, "Not Found"));
  }
  // Not even a character set may stand there.
  if (!visit.is_json || visit.header("Content-Type") != "application/json") {
    return says(detail(415, "Unsupported content type"));
  }
  if (visit.header("originator").empty()) {
    return says(detail(403, "Forbidden"));
  }
  const std::string fault = fault_of(visit.body);
  if (!fault.empty()) return says(detail(400, fault));
  return {
      .question = {.endpoint = Endpoint::responses,
                   .model = std::string(visit.body.text("/model").value_or("")),
                   .streamed = true},
      .reply = std::nullopt};
}

constexpr Vendor vendor{"codex", hear, unknown};

}  // namespace

std::span<const Vendor> codex_vendors() {
  return {&vendor, 1};
}

}  // namespace demo
