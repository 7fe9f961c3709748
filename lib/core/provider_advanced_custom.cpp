#include <algorithm>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/http.h"
#include "base/json.h"
#include "base/messages_probe.h"
#include "base/text.h"
#include "core/channel.h"
#include "core/provider_anthropic.h"
#include "core/provider_openai.h"
#include "core/providers.h"

namespace core {

namespace {

using base::json::Document;
namespace say = base::say;

constexpr std::string_view chat_path = "/v1/chat/completions";
constexpr std::string_view messages_path = "/v1/messages";
constexpr std::string_view responses_path = "/v1/responses";
constexpr std::string_view list_path = "/v1/models";

// One of the ways that the administrator laid from a path of the gateway's to
// one of the upstream's.
struct Route {
  std::string from;
  std::string to;  // a path, or a whole address
  std::string converter;
  std::vector<std::string> models;  // none: all of them
  std::string auth;  // "" the usual one, else "none", "header", "query"
  std::string auth_name;
  std::string auth_value;
};

std::string trimmed_text(const Document& json, const std::string& at) {
  return std::string(base::trimmed(json.text(at).value_or("")));
}

Route route_at(const Document& json, const std::string& at) {
  Route route{.from = trimmed_text(json, at + "/incoming_path"),
              .to = trimmed_text(json, at + "/upstream_path"),
              .converter = trimmed_text(json, at + "/converter"),
              .auth = trimmed_text(json, at + "/auth/type"),
              .auth_name = trimmed_text(json, at + "/auth/name"),
              .auth_value = trimmed_text(json, at + "/auth/value")};
  for (const std::string& model : json.texts(at + "/models", "")) {
    const std::string_view rule = base::trimmed(model);
    if (!rule.empty()) route.models.emplace_back(rule);
  }
  return route;
}

std::vector<Route> routes_in(std::string_view settings) {
  Document json;
  std::vector<Route> routes;
  if (!json.parse(settings)) return routes;
  const std::string all = "/advanced_custom/advanced_routes";
  for (std::size_t i = 0; i < json.size(all); ++i) {
    routes.push_back(route_at(json, fmt::format("{}/{}", all, i)));
  }
  return routes;
}

// "re:" leads in a pattern of Go's, which is near enough to the one here for
// what such rules say.
bool is_meant(const std::string& rule, const std::string& model) {
  if (!rule.starts_with("re:")) return rule == model;
  try {
    return std::regex_search(model, std::regex(rule.substr(3)));
  } catch (const std::regex_error&) {
    return false;
  }
}

bool leads(const Route& route, std::string_view path,
           const std::string& model) {
  if (route.from != path) return false;
  return route.models.empty() ||
         std::any_of(
             route.models.begin(), route.models.end(),
             [&](const std::string& rule) { return is_meant(rule, model); });
}

std::string_view path_for(Kind kind) {
  switch (kind) {
    case Kind::responses: return responses_path;
    case Kind::embedding: return "/v1/embeddings";
    case Kind::rerank: return "/v1/rerank";
    case Kind::moderation: return "/v1/moderations";
    case Kind::image: return "/v1/images/generations";
    case Kind::speech: return "/v1/audio/speech";
    case Kind::transcription: return "/v1/audio/transcriptions";
    default: return chat_path;
  }
}

std::optional<Route> route_for(const Endpoint& endpoint, std::string_view path,
                               const std::string& model) {
  for (Route& route : routes_in(endpoint.noted("settings"))) {
    if (leads(route, path, model)) return std::move(route);
  }
  return std::nullopt;
}

// A model that cannot be asked to chat may be asked in another protocol.
std::optional<Route> route_for(const Endpoint& endpoint,
                               const Question& question) {
  auto route =
      route_for(endpoint, path_for(question.kind), question.public_name);
  if (route || question.kind != Kind::chat) return route;
  for (const auto path : {responses_path, messages_path}) {
    route = route_for(endpoint, path, question.public_name);
    if (route) return route;
  }
  return std::nullopt;
}

std::string address_of(const Endpoint& endpoint, const Route& route,
                       const std::string& model) {
  std::string address = base::replaced(route.to, "{model}", model);
  if (!base::http::host_of(address).empty()) return address;
  return endpoint.base + (address.starts_with('/') ? "" : "/") + address;
}

// new-api's channel that is asked by routes of its own.
class AdvancedCustom final : public OpenaiLike {
 public:
  AdvancedCustom()
      : OpenaiLike({.name = "advanced_custom",
                    .prefix = "",
                    .moderation = "/moderations",
                    .image = "/images/generations",
                    .speech = "/audio/speech",
                    .transcription = "/audio/transcriptions"}) {}

