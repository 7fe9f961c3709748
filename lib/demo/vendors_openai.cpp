#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "base/text.h"
#include "demo/vendor.h"
#include "demo/vendor_shop.h"

// Vendors who speak OpenAI's protocol under their own roof.
namespace demo {

namespace {

using base::json::quote;

constexpr auto everything =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/completions", Endpoint::completions},
                          {"/responses", Endpoint::responses},
                          {"/embeddings", Endpoint::embeddings},
                          {"/moderations", Endpoint::moderations},
                          {"/images/generations", Endpoint::images},
                          {"/audio/speech", Endpoint::speech},
                          {"/audio/transcriptions", Endpoint::transcriptions},
                          {"/videos", Endpoint::videos}});

constexpr Shop openai_shop{.prefix = "/v1",
                           .list = "/models",
                           .places = everything,
                           .no_key = openai_no_key,
                           .bad = openai_bad,
                           .nowhere = openai_nowhere};

// The beta's header has been refused since May 2026.
Heard hear_realtime(const Visit& visit) {
  const std::string model = in_query(visit.query, "model").value_or("");
  if (model.empty()) return says(openai_bad("you must provide a model"));
  if (!visit.header("OpenAI-Beta").empty()) {
    return says(openai_bad("beta_api_shape_disabled"));
  }
  return hear_opening(visit, model, openai_bad);
}

Heard hear_openai(const Visit& visit) {
  if (!visit.takes(visit.bearer())) return says(openai_no_key());
  if (visit.path == "/v1/realtime") return hear_realtime(visit);
  Heard heard = hear_customer(visit, openai_shop);
  if (!heard.reply) heard.reply = old_limit(visit, heard.question);
  return heard;
}

// --- SiliconFlow ---

constexpr auto siliconflow_places =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/completions", Endpoint::completions},
                          {"/embeddings", Endpoint::embeddings},
                          {"/rerank", Endpoint::rerank},
                          {"/images/generations", Endpoint::images},
                          {"/audio/speech", Endpoint::speech},
                          {"/audio/transcriptions", Endpoint::transcriptions}});

constexpr Shop siliconflow_shop{
    .prefix = "/v1",
    .list = "/models",
    .places = siliconflow_places,
    .no_key = [] { return json_reply(401, R"("Invalid token")"); },
    .bad =
        [](std::string_view fault) {
          return json_reply(
              400, fmt::format(R"({{"code":20015,"message":{},"data":null}})",
                               quote(fault)));
        },
    .nowhere =
        [](const Visit&) {
          return json_reply(404, R"("404 page not found")");
        }};

web::Reply siliconflow_unknown(const Question&) {
  return json_reply(400,
                    R"({"code":20012,"message":"Model does not exist. Please )"
                    R"(check it carefully.","data":null})");
}

// --- OpenRouter ---

web::Reply openrouter_error(int status, std::string_view message) {
  return json_reply(status,
                    fmt::format(R"({{"error":{{"message":{},"code":{}}}}})",
                                quote(message), status));
}

constexpr auto openrouter_places =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/completions", Endpoint::completions},
                          {"/responses", Endpoint::responses},
                          {"/embeddings", Endpoint::embeddings},
                          {"/rerank", Endpoint::rerank}});

constexpr Shop openrouter_shop{
    .prefix = "/v1",
    .list = "/models",
    .places = openrouter_places,
    .no_key = [] { return openrouter_error(401, "No auth credentials found"); },
    .bad = [](std::string_view fault) { return openrouter_error(400, fault); },
    .nowhere = [](const Visit&) { return openrouter_error(404, "Not Found"); }};

web::Reply openrouter_unknown(const Question& question) {
  return openrouter_error(
      404, fmt::format("No endpoints found for {}.", question.model));
}

// --- Moonshot ---

constexpr Shop moonshot_shop{
    .prefix = "/v1",
    .list = "/models",
    .places = std::span(everything).first(2),
    .no_key =
        [] {
          return json_reply(
              401, R"({"error":{"message":"Invalid Authentication","type":)"
                   R"("invalid_authentication_error"}})");
        },
    .bad = openai_bad,
    .nowhere =
        [](const Visit&) {
          return json_reply(404, R"({"error":{"message":"没找到对象","type":)"
                                 R"("resource_not_found_error"}})");
        }};

web::Reply moonshot_unknown(const Question& question) {
  return json_reply(
      404, fmt::format(R"({{"error":{{"message":{},"type":)"
                       R"("resource_not_found_error"}}}})",
                       quote(fmt::format("Not found the model {} or Permission "
                                         "denied",
                                         question.model))));
}

// --- Perplexity ---

web::Reply page(int status, std::string_view title) {
  web::Reply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/html"}};
  reply.body = {{.bytes = fmt::format("<html><head><title>{} {}</title></head>"
                                      "<body></body></html>",
                                      status, title)}};
  return reply;
}

