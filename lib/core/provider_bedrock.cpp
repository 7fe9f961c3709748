#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/http.h"
#include "base/json.h"
#include "base/messages_probe.h"
#include "base/text.h"
#include "core/channel.h"
#include "core/product.h"
#include "core/provider.h"
#include "core/provider_anthropic.h"
#include "core/providers.h"
#include "core/sigv4.h"

namespace core {

namespace {

using base::json::Document;
using base::json::quote;
namespace say = base::say;

constexpr std::string_view body_version = "bedrock-2023-05-31";

// Public names of models that new-api knows, and in which regions ("us" of
// "us-east-1") it asks for them by a profile of several regions.
struct Model {
  std::string_view name;
  std::string_view id;
  std::string_view profiles;
};

constexpr std::array<Model, 24> models = {{
    {"claude-3-sonnet-20240229", "anthropic.claude-3-sonnet-20240229-v1:0",
     "us eu ap"},
    {"claude-3-opus-20240229", "anthropic.claude-3-opus-20240229-v1:0", "us"},
    {"claude-3-haiku-20240307", "anthropic.claude-3-haiku-20240307-v1:0",
     "us eu ap"},
    {"claude-3-5-sonnet-20240620", "anthropic.claude-3-5-sonnet-20240620-v1:0",
     "us eu ap"},
    {"claude-3-5-sonnet-20241022", "anthropic.claude-3-5-sonnet-20241022-v2:0",
     "us ap"},
    {"claude-3-5-haiku-20241022", "anthropic.claude-3-5-haiku-20241022-v1:0",
     "us"},
    {"claude-3-7-sonnet-20250219", "anthropic.claude-3-7-sonnet-20250219-v1:0",
     "us eu ap"},
    {"claude-sonnet-4-20250514", "anthropic.claude-sonnet-4-20250514-v1:0",
     "us eu ap"},
    {"claude-opus-4-20250514", "anthropic.claude-opus-4-20250514-v1:0", "us"},
    {"claude-opus-4-1-20250805", "anthropic.claude-opus-4-1-20250805-v1:0",
     "us"},
    {"claude-sonnet-4-5-20250929", "anthropic.claude-sonnet-4-5-20250929-v1:0",
     "us eu ap"},
    {"claude-haiku-4-5-20251001", "anthropic.claude-haiku-4-5-20251001-v1:0",
     "us eu ap"},
    {"claude-opus-4-5-20251101", "anthropic.claude-opus-4-5-20251101-v1:0",
     "us eu ap"},
    {"claude-sonnet-4-6", "anthropic.claude-sonnet-4-6", "us eu ap"},
    {"claude-opus-4-6", "anthropic.claude-opus-4-6-v1", "us eu ap"},
    {"claude-opus-4-7", "anthropic.claude-opus-4-7", "us eu ap"},
    {"claude-sonnet-5", "anthropic.claude-sonnet-5", "us eu ap"},
    {"claude-instant-1.2", "anthropic.claude-instant-v1", ""},
    {"claude-2.0", "anthropic.claude-v2", ""},
    {"claude-2.1", "anthropic.claude-v2:1", ""},
    {"nova-micro-v1:0", "amazon.nova-micro-v1:0", "us eu"},
    {"nova-lite-v1:0", "amazon.nova-lite-v1:0", "us eu"},
    {"nova-pro-v1:0", "amazon.nova-pro-v1:0", "us eu"},
    {"nova-premier-v1:0", "amazon.nova-premier-v1:0", "us"},
}};

bool is_claude(std::string_view id) {
  return id.find("claude") != std::string_view::npos;
}

bool is_nova(std::string_view id) {
  return id.find("nova-") != std::string_view::npos;
}

// "us" is asked as "us.", "ap" as "apac." (contract 5.4).
std::string profile_of(const Model& model, std::string_view region) {
  const std::string_view place = region.substr(0, region.find('-'));
  const auto places = base::split(model.profiles, ' ');
  if (place.empty() ||
      std::find(places.begin(), places.end(), place) == places.end()) {
    return {};
  }
  return std::string(place == "ap" ? "apac" : place) + '.';
}

// The name under which Amazon knows a model of the product's.
std::string id_of(Product product, const std::string& name,
                  std::string_view region) {
  const auto model =
      std::find_if(models.begin(), models.end(),
                   [&](const Model& known) { return known.name == name; });
  if (model == models.end()) return name;
  const std::string profile =
      product == Product::newapi ? profile_of(*model, region) : std::string();
  return profile + std::string(model->id);
}

// What a key column, or one-api's `config`, holds.
struct Parts {
  AmazonKey signing;
  std::string_view bearer;  // instead of signing
  bool is_good = false;
};

// "region|token", "region|ak|sk" or "region|ak|sk|session"
Parts parts_of_onehub(const std::vector<std::string_view>& parts) {
  Parts all{.signing = {.region = parts[0]}};
  if (parts.size() == 2) all.bearer = parts[1];
  if (parts.size() == 3 || parts.size() == 4) {
    all.signing.id = parts[1];
    all.signing.secret = parts[2];
  }
  if (parts.size() == 4) all.signing.session = parts[3];
  return all;
}

// "token|region" or "ak|sk|region"; the latter is made of one-api's `config`,
// too.
Parts parts_of_newapi(const std::vector<std::string_view>& parts) {
  Parts all;
  if (parts.size() == 2) {
    all.bearer = parts[0];
    all.signing.region = parts[1];
  } else if (parts.size() == 3) {
    all.signing = {.id = parts[0], .secret = parts[1], .region = parts[2]};
  }
  return all;
}

Parts parts_of(const Endpoint& endpoint, const base::Secret& key) {
  const auto parts = base::split(key.reveal(), '|');
  Parts all = endpoint.product == Product::onehub ? parts_of_onehub(parts)
                                                  : parts_of_newapi(parts);
  const bool signs = !all.signing.id.empty() && !all.signing.secret.empty();
  // The region is a part of the host's name: what is no word of its kind would
  // lead the key elsewhere.
  all.is_good = is_region(all.signing.region) && (!all.bearer.empty() || signs);
  return all;
}

std::string_view form_of_key(Product product) {
  switch (product) {
    case Product::oneapi: return "region, ak, sk (config)";
    case Product::newapi: return "ak|sk|region";
    case Product::onehub: return "region|ak|sk";
  }
  return {};
}

// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
class Bedrock final : public Provider {
 public:
  std::string_view name() const override { return "bedrock"; }

