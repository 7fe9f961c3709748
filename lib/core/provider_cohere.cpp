#include <fmt/format.h>

#include "base/text.h"
#include "core/provider.h"
#include "core/providers.h"

namespace core {

namespace {

using base::json::Document;
using base::json::quote;

void count(const Document& text, std::string_view at, Reading& reading) {
  const std::string path(at);
  const auto output = tokens_in(text, path + "/output_tokens");
  const auto input = tokens_in(text, path + "/input_tokens");
  if (output) reading.completion_tokens = *output;
  if (output && input) reading.total_tokens = *input + *output;
}

// What both versions of its chat have in common: the list and the ranking.
class Cohere : public Provider {
 public:
  bool can(const Endpoint& /*endpoint*/, Kind kind) const override {
    return kind == Kind::chat || kind == Kind::rerank;
  }

  base::Sentence prepare(const Channel& /*channel*/, const Schema& /*schema*/,
                         Endpoint& endpoint) const override {
    endpoint.prefix = "/v1";
    return {};
  }

  ListPage read_list(const Document& page,
                     const Endpoint& endpoint) const override {
    if (!page.is_array("/models")) return Provider::read_list(page, endpoint);
    ListPage list;
    for (std::size_t i = 0; i < page.size("/models"); ++i) {
      const std::string at = fmt::format("/models/{}", i);
      const auto name = page.text(at + "/name");
      if (name && is_for_us(page.texts(at + "/endpoints", ""))) {
        list.ids.emplace_back(*name);
      }
    }
    list.next = page.text("/next_page_token").value_or("");
    return list;
  }

  void read(const Document& text, const Question& question, bool is_event,
            Reading& reading) const override {
    if (read_error(text, is_event, reading)) return;
    if (question.kind == Kind::rerank) {
      reading.evidence = text.real("/results/0/relevance_score").has_value();
    } else {
      read_chat(text, is_event, reading);
    }
    if (!reading.evidence && !is_event) reading.error = error_in(text);
  }

 protected:
  ~Cohere() = default;

  void ask_list(const Asking& asking, std::string_view cursor,
                std::size_t /*place*/,
                base::http::Request& request) const override {
    request.url = asking.endpoint.base + "/v1/models?page_size=1000";
    if (!cursor.empty()) {
      request.url += "&page_token=" + base::percent_encoded(cursor);
    }
    set_bearer(request, asking.key);
  }

  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    set_bearer(request, asking.key);
    if (question.kind == Kind::rerank) {
      request.url = asking.endpoint.base + "/v1/rerank";
      return set_json(
          request,
          fmt::format(
              R"({{"model":{},"query":"hello","documents":["hello world","good night"],"top_n":2}})",
              quote(question.model)));
    }
    ask_chat(asking, question, request);
  }

  virtual void ask_chat(const Asking& asking, const Question& question,
                        base::http::Request& request) const = 0;
  virtual void read_chat(const Document& text, bool is_event,
                         Reading& reading) const = 0;

  static std::string limit_of(const Question& question) {
    if (question.limit == TokenLimit::none) return {};
    return fmt::format(R"(,"max_tokens":{})", question.max_tokens);
  }

 private:
  static bool is_for_us(const std::vector<std::string>& endpoints) {
    if (endpoints.empty()) return true;
    return std::any_of(endpoints.begin(), endpoints.end(),
                       [](const std::string& endpoint) {
                         return endpoint == "chat" || endpoint == "rerank";
                       });
  }
};

// https://docs.cohere.com/v1/reference/chat
class CohereV1 final : public Cohere {
 public:
  std::string_view name() const override { return "cohere"; }

  Framing framing(const Question& question) const override {
    return question.streams() ? Framing::lines : Framing::text;
  }

 protected:
  void ask_chat(const Asking& asking, const Question& question,
                base::http::Request& request) const override {
    request.url = asking.endpoint.base + "/v1/chat";
    set_json(request, fmt::format(R"({{"model":{},"message":{}{}{}}})",
                                  quote(question.model), quote(question.prompt),
                                  limit_of(question),
                                  question.stream ? R"(,"stream":true)" : ""));
  }

  void read_chat(const Document& text, bool is_event,
                 Reading& reading) const override {
    const std::string_view type = text.text("/event_type").value_or("");
    if (!is_event || type.empty()) {
      reading.evidence = !text.text("/text").value_or("").empty() ||
                         !text.text("/finish_reason").value_or("").empty();
      count(text, "/meta/tokens", reading);
      if (!reading.evidence) reading.error = error_in(text);
    } else if (type == "text-generation" || type == "tool-calls-chunk") {
      reading.evidence = true;
      reading.spoke = true;
    } else if (type == "stream-end") {
      const auto reason = text.text("/finish_reason").value_or("");
      if (reason.starts_with("ERROR") && !reading.evidence) {
        reading.failed = true;
        reading.error = fmt::format("{} {}", reason,
                                    text.text("/response/text").value_or(""));
        return;
      }
      reading.evidence = true;
      reading.complete = true;
      count(text, "/response/meta/tokens", reading);
    }
  }
};

// https://docs.cohere.com/reference/chat
class CohereV2 final : public Cohere {
 public:
  std::string_view name() const override { return "cohere_v2"; }

 protected:
  void ask_chat(const Asking& asking, const Question& question,
                base::http::Request& request) const override {
    request.url = asking.endpoint.base + "/v2/chat";
    set_json(
        request,
        fmt::format(
            R"({{"model":{},"messages":[{{"role":"user","content":{}}}]{}{}}})",
            quote(question.model), quote(question.prompt), limit_of(question),
            question.stream ? R"(,"stream":true)" : ""));
  }

  void read_chat(const Document& text, bool is_event,
                 Reading& reading) const override {
    const std::string_view type = text.text("/type").value_or("");
    if (!is_event) {
      reading.evidence = text.size("/message/content") > 0 ||
                         !text.text("/finish_reason").value_or("").empty();
      count(text, "/usage/tokens", reading);
    } else if (type == "content-delta" || type == "tool-plan-delta") {
      reading.evidence = true;
      reading.spoke = true;
    } else if (type == "message-end") {
      reading.evidence = true;
      reading.complete = true;
      count(text, "/delta/usage/tokens", reading);
    }
  }
};

}  // namespace

const Provider& cohere_provider() {
  static const CohereV1 provider;
  return provider;
}

const Provider& cohere_v2_provider() {
  static const CohereV2 provider;
  return provider;
}

}  // namespace core
