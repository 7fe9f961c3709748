#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "demo/vendor.h"
#include "demo/vendor_bodies.h"
#include "demo/vendor_shop.h"

// Workers AI: https://developers.cloudflare.com/workers-ai.  A key of the site
// is "account|token".
namespace demo {

namespace {

using base::json::Document;

web::Reply error(int status, int code, std::string_view message) {
  return json_reply(
      status, fmt::format(R"({{"result":null,"success":false,"errors":)"
                          R"([{{"code":{},"message":{}}}],"messages":[]}})",
                          code, base::json::quote(message)));
}

web::Reply no_route(const Visit& visit) {
  return error(404, 7000, "No route for that URI: " + visit.path);
}

web::Reply denied() {
  return error(401, 10000, "Authentication error");
}

web::Reply bad(std::string_view fault) {
  return error(400, 5006, fmt::format("AiError: Bad input: {}", fault));
}

web::Reply unknown(const Question& question) {
  return error(400, 5007,
               fmt::format("No such model {} or task", question.model));
}

constexpr auto places =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/embeddings", Endpoint::embeddings},
                          {"/responses", Endpoint::responses}});

constexpr Shop shop{.prefix = "/ai/v1",
                    .list = "",
                    .places = places,
                    .no_key = denied,
                    .bad = bad,
                    .nowhere = no_route};

// A model is a part of the address there, and has no business in the body.
std::string run_fault(const Document& body) {
  if (body.is_array("/text") || body.text("/text")) {
    return fault_in(body, "", {{"text", Shape::text_or_texts, true}});
  }
  std::string fault = fault_in(body, "",
                               {{"prompt", Shape::text},
                                {"messages", Shape::turns},
                                {"stream", Shape::truth},
                                {"max_tokens", Shape::number},
                                {"temperature", Shape::real},
                                {"top_p", Shape::real},
                                {"top_k", Shape::real},
                                {"seed", Shape::real}});
  if (fault.empty() && !body.text("/prompt") && !body.is_array("/messages")) {
    fault = "required properties at '/' are 'prompt'";
  }
  return fault;
}

Heard hear_run(const Visit& visit, std::string_view model) {
  if (visit.request.method != "POST") return says(no_route(visit));
  if (!visit.is_json) return says(bad("no JSON"));
  const std::string fault = run_fault(visit.body);
  if (!fault.empty()) return says(bad(fault));
  const bool embeds = visit.body.is_array("/text") || visit.body.text("/text");
  return {.question = {.endpoint = embeds ? Endpoint::workers_embedding
                                          : Endpoint::workers_chat,
                       .model = percent_decoded(model),
                       .streamed = visit.body.truth("/stream").value_or(false)},
          .reply = std::nullopt};
}

Heard hear(const Visit& visit) {
  constexpr std::string_view accounts = "/client/v4/accounts/";
  if (!visit.path.starts_with(accounts)) return says(no_route(visit));
  const std::string_view rest =
      std::string_view(visit.path).substr(accounts.size());
  const std::string_view account = rest.substr(0, rest.find('/'));
  if (account.empty() || account.size() == rest.size()) {
    return says(error(404, 7003, "Could not route to " + visit.path));
  }
  const std::string_view token = visit.bearer();
  if (token.empty() || token.find('|') != std::string_view::npos ||
      !visit.takes(fmt::format("{}|{}", account, token))) {
    return says(denied());
  }
  const Visit inside{.site = visit.site,
                     .request = visit.request,
                     .path = std::string(rest.substr(account.size())),
                     .query = visit.query,
                     .body = visit.body,
                     .is_json = visit.is_json,
                     .now = visit.now};
  constexpr std::string_view run = "/ai/run/";
  if (inside.path.starts_with(run)) {
    return hear_run(inside, std::string_view(inside.path).substr(run.size()));
  }
  return hear_customer(inside, shop);
}

constexpr Vendor vendor{"cloudflare", hear, unknown};

}  // namespace

std::span<const Vendor> cloudflare_vendors() {
  return {&vendor, 1};
}

}  // namespace demo
