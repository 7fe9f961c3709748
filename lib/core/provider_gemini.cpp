#include "core/provider_gemini.h"

#include <fmt/format.h>

#include "base/text.h"
#include "core/channel.h"
#include "core/product.h"
#include "core/provider_openai.h"
#include "core/providers.h"

namespace core {

namespace {

using base::json::Document;
using base::json::quote;

// The version of the API: the channel's own, else by product and model
// (contract 5.4).
std::string version_for(const Endpoint& endpoint, std::string_view model) {
  const std::string_view own = endpoint.noted("version");
  if (!own.empty()) return std::string(own);
  if (endpoint.product == Product::oneapi) {
    const bool beta = model.find("gemini-2.0") != std::string_view::npos ||
                      model.find("gemini-1.5") != std::string_view::npos;
    return beta ? "v1beta" : "v1";
  }
  const bool first =
      endpoint.product == Product::newapi && model == "gemini-1.0-pro";
  return first ? "v1" : "v1beta";
}

// one-api has the version in `config`, older rows in `other`; one-hub in
// `other`.
std::string version_of(const Channel& channel, const Schema& schema) {
  if (schema.product == Product::newapi) return {};
  Document config;
  if (schema.product == Product::oneapi && config.parse(channel.config)) {
    const auto version = config.text("/api_version").value_or("");
    if (!version.empty()) return std::string(version);
  }
  return std::string(base::trimmed(channel.other));
}

// https://ai.google.dev/api
class Gemini final : public Provider {
 public:
  std::string_view name() const override { return "gemini"; }

  // one-hub has no embeddings there.
  bool can(const Endpoint& endpoint, Kind kind) const override {
    return kind == Kind::chat || kind == Kind::image ||
           (kind == Kind::embedding && endpoint.product != Product::onehub);
  }

  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override {
    endpoint.prefix = "/v1beta";
    if (auto version = version_of(channel, schema); !version.empty()) {
      endpoint.notes["version"] = std::move(version);
    }
    Document plugin;
    const bool has_plugin =
        schema.product == Product::onehub && plugin.parse(channel.plugin);
    if (has_plugin && plugin.truth("/use_openai_api/enable").value_or(false)) {
      endpoint.notes["openai"] = "yes";
    }
    if (has_plugin && plugin.truth("/code_execution/enable").value_or(false)) {
      endpoint.body_edits.push_back({.path = {"tools"},
                                     .value = R"([{"codeExecution":{}}])",
                                     .keep_existing = true});
    }
    return {};
  }

  ListPage read_list(const Document& page,
                     const Endpoint& endpoint) const override;

  void read(const Document& text, const Question& question, bool is_event,
            Reading& reading) const override {
    // One that was asked in OpenAI's way answers so; each is told from the
    // other by its first member.
    if (text.is_array("/choices") || text.is_array("/data")) {
      return openai_provider().read(text, question, is_event, reading);
    }
    read_gemini(text, question, is_event, reading);
  }

  std::string_view usual_end() const override { return "/models"; }

 protected:
  void ask_list(const Asking& asking, std::string_view cursor,
                std::size_t /*place*/,
                base::http::Request& request) const override {
    request.url =
        asking.endpoint.base + asking.endpoint.prefix + "/models?pageSize=1000";
    if (!cursor.empty()) {
      request.url += "&pageToken=" + base::percent_encoded(cursor);
    }
    set_header(request, "x-goog-api-key", asking.key.reveal());
  }

  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    const Endpoint& endpoint = asking.endpoint;
    const std::string version = version_for(endpoint, question.model);
    if (question.kind == Kind::chat && !endpoint.noted("openai").empty()) {
      return ask_as_openai(asking, question, endpoint.base + '/' + version,
                           request);
    }
    request.url = fmt::format("{}/{}/models/{}{}", endpoint.base, version,
                              question.model, gemini_action(question));
    set_header(request, "x-goog-api-key", asking.key.reveal());
    set_json(request, gemini_body(question));
  }
};

ListPage Gemini::read_list(const Document& page,
                           const Endpoint& endpoint) const {
  // A relay may have but OpenAI's list.
  if (page.is_array("/data")) return Provider::read_list(page, endpoint);
  ListPage list;
  const bool chat_only = endpoint.product == Product::onehub;
  for (std::size_t i = 0; i < page.size("/models"); ++i) {
    const std::string at = fmt::format("/models/{}", i);
    const auto name = page.text(at + "/name");
    if (!name) continue;
    const auto methods = page.texts(at + "/supportedGenerationMethods", "");
    const bool chats =
        methods.empty() || std::find(methods.begin(), methods.end(),
                                     "generateContent") != methods.end();
    if (chat_only && !chats) continue;
    list.ids.emplace_back(name->starts_with("models/") ? name->substr(7)
                                                       : *name);
  }
  list.next = page.text("/nextPageToken").value_or("");
  return list;
}

}  // namespace

