#include <fmt/format.h>

#include "base/text.h"
#include "core/channel.h"
#include "core/product.h"
#include "core/provider.h"
#include "core/providers.h"

namespace core {

namespace {

using base::json::Document;
using base::json::quote;

// https://github.com/ollama/ollama/blob/main/docs/api.md
class Ollama final : public Provider {
 public:
  std::string_view name() const override { return "ollama"; }

  bool can(const Endpoint& /*endpoint*/, Kind kind) const override {
    return kind == Kind::chat || kind == Kind::embedding;
  }

  // new-api took Ollama's imitation of OpenAI until the middle of 2025.
  base::Sentence prepare(const Channel& /*channel*/, const Schema& schema,
                         Endpoint& endpoint) const override {
    if (schema.product == Product::newapi && !schema.has_channel_info()) {
      endpoint.notes["openai"] = "yes";
    }
    return {};
  }

  ListPage read_list(const Document& page,
                     const Endpoint& endpoint) const override {
    const bool by_model = endpoint.product == Product::onehub;
    ListPage list{.ids = page.texts("/models", by_model ? "model" : "name")};
    if (list.ids.empty()) list.ids = page.texts("/models", "name");
    return list;
  }

  Framing framing(const Question& question) const override {
    return question.streams() ? Framing::lines : Framing::text;
  }

  void read(const Document& text, const Question& question, bool is_event,
            Reading& reading) const override;

 protected:
  void ask_list(const Asking& asking, std::string_view /*cursor*/,
                std::size_t /*place*/,
                base::http::Request& request) const override {
    request.url = asking.endpoint.base + "/api/tags";
    authorize(asking, request);
  }

  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override;

 private:
  static void authorize(const Asking& asking, base::http::Request& request) {
    if (!asking.key.reveal().empty()) set_bearer(request, asking.key);
  }
};

void Ollama::ask(const Asking& asking, const Question& question,
                 base::http::Request& request) const {
  const Endpoint& endpoint = asking.endpoint;
  authorize(asking, request);
  if (question.kind == Kind::embedding) {
    request.url = endpoint.base + "/api/embed";
    return set_json(request,
                    fmt::format(R"({{"model":{},"input":["hello world"]}})",
                                quote(question.model)));
  }
  const bool openai = !endpoint.noted("openai").empty();
  request.url = endpoint.base + (openai ? "/v1/chat/completions" : "/api/chat");
  std::string limit;
  if (openai && question.limit != TokenLimit::none) {
    limit = fmt::format(R"(,"max_tokens":{})", question.max_tokens);
  } else if (question.limit != TokenLimit::none) {
    limit =
        fmt::format(R"(,"options":{{"num_predict":{}}})", question.max_tokens);
  }
  set_json(
      request,
      fmt::format(
          R"({{"model":{},"messages":[{{"role":"user","content":{}}}],"stream":{}{}}})",
          quote(question.model), quote(question.prompt), question.stream,
          limit));
}

void Ollama::read(const Document& text, const Question& question, bool is_event,
                  Reading& reading) const {
  if (text.is_array("/choices")) {
    return openai_provider().read(text, question, is_event, reading);
  }
  if (read_error(text, is_event, reading)) return;
  if (question.kind == Kind::embedding) {
    reading.evidence = has_number(text, {"/embeddings/0/0", "/embedding/0"});
  } else {
    for (const auto* part : {"/message/content", "/message/thinking"}) {
      if (text.text(part).value_or("").empty()) continue;
      reading.evidence = true;
      reading.spoke = is_event;
    }
    reading.evidence |= text.size("/message/tool_calls") > 0;
    if (text.truth("/done").value_or(false)) {
      reading.evidence |= text.is_object("/message");
      reading.completion_tokens = tokens_in(text, "/eval_count").value_or(0);
      reading.total_tokens = reading.completion_tokens +
                             tokens_in(text, "/prompt_eval_count").value_or(0);
      reading.complete = true;
    }
  }
  if (!reading.evidence && !text.is_object("/message")) {
    reading.error = error_in(text);
  }
}

}  // namespace

const Provider& ollama_provider() {
  static const Ollama provider;
  return provider;
}

}  // namespace core
