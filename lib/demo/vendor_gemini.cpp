#include "demo/vendor_gemini.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "demo/vendor.h"
#include "demo/vendor_bodies.h"
#include "demo/vendor_shop.h"

// https://ai.google.dev/api, and Google's form of OpenAI's protocol.
namespace demo {

namespace {

using base::json::Document;
using base::json::quote;

std::string error_text(int status, std::string_view word,
                       std::string_view message,
                       std::string_view details = "[]") {
  return fmt::format(R"({{"error":{{"code":{},"message":{},"status":{},)"
                     R"("details":{}}}}})",
                     status, quote(message), quote(word), details);
}

web::Reply error(int status, std::string_view word, std::string_view message,
                 std::string_view details = "[]") {
  return json_reply(status, error_text(status, word, message, details));
}

web::Reply bad(std::string_view message) {
  return error(400, "INVALID_ARGUMENT", message);
}

web::Reply unknown(const Question& question) {
  return error(404, "NOT_FOUND",
               fmt::format("models/{} is not found for API version v1beta, or "
                           "is not supported for generateContent. Call "
                           "ListModels to see the list of available models and "
                           "their supported methods.",
                           question.model));
}

constexpr std::string_view invalid_key =
    R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":)"
    R"("API_KEY_INVALID","domain":"googleapis.com"}])";

// A key is no OAuth token.
std::optional<web::Reply> key_trouble(const Visit& visit) {
  const auto in_address = in_query(visit.query, "key");
  const std::string key(
      in_address.value_or(std::string(visit.header("x-goog-api-key"))));
  if (!visit.header("Authorization").empty()) {
    return error(401, "UNAUTHENTICATED",
                 "Request had invalid authentication credentials. Expected "
                 "OAuth 2 access token, login cookie or other valid "
                 "authentication credential.");
  }
  if (key.empty()) {
    return error(403, "PERMISSION_DENIED",
                 "Method doesn't allow unregistered callers (callers without "
                 "established identity).");
  }
  if (visit.takes(key)) return std::nullopt;
  return error(400, "INVALID_ARGUMENT",
               "API key not valid. Please pass a valid API key.", invalid_key);
}

bool embeds(std::string_view model) {
  return model.find("embedding") != std::string_view::npos;
}

std::string described(const std::string& model) {
  const bool draws = model.starts_with("imagen");
  return fmt::format(R"({{"name":{},"version":"001","displayName":{},)"
                     R"("supportedGenerationMethods":{}}})",
                     quote("models/" + model), quote(model),
                     embeds(model)
                         ? R"(["embedContent","asyncBatchEmbedContent"])"
                     : draws ? R"(["predict"])"
                             : R"(["generateContent","countTokens"])");
}

// A page: 50, unless it is said otherwise, and 1,000 at most.
web::Reply list(const Visit& visit) {
  const auto& models = visit.site.models;
  const auto size =
      base::whole_number(in_query(visit.query, "pageSize").value_or("50"));
  if (!size || *size < 1) return bad("page_size must be positive");
  const auto token = in_query(visit.query, "pageToken");
  const auto begin = base::whole_number(token.value_or("0"));
  if (!begin || *begin < 0 || *begin > std::ssize(models)) {
    return bad("page_token is not valid");
  }
  const auto first = models.begin() + *begin;
  const auto last =
      first + std::min({*size, std::int64_t{1000}, models.end() - first});
  const std::string next =
      last == models.end()
          ? std::string()
          : fmt::format(R"(,"nextPageToken":"{}")", last - models.begin());
  return json_reply(
      200,
      fmt::format(R"({{"models":[{}]{}}})",
                  joined_models({.models = {first, last}}, described), next));
}

std::string parts_fault(const Document& body, const std::string& at) {
  if (body.size(at + "/parts") == 0) return at + ".parts: must not be empty";
  if (body.text(at + "/parts/0/text").value_or("").empty()) {
    return at + ".parts[0].data: required oneof field must be set";
  }
  return {};
}

// Members have two spellings there.
std::string content_fault(const Document& body) {
  std::string fault = fault_in(body, "",
                               {{"contents", Shape::list, true},
                                {"generationConfig", Shape::object},
                                {"generation_config", Shape::object},
                                {"safetySettings", Shape::list},
                                {"safety_settings", Shape::list},
                                {"systemInstruction", Shape::object},
                                {"system_instruction", Shape::object},
                                {"tools", Shape::list},
                                {"toolConfig", Shape::object}});
  for (const auto* at : {"/generationConfig", "/generation_config"}) {
    if (!fault.empty() || !body.is_object(at)) continue;
    fault = fault_in(body, at,
                     {{"maxOutputTokens", Shape::number},
                      {"temperature", Shape::real},
                      {"topP", Shape::real},
                      {"topK", Shape::real},
                      {"candidateCount", Shape::number},
                      {"stopSequences", Shape::texts},
                      {"thinkingConfig", Shape::object},
                      {"responseModalities", Shape::texts}});
  }
  return fault.empty() ? parts_fault(body, "/contents/0") : fault;
}

std::string batch_fault(const Document& body, const std::string& model) {
  std::string fault = fault_in(body, "", {{"requests", Shape::list, true}});
  for (std::size_t i = 0; fault.empty() && i < body.size("/requests"); ++i) {
    const std::string at = fmt::format("/requests/{}", i);
    fault = fault_in(body, at,
                     {{"model", Shape::text, true},
                      {"content", Shape::object, true},
                      {"taskType", Shape::text},
                      {"outputDimensionality", Shape::number}});
    if (fault.empty()) fault = parts_fault(body, at + "/content");
    if (fault.empty() && body.text(at + "/model") != "models/" + model) {
      fault = at + ".model: must be the model of the batch";
    }
  }
  return fault;
}

std::string fault_of(const Document& body, Endpoint endpoint,
                     const std::string& model) {
  if (endpoint == Endpoint::generate) return content_fault(body);
  if (endpoint == Endpoint::gemini_batch) return batch_fault(body, model);
  if (endpoint == Endpoint::predict) {
    std::string fault = fault_in(
        body, "",
        {{"instances", Shape::list, true}, {"parameters", Shape::object}});
    if (!fault.empty()) return fault;
    return fault_in(body, "/instances/0", {{"prompt", Shape::text, true}});
  }
  std::string fault = fault_in(body, "",
                               {{"model", Shape::text},
                                {"content", Shape::object, true},
                                {"taskType", Shape::text},
                                {"outputDimensionality", Shape::number}});
  return fault.empty() ? parts_fault(body, "/content") : fault;
}

constexpr auto methods =
    std::to_array<Place>({{"generateContent", Endpoint::generate},
                          {"streamGenerateContent", Endpoint::generate},
                          {"embedContent", Endpoint::gemini_embedding},
                          {"batchEmbedContents", Endpoint::gemini_batch},
                          {"predict", Endpoint::predict}});

// Which of its methods a model has.
bool has_method(const std::string& model, Endpoint endpoint) {
  if (embeds(model)) {
    return endpoint == Endpoint::gemini_embedding ||
           endpoint == Endpoint::gemini_batch;
  }
  return endpoint ==
         (model.starts_with("imagen") ? Endpoint::predict : Endpoint::generate);
}

// The errors of its form of OpenAI's protocol stand in an array.
web::Reply in_array(web::Reply reply) {
  reply.body.front().bytes = "[" + reply.body.front().bytes + "]";
  return reply;
}

constexpr auto places =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/embeddings", Endpoint::embeddings},
                          {"/images/generations", Endpoint::images}});

