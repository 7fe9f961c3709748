#include <string>

#include <fmt/format.h>

#include "base/json.h"
#include "base/messages_probe.h"
#include "base/text.h"
#include "core/provider_openai.h"
#include "core/providers.h"

namespace core {

namespace {

using base::json::Document;
using base::json::quote;
namespace say = base::say;

// The list is made for a version of OpenAI's own client, and older ones are
// shown fewer models.
constexpr std::string_view client_version = "0.99.0";

struct Login {
  std::string token;
  std::string account;
};

std::optional<Login> login_in(const base::Secret& key) {
  Document json;
  if (!json.parse(key.reveal())) return std::nullopt;
  Login login{
      .token =
          std::string(base::trimmed(json.text("/access_token").value_or(""))),
      .account =
          std::string(base::trimmed(json.text("/account_id").value_or("")))};
  if (login.token.empty() || login.account.empty()) return std::nullopt;
  return login;
}

// A subscription of ChatGPT, asked as OpenAI's own client would: everything is
// a streamed response, kept by nobody, with instructions that may be empty.
class Codex final : public OpenaiLike {
 public:
  Codex()
      : OpenaiLike({.name = "codex",
                    .prefix = "/backend-api/codex",
                    .chat = "",
                    .embedding = "",
                    .rerank = ""}) {}

  std::optional<Kind> kind_of(std::string_view /*model*/) const override {
    return Kind::responses;
  }

  base::Sentence refuses_key(const base::Secret& key) const override {
    if (login_in(key)) return {};
    return {say::key_of_other_form, R"({"access_token", "account_id"})"};
  }

  ListPage read_list(const Document& page,
                     const Endpoint& endpoint) const override {
    if (!page.is_array("/models")) return OpenaiLike::read_list(page, endpoint);
    return {.ids = page.texts("/models", "slug")};
  }

  std::string_view usual_end() const override { return {}; }

 protected:
  void ask_list(const Asking& asking, std::string_view /*cursor*/,
                std::size_t /*place*/,
                base::http::Request& request) const override {
    request.url =
        fmt::format("{}{}/models?client_version={}", asking.endpoint.base,
                    asking.endpoint.prefix, client_version);
    authorize(asking, request);
  }

  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    OpenaiLike::ask(asking, question, request);
    set_header(request, "OpenAI-Beta", "responses=experimental");
    set_header(request, "originator", "codex_cli_rs");
    set_header(request, "Accept", "text/event-stream");
    set_json(
        request,
        fmt::format(
            R"({{"model":{},"input":[{{"role":"user","content":{}}}],"instructions":"","store":false,"stream":true}})",
            quote(question.model), quote(question.prompt)));
  }

  void authorize(const Asking& asking,
                 base::http::Request& request) const override {
    const Login login = login_in(asking.key).value_or(Login());
    set_bearer(request, base::Secret(login.token));
    set_header(request, "chatgpt-account-id", login.account);
  }
};

}  // namespace

const Provider& codex_provider() {
  static const Codex provider;
  return provider;
}

}  // namespace core
