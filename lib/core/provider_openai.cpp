#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "core/provider.h"

namespace core {

namespace {

using base::json::Document;
using base::json::quote;

std::string_view path_of(const Question& question) {
  switch (question.kind) {
    case Kind::responses: return "/responses";
    case Kind::embedding: return "/embeddings";
    case Kind::rerank: return "/rerank";
    case Kind::moderation: return "/moderations";
    default: return question.legacy ? "/completions" : "/chat/completions";
  }
}

std::string limit_of(const Question& question) {
  switch (question.limit) {
    case TokenLimit::none: return "";
    case TokenLimit::max_completion_tokens:
      return fmt::format(R"(,"max_completion_tokens":{})", question.max_tokens);
    case TokenLimit::max_tokens: break;
  }
  return fmt::format(R"(,"max_tokens":{})", question.max_tokens);
}

std::string chat_body(const Question& question) {
  const std::string prompt = quote(question.prompt);
  std::string body =
      question.legacy
          ? fmt::format(R"({{"model":{},"prompt":{})", quote(question.model),
                        prompt)
          : fmt::format(
                R"({{"model":{},"messages":[{{"role":"user","content":{}}}])",
                quote(question.model), prompt);
  body += limit_of(question);
  if (question.stream) {
    body += R"(,"stream":true)";
    if (question.stream_options) {
      body += R"(,"stream_options":{"include_usage":true})";
    }
  }
  return body + '}';
}

std::string responses_body(const Question& question) {
  std::string body =
      fmt::format(R"({{"model":{},"input":[{{"role":"user","content":{}}}])",
                  quote(question.model), quote(question.prompt));
  if (question.limit != TokenLimit::none) {
    body += fmt::format(R"(,"max_output_tokens":{})", question.max_tokens);
  }
  if (question.stream) body += R"(,"stream":true)";
  return body + '}';
}

std::string body_of(const Question& question) {
  const std::string model = quote(question.model);
  switch (question.kind) {
    case Kind::responses: return responses_body(question);
    case Kind::embedding:
      return fmt::format(R"({{"model":{},"input":["hello world"]}})", model);
    case Kind::rerank:
      return fmt::format(
          R"({{"model":{},"query":"hello","documents":["hello world","good night"],"top_n":2}})",
          model);
    case Kind::moderation:
      return fmt::format(R"({{"model":{},"input":"hello"}})", model);
    default: return chat_body(question);
  }
}

void replace_header(base::http::Headers& headers, const std::string& name,
                    const std::string& value) {
  std::erase_if(headers, [&](const auto& header) {
    return base::same_but_for_case(header.first, name);
  });
  headers.emplace_back(name, value);
}

base::http::Request request_to(const Endpoint& endpoint,
                               const base::Secret& key, std::string_view path) {
  base::http::Request request;
  request.url = fmt::format("{}{}{}", endpoint.base, endpoint.prefix, path);
  for (const auto& [name, value] : endpoint.first_headers) {
    replace_header(request.headers, name, value.reveal());
  }
  replace_header(request.headers, "Authorization", "Bearer " + key.reveal());
  if (!endpoint.organization.empty()) {
    replace_header(request.headers, "OpenAI-Organization",
                   endpoint.organization);
  }
  request.proxy = endpoint.proxy;
  request.http1 = endpoint.http1;
  return request;
}

void finish_headers(base::http::Request& request, const Endpoint& endpoint,
                    const base::Secret& key) {
  for (const auto& [name, value] : endpoint.last_headers) {
    std::string text = value.reveal();
    for (auto at = text.find("{api_key}"); at != std::string::npos;
         at = text.find("{api_key}", at + key.reveal().size())) {
      text.replace(at, 9, key.reveal());
    }
    replace_header(request.headers, name, text);
  }
}

bool has_finished(const Document& text) {
  return !text.text("/choices/0/finish_reason").value_or("").empty();
}

bool has_choice(const Document& text) {
  return text.is_object("/choices/0/message") ||
         text.text("/choices/0/text").has_value() ||
         text.is_object("/choices/0/delta") || has_finished(text);
}

bool says_something(const Document& event) {
  for (const auto* part :
       {"/choices/0/delta/content", "/choices/0/delta/reasoning_content",
        "/choices/0/delta/reasoning", "/choices/0/text"}) {
    if (!event.text(part).value_or("").empty()) return true;
  }
  return event.size("/choices/0/delta/tool_calls") > 0;
}

void read_usage(const Document& text, std::string_view at, Reading& reading) {
  const std::string path(at);
  for (const auto* name : {"/completion_tokens", "/output_tokens"}) {
    if (const auto count = text.number(path + name)) {
      reading.completion_tokens = *count;
    }
  }
  if (const auto count = text.number(path + "/total_tokens")) {
    reading.total_tokens = *count;
  }
}

void read_chat(const Document& text, bool is_event, Reading& reading) {
  if (text.is_object("/usage")) {
    read_usage(text, "/usage", reading);
    reading.evidence = true;
    // The usage comes last, but for vendors that send one with every event.
    reading.complete =
        is_event && (text.size("/choices") == 0 || has_finished(text));
  }
  if (is_event && says_something(text)) {
    reading.evidence = true;
    reading.spoke = true;
  }
  if (is_event ? has_finished(text) : has_choice(text)) {
    reading.evidence = true;
  }
}

void read_response_event(const Document& event, Reading& reading) {
  const std::string_view type = event.text("/type").value_or("");
  if (type.ends_with(".delta") && !event.text("/delta").value_or("").empty()) {
    reading.evidence = true;
    reading.spoke = true;
  }
  if (type == "response.completed" || type == "response.incomplete") {
    read_usage(event, "/response/usage", reading);
    reading.evidence = true;
    reading.complete = true;
  }
  if (type == "response.failed" && !reading.evidence) {
    reading.failed = true;
    reading.error =
        fmt::format("{} {}", event.text("/response/error/code").value_or(""),
                    event.text("/response/error/message").value_or(""));
  }
}

void read_response(const Document& text, Reading& reading) {
  if (text.size("/output") > 0 ||
      text.text("/status").value_or("") == "incomplete" ||
      text.is_object("/usage")) {
    reading.evidence = true;
  }
  read_usage(text, "/usage", reading);
}

bool has_vector(const Document& text) {
  return text.size("/data/0/embedding") > 0 ||
         !text.text("/data/0/embedding").value_or("").empty() ||
         text.size("/embeddings/0") > 0;
}

bool has_ranking(const Document& text) {
  return text.real("/results/0/relevance_score").has_value() ||
         text.number("/results/0/index").has_value() ||
         text.real("/data/0/relevance_score").has_value();
}

// Some relays put an empty "error" into what is none.
bool has_error(const Document& text, bool is_event) {
  for (const auto* at : {"/error", "/0/error"}) {
    if (text.size(at) > 0 || !text.text(at).value_or("").empty()) return true;
  }
  return is_event && text.text("/type").value_or("") == "error";
}

// Whether an event is one of those that an answer consists of.
bool is_part_of_answer(const Document& event) {
  return event.is_array("/choices") ||
         event.text("/type").value_or("").starts_with("response.");
}

class Openai final : public Provider {
 public:
  std::string_view name() const override { return "openai"; }