  bool can(const Endpoint& /*endpoint*/, Kind kind) const override {
    return kind == Kind::chat;
  }

  std::size_t list_places(const Endpoint& /*endpoint*/) const override {
    return 0;
  }

  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override;

  // Other families than these get a body from the gateways that Amazon refuses.
  base::Sentence refuses(const Endpoint& endpoint,
                         const Question& question) const override {
    const bool speaks =
        is_claude(question.model) ||
        (endpoint.product == Product::newapi && is_nova(question.model));
    return speaks ? base::Sentence() : base::Sentence(say::model_not_routed);
  }

  void read(const Document& text, const Question& /*question*/, bool is_event,
            Reading& reading) const override {
    if (text.is_object("/output/message")) {
      reading.evidence = text.size("/output/message/content") > 0;
      reading.completion_tokens =
          tokens_in(text, "/usage/outputTokens").value_or(0);
      reading.total_tokens = tokens_in(text, "/usage/totalTokens").value_or(0);
      return;
    }
    read_anthropic(text, is_event, reading);
  }

 protected:
  void ask_list(const Asking& /*asking*/, std::string_view /*cursor*/,
                std::size_t /*place*/,
                base::http::Request& /*request*/) const override {}

  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override;
  void sign(const Asking& asking, base::http::Request& request) const override;

 private:
  static std::string host_of(const Endpoint& endpoint, std::string_view region);
};

base::Sentence Bedrock::prepare(const Channel& channel, const Schema& schema,
                                Endpoint& endpoint) const {
  endpoint.notes["base"] = endpoint.base;
  Document config;
  if (schema.product == Product::oneapi && config.parse(channel.config)) {
    endpoint.secret = base::Secret(fmt::format(
        "{}|{}|{}", config.text("/ak").value_or(""),
        config.text("/sk").value_or(""), config.text("/region").value_or("")));
  }
  Document settings;
  // The gateway itself puts region and model into each other's place there.
  if (schema.product == Product::newapi && settings.parse(channel.settings) &&
      settings.text("/aws_key_type").value_or("") == "api_key") {
    return {say::model_not_routed};
  }
  const auto keys = keys_of(channel, schema);
  const base::Secret first = schema.product == Product::oneapi ? endpoint.secret
                             : keys.empty()                    ? base::Secret()
                                            : keys.front().secret;
  const Parts parts = parts_of(endpoint, first);
  if (!parts.is_good) {
    return {say::key_of_other_form, form_of_key(schema.product)};
  }
  endpoint.base = host_of(endpoint, parts.signing.region);
  // Headers of the channel never reach Amazon (contract 7.3).
  endpoint.last_headers.clear();
  return {};
}

// Gateways ask Amazon whatever the base URL says, save one-hub, where the
// region has a place in it.
std::string Bedrock::host_of(const Endpoint& endpoint,
                             std::string_view region) {
  std::string base(endpoint.noted("base"));
  if (endpoint.product == Product::onehub && !base.empty()) {
    const auto place = base.find("%s");
    if (place != std::string::npos) base.replace(place, 2, region);
    return base;
  }
  return fmt::format("https://bedrock-runtime.{}.amazonaws.com", region);
}

void Bedrock::ask(const Asking& asking, const Question& question,
                  base::http::Request& request) const {
  const Endpoint& endpoint = asking.endpoint;
  const Parts parts = parts_of(endpoint, asking.key);
  const std::string id =
      id_of(endpoint.product, question.model, parts.signing.region);
  request.url =
      fmt::format("{}/model/{}/invoke", host_of(endpoint, parts.signing.region),
                  base::percent_encoded(id));
  set_header(request, "Accept", "application/json");
  if (is_nova(id)) {
    return set_json(
        request,
        fmt::format(
            R"({{"schemaVersion":"messages-v1","messages":[{{"role":"user","content":[{{"text":{}}}]}}],"inferenceConfig":{{"maxTokens":{}}}}})",
            quote(question.prompt), question.max_tokens));
  }
  // Events come in frames of Amazon's own: nothing is asked in a stream.
  Question whole = question;
  whole.stream = false;
  set_json(request, anthropic_body(whole, body_version));
}

void Bedrock::sign(const Asking& asking, base::http::Request& request) const {
  const Endpoint& endpoint = asking.endpoint;
  const Parts parts = parts_of(endpoint, asking.key);
  if (!parts.bearer.empty()) {
    return set_bearer(request, base::Secret(std::string(parts.bearer)));
  }
  sign_for_amazon(request, parts.signing, "bedrock", asking.now);
}

}  // namespace

const Provider& bedrock_provider() {
  static const Bedrock provider;
  return provider;
}

}  // namespace core