  base::Sentence prepare(const Channel& channel, const Schema& /*schema*/,
                         Endpoint& endpoint) const override {
    const auto routes = routes_in(channel.settings);
    if (routes.empty()) return {say::no_routes};
    endpoint.notes["settings"] = channel.settings;
    if (!endpoint.base.empty()) return {};
    for (const Route& route : routes) {
      if (base::http::host_of(route.to).empty()) continue;
      // For the limits of a host; each route has an address of its own.
      endpoint.base = route.to;
      return {};
    }
    return {};
  }

  std::size_t list_places(const Endpoint& endpoint) const override {
    return route_for(endpoint, list_path, "") ? 1 : 0;
  }

  base::Sentence refuses(const Endpoint& endpoint,
                         const Question& question) const override {
    const auto route = route_for(endpoint, question);
    if (!route) return {say::model_not_routed};
    const bool converts =
        !route->converter.empty() && route->converter != "none";
    return converts
               ? base::Sentence{say::converter_not_emulated, route->converter}
               : base::Sentence();
  }

  void read(const Document& text, const Question& question, bool is_event,
            Reading& reading) const override {
    const std::string_view type = text.text("/type").value_or("");
    if (type.starts_with("message") || type.starts_with("content_block")) {
      return read_anthropic(text, is_event, reading);
    }
    if (question.kind == Kind::chat &&
        (type.starts_with("response.") || text.is_array("/output"))) {
      Question other = question;
      other.kind = Kind::responses;
      return OpenaiLike::read(text, other, is_event, reading);
    }
    OpenaiLike::read(text, question, is_event, reading);
  }

  std::string_view usual_end() const override { return {}; }

 protected:
  void ask_list(const Asking& asking, std::string_view /*cursor*/,
                std::size_t /*place*/,
                base::http::Request& request) const override {
    if (const auto route = route_for(asking.endpoint, list_path, "")) {
      go_by(*route, asking, {}, request);
    }
  }

  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    const auto route = route_for(asking.endpoint, question);
    if (!route) return;
    Question asked = question;
    if (route->from == responses_path) asked.kind = Kind::responses;
    go_by(*route, asking, question.model, request);
    if (route->from == messages_path) {
      set_header(request, "anthropic-version", "2023-06-01");
      return set_json(request, anthropic_body(asked));
    }
    fill(asked, request);
  }

 private:
  static void go_by(const Route& route, const Asking& asking,
                    const std::string& model, base::http::Request& request) {
    request.url = address_of(asking.endpoint, route, model);
    const std::string value =
        base::replaced(route.auth_value, "{api_key}", asking.key.reveal());
    if (route.auth.empty()) {
      set_bearer(request, asking.key);
    } else if (route.auth == "header") {
      set_header(request, route.auth_name, value);
    } else if (route.auth == "query") {
      const bool has_query = request.url.find('?') != std::string::npos;
      request.url += fmt::format("{}{}={}", has_query ? '&' : '?',
                                 base::percent_encoded(route.auth_name),
                                 base::percent_encoded(value));
    }
  }
};

}  // namespace

const Provider& advanced_custom_provider() {
  static const AdvancedCustom provider;
  return provider;
}

}  // namespace core
