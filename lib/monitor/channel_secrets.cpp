#include "monitor/channel_secrets.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "core/provider.h"

namespace monitor {

namespace {

using base::Redactor;
using base::Secret;
using base::json::Document;

constexpr std::size_t shortest_part = 8;

using Members = std::vector<std::pair<std::string, std::string>>;

// "us-east-1" is no secret; what may be one is taken for one.
bool is_amazon_region(std::string_view part) {
  constexpr std::size_t longest = 16;
  return part.size() <= longest && core::is_region(part) &&
         std::count(part.begin(), part.end(), '-') >= 2 &&
         part[part.size() - 2] == '-' && part.back() >= '1' &&
         part.back() <= '9';
}

bool names_a_secret(std::string_view member) {
  const std::string name = base::lower(member);
  for (const auto* word :
       {"key", "token", "secret", "password", "auth", "cookie"}) {
    if (name.find(word) != std::string::npos) return true;
  }
  return false;
}

// A parameter of a URL is called by shorter names, too: "code" is that of
// Azure's functions, "sig" of its signed addresses.
bool is_called_as_a_secret(std::string_view parameter) {
  const std::string name = base::lower(parameter);
  return names_a_secret(name) || name == "code" || name == "sig" ||
         name == "signature" || name == "pass" || name == "pwd";
}

void add_part(Redactor& redactor, std::string_view part,
              Redactor::Parts parts = Redactor::Parts::are_secret) {
  if (part.size() >= shortest_part) {
    redactor.add(Secret(std::string(part)), parts);
  }
}

// "Token …" may be spoken of without its first word.  What names a version or
// a feature is in part what everybody says.  What stands around the place for
// the key is sent as well.
void add_header(Redactor& redactor, std::string_view name,
                const std::string& value) {
  constexpr std::string_view place = "{api_key}";
  const auto parts = names_a_secret(name) ? Redactor::Parts::are_secret
                                          : Redactor::Parts::are_not;
  if (base::trimmed(value) == place) return;
  redactor.add(Secret(value), parts);
  std::string_view rest = value;
  for (auto at = rest.find(place); at != rest.npos; at = rest.find(place)) {
    add_part(redactor, base::trimmed(rest.substr(0, at)), parts);
    rest.remove_prefix(at + place.size());
    add_part(redactor, base::trimmed(rest), parts);
  }
  const std::size_t blank = value.find(' ');
  if (blank == std::string::npos) return;
  add_part(redactor, base::trimmed(std::string_view(value).substr(blank)),
           parts);
}

// Who may ask is said in an address before its host, or behind its path.
void add_address(Redactor& redactor, std::string_view url) {
  redactor.add_url(url);
  const std::size_t question = url.find('?');
  if (question == url.npos) return;
  for (const auto pair : base::split(url.substr(question + 1), '&')) {
    const std::size_t sign = pair.find('=');
    if (sign == pair.npos) continue;
    const std::string_view value = pair.substr(sign + 1);
    if (!is_called_as_a_secret(pair.substr(0, sign))) continue;
    if (value.size() >= shortest_part) redactor.add_escaped(value);
  }
}

// The routes of new-api's own channels may each have a credential.
void add_routes(Redactor& redactor, const std::string& settings) {
  Document document;
  if (!document.parse(settings)) return;
  const std::string all = "/advanced_custom/advanced_routes";
  for (std::size_t i = 0; i < document.size(all); ++i) {
    const std::string at = fmt::format("{}/{}", all, i);
    const auto text = [&](const char* member) {
      return std::string(document.text(at + member).value_or(""));
    };
    add_address(redactor, text("/upstream_path"));
    add_header(redactor, "auth", text("/auth/value"));
  }
}

// What is put into the body may be what lets one in.
void add_body(Redactor& redactor, const std::string& override) {
  Document document;
  if (!document.parse(override)) return;
  for (const auto& [name, value] : document.members("").value_or(Members())) {
    const auto secret = document.text('/' + name);
    if (secret && names_a_secret(name)) add_part(redactor, *secret);
  }
  for (std::size_t i = 0; i < document.size("/operations"); ++i) {
    const std::string at = fmt::format("/operations/{}", i);
    const auto secret = document.text(at + "/value");
    if (secret && names_a_secret(document.text(at + "/path").value_or(""))) {
      add_part(redactor, *secret);
    }
  }
}

}  // namespace

// Keys of some vendors are several secrets: "id|secret|region", or JSON.
void add_key_secrets(Redactor& redactor, const Secret& key) {
  const std::string& text = key.reveal();
  if (text.empty()) return;
  redactor.add(key);
  for (const std::string_view part : base::split(text, '|')) {
    if (part.size() < text.size() && !is_amazon_region(part)) {
      add_part(redactor, part);
    }
  }
  Document document;
  if (!text.starts_with('{') || !document.parse(text)) return;
  for (const auto& [name, value] : document.members("").value_or(Members())) {
    const auto secret = document.text('/' + name);
    if (secret && names_a_secret(name)) {
      redactor.add(Secret(std::string(*secret)));
    }
  }
}

void add_secrets(Redactor& redactor, const core::Channel& channel,
                 const core::Schema& schema) {
  // one-hub writes a hash of the key into a proxy's name (contract 7.4).
  const bool hashed = channel.proxy.reveal().find("%s") != std::string::npos;
  for (const core::Key& key : core::keys_of(channel, schema)) {
    add_key_secrets(redactor, key.secret);
    if (hashed) {
      redactor.add(Secret(base::hex(base::md5(key.secret.reveal()))));
    }
  }
  add_address(redactor, channel.base_url);
  redactor.add_url(channel.proxy.reveal());
  Document document;
  if (document.parse(channel.setting)) {
    redactor.add_url(document.text("/proxy").value_or(""));
  }
  add_routes(redactor, channel.settings);
  for (const auto& override :
       {channel.param_override, channel.custom_parameter}) {
    add_body(redactor, override);
  }
  for (const Secret& headers :
       {channel.header_override, channel.model_headers}) {
    if (!document.parse(headers.reveal())) continue;
    const auto values = document.strings("");
    if (!values) continue;
    for (const auto& [name, value] : *values) {
      add_header(redactor, name, value);
    }
  }
}

std::string shown_name(const core::Channel& channel,
                       const core::Schema& schema) {
  Redactor redactor;
  add_secrets(redactor, channel, schema);
  return redactor.shown(channel.name);
}

core::ShownNames shown_names(const Redactor& redactor,
                             const std::vector<std::string>& names) {
  core::ShownNames shown;
  if (!redactor.tells_secret(base::joined(names, "\n"))) return shown;
  for (const std::string& name : names) {
    std::string other = redactor.shown(name);
    if (other != name) shown.emplace(name, std::move(other));
  }
  return shown;
}

}  // namespace monitor
