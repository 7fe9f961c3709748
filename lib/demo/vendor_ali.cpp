#include <array>

#include <fmt/format.h>

#include "demo/vendor.h"
#include "demo/vendor_bodies.h"
#include "demo/vendor_shop.h"

// DashScope, in its own protocol and in OpenAI's:
// https://www.alibabacloud.com/help/en/model-studio
namespace demo {

namespace {

using base::json::Document;
using base::json::quote;

web::Reply error(int status, std::string_view code, std::string_view message) {
  return json_reply(
      status, fmt::format(R"({{"code":{},"message":{},"request_id":"r-1"}})",
                          quote(code), quote(message)));
}

web::Reply openai_error(int status, std::string_view code,
                        std::string_view message) {
  return json_reply(
      status,
      fmt::format(R"({{"error":{{"message":{},"type":{},"param":null,)"
                  R"("code":{}}},"request_id":"r-1"}})",
                  quote(message), quote("invalid_request_error"), quote(code)));
}

web::Reply unknown(const Question& question) {
  const std::string text = fmt::format(
      "The model `{}` does not exist or you do not have access to "
      "it.",
      question.model);
  switch (question.endpoint) {
    case Endpoint::dashscope_chat:
    case Endpoint::dashscope_embedding:
    case Endpoint::dashscope_rerank: return error(404, "ModelNotFound", text);
    default: return openai_error(404, "model_not_found", text);
  }
}

constexpr auto places =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/completions", Endpoint::completions},
                          {"/embeddings", Endpoint::embeddings}});

constexpr Shop shop{
    .prefix = "/compatible-mode/v1",
    .list = "/models",
    .places = places,
    .no_key =
        [] {
          return openai_error(401, "invalid_api_key",
                              "Incorrect API key provided.");
        },
    .bad =
        [](std::string_view fault) {
          return openai_error(400, "invalid_parameter_error", fault);
        },
    .nowhere =
        [](const Visit&) { return error(404, "NotFound", "Not Found"); }};

constexpr std::string_view services = "/api/v1/services";

constexpr auto native = std::to_array<Place>(
    {{"/aigc/text-generation/generation", Endpoint::dashscope_chat},
     {"/aigc/multimodal-generation/generation", Endpoint::dashscope_chat},
     {"/embeddings/text-embedding/text-embedding",
      Endpoint::dashscope_embedding},
     {"/rerank/text-rerank/text-rerank", Endpoint::dashscope_rerank}});

std::string chat_fault(const Document& body, bool sees) {
  std::string fault = fault_in(body, "/input",
                               {{"messages", Shape::turns},
                                {"prompt", Shape::text},
                                {"history", Shape::anything}});
  if (!fault.empty()) return fault;
  if (!body.is_array("/input/messages") && !body.text("/input/prompt")) {
    return "Either \"prompt\" or \"messages\" must exist";
  }
  // What sees takes parts, what does not a text.
  const bool has_parts = body.is_array("/input/messages/0/content");
  if (has_parts != sees && body.is_array("/input/messages")) {
    return "Input should be of another form: input.contents";
  }
  if (!body.is_object("/parameters")) return {};
  return fault_in(body, "/parameters",
                  {{"result_format", Shape::text},
                   {"max_tokens", Shape::number},
                   {"incremental_output", Shape::truth},
                   {"temperature", Shape::real},
                   {"top_p", Shape::real},
                   {"top_k", Shape::real},
                   {"seed", Shape::real},
                   {"stop"},
                   {"enable_search", Shape::truth},
                   {"enable_thinking", Shape::truth},
                   {"tools", Shape::list}});
}

std::string native_fault(const Visit& visit, Endpoint endpoint) {
  const Document& body = visit.body;
  std::string fault = fault_in(body, "",
                               {{"model", Shape::text, true},
                                {"input", Shape::object, true},
                                {"parameters", Shape::object}});
  if (!fault.empty()) return fault;
  if (endpoint == Endpoint::dashscope_embedding) {
    return fault_in(body, "/input", {{"texts", Shape::texts, true}});
  }
  if (endpoint == Endpoint::dashscope_rerank) {
    return fault_in(
        body, "/input",
        {{"query", Shape::text, true}, {"documents", Shape::texts, true}});
  }
  return chat_fault(body, visit.path.find("/multimodal") != std::string::npos);
}

// It streams where a header of its own says so, whatever the body does.
Heard hear_native(const Visit& visit, Endpoint endpoint) {
  if (!visit.takes(visit.bearer())) {
    return says(error(401, "InvalidApiKey", "Invalid API-key provided."));
  }
  const auto invalid = [](std::string_view message) {
    return says(error(400, "InvalidParameter", message));
  };
  if (visit.request.method != "POST" || !visit.is_json) {
    return invalid(
        "Required body invalid, please check the request body "
        "format.");
  }
  const std::string fault = native_fault(visit, endpoint);
  if (!fault.empty()) return invalid(fault);
  const std::string model(visit.body.text("/model").value_or(""));
  const bool sees = visit.path.find("/multimodal") != std::string::npos;
  if (endpoint == Endpoint::dashscope_chat &&
      sees != (model.find("-vl") != std::string::npos)) {
    return invalid("url error, please check url！");
  }
  return {.question = {.endpoint = endpoint,
                       .model = model,
                       .streamed = endpoint == Endpoint::dashscope_chat &&
                                   visit.header("X-DashScope-SSE") == "enable"},
          .reply = std::nullopt};
}

Heard hear(const Visit& visit) {
  for (const Place& place : native) {
    if (visit.path == std::string(services) + std::string(place.path)) {
      return hear_native(visit, place.endpoint);
    }
  }
  return hear_shop(visit, shop);
}

constexpr Vendor vendor{"ali", hear, unknown};

}  // namespace

std::span<const Vendor> ali_vendors() {
  return {&vendor, 1};
}

}  // namespace demo
