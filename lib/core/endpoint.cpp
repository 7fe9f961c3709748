#include "core/endpoint.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/messages_probe.h"
#include "base/text.h"
#include "core/channel_type.h"
#include "core/provider.h"

namespace core {

namespace {

using base::json::Document;
namespace say = base::say;

// The members of a JSON object, each with its value as JSON.
using Members = std::vector<std::pair<std::string, std::string>>;

std::string text_of(const Members& members) {
  base::json::Writer writer;
  writer.begin_object();
  for (const auto& [name, value] : members)
    writer.key(name).raw(value);
  return writer.end_object().take();
}

constexpr std::int64_t type_openai = 1;

void strip_slashes(std::string& base) {
  while (base.ends_with('/'))
    base.pop_back();
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

// The members that a path of new-api's leads through, if it is as plain as
// "a.b": neither a place in an array nor a pattern.
std::vector<std::string> plain_path(std::string_view path) {
  std::vector<std::string> members;
  for (const std::string_view part : base::split(path, '.')) {
    const bool plain =
        !part.empty() && !base::whole_number(part) &&
        part.find_first_of("\\*?#|@:!{}[]()") == std::string_view::npos;
    if (!plain) return {};
    members.emplace_back(part);
  }
  return members;
}

void read_operation(Endpoint& endpoint, const Document& document,
                    std::size_t index) {
  const auto at = [index](std::string_view part) {
    return fmt::format("/operations/{}/{}", index, part);
  };
  BodyEdit edit{.path = plain_path(document.text(at("path")).value_or(""))};
  const std::string_view mode = document.text(at("mode")).value_or("");
  const bool plain = !edit.path.empty() && document.size(at("conditions")) == 0;
  const auto members = document.members(fmt::format("/operations/{}", index));
  if (!plain || !members || (mode != "set" && mode != "delete")) {
    endpoint.emulated = false;
    return;
  }
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
    endpoint.body_edits.push_back({.path = {name}, .value = value});
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
  for (const auto& [name, value] : document.strings("").value_or(Members())) {
    endpoint.first_headers.emplace_back(name, base::Secret(value));
  }
}

void add_parameters(Endpoint& endpoint, const Document& document,
                    const std::string& at, bool overwrite,
                    const std::string& model) {
  constexpr std::array<std::string_view, 4> meta = {"overwrite", "per_model",
                                                    "pre_add", "stream"};
  const auto members = document.members(at);
  if (!members) return;
  for (const auto& [name, value] : *members) {
    if (std::find(meta.begin(), meta.end(), name) != meta.end()) continue;
    endpoint.body_edits.push_back({.path = {name},
                                   .value = value,
                                   .keep_existing = !overwrite,
                                   .model = model});
  }
}

void read_custom_parameter(Endpoint& endpoint, const Channel& channel) {
  Document document;
  if (channel.custom_parameter.empty() ||
      !document.parse(channel.custom_parameter) ||
      document.truth("/pre_add").value_or(false)) {
    return;
  }
  const bool overwrite = document.truth("/overwrite").value_or(false);
  if (!document.truth("/per_model").value_or(false)) {
    return add_parameters(endpoint, document, "", overwrite, {});
  }
  for (const auto& [model, parameters] :
       document.members("").value_or(Members())) {
    Document inner;
    if (inner.parse(parameters) && inner.is_object("")) {
      add_parameters(endpoint, inner, "", overwrite, model);
    }
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
    endpoint.proxy_by_key = true;
    read_model_headers(endpoint, channel);
    read_custom_parameter(endpoint, channel);
  }
}

}  // namespace

std::variant<Endpoint, Untestable> endpoint_of(const Channel& channel,
                                               const Schema& schema) {
  const ChannelType* type = channel_type(schema.product, channel.type);
  if (type == nullptr && channel.base_url.empty()) {
    return Untestable{{say::type_unknown, channel.type}};
  }
  const Speech speech = type == nullptr ? openai_speech : type->speech;
  if (type != nullptr && speech.provider == nullptr) {
    return Untestable{{speech.has_own ? say::type_has_own_protocol
                                      : say::type_answers_nothing,
                       type->id, type->name}};
  }
  Endpoint endpoint;
  endpoint.provider = &speech.provider();
  endpoint.product = schema.product;
  endpoint.base = channel.base_url;
  if (type != nullptr && endpoint.base.empty()) endpoint.base = type->host;
  strip_slashes(endpoint.base);
  read_overrides(endpoint, channel, schema);
  base::Sentence why = endpoint.provider->prepare(channel, schema, endpoint);
  if (!why.empty()) return Untestable{std::move(why)};
  if (endpoint.base.empty()) return Untestable{{say::no_address, channel.type}};
  return endpoint;
}

std::optional<Endpoint> corrected(const Endpoint& endpoint) {
  if (endpoint.provider == nullptr) return std::nullopt;
  const std::string_view end = endpoint.provider->usual_end();
  if (end.empty()) return std::nullopt;
  Endpoint other = endpoint;
  if (endpoint.prefix.empty()) {
    if (endpoint.base.ends_with("/v1")) return std::nullopt;
    other.base += "/v1";
    return other;
  }
  const std::array<std::string, 3> parts = {endpoint.prefix + std::string(end),
                                            std::string(end), endpoint.prefix};
  for (const std::string& part : parts) {
    if (!other.base.ends_with(part)) continue;
    other.base.resize(other.base.size() - part.size());
    strip_slashes(other.base);
    return other;
  }
  return std::nullopt;
}

namespace {

// The edits go in at the end of `path`, which leads through objects; what is
// none gives way to one.
void edit_members(Members& members, const BodyEdit& edit, std::size_t depth) {
  const std::string& name = edit.path[depth];
  const auto found =
      std::find_if(members.begin(), members.end(),
                   [&](const auto& member) { return member.first == name; });
  const bool is_there = found != members.end();
  if (depth + 1 < edit.path.size()) {
    Document inside;
    const bool is_object =
        is_there && inside.parse(found->second) && inside.is_object("");
    if (!is_object && !edit.value) return;
    Members inner =
        is_object ? inside.members("").value_or(Members()) : Members();
    edit_members(inner, edit, depth + 1);
    if (is_there) {
      found->second = text_of(inner);
    } else {
      members.emplace_back(name, text_of(inner));
    }
  } else if (!edit.value) {
    if (is_there) members.erase(found);
  } else if (!is_there) {
    members.emplace_back(name, *edit.value);
  } else if (!edit.keep_existing) {
    found->second = *edit.value;
  }
}

}  // namespace

std::string edited(const std::string& body, const std::vector<BodyEdit>& edits,
                   std::string_view model) {
  Document document;
  if (!document.parse(body)) return body;
  auto members = document.members("");
  if (!members) return body;
  for (const BodyEdit& edit : edits) {
    if (edit.model.empty() || edit.model == model) {
      edit_members(*members, edit, 0);
    }
  }
  return text_of(*members);
}

base::Secret proxy_for(const Endpoint& endpoint, const base::Secret& key) {
  std::string proxy = endpoint.proxy.reveal();
  const auto at = endpoint.proxy_by_key ? proxy.find("%s") : std::string::npos;
  if (at == std::string::npos) return endpoint.proxy;
  return base::Secret(proxy.replace(at, 2, base::hex(base::md5(key.reveal()))));
}

}  // namespace core