  bool can(Kind kind) const override { return !is_expensive(kind); }

  base::http::Request list_request(const Endpoint& endpoint,
                                   const base::Secret& key,
                                   std::string_view cursor) const override {
    auto request = request_to(endpoint, key, "/models");
    if (!cursor.empty()) {
      // OpenAI calls it "after", relays of Anthropic "after_id".
      request.url +=
          fmt::format("?after={0}&after_id={0}", base::percent_encoded(cursor));
    }
    finish_headers(request, endpoint, key);
    return request;
  }

  ListPage read_list(const Document& page) const override {
    ListPage list;
    list.ids = page.texts(page.is_array("") ? "" : "/data", "id");
    if (page.truth("/has_more").value_or(false)) {
      list.next = page.text("/last_id").value_or("");
      if (list.next.empty() && !list.ids.empty()) list.next = list.ids.back();
    }
    return list;
  }

  base::http::Request probe_request(const Endpoint& endpoint,
                                    const base::Secret& key,
                                    const Question& question) const override {
    auto request = request_to(endpoint, key, path_of(question));
    request.method = "POST";
    replace_header(request.headers, "Content-Type", "application/json");
    request.body = body_of(question);
    if (!endpoint.body_edits.empty()) {
      request.body = edited(request.body, endpoint.body_edits);
    }
    finish_headers(request, endpoint, key);
    return request;
  }

