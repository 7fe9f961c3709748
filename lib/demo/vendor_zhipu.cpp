#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/text.h"
#include "demo/vendor.h"
#include "demo/vendor_bodies.h"
#include "demo/vendor_shop.h"

// https://docs.bigmodel.cn/api-reference: the fourth version by a key as it
// is ("zhipu_v4"); the fourth and the third by a token that is signed with the
// key ("zhipu").  A key of the site is "id.secret".
namespace demo {

namespace {

using base::json::Document;
using base::json::quote;

web::Reply error(int status, std::string_view code, std::string_view message) {
  return json_reply(status,
                    fmt::format(R"({{"error":{{"code":{},"message":{}}}}})",
                                quote(code), quote(message)));
}

web::Reply bad(std::string_view fault) {
  return error(400, "1210", fmt::format("API 调用参数有误：{}", fault));
}

web::Reply old_error(int code, std::string_view message) {
  return json_reply(
      200, fmt::format(R"({{"code":{},"msg":{},"success":false}})", code,
                       quote(message)));
}

web::Reply unknown(const Question& question) {
  constexpr std::string_view text = "模型不存在，请检查模型代码。";
  return question.endpoint == Endpoint::zhipu_invoke ? old_error(1211, text)
                                                     : error(400, "1211", text);
}

// Why a token is refused: a code of Zhipu's, or nothing.
std::string_view refusal_of(std::string_view token, std::string_view key,
                            std::int64_t now) {
  constexpr std::string_view invalid = "1002";
  const auto parts = base::split(token, '.');
  const auto halves = base::split(key, '.');
  if (parts.size() != 3 || halves.size() != 2) return invalid;
  const std::string_view signed_part =
      token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (base64url_decoded(parts[2]) !=
      base::hmac_sha256(halves[1], signed_part)) {
    return invalid;
  }
  Document head;
  Document claims;
  if (!head.parse(base64url_decoded(parts[0])) ||
      !claims.parse(base64url_decoded(parts[1])) ||
      head.text("/alg") != "HS256" || head.text("/sign_type") != "SIGN" ||
      claims.text("/api_key") != halves[0]) {
    return invalid;
  }
  // Both are in milliseconds.
  constexpr std::int64_t hour = 3'600'000;
  const std::int64_t made = claims.number("/timestamp").value_or(0);
  if (std::abs(made - now) > hour) return "1004";
  return claims.number("/exp").value_or(0) > now ? "" : "1003";
}

std::optional<web::Reply> token_trouble(const Visit& visit,
                                        std::string_view token) {
  std::string_view code = "1001";
  for (const std::string& key : visit.site.keys) {
    code = refusal_of(token, key, visit.now);
    if (code.empty()) return std::nullopt;
  }
  return error(401, code, "身份验证失败。");
}

constexpr auto places =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/embeddings", Endpoint::embeddings},
                          {"/rerank", Endpoint::rerank},
                          {"/images/generations", Endpoint::images}});

constexpr Shop shop{
    .prefix = "/api/paas/v4",
    .list = "/models",
    .places = places,
    .no_key = [] { return error(401, "1000", "身份验证失败。"); },
    .bad = bad,
    .nowhere =
        [](const Visit&) {
          return json_reply(404, R"({"status":404,"error":"Not Found"})");
        }};

Heard hear_invoke(const Visit& visit) {
  const std::string_view rest =
      std::string_view(visit.path)
          .substr(std::string_view("/api/paas/v3/model-api/").size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view way = rest.substr(slash);
  if (visit.request.method != "POST" ||
      (way != "/invoke" && way != "/sse-invoke")) {
    return says(shop.nowhere(visit));
  }
  if (!visit.is_json) return says(old_error(1210, "no JSON"));
  const std::string fault = fault_in(visit.body, "",
                                     {{"prompt", Shape::turns, true},
                                      {"temperature", Shape::real},
                                      {"top_p", Shape::real},
                                      {"incremental", Shape::truth},
                                      {"request_id", Shape::text}});
  if (!fault.empty()) return says(old_error(1210, fault));
  return {.question = {.endpoint = Endpoint::zhipu_invoke,
                       .model = percent_decoded(rest.substr(0, slash)),
                       .streamed = way == "/sse-invoke"},
          .reply = std::nullopt};
}

// The token stands there as it is, without a scheme before it.
Heard hear_signed(const Visit& visit) {
  if (auto trouble = token_trouble(visit, visit.header("Authorization"))) {
    return says(*std::move(trouble));
  }
  if (visit.path.starts_with("/api/paas/v3/model-api/")) {
    return hear_invoke(visit);
  }
  if (visit.request.method == "GET") return says(shop.nowhere(visit));
  return hear_customer(visit, shop);
}

// The key as it is, or the token, both as bearers.
Heard hear_v4(const Visit& visit) {
  const std::string_view told = visit.bearer();
  if (!visit.takes(told)) {
    if (auto trouble = token_trouble(visit, told)) {
      return says(*std::move(trouble));
    }
  }
  // Subscriptions for coding have an address of their own.
  Shop own = shop;
  constexpr std::string_view coding = "/api/coding/paas/v4";
  if (visit.path.starts_with(coding)) own.prefix = coding;
  return hear_customer(visit, own);
}

constexpr auto vendors = std::to_array<Vendor>(
    {{"zhipu", hear_signed, unknown}, {"zhipu_v4", hear_v4, unknown}});

}  // namespace

std::span<const Vendor> zhipu_vendors() {
  return vendors;
}

}  // namespace demo
