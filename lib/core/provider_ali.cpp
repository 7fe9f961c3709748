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

// Models that also see or hear have an address of their own.
bool is_multimodal(const Endpoint& endpoint, std::string_view model) {
  return endpoint.product == Product::onehub && model.starts_with("qwen-vl");
}

// DashScope's own protocol, which one-api and one-hub speak:
// https://help.aliyun.com/zh/model-studio/qwen-api-reference
class Ali final : public Provider {
 public:
  std::string_view name() const override { return "ali"; }

  // one-api's and one-hub's have no ranking.
  bool can(const Endpoint& /*endpoint*/, Kind kind) const override {
    return kind == Kind::chat || kind == Kind::embedding;
  }

  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override {
    std::string plugin(base::trimmed(channel.other));
    Document columns;
    if (schema.product == Product::oneapi && columns.parse(channel.config)) {
      plugin = columns.text("/plugin").value_or(plugin);
    }
    endpoint.notes["plugin"] = plugin;
    if (schema.product == Product::onehub && columns.parse(channel.plugin) &&
        columns.truth("/use_openai_api/enable").value_or(false)) {
      endpoint.notes["openai"] = "yes";
    }
    return {};
  }

  void read(const Document& text, const Question& question, bool is_event,
            Reading& reading) const override;

 protected:
  void ask_list(const Asking& asking, std::string_view /*cursor*/,
                std::size_t /*place*/,
                base::http::Request& request) const override {
    const bool whole = asking.endpoint.base.ends_with("/compatible-mode");
    request.url = asking.endpoint.base +
                  (whole ? "/v1/models" : "/compatible-mode/v1/models");
    set_bearer(request, asking.key);
  }

  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override;
};

void Ali::ask(const Asking& asking, const Question& question,
              base::http::Request& request) const {
  const Endpoint& endpoint = asking.endpoint;
  if (!endpoint.noted("openai").empty()) {
    const bool whole = endpoint.base.ends_with("/compatible-mode");
    return ask_as_openai(
        asking, question,
        endpoint.base + (whole ? "/v1" : "/compatible-mode/v1"), request);
  }
  set_bearer(request, asking.key);
  if (const auto plugin = endpoint.noted("plugin"); !plugin.empty()) {
    set_header(request, "X-DashScope-Plugin", plugin);
  }
  const std::string model = quote(question.model);
  if (question.kind == Kind::embedding) {
    request.url = endpoint.base +
                  "/api/v1/services/embeddings/text-embedding/text-embedding";
    return set_json(
        request,
        fmt::format(R"({{"model":{},"input":{{"texts":["hello world"]}}}})",
                    model));
  }
  const bool seeing = is_multimodal(endpoint, question.model);
  request.url = endpoint.base +
                (seeing ? "/api/v1/services/aigc/multimodal-generation/"
                        : "/api/v1/services/aigc/text-generation/") +
                "generation";
  std::string parameters = R"("result_format":"message")";
  if (question.limit != TokenLimit::none) {
    parameters += fmt::format(R"(,"max_tokens":{})", question.max_tokens);
  }
  if (question.stream) {
    set_header(request, "Accept", "text/event-stream");
    set_header(request, "X-DashScope-SSE", "enable");
    parameters += R"(,"incremental_output":true)";
  }
  const std::string prompt = quote(question.prompt);
  set_json(
      request,
      fmt::format(
          R"({{"model":{},"input":{{"messages":[{{"role":"user","content":{}}}]}},"parameters":{{{}}}}})",
          model, seeing ? fmt::format(R"([{{"text":{}}}])", prompt) : prompt,
          parameters));
}

void read_chat(const Document& text, bool is_event, Reading& reading) {
  for (const auto* part :
       {"/output/choices/0/message/content",
        "/output/choices/0/message/reasoning_content", "/output/text"}) {
    if (text.text(part).value_or("").empty() && text.size(part) == 0) continue;
    reading.evidence = true;
    reading.spoke |= is_event;
  }
  for (const auto* reason :
       {"/output/choices/0/finish_reason", "/output/finish_reason"}) {
    const std::string_view why = text.text(reason).value_or("");
    if (why.empty() || why == "null") continue;
    reading.evidence = true;
    reading.complete |= is_event;
  }
}

void Ali::read(const Document& text, const Question& question, bool is_event,
               Reading& reading) const {
  if (text.is_array("/choices") || text.is_array("/data")) {
    return openai_provider().read(text, question, is_event, reading);
  }
  if (read_error(text, is_event, reading)) return;
  const bool refuses = !text.text("/code").value_or("").empty();
  if (refuses && !reading.evidence) {
    reading.failed = true;
  } else if (question.kind == Kind::embedding) {
    reading.evidence = has_number(text, {"/output/embeddings/0/embedding/0"});
  } else {
    read_chat(text, is_event, reading);
  }
  read_usage(text, "/usage", reading);
  if (!reading.evidence && (refuses || !is_event)) {
    reading.error = error_in(text);
  }
}

}  // namespace

const Provider& ali_provider() {
  static const Ali provider;
  return provider;
}

}  // namespace core
