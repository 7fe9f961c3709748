#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "core/channel.h"
#include "core/product.h"
#include "core/provider_openai.h"
#include "core/providers.h"

namespace core {

namespace {

using base::json::Document;

// new-api keeps the dots of a model's name in that of a deployment for channels
// that were made since then (contract 5.4): 2025-05-10, in UTC.
constexpr std::int64_t dots_stay_since = 1746835200;

constexpr Dialect paths{.name = "azure",
                        .prefix = "/openai/deployments",
                        .list = "",
                        .rerank = "",
                        .image = "/images/generations",
                        .speech = "/audio/speech",
                        .transcription = "/audio/transcriptions",
                        .realtime = "/realtime"};

bool loses_dots(const Channel& channel, const Schema& schema) {
  switch (schema.product) {
    case Product::oneapi: return true;
    case Product::newapi:
      return !schema.has_channel_info() ||
             channel.created_time < dots_stay_since;
    case Product::onehub: return false;
  }
  return false;
}

std::string version_of(const Channel& channel, const Schema& schema) {
  Document config;
  if (schema.product == Product::oneapi && config.parse(channel.config)) {
    const auto version = config.text("/api_version").value_or("");
    if (!version.empty()) return std::string(version);
  }
  const std::string_view own = base::trimmed(channel.other);
  if (!own.empty() || schema.product != Product::newapi) {
    return std::string(own);
  }
  return schema.has_channel_info() ? "2025-04-01-preview"
                                   : "2024-12-01-preview";
}

// A model is a deployment there, and its name part of the address.
class Azure final : public OpenaiLike {
 public:
  Azure() : OpenaiLike(paths) {}

  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override {
    endpoint.prefix = paths.prefix;
    if (endpoint.base.starts_with("https://gateway.ai.cloudflare.com")) {
      endpoint.prefix.clear();
    }
    endpoint.notes["version"] = version_of(channel, schema);
    if (loses_dots(channel, schema)) endpoint.notes["dotless"] = "yes";
    Document settings;
    if (schema.product == Product::newapi && settings.parse(channel.settings)) {
      endpoint.notes["responses_version"] =
          settings.text("/azure_responses_version").value_or("");
    }
    return {};
  }

  // Only one-hub's way of asking for the deployments is one that Azure ever
  // answered.
  std::size_t list_places(const Endpoint& endpoint) const override {
    return endpoint.product == Product::onehub ? 1 : 0;
  }

  std::string_view usual_end() const override { return {}; }

 protected:
  void ask_list(const Asking& asking, std::string_view /*cursor*/,
                std::size_t /*place*/,
                base::http::Request& request) const override {
    request.url = asking.endpoint.base +
                  "/openai/deployments?api-version=2023-03-15-preview";
    authorize(asking, request);
  }

  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    request.url = address_of(asking.endpoint, question);
    authorize(asking, request);
    fill(question, request);
  }

  void authorize(const Asking& asking,
                 base::http::Request& request) const override {
    set_header(request, "api-key", asking.key.reveal());
  }

 private:
  static std::string deployment_of(const Endpoint& endpoint,
                                   std::string model) {
    if (!endpoint.noted("dotless").empty()) std::erase(model, '.');
    return model;
  }

  std::string address_of(const Endpoint& endpoint,
                         const Question& question) const {
    const std::string_view version = endpoint.noted("version");
    const std::string deployment = deployment_of(endpoint, question.model);
    if (question.kind == Kind::responses) {
      return responses_address(endpoint, version);
    }
    if (question.kind == Kind::realtime) {
      return fmt::format("{}/openai/realtime?deployment={}&api-version={}",
                         endpoint.base, base::percent_encoded(deployment),
                         version);
    }
    return fmt::format("{}{}/{}{}?api-version={}", endpoint.base,
                       endpoint.prefix, deployment, path_of(question), version);
  }

  static std::string responses_address(const Endpoint& endpoint,
                                       std::string_view version) {
    const bool services =
        endpoint.base.find("cognitiveservices") != std::string::npos;
    std::string_view wanted = services ? version : "preview";
    const std::string_view own = endpoint.noted("responses_version");
    if (!own.empty()) wanted = own;
    return fmt::format("{}{}?api-version={}", endpoint.base,
                       services ? "/openai/responses" : "/openai/v1/responses",
                       wanted);
  }
};

class AzureV1 final : public OpenaiLike {
 public:
  AzureV1()
      : OpenaiLike({.name = "azure_v1",
                    .prefix = "/openai/v1",
                    .list = "",
                    .rerank = "",
                    .image = "/images/generations",
                    .speech = "/audio/speech",
                    .transcription = "/audio/transcriptions"}) {}

  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override {
    endpoint.notes["version"] = base::trimmed(channel.other);
    return OpenaiLike::prepare(channel, schema, endpoint);
  }

 protected:
  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    OpenaiLike::ask(asking, question, request);
    const std::string_view version = asking.endpoint.noted("version");
    if (version.empty()) return;
    request.url += fmt::format("?api-version={}", version);
  }

  void authorize(const Asking& asking,
                 base::http::Request& request) const override {
    set_header(request, "api-key", asking.key.reveal());
  }
};

}  // namespace

const Provider& azure_provider() {
  static const Azure provider;
  return provider;
}

const Provider& azure_v1_provider() {
  static const AzureV1 provider;
  return provider;
}

}  // namespace core
