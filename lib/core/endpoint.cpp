#include "core/endpoint.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/json.h"
#include "base/messages_probe.h"
#include "base/text.h"
#include "core/channel_type.h"
#include "core/provider.h"

namespace core {

namespace {

using base::json::Document;
namespace say = base::say;

constexpr std::int64_t type_openai = 1;
constexpr std::int64_t newapi_moonshot = 25;

void strip_slashes(std::string& base) {
  while (base.ends_with('/'))
    base.pop_back();
}

// new-api takes these words instead of an address (contract 5.3).
bool use_coding_plan(Endpoint& endpoint, const Channel& channel,
                     const Schema& schema) {
  if (schema.product != Product::newapi || channel.type != newapi_moonshot ||
      channel.base_url != "kimi-coding-plan") {
    return false;
  }
  endpoint.base = "https://api.kimi.com/coding/v1";
  endpoint.prefix.clear();
  return true;
}

// "*", "re:" and "regex:" pass a client's headers through; a test call has no
// client (contract 7.3).
bool is_pass_through(std::string_view name, std::string_view value) {
  return name == "*" || name.starts_with("re:") || name.starts_with("regex:") ||
         value.starts_with("{client_header:");
}

void read_header_override(Endpoint& endpoint, const Channel& channel) {
  Document document;
  if (!document.parse(channel.header_override.reveal())) return;
  const auto members = document.strings("");
  if (!members) return;
  for (const auto& [name, value] : *members) {
    if (is_pass_through(name, value)) continue;
    endpoint.last_headers.emplace_back(base::lower(name), base::Secret(value));
  }
}

void read_operation(Endpoint& endpoint, const Document& document,
                    std::size_t index) {
  const auto at = [index](std::string_view part) {
    return fmt::format("/operations/{}/{}", index, part);
  };
  const std::string path(document.text(at("path")).value_or(""));
  const std::string_view mode = document.text(at("mode")).value_or("");
  const bool plain = !path.empty() && path.find('.') == std::string::npos &&
                     document.size(at("conditions")) == 0;
  const auto members = document.members(fmt::format("/operations/{}", index));
  if (!plain || !members || (mode != "set" && mode != "delete")) {
    endpoint.emulated = false;
    return;
  }
  BodyEdit edit{.member = path};
  edit.keep_existing = document.truth(at("keep_origin")).value_or(false);
  if (mode == "set") {
    const auto value = std::find_if(
        members->begin(), members->end(),
        [](const auto& member) { return member.first == "value"; });
    edit.value = value == members->end() ? "null" : value->second;
  }
  endpoint.body_edits.push_back(std::move(edit));
}

void read_param_override(Endpoint& endpoint, const Channel& channel) {
  Document document;
  if (channel.param_override.empty() ||
      !document.parse(channel.param_override)) {
    return;  // new-api ignores what it cannot parse
  }
  const auto members = document.members("");
  if (!members) return;
  const bool has_operations = document.is_array("/operations");
  for (const auto& [name, value] : *members) {
    if (has_operations && name == "operations") continue;
    endpoint.body_edits.push_back({.member = name, .value = value});
  }
  for (std::size_t i = 0; i < document.size("/operations"); ++i) {
    read_operation(endpoint, document, i);
  }
}

void read_setting(Endpoint& endpoint, const Channel& channel) {
  Document document;
  if (channel.setting.empty() || !document.parse(channel.setting)) return;
  endpoint.proxy =
      base::Secret(std::string(document.text("/proxy").value_or("")));
  endpoint.http1 = document.text("/http_protocol").value_or("") == "http1";
}

void read_model_headers(Endpoint& endpoint, const Channel& channel) {
  Document document;
  if (!document.parse(channel.model_headers.reveal())) return;
  for (const auto& [name, value] : document.strings("").value_or(
           std::vector<std::pair<std::string, std::string>>())) {
    endpoint.first_headers.emplace_back(name, base::Secret(value));
  }
}

void read_custom_parameter(Endpoint& endpoint, const Channel& channel) {
  Document document;
  if (channel.custom_parameter.empty() ||
      !document.parse(channel.custom_parameter)) {
    return;
  }
  const bool overwrite = document.truth("/overwrite").value_or(false);
  if (document.truth("/per_model").value_or(false)) {
    endpoint.emulated = false;
    return;
  }
  constexpr std::array<std::string_view, 4> meta = {"overwrite", "per_model",
                                                    "pre_add", "stream"};
  const auto members = document.members("");
  if (!members || document.truth("/pre_add").value_or(false)) return;
  for (const auto& [name, value] : *members) {
    if (std::find(meta.begin(), meta.end(), name) != meta.end()) continue;
    endpoint.body_edits.push_back(
        {.member = name, .value = value, .keep_existing = !overwrite});
  }
}

void read_overrides(Endpoint& endpoint, const Channel& channel,
                    const Schema& schema) {
  if (schema.product == Product::newapi) {
    if (channel.type == type_openai) {
      endpoint.organization = channel.organization;
    }
    read_setting(endpoint, channel);
    read_header_override(endpoint, channel);
    read_param_override(endpoint, channel);
  } else if (schema.product == Product::onehub) {
    endpoint.proxy = channel.proxy;
    read_model_headers(endpoint, channel);
    read_custom_parameter(endpoint, channel);
  }
}

}  // namespace

std::variant<Endpoint, Untestable> endpoint_of(const Channel& channel,
                                               const Schema& schema) {
  const ChannelType* type = channel_type(schema.product, channel.type);
  Endpoint endpoint;
  endpoint.provider = &openai_provider();
  endpoint.prefix = "/v1";
  endpoint.base = channel.base_url;
  if (type == nullptr) {
    if (channel.base_url.empty()) {
      return Untestable{{say::type_unknown, channel.type}};
    }
  } else {
    if (type->protocol == Protocol::own) {
      return Untestable{{say::type_has_own_protocol, type->id, type->name}};
    }
    if (type->protocol == Protocol::none) {
      return Untestable{{say::type_answers_nothing, type->id, type->name}};
    }
    endpoint.prefix = type->prefix;
    if (endpoint.base.empty()) endpoint.base = type->host;
    if (endpoint.base.empty()) {
      return Untestable{{say::no_address, channel.type}};
    }
  }
  if (!use_coding_plan(endpoint, channel, schema)) {
    strip_slashes(endpoint.base);
    if (endpoint.base.starts_with("https://gateway.ai.cloudflare.com")) {
      endpoint.prefix.clear();
    }
  }
  read_overrides(endpoint, channel, schema);
  return endpoint;
}

std::optional<Endpoint> corrected(const Endpoint& endpoint) {
  Endpoint other = endpoint;
  if (endpoint.prefix.empty()) {
    if (endpoint.base.ends_with("/v1")) return std::nullopt;
    other.base += "/v1";
    return other;
  }
  for (const std::string_view part :
       {"/v1/chat/completions", "/chat/completions", "/v1"}) {
    if (!other.base.ends_with(part)) continue;
    other.base.resize(other.base.size() - part.size());
    strip_slashes(other.base);
    return other;
  }
  return std::nullopt;
}

std::string edited(const std::string& body,
                   const std::vector<BodyEdit>& edits) {
  Document document;
  if (!document.parse(body)) return body;
  auto members = document.members("");
  if (!members) return body;
  for (const BodyEdit& edit : edits) {
    const auto found = std::find_if(
        members->begin(), members->end(),
        [&](const auto& member) { return member.first == edit.member; });
    const bool is_there = found != members->end();
    if (!edit.value) {
      if (is_there) members->erase(found);
    } else if (!is_there) {
      members->emplace_back(edit.member, *edit.value);
    } else if (!edit.keep_existing) {
      found->second = *edit.value;
    }
  }
  base::json::Writer writer;
  writer.begin_object();
  for (const auto& [name, value] : *members)
    writer.key(name).raw(value);
  return writer.end_object().take();
}

}  // namespace core