constexpr Shop openai_form{
    .prefix = "/v1beta/openai",
    .list = "",
    .places = places,
    .no_key =
        [] {
          return in_array(error(400, "INVALID_ARGUMENT",
                                "Please pass a valid API key.", invalid_key));
        },
    .bad = [](std::string_view fault) { return in_array(bad(fault)); },
    .nowhere = [](const Visit&) { return error(404, "NOT_FOUND", ""); }};

Heard hear_openai_form(const Visit& visit) {
  if (!visit.is("GET", "/v1beta/openai/models") ||
      !visit.takes(visit.bearer())) {
    return hear_shop(visit, openai_form);
  }
  return says(json_reply(
      200, fmt::format(R"({{"object":"list","data":[{}]}})",
                       joined_models(visit.site, [](const auto& model) {
                         return fmt::format(R"({{"id":{},"object":"model",)"
                                            R"("owned_by":"google"}})",
                                            quote("models/" + model));
                       }))));
}

Heard hear(const Visit& visit) {
  if (visit.path.starts_with(openai_form.prefix)) {
    return hear_openai_form(visit);
  }
  if (auto trouble = key_trouble(visit)) return says(*std::move(trouble));
  for (const std::string_view version : {"/v1beta/models", "/v1/models"}) {
    if (visit.is("GET", version)) return says(list(visit));
    if (!visit.path.starts_with(version) ||
        visit.path.size() <= version.size() + 1 ||
        visit.path[version.size()] != '/') {
      continue;
    }
    return hear_gemini_method(
        visit, std::string_view(visit.path).substr(version.size() + 1));
  }
  return says(error(404, "NOT_FOUND", "Requested entity was not found."));
}

constexpr Vendor vendor{"gemini", hear, unknown};

}  // namespace

Heard hear_gemini_method(const Visit& visit, std::string_view call) {
  const std::size_t colon = std::min(call.rfind(':'), call.size());
  const std::string model = percent_decoded(call.substr(0, colon));
  const std::string_view word = call.substr(std::min(colon + 1, call.size()));
  const auto method = std::ranges::find(methods, word, &Place::path);
  if (method == methods.end() || model.find('/') != std::string::npos ||
      visit.request.method != "POST") {
    return says(error(404, "NOT_FOUND", "Requested entity was not found."));
  }
  Heard heard{.question = {.endpoint = method->endpoint, .model = model},
              .reply = std::nullopt};
  if (!has_method(model, method->endpoint)) {
    return says(unknown(heard.question));
  }
  if (!visit.is_json) return says(bad("Invalid JSON payload received."));
  const std::string fault = fault_of(visit.body, method->endpoint, model);
  if (!fault.empty()) return says(bad(fault));
  if (word.starts_with("stream")) {
    heard.question.streamed = in_query(visit.query, "alt") == "sse";
    heard.question.in_array = !heard.question.streamed;
  }
  return heard;
}

std::span<const Vendor> gemini_vendors() {
  return {&vendor, 1};
}

}  // namespace demo
