#include "core/provider_zhipu.h"

#include <string>

#include <fmt/format.h>

#include "base/crypto.h"
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

base::Sentence refusal_of(const base::Secret& key) {
  if (!zhipu_token(key, {}).reveal().empty()) return {};
  return {say::key_of_other_form, "id.secret"};
}

// The third version, for which the name of a model is a part of the address.
// Nothing is asked of it in a stream: its events are no JSON.
class ZhipuV3 final : public Provider {
 public:
  std::string_view name() const override { return "zhipu_v3"; }

  bool can(const Endpoint& /*endpoint*/, Kind kind) const override {
    return kind == Kind::chat;
  }

  std::size_t list_places(const Endpoint& /*endpoint*/) const override {
    return 0;
  }

  base::Sentence refuses_key(const base::Secret& key) const override {
    return refusal_of(key);
  }

  void read(const Document& text, const Question& /*question*/, bool is_event,
            Reading& reading) const override {
    if (read_error(text, is_event, reading)) return;
    if (text.truth("/success").value_or(false)) {
      reading.evidence = text.size("/data/choices") > 0;
      read_usage(text, "/data/usage", reading);
    }
    if (!reading.evidence) reading.error = error_in(text);
  }

  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    request.url = fmt::format("{}/api/paas/v3/model-api/{}/invoke",
                              asking.endpoint.base, question.model);
    set_header(request, "Authorization",
               zhipu_token(asking.key, asking.now).reveal());
    set_json(request,
             fmt::format(R"({{"prompt":[{{"role":"user","content":{}}}]}})",
                         quote(question.prompt)));
  }

 protected:
  void ask_list(const Asking& /*asking*/, std::string_view /*cursor*/,
                std::size_t /*place*/,
                base::http::Request& /*request*/) const override {}
};

const ZhipuV3& version_3() {
  static const ZhipuV3 provider;
  return provider;
}

// The fourth version with the signed token of the third, as one-api and
// one-hub ask for it; one-hub's address has the path in it already.  one-api
// asks the third for all that are not called "glm-…".
class Zhipu final : public OpenaiLike {
 public:
  Zhipu()
      : OpenaiLike({.name = "zhipu",
                    .prefix = "/api/paas/v4",
                    .list = "",
                    .responses = "",
                    .rerank = "",
                    .image = "/images/generations"}) {}

  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override {
    base::Sentence why = OpenaiLike::prepare(channel, schema, endpoint);
    if (schema.product == Product::onehub) endpoint.prefix.clear();
    return why;
  }

  base::Sentence refuses_key(const base::Secret& key) const override {
    return refusal_of(key);
  }

  void read(const Document& text, const Question& question, bool is_event,
            Reading& reading) const override {
    if (text.truth("/success").has_value()) {
      return version_3().read(text, question, is_event, reading);
    }
    OpenaiLike::read(text, question, is_event, reading);
  }

  std::string_view usual_end() const override { return {}; }

 protected:
  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    const bool is_old = asking.endpoint.product == Product::oneapi &&
                        question.kind == Kind::chat &&
                        !question.model.starts_with("glm-");
    if (is_old) return version_3().ask(asking, question, request);
    OpenaiLike::ask(asking, question, request);
    if (question.kind != Kind::embedding) return;
    set_json(request, fmt::format(R"({{"model":{},"input":"hello world"}})",
                                  quote(question.model)));
  }

  void authorize(const Asking& asking,
                 base::http::Request& request) const override {
    set_header(request, "Authorization",
               zhipu_token(asking.key, asking.now).reveal());
  }
};

}  // namespace

base::Secret zhipu_token(const base::Secret& key, base::WallTime now) {
  constexpr std::int64_t day = 86'400'000;
  const auto parts = base::split(key.reveal(), '.');
  if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) return {};
  const std::int64_t milliseconds = base::seconds_of(now) * 1000;
  const std::string signed_part = fmt::format(
      "{}.{}",
      base::base64url(R"({"alg":"HS256","sign_type":"SIGN","typ":"JWT"})"),
      base::base64url(fmt::format(R"({{"api_key":{},"exp":{},"timestamp":{}}})",
                                  quote(parts[0]), milliseconds + day,
                                  milliseconds)));
  return base::Secret(
      fmt::format("{}.{}", signed_part,
                  base::base64url(base::hmac_sha256(parts[1], signed_part))));
}

const Provider& zhipu_provider() {
  static const Zhipu provider;
  return provider;
}

const Provider& zhipu_v3_provider() {
  return version_3();
}

}  // namespace core