bool is_imagen(std::string_view model) {
  return model.starts_with("imagen");
}

std::string gemini_action(const Question& question) {
  if (question.kind == Kind::embedding) return ":batchEmbedContents";
  if (question.kind == Kind::image && is_imagen(question.model)) {
    return ":predict";
  }
  return question.streams() ? ":streamGenerateContent?alt=sse"
                            : ":generateContent";
}

std::string gemini_body(const Question& question) {
  if (question.kind == Kind::embedding) {
    return fmt::format(
        R"({{"requests":[{{"model":{},"content":{{"parts":[{{"text":"hello world"}}]}}}}]}})",
        quote("models/" + question.model));
  }
  if (question.kind == Kind::image && is_imagen(question.model)) {
    return R"({"instances":[{"prompt":"a red dot"}],"parameters":{"sampleCount":1}})";
  }
  const bool draws = question.kind == Kind::image;
  std::string body = fmt::format(
      R"({{"contents":[{{"role":"user","parts":[{{"text":{}}}]}}])",
      quote(draws ? std::string_view("a red dot") : question.prompt));
  if (draws) {
    body += R"(,"generationConfig":{"responseModalities":["TEXT","IMAGE"]})";
  } else if (question.limit != TokenLimit::none) {
    body += fmt::format(R"(,"generationConfig":{{"maxOutputTokens":{}}})",
                        question.max_tokens);
  }
  return body + '}';
}

namespace {

void read_candidate(const Document& text, bool is_event, Reading& reading) {
  // A stream that was not asked to be one of events is an array.
  const std::string root = text.is_array("") ? "/0" : "";
  const std::string first = root + "/candidates/0";
  const bool finished =
      !text.text(first + "/finishReason").value_or("").empty();
  const bool spoke = text.size(first + "/content/parts") > 0;
  if (spoke) reading.spoke = is_event;
  reading.evidence |= spoke || finished ||
                      text.is_object(root + "/promptFeedback") ||
                      text.is_object(root + "/usageMetadata");
  const auto count = [&](const char* name, std::int64_t& tokens) {
    tokens = tokens_in(text, root + "/usageMetadata/" + name).value_or(tokens);
  };
  count("candidatesTokenCount", reading.completion_tokens);
  count("totalTokenCount", reading.total_tokens);
  reading.complete |= is_event && finished;
}

}  // namespace

void read_gemini(const Document& text, const Question& question, bool is_event,
                 Reading& reading) {
  if (read_error(text, is_event, reading)) return;
  if (question.kind == Kind::embedding) {
    reading.evidence =
        has_number(text, {"/embedding/values/0", "/embeddings/0/values/0"});
  } else if (question.kind == Kind::image) {
    reading.evidence |=
        text.size("/predictions") > 0 || text.size("/candidates") > 0;
  } else {
    read_candidate(text, is_event, reading);
  }
  if (!reading.evidence) reading.error = error_in(text);
}

const Provider& gemini_provider() {
  static const Gemini provider;
  return provider;
}

}  // namespace core
