#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "demo/vendor.h"
#include "demo/vendor_bodies.h"
#include "demo/vendor_shop.h"

// https://docs.ollama.com/api.  It ignores members that it does not know; here
// they are refused, since what is ignored was sent in error.
namespace demo {

namespace {

using base::json::Document;
using base::json::quote;

web::Reply error(int status, std::string_view message) {
  return json_reply(status, fmt::format(R"({{"error":{}}})", quote(message)));
}

std::string not_here(const std::string& model) {
  return fmt::format(R"(model "{}" not found, try pulling it first)", model);
}

web::Reply unknown(const Question& question) {
  if (question.endpoint == Endpoint::chat) {
    return error_reply(404, not_here(question.model), "api_error", "");
  }
  return error(404, not_here(question.model));
}

web::Reply list(const Site& site) {
  return json_reply(
      200, fmt::format(R"({{"models":[{}]}})",
                       joined_models(site, [](const std::string& model) {
                         return fmt::format(
                             R"({{"name":{},"model":{},"size":4661224676,)"
                             R"("digest":"365c0bd3c000","details":{{)"
                             R"("family":"llama"}}}})",
                             quote(model), quote(model));
                       })));
}

std::string chat_fault(const Document& body) {
  return fault_in(body, "",
                  {{"model", Shape::text, true},
                   {"messages", Shape::turns, true},
                   {"stream", Shape::truth},
                   {"options", Shape::object},
                   {"format"},
                   {"think"},
                   {"tools", Shape::list},
                   {"keep_alive"}});
}

std::string options_fault(const Document& body) {
  if (!body.is_object("/options")) return {};
  return fault_in(body, "/options",
                  {{"num_predict", Shape::real},
                   {"num_ctx", Shape::number},
                   {"temperature", Shape::real},
                   {"top_p", Shape::real},
                   {"top_k", Shape::real},
                   {"seed", Shape::real},
                   {"stop", Shape::texts},
                   {"frequency_penalty", Shape::real},
                   {"presence_penalty", Shape::real}});
}

std::string embed_fault(const Document& body) {
  return fault_in(body, "",
                  {{"model", Shape::text, true},
                   {"input", Shape::text_or_texts, true},
                   {"truncate", Shape::truth},
                   {"dimensions", Shape::number},
                   {"options", Shape::object},
                   {"keep_alive"}});
}

// A name without a tag means its latest.
std::string tagged(const Site& site, std::string model) {
  if (std::ranges::find(site.models, model) != site.models.end()) return model;
  return model.find(':') == std::string::npos ? model + ":latest" : model;
}

Heard hear_native(const Visit& visit, Endpoint endpoint) {
  if (!visit.is_json) return says(error(400, "missing request body"));
  const bool chats = endpoint == Endpoint::ollama_chat;
  std::string fault = chats ? chat_fault(visit.body) : embed_fault(visit.body);
  if (fault.empty()) fault = options_fault(visit.body);
  if (!fault.empty()) return says(error(400, fault));
  const std::string model(visit.body.text("/model").value_or(""));
  if (chats && model.find("embed") != std::string::npos) {
    return says(
        error(400, fmt::format(R"("{}" does not support chat)", model)));
  }
  return {.question = {.endpoint = endpoint,
                       .model = tagged(visit.site, model),
                       // It streams unless it is told not to.
                       .streamed =
                           chats && visit.body.truth("/stream").value_or(true)},
          .reply = std::nullopt};
}

constexpr auto places =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/embeddings", Endpoint::embeddings}});

constexpr Shop openai_form{
    .prefix = "/v1",
    .list = "/models",
    .places = places,
    .no_key = [] { return error(401, "unauthorized"); },
    .bad = openai_bad,
    .nowhere = [](const Visit&) { return error(404, "404 page not found"); }};

Heard hear(const Visit& visit) {
  if (!visit.takes(visit.bearer())) return says(error(401, "unauthorized"));
  if (visit.is("GET", "/api/tags")) return says(list(visit.site));
  if (visit.is("POST", "/api/chat")) {
    return hear_native(visit, Endpoint::ollama_chat);
  }
  if (visit.is("POST", "/api/embed")) {
    return hear_native(visit, Endpoint::ollama_embedding);
  }
  return hear_customer(visit, openai_form);
}

constexpr Vendor vendor{"ollama", hear, unknown};

}  // namespace

std::span<const Vendor> ollama_vendors() {
  return {&vendor, 1};
}

}  // namespace demo
