#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "demo/vendor.h"
#include "demo/vendor_bodies.h"

// https://docs.cohere.com/reference, both versions.
namespace demo {

namespace {

using base::json::Document;
using base::json::quote;

web::Reply error(int status, std::string_view message) {
  return json_reply(status, fmt::format(R"({{"id":"00000000","message":{}}})",
                                        quote(message)));
}

web::Reply unknown(const Question& question) {
  return error(404,
               fmt::format("model '{}' not found, make sure the correct model "
                           "ID was used and that you have access to the model.",
                           question.model));
}

web::Reply list(const Visit& visit) {
  const auto size =
      base::whole_number(in_query(visit.query, "page_size").value_or("20"));
  if (!size || *size < 1 || *size > 1000) {
    return error(400, "invalid request: page_size must be between 1 and 1000");
  }
  return json_reply(
      200, fmt::format(R"({{"models":[{}]}})",
                       joined_models(visit.site, [](const auto& model) {
                         const bool ranks =
                             model.find("rerank") != std::string::npos;
                         const bool embeds = model.starts_with("embed");
                         return fmt::format(
                             R"({{"name":{},"endpoints":["{}"],)"
                             R"("finetuned":false,"context_length":128000}})",
                             quote(model),
                             ranks    ? "rerank"
                             : embeds ? "embed"
                                      : "chat");
                       })));
}

std::string fault_1(const Document& body) {
  return fault_in(body, "",
                  {{"model", Shape::text},
                   {"message", Shape::text, true},
                   {"chat_history", Shape::anything},
                   {"stream", Shape::truth},
                   {"max_tokens", Shape::number},
                   {"temperature", Shape::real},
                   {"p", Shape::real},
                   {"k", Shape::real},
                   {"preamble", Shape::text},
                   {"seed", Shape::real},
                   {"connectors", Shape::list},
                   {"safety_mode", Shape::text},
                   {"stop_sequences", Shape::texts},
                   {"frequency_penalty", Shape::real},
                   {"presence_penalty", Shape::real}});
}

std::string fault_2(const Document& body) {
  return fault_in(body, "",
                  {{"model", Shape::text, true},
                   {"messages", Shape::turns, true},
                   {"stream", Shape::truth},
                   {"max_tokens", Shape::number},
                   {"temperature", Shape::real},
                   {"p", Shape::real},
                   {"k", Shape::real},
                   {"seed", Shape::real},
                   {"tools", Shape::list},
                   {"response_format", Shape::object},
                   {"safety_mode", Shape::text},
                   {"stop_sequences", Shape::texts},
                   {"frequency_penalty", Shape::real},
                   {"presence_penalty", Shape::real}});
}

std::string rerank_fault(const Document& body, bool is_second) {
  if (is_second) {
    return fault_in(body, "",
                    {{"model", Shape::text, true},
                     {"query", Shape::text, true},
                     {"documents", Shape::texts, true},
                     {"top_n", Shape::number},
                     {"max_tokens_per_doc", Shape::number}});
  }
  return fault_in(body, "",
                  {{"model", Shape::text},
                   {"query", Shape::text, true},
                   {"documents", Shape::texts, true},
                   {"top_n", Shape::number},
                   {"return_documents", Shape::truth},
                   {"max_chunks_per_doc", Shape::number}});
}

std::string embed_fault(const Document& body) {
  return fault_in(body, "",
                  {{"model", Shape::text, true},
                   {"texts", Shape::texts, true},
                   {"input_type", Shape::text, true},
                   {"embedding_types", Shape::texts},
                   {"truncate", Shape::text}});
}

struct Door {
  std::string_view path;
  Endpoint endpoint;
  std::string (*fault)(const Document& body);
};

constexpr auto doors = std::to_array<Door>({
    {"/v1/chat", Endpoint::cohere_chat, fault_1},
    {"/v2/chat", Endpoint::cohere_chat_2, fault_2},
    {"/v1/rerank", Endpoint::cohere_rerank,
     [](const Document& body) { return rerank_fault(body, false); }},
    {"/v2/rerank", Endpoint::cohere_rerank,
     [](const Document& body) { return rerank_fault(body, true); }},
    {"/v1/embed", Endpoint::cohere_embed, embed_fault},
    {"/v2/embed", Endpoint::cohere_embed, embed_fault},
});

Heard hear(const Visit& visit) {
  const std::string_view key = visit.bearer();
  if (key.empty()) return says(error(401, "no api key supplied"));
  if (!visit.takes(key)) return says(error(401, "invalid api token"));
  if (visit.is("GET", "/v1/models")) return says(list(visit));
  for (const Door& door : doors) {
    if (!visit.is("POST", door.path)) continue;
    if (!visit.is_json) return says(error(400, "invalid JSON"));
    const std::string fault = door.fault(visit.body);
    if (!fault.empty()) {
      return says(error(400, "invalid request: " + fault));
    }
    return {
        .question = {.endpoint = door.endpoint,
                     .model =
                         std::string(visit.body.text("/model").value_or("")),
                     .streamed = visit.body.truth("/stream").value_or(false)},
        .reply = std::nullopt};
  }
  return says(error(404, "page not found"));
}

constexpr Vendor vendor{"cohere", hear, unknown};

}  // namespace

std::span<const Vendor> cohere_vendors() {
  return {&vendor, 1};
}

}  // namespace demo
