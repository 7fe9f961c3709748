#include <fmt/format.h>

#include "base/messages_probe.h"
#include "base/text.h"
#include "core/provider.h"
#include "core/providers.h"

namespace core {

namespace {

using base::json::Document;
using base::json::quote;
namespace say = base::say;

// Each model at an address of its own, as one-hub asks: its keys are
// "account|token".  https://developers.cloudflare.com/workers-ai
class CloudflareRun final : public Provider {
 public:
  std::string_view name() const override { return "cloudflare_run"; }

  bool can(const Endpoint& /*endpoint*/, Kind kind) const override {
    return kind == Kind::chat;
  }

  std::size_t list_places(const Endpoint& /*endpoint*/) const override {
    return 0;
  }

  base::Sentence refuses_key(const base::Secret& key) const override {
    const auto parts = base::split(key.reveal(), '|');
    if (parts.size() == 2 && !parts[0].empty() && !parts[1].empty()) return {};
    return {say::key_of_other_form, "account|token"};
  }

  void read(const Document& text, const Question& /*question*/, bool is_event,
            Reading& reading) const override {
    if (read_error(text, is_event, reading)) return;
    const std::string root = is_event ? "" : "/result";
    const bool spoke = !text.text(root + "/response").value_or("").empty() ||
                       text.size(root + "/response") > 0 ||
                       text.size(root + "/choices") > 0;
    if (spoke) {
      reading.evidence = true;
      reading.spoke = is_event;
    }
    if (text.is_object(root + "/usage")) {
      reading.evidence = true;
      read_usage(text, root + "/usage", reading);
    }
    if (!reading.evidence && !is_event) reading.error = error_in(text);
  }

 protected:
  void ask_list(const Asking& /*asking*/, std::string_view /*cursor*/,
                std::size_t /*place*/,
                base::http::Request& /*request*/) const override {}

  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    const auto parts = base::split(asking.key.reveal(), '|');
    request.url =
        fmt::format("{}/client/v4/accounts/{}/ai/run/{}", asking.endpoint.base,
                    parts.front(), question.model);
    set_bearer(request, base::Secret(std::string(parts.back())));
    std::string body =
        fmt::format(R"({{"messages":[{{"role":"user","content":{}}}])",
                    quote(question.prompt));
    if (question.limit != TokenLimit::none) {
      body += fmt::format(R"(,"max_tokens":{})", question.max_tokens);
    }
    if (question.stream) body += R"(,"stream":true)";
    set_json(request, body + '}');
  }
};

}  // namespace

const Provider& cloudflare_run_provider() {
  static const CloudflareRun provider;
  return provider;
}

}  // namespace core