  void read(const Document& text, const Question& question, bool is_event,
            Reading& reading) const override {
    if (!reading.evidence && has_error(text, is_event)) {
      reading.failed = true;
      reading.error = error_in(text);
      return;
    }
    switch (question.kind) {
      case Kind::responses:
        if (is_event) {
          read_response_event(text, reading);
        } else {
          read_response(text, reading);
        }
        break;
      case Kind::embedding:
        reading.evidence = has_vector(text);
        read_usage(text, "/usage", reading);
        break;
      case Kind::rerank: reading.evidence = has_ranking(text); break;
      case Kind::moderation:
        reading.evidence = text.truth("/results/0/flagged").has_value() ||
                           text.is_object("/results/0/categories");
        break;
      default: read_chat(text, is_event, reading); break;
    }
    if (!reading.evidence && !(is_event && is_part_of_answer(text))) {
      std::string error = error_in(text);
      if (!error.empty()) reading.error = std::move(error);
    }
  }
};

}  // namespace

const Provider& openai_provider() {
  static const Openai provider;
  return provider;
}

namespace {

// Puts `part` behind what was said before.
void add_to(std::string& error, std::string_view part) {
  if (part.empty()) return;
  if (!error.empty()) error += ' ';
  error += part;
}

// Google tells in details which limit it was and when it is over.
void add_details(const Document& text, const std::string& at,
                 std::string& error) {
  constexpr std::size_t most = 8;
  for (std::size_t i = 0; i < std::min(most, text.size(at)); ++i) {
    const std::string detail = fmt::format("{}/{}", at, i);
    add_to(error, text.text(detail + "/reason").value_or(""));
    const std::string violations = detail + "/violations";
    for (std::size_t j = 0; j < std::min(most, text.size(violations)); ++j) {
      add_to(
          error,
          text.text(fmt::format("{}/{}/quotaId", violations, j)).value_or(""));
    }
    if (const auto delay = text.text(detail + "/retryDelay")) {
      add_to(error, "retryDelay");
      add_to(error, *delay);
    }
  }
}

}  // namespace

std::string error_in(const Document& text) {
  std::string error;
  // Gemini's OpenAI-compatible answers have the error in an array.
  const std::string root = text.is_array("") ? "/0" : "";
  for (const auto* at : {"/error",
                         "/error/code",
                         "/error/type",
                         "/error/status",
                         "/error/param",
                         "/error/message",
                         "/error/metadata/raw",
                         "/code",
                         "/type",
                         "/message",
                         "/msg",
                         "/detail",
                         "/detail/0/msg",
                         "/errors/message",
                         "/errors/0/message",
                         "/error_code",
                         "/error_msg",
                         "/base_resp/status_msg",
                         "/errorMessage",
                         "/error_description"}) {
    add_to(error, text.text(root + at).value_or(""));
  }
  add_details(text, root + "/error/details", error);
  for (const auto* at : {"/error/code", "/code", "/base_resp/status_code"}) {
    if (const auto number = text.number(root + at)) {
      add_to(error, std::to_string(*number));
    }
  }
  return error;
}

}  // namespace core
