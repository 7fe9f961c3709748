#include <array>
#include <span>

#include <fmt/format.h>

#include "base/text.h"
#include "demo/vendor.h"
#include "demo/vendor_bodies.h"
#include "demo/vendor_shop.h"

// Volcengine's Ark, Baidu's Qianfan, MiniMax: OpenAI's protocol, nearly.
namespace demo {

namespace {

using base::json::quote;

// --- Ark: https://www.volcengine.com/docs/82379 ---

web::Reply ark_error(int status, std::string_view code,
                     std::string_view message) {
  return json_reply(
      status, fmt::format(R"({{"error":{{"code":{},"message":{},"param":"",)"
                          R"("type":"BadRequest"}}}})",
                          quote(code), quote(message)));
}

web::Reply ark_bad(std::string_view fault) {
  return ark_error(400, "InvalidParameter", fault);
}

constexpr auto ark_places =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/bots/chat/completions", Endpoint::chat},
                          {"/embeddings", Endpoint::embeddings},
                          {"/responses", Endpoint::responses},
                          {"/images/generations", Endpoint::images}});

constexpr Shop ark{
    .prefix = "/api/v3",
    .list = "/models",
    .places = ark_places,
    .no_key =
        [] {
          return ark_error(401, "AuthenticationError",
                           "The API key in the request is missing or invalid.");
        },
    .bad = ark_bad,
    .nowhere = [](const Visit&) { return ark_error(404, "NotFound", ""); }};

// What sees embeds parts, and no texts.
Heard hear_seeing(const Visit& visit) {
  const std::string fault = !visit.is_json
                                ? "no JSON"
                                : fault_in(visit.body, "",
                                           {{"model", Shape::text, true},
                                            {"input", Shape::list, true},
                                            {"dimensions", Shape::number}});
  if (!fault.empty()) return says(ark_bad(fault));
  if (visit.body.text("/input/0/type") != "text" ||
      visit.body.text("/input/0/text").value_or("").empty()) {
    return says(ark_bad("input.0.type: no text"));
  }
  return {.question = {.endpoint = Endpoint::ark_embedding,
                       .model =
                           std::string(visit.body.text("/model").value_or(""))},
          .reply = std::nullopt};
}

// Subscriptions for coding have an address of their own, and chat alone;
// whether they have a list is written nowhere.
constexpr Shop ark_coding{.prefix = "/api/coding/v3",
                          .list = "/models",
                          .places = std::span(ark_places).first(1),
                          .no_key = ark.no_key,
                          .bad = ark.bad,
                          .nowhere = ark.nowhere};

Heard hear_ark(const Visit& visit) {
  const bool codes = visit.path.starts_with(ark_coding.prefix);
  Heard heard = hear_shop(visit, codes ? ark_coding : ark);
  if (visit.is("POST", "/api/v3/embeddings/multimodal") &&
      visit.takes(visit.bearer())) {
    return hear_seeing(visit);
  }
  if (heard.reply) return heard;
  const std::string& model = heard.question.model;
  const bool is_bot = model.starts_with("bot");
  const bool at_bots = visit.path.find("/bots/") != std::string::npos;
  const bool sees = model.find("vision") != std::string::npos &&
                    heard.question.endpoint == Endpoint::embeddings;
  if (is_bot != at_bots || sees) {
    return says(ark_bad("The requested model does not support this api."));
  }
  return heard;
}

web::Reply ark_unknown(const Question& question) {
  return ark_error(404, "InvalidEndpointOrModel.NotFound",
                   fmt::format("The model or endpoint {} does not exist or you "
                               "do not have access to it.",
                               question.model));
}

// --- Qianfan: https://cloud.baidu.com/doc/qianfan-api.  A key of the site may
// be "token|appid". ---

web::Reply qianfan_error(int status, std::string_view code,
                         std::string_view message) {
  return json_reply(status,
                    fmt::format(R"({{"error":{{"code":{},"message":{},"type":)"
                                R"("invalid_request_error"}},"id":"as-1"}})",
                                quote(code), quote(message)));
}

constexpr auto qianfan_places =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/embeddings", Endpoint::embeddings},
                          {"/rerank", Endpoint::rerank},
                          {"/images/generations", Endpoint::images}});

constexpr Shop qianfan{.prefix = "/v2",
                       .list = "/models",
                       .places = qianfan_places,
                       .no_key =
                           [] {
                             return qianfan_error(401, "invalid_iam_token",
                                                  "IAM Certification failed");
                           },
                       .bad =
                           [](std::string_view fault) {
                             return qianfan_error(400, "malformed_json", fault);
                           },
                       .nowhere =
                           [](const Visit&) {
                             return qianfan_error(404, "invalid_http_url",
                                                  "url is not found");
                           }};

Heard hear_qianfan(const Visit& visit) {
  const std::string_view token = visit.bearer();
  const std::string_view app = visit.header("appid");
  if (token.find('|') != std::string_view::npos ||
      !visit.takes(app.empty() ? std::string(token)
                               : fmt::format("{}|{}", token, app))) {
    return says(qianfan.no_key());
  }
  return hear_customer(visit, qianfan);
}

web::Reply qianfan_unknown(const Question&) {
  return qianfan_error(404, "invalid_model",
                       "The model does not exist or you do not have access to "
                       "it.");
}

// --- MiniMax: https://platform.minimax.io/docs.  All is well by its status,
// and the truth is in the body. ---

web::Reply minimax_error(int code, std::string_view message) {
  return json_reply(200,
                    fmt::format(R"({{"id":"","choices":null,"base_resp":)"
                                R"({{"status_code":{},"status_msg":{}}}}})",
                                code, quote(message)));
}

constexpr auto minimax_places =
    std::to_array<Place>({{"/text/chatcompletion_v2", Endpoint::minimax_chat},
                          {"/chat/completions", Endpoint::minimax_chat}});

constexpr Shop minimax{
    .prefix = "/v1",
    .list = "/models",
    .places = minimax_places,
    .no_key =
        [] {
          return minimax_error(
              1004,
              "login fail: Please carry the API secret key in the "
              "'Authorization' field of the request header");
        },
    .bad =
        [](std::string_view fault) {
          return minimax_error(2013, fmt::format("invalid params, {}", fault));
        },
    .nowhere =
        [](const Visit&) {
          web::Reply reply;
          reply.status = 404;
          reply.headers = {{"Content-Type", "text/plain"}};
          reply.body = {{.bytes = "404 page not found"}};
          return reply;
        }};

Heard hear_minimax(const Visit& visit) {
  return hear_shop(visit, minimax);
}

web::Reply minimax_unknown(const Question& question) {
  return minimax_error(2013,
                       fmt::format("invalid params, unknown model '{}' (2013)",
                                   base::lower(question.model)));
}

constexpr auto vendors =
    std::to_array<Vendor>({{"volcengine", hear_ark, ark_unknown},
                           {"baidu_v2", hear_qianfan, qianfan_unknown},
                           {"minimax", hear_minimax, minimax_unknown}});

}  // namespace

std::span<const Vendor> chinese_vendors() {
  return vendors;
}

}  // namespace demo
