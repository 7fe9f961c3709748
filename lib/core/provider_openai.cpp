#include "core/provider_openai.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "core/channel_type.h"
#include "core/media.h"
#include "core/product.h"
#include "core/providers.h"

namespace core {

namespace {

using base::json::Document;
using base::json::quote;

// The research that only the newer protocol has; others sell theirs as chat.
bool is_of_responses(std::string_view model) {
  const std::string lower = base::lower(model);
  const std::string_view last =
      std::string_view(lower).substr(lower.rfind('/') + 1);
  return last.find("deep-research") != std::string_view::npos ||
         last.starts_with("o1-pro") || last.starts_with("o3-pro");
}

// The protocol in which a question is asked.
Kind protocol_of(const Question& question) {
  if (question.kind != Kind::research) return question.kind;
  return is_of_responses(question.model) ? Kind::responses : Kind::chat;
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
  if (question.kind == Kind::research) {
    body += R"(,"tools":[{"type":"web_search_preview"}])";
  }
  if (question.stream) body += R"(,"stream":true)";
  return body + '}';
}

std::string body_of(const Question& question) {
  const std::string model = quote(question.model);
  switch (protocol_of(question)) {
    case Kind::responses: return responses_body(question);
    case Kind::embedding:
      return fmt::format(R"({{"model":{},"input":["hello world"]}})", model);
    case Kind::rerank:
      return fmt::format(
          R"({{"model":{},"query":"hello","documents":["hello world","good night"],"top_n":2}})",
          model);
    case Kind::moderation:
      return fmt::format(R"({{"model":{},"input":"hello"}})", model);
    case Kind::image:
      return fmt::format(
          R"({{"model":{},"prompt":"a red dot","n":1,"size":"1024x1024"}})",
          model);
    case Kind::speech:
      return fmt::format(R"({{"model":{},"input":"hi","voice":"alloy"}})",
                         model);
    case Kind::video:
      return fmt::format(R"({{"model":{},"prompt":"a red dot","seconds":"4"}})",
                         model);
    default: return chat_body(question);
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

// OpenRouter tells of who is behind it in the choice.
bool read_error_of_choice(const Document& text, Reading& reading) {
  const bool failed = text.size("/choices/0/error") > 0 ||
                      text.text("/choices/0/finish_reason") == "error";
  if (reading.evidence || !failed) return false;
  reading.failed = true;
  reading.error = error_in(text, "/choices/0");
  return true;
}

// Whether it counts anything at all.
bool has_usage(const Document& text) {
  return tokens_in(text, "/usage/total_tokens").value_or(0) > 0 ||
         tokens_in(text, "/usage/completion_tokens").value_or(0) > 0 ||
         tokens_in(text, "/usage/output_tokens").value_or(0) > 0 ||
         tokens_in(text, "/usage/prompt_tokens").value_or(0) > 0 ||
         tokens_in(text, "/usage/input_tokens").value_or(0) > 0;
}

void read_chat(const Document& text, bool is_event, Reading& reading) {
  if (read_error_of_choice(text, reading)) return;
  if (has_usage(text)) {
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

void read_response(const Document& text, bool is_event, Reading& reading) {
  if (is_event) return read_response_event(text, reading);
  if (text.size("/output") > 0 ||
      text.text("/status").value_or("") == "incomplete" ||
      text.is_object("/usage")) {
    reading.evidence = true;
  }
  read_usage(text, "/usage", reading);
}

bool has_vector(const Document& text) {
  return has_number(text, {"/data/0/embedding/0", "/data/0/embedding/0/0",
                           "/data/embedding/0", "/embeddings/0/0"}) ||
         !text.text("/data/0/embedding").value_or("").empty();  // base64
}

bool has_ranking(const Document& text) {
  return text.real("/results/0/relevance_score").has_value() ||
         text.number("/results/0/index").has_value() ||
         text.real("/data/0/relevance_score").has_value() ||
         text.real("/output/results/0/relevance_score").has_value();
}

bool has_any_text(const Document& text,
                  std::initializer_list<const char*> places) {
  return std::any_of(places.begin(), places.end(), [&](const char* place) {
    return !text.text(place).value_or("").empty();
  });
}

bool has_image(const Document& text) {
  return has_any_text(text,
                      {"/data/0/url", "/data/0/b64_json", "/images/0/url"});
}

// A video is a task that somebody else has to wait for.
bool has_task(const Document& text) {
  return has_any_text(text, {"/id", "/task_id", "/request_id", "/data/task_id",
                             "/data/id", "/output/task_id"});
}

bool is_greeting(const Document& event) {
  return event.text("/type").value_or("").ends_with(".created");
}

// Whether an event is one of those that an answer consists of.
bool is_part_of_answer(const Document& event) {
  return event.is_array("/choices") ||
         event.text("/type").value_or("").starts_with("response.");
}

}  // namespace

bool OpenaiLike::can(const Endpoint& /*endpoint*/, Kind kind) const {
  switch (kind) {
    case Kind::chat:
    case Kind::research: return !dialect_.chat.empty();
    case Kind::responses: return !dialect_.responses.empty();
    case Kind::embedding: return !dialect_.embedding.empty();
    case Kind::rerank: return !dialect_.rerank.empty();
    case Kind::moderation: return !dialect_.moderation.empty();
    case Kind::image: return !dialect_.image.empty();
    case Kind::speech: return !dialect_.speech.empty();
    case Kind::transcription: return !dialect_.transcription.empty();
    case Kind::video: return !dialect_.video.empty();
    case Kind::realtime: return !dialect_.realtime.empty();
  }
  return false;
}

base::Sentence OpenaiLike::prepare(const Channel& channel, const Schema& schema,
                                   Endpoint& endpoint) const {
  endpoint.prefix = dialect_.prefix;
  if (const auto address = coding_plan(channel, schema); !address.empty()) {
    endpoint.base = address;
    endpoint.prefix.clear();
  } else if (endpoint.prefix == "/v1" &&
             endpoint.base.starts_with("https://gateway.ai.cloudflare.com")) {
    endpoint.prefix.clear();
  }
  return {};
}

std::size_t OpenaiLike::list_places(const Endpoint& /*endpoint*/) const {
  return dialect_.list.empty() ? 0 : 1;
}

void OpenaiLike::ask_list(const Asking& asking, std::string_view cursor,
                          std::size_t /*place*/,
                          base::http::Request& request) const {
  const Endpoint& endpoint = asking.endpoint;
  request.url = endpoint.base + endpoint.prefix + std::string(dialect_.list);
  if (!cursor.empty()) {
    // OpenAI calls it "after", relays of Anthropic "after_id".
    request.url +=
        fmt::format("?after={0}&after_id={0}", base::percent_encoded(cursor));
  }
  authorize(asking, request);
}

std::string OpenaiLike::path_of(const Question& question) const {
  switch (protocol_of(question)) {
    case Kind::responses: return std::string(dialect_.responses);
    case Kind::embedding: return std::string(dialect_.embedding);
    case Kind::rerank: return std::string(dialect_.rerank);
    case Kind::moderation: return std::string(dialect_.moderation);
    case Kind::image: return std::string(dialect_.image);
    case Kind::speech: return std::string(dialect_.speech);
    case Kind::transcription: return std::string(dialect_.transcription);
    case Kind::video: return std::string(dialect_.video);
    case Kind::realtime:
      return fmt::format("{}?model={}", dialect_.realtime,
                         base::percent_encoded(question.model));
    default:
      return question.legacy ? "/completions" : std::string(dialect_.chat);
  }
}

void OpenaiLike::ask(const Asking& asking, const Question& question,
                     base::http::Request& request) const {
  const Endpoint& endpoint = asking.endpoint;
  request.url = endpoint.base + endpoint.prefix + path_of(question);
  authorize(asking, request);
  fill(question, request);
}

void OpenaiLike::fill(const Question& question, base::http::Request& request) {
  switch (question.kind) {
    case Kind::realtime:
      // OpenAI refuses it for all but the models of the beta by now.
      if (question.model.find("-realtime-preview") != std::string::npos) {
        set_header(request, "OpenAI-Beta", "realtime=v1");
      }
      return begin_websocket(request);
    case Kind::transcription: return attach_recording(question.model, request);
    default: return set_json(request, body_of(question));
  }
}

void OpenaiLike::authorize(const Asking& asking,
                           base::http::Request& request) const {
  set_bearer(request, asking.key);
  if (!asking.endpoint.organization.empty()) {
    set_header(request, "OpenAI-Organization", asking.endpoint.organization);
  }
}

void OpenaiLike::read(const Document& text, const Question& question,
                      bool is_event, Reading& reading) const {
  if (read_error(text, is_event, reading)) return;
  switch (protocol_of(question)) {
    case Kind::responses: read_response(text, is_event, reading); break;
    case Kind::embedding:
      reading.evidence = has_vector(text);
      read_usage(text, "/usage", reading);
      break;
    case Kind::rerank: reading.evidence = has_ranking(text); break;
    case Kind::moderation:
      reading.evidence = text.truth("/results/0/flagged").has_value() ||
                         text.is_object("/results/0/categories");
      break;
    case Kind::image: reading.evidence |= has_image(text); break;
    case Kind::speech: break;  // what is JSON is no sound
    case Kind::transcription:
      reading.evidence = text.text("/text").has_value();
      break;
    case Kind::video: reading.evidence = has_task(text); break;
    case Kind::realtime:
      reading.evidence |= is_greeting(text);
      reading.complete |= reading.evidence;
      break;
    default: read_chat(text, is_event, reading); break;
  }
  if (!reading.evidence && !(is_event && is_part_of_answer(text))) {
    std::string error = error_in(text);
    if (!error.empty()) reading.error = std::move(error);
  }
}

namespace {

// The number under which one-hub lets an administrator lay a kind to a path of
// his own, in `plugin` of channels of its custom type.
std::string_view mode_of(const Question& question) {
  switch (question.kind) {
    case Kind::responses: return "16";
    case Kind::embedding: return "3";
    case Kind::moderation: return "4";
    case Kind::image: return "5";
    case Kind::speech: return "9";
    case Kind::transcription: return "10";
    case Kind::chat:
    case Kind::research: return question.legacy ? "2" : "1";
    default: return {};
  }
}

class Openai final : public OpenaiLike {
 public:
  Openai()
      : OpenaiLike({.name = "openai",
                    .moderation = "/moderations",
                    .image = "/images/generations",
                    .speech = "/audio/speech",
                    .transcription = "/audio/transcriptions",
                    .video = "/videos",
                    .realtime = "/realtime"}) {}

  bool can(const Endpoint& endpoint, Kind kind) const override {
    return endpoint.noted(mode_of({.kind = kind})) != "disable" &&
           OpenaiLike::can(endpoint, kind);
  }

  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override {
    constexpr std::int64_t onehub_custom = 8;
    Document plugin;
    if (schema.product == Product::onehub && channel.type == onehub_custom &&
        plugin.parse(channel.plugin)) {
      for (const auto& [mode, path] :
           plugin.strings("/customize")
               .value_or(std::vector<std::pair<std::string, std::string>>())) {
        if (!path.empty()) endpoint.notes[mode] = path;
      }
    }
    return OpenaiLike::prepare(channel, schema, endpoint);
  }

 protected:
  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    OpenaiLike::ask(asking, question, request);
    const auto path = asking.endpoint.noted(mode_of(question));
    if (!path.empty()) {
      request.url = asking.endpoint.base + std::string(path);
    }
  }
};

}  // namespace

const Provider& openai_provider() {
  static const Openai provider;
  return provider;
}

void ask_as_openai(const Asking& asking, const Question& question,
                   std::string base, base::http::Request& request) {
  Endpoint other = asking.endpoint;
  other.base = std::move(base);
  other.prefix.clear();
  // Whoever lets it be asked makes the edits, and adds the headers.
  other.body_edits.clear();
  other.last_headers.clear();
  request = openai_provider().probe_request(
      {.endpoint = other, .key = asking.key}, question);
}

}  // namespace core