constexpr Shop perplexity_shop{
    .prefix = "",
    .list = "",
    .places = std::span(everything).first(1),
    .no_key = [] { return page(401, "Authorization Required"); },
    .bad = openai_bad,
    .nowhere = [](const Visit&) { return page(404, "Not Found"); }};

web::Reply perplexity_unknown(const Question& question) {
  return json_reply(
      400, fmt::format(
               R"({{"error":{{"message":{},"type":"invalid_model",)"
               R"("code":400}}}})",
               quote(fmt::format("Invalid model '{}'. Permitted models can be "
                                 "found in the documentation.",
                                 question.model))));
}

// --- Jina ---

constexpr auto jina_places = std::to_array<Place>(
    {{"/embeddings", Endpoint::embeddings}, {"/rerank", Endpoint::rerank}});

web::Reply jina_error(int status, std::string_view detail) {
  return json_reply(status, fmt::format(R"({{"detail":{}}})", quote(detail)));
}

constexpr Shop jina_shop{
    .prefix = "/v1",
    .list = "/models",
    .places = jina_places,
    .no_key = [] { return jina_error(401, "Unauthorized"); },
    .bad = [](std::string_view fault) { return jina_error(422, fault); },
    .nowhere = [](const Visit&) { return jina_error(404, "Not Found"); }};

web::Reply jina_unknown(const Question& question) {
  return jina_error(404,
                    fmt::format("[MODEL] model {} not found", question.model));
}

// --- MokaAI ---

constexpr Shop mokaai_shop{.prefix = "",
                           .list = "",
                           .places = std::span(jina_places).first(1),
                           .no_key = openai_no_key,
                           .bad = openai_bad,
                           .nowhere = openai_nowhere};

// --- GitHub ---

web::Reply github_error(int status, std::string_view code,
                        std::string_view message) {
  return json_reply(
      status,
      fmt::format(R"({{"error":{{"code":{},"message":{},"details":{}}}}})",
                  quote(code), quote(message), quote(message)));
}

constexpr auto github_places =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/embeddings", Endpoint::embeddings}});

constexpr Shop github_shop{
    .prefix = "",
    .list = "",
    .places = github_places,
    .no_key =
        [] { return github_error(401, "unauthorized", "Bad credentials"); },
    .bad =
        [](std::string_view fault) {
          return github_error(400, "bad_request", fault);
        },
    .nowhere =
        [](const Visit&) {
          return github_error(404, "not_found", "Not Found");
        }};

// What its list calls an id is the address of an asset.
Heard hear_github(const Visit& visit) {
  if (!visit.is("GET", "/models") || !visit.takes(visit.bearer())) {
    return hear_shop(visit, github_shop);
  }
  return says(json_reply(
      200,
      fmt::format("[{}]", joined_models(visit.site, [](const auto& model) {
                    return fmt::format(
                        R"({{"id":{},"name":{},"task":"chat-completion"}})",
                        quote("azureml://registries/demo/models/" + model +
                              "/versions/1"),
                        quote(model));
                  }))));
}

web::Reply github_unknown(const Question& question) {
  return github_error(400, "unknown_model", "Unknown model: " + question.model);
}

// --- Novita ---

web::Reply novita_error(int status, std::string_view reason,
                        std::string_view message) {
  return json_reply(
      status,
      fmt::format(R"({{"code":{},"reason":{},"message":{},"metadata":{{}}}})",
                  status, quote(reason), quote(message)));
}

constexpr auto novita_places =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/completions", Endpoint::completions},
                          {"/embeddings", Endpoint::embeddings}});

constexpr Shop novita_shop{
    .prefix = "/v3/openai",
    .list = "/models",
    .places = novita_places,
    .no_key =
        [] { return novita_error(401, "INVALID_API_KEY", "invalid api key"); },
    .bad =
        [](std::string_view fault) {
          return novita_error(400, "INVALID_REQUEST_BODY", fault);
        },
    .nowhere =
        [](const Visit&) {
          return novita_error(404, "NOT_FOUND", "no route");
        }};

web::Reply novita_unknown(const Question&) {
  return novita_error(404, "MODEL_NOT_FOUND", "model not found");
}

template <const Shop& shop>
Heard heard_at(const Visit& visit) {
  return hear_shop(visit, shop);
}

constexpr auto vendors = std::to_array<Vendor>(
    {{"openai", hear_openai, openai_unknown},
     {"siliconflow", heard_at<siliconflow_shop>, siliconflow_unknown},
     {"openrouter", heard_at<openrouter_shop>, openrouter_unknown},
     {"moonshot", heard_at<moonshot_shop>, moonshot_unknown},
     {"perplexity", heard_at<perplexity_shop>, perplexity_unknown},
     {"jina", heard_at<jina_shop>, jina_unknown},
     {"mokaai", heard_at<mokaai_shop>, openai_unknown},
     {"github", hear_github, github_unknown},
     {"novita", heard_at<novita_shop>, novita_unknown}});

}  // namespace

std::span<const Vendor> openai_vendors() {
  return vendors;
}

}  // namespace demo
