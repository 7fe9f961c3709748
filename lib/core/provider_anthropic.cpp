#include "core/provider_anthropic.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "core/channel.h"
#include "core/product.h"
#include "core/providers.h"

namespace core {

namespace {

using base::json::Document;
using base::json::quote;

void count_tokens(const Document& text, const std::string& at,
                  Reading& reading) {
  const auto output = tokens_in(text, at + "/output_tokens");
  if (output) reading.completion_tokens = *output;
  if (const auto input = tokens_in(text, at + "/input_tokens")) {
    reading.total_tokens = *input + output.value_or(0);
  }
}

// https://docs.anthropic.com/en/api/messages
class Anthropic final : public Provider {
 public:
  std::string_view name() const override { return "anthropic"; }

  bool can(const Endpoint& /*endpoint*/, Kind kind) const override {
    return kind == Kind::chat;
  }

  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override {
    endpoint.prefix = "/v1";
    Document settings;
    if (schema.product == Product::newapi && settings.parse(channel.settings) &&
        settings.truth("/claude_beta_query").value_or(false)) {
      endpoint.notes["query"] = "?beta=true";
    }
    return {};
  }

  void read(const Document& text, const Question& /*question*/, bool is_event,
            Reading& reading) const override {
    read_anthropic(text, is_event, reading);
  }

  std::string_view usual_end() const override { return "/messages"; }

 protected:
  void ask_list(const Asking& asking, std::string_view cursor,
                std::size_t /*place*/,
                base::http::Request& request) const override {
    const Endpoint& endpoint = asking.endpoint;
    request.url = endpoint.base + endpoint.prefix + "/models?limit=1000";
    if (!cursor.empty()) {
      request.url += "&after_id=" + base::percent_encoded(cursor);
    }
    authorize(asking, request);
  }

  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    const Endpoint& endpoint = asking.endpoint;
    request.url = fmt::format("{}{}/messages{}", endpoint.base, endpoint.prefix,
                              endpoint.noted("query"));
    authorize(asking, request);
    set_json(request, anthropic_body(question));
  }

 private:
  static void authorize(const Asking& asking, base::http::Request& request) {
    set_header(request, "x-api-key", asking.key.reveal());
    set_header(request, "anthropic-version", "2023-06-01");
  }
};

}  // namespace

std::string anthropic_body(const Question& question, std::string_view version) {
  base::json::Writer writer;
  writer.begin_object();
  if (version.empty()) {
    writer.member("model", question.model);
  } else {
    writer.member("anthropic_version", version);
  }
  // The limit is no choice there.
  writer.member("max_tokens", question.max_tokens)
      .key("messages")
      .raw(fmt::format(R"([{{"role":"user","content":{}}}])",
                       quote(question.prompt)));
  if (question.stream) writer.member("stream", true);
  return writer.end_object().take();
}

namespace {

void read_event(const Document& event, std::string_view type,
                Reading& reading) {
  if (type == "message_start") {
    count_tokens(event, "/message/usage", reading);
  } else if (type == "content_block_delta") {
    for (const auto* part :
         {"/delta/text", "/delta/thinking", "/delta/partial_json"}) {
      if (event.text(part).value_or("").empty()) continue;
      reading.evidence = true;
      reading.spoke = true;
    }
  } else if (type == "message_delta") {
    if (!event.text("/delta/stop_reason").value_or("").empty()) {
      reading.evidence = true;
      reading.complete = true;
    }
    count_tokens(event, "/usage", reading);
  } else if (type == "message_stop") {
    reading.complete = true;
  }
}

}  // namespace

void read_anthropic(const Document& text, bool is_event, Reading& reading) {
  if (read_error(text, is_event, reading)) return;
  const std::string_view type = text.text("/type").value_or("");
  if (is_event && type != "message") return read_event(text, type, reading);
  reading.evidence = text.size("/content") > 0 ||
                     !text.text("/stop_reason").value_or("").empty();
  count_tokens(text, "/usage", reading);
  if (!reading.evidence) reading.error = error_in(text);
}

const Provider& anthropic_provider() {
  static const Anthropic provider;
  return provider;
}

}  // namespace core
