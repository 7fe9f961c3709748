#include "transcript.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/text.h"
#include "catch.h"
#include "core/channel_type.h"
#include "support/rsa.h"

namespace transcript {

namespace {

using core::Channel;
using core::Kind;

constexpr std::array<Kind, 11> kinds = {
    Kind::chat,  Kind::responses,     Kind::embedding, Kind::rerank,
    Kind::image, Kind::moderation,    Kind::research,  Kind::speech,
    Kind::video, Kind::transcription, Kind::realtime,
};

const std::map<std::string, std::string Channel::*>& columns() {
  static const std::map<std::string, std::string Channel::*> all = {
      {"base_url", &Channel::base_url},
      {"other", &Channel::other},
      {"config", &Channel::config},
      {"setting", &Channel::setting},
      {"settings", &Channel::settings},
      {"plugin", &Channel::plugin},
      {"organization", &Channel::organization},
      {"param_override", &Channel::param_override},
      {"custom_parameter", &Channel::custom_parameter}};
  return all;
}

// A private key at its place, as JSON; within a text that is JSON itself, as
// JSON once more.
std::string with_private_key(std::string text) {
  static const support::RsaPair pair;
  const std::string key = base::json::quote(pair.private_pem());
  const std::string inner = base::json::quote(key);
  for (const auto& [place, value] :
       {std::pair<std::string, std::string>("{private key}", key),
        {"{private key, quoted}", inner.substr(1, inner.size() - 2)}}) {
    const std::size_t at = text.find(place);
    if (at != std::string::npos) text.replace(at, place.size(), value);
  }
  return text;
}

void read_line(Head& head, const std::string& name, const std::string& value) {
  if (name == "key") {
    head.channel.key = base::Secret(with_private_key(value));
  } else if (name == "vendor") {
    head.vendor = value.substr(0, value.find(' '));
    head.at = value.substr(std::min(head.vendor.size() + 1, value.size()));
  } else if (name == "accepts") {
    head.accepts = value;
  } else if (name == "kinds") {
    head.kinds = value;
  } else if (name == "offers") {
    head.offers = value;
  } else if (name == "cursor") {
    head.cursor = value;
  } else if (name == "created_time") {
    head.channel.created_time = base::whole_number(value).value_or(0);
  } else if (name.starts_with("model ") &&
             core::kind_named(std::string_view(name).substr(6))) {
    head.models[name.substr(6)] = value;
  } else {
    INFO(name << ": " << value);
    const auto column = columns().find(name);
    REQUIRE(column != columns().end());
    head.channel.*column->second = with_private_key(value);
  }
}

core::Schema schema_of(const std::string& product) {
  if (product == "oneapi") return {core::Product::oneapi, {"config"}};
  if (product == "onehub") return {core::Product::onehub, {"plugin"}};
  if (product == "newapi-2025") return {core::Product::newapi, {}};
  REQUIRE(product == "newapi");
  return {core::Product::newapi, {"channel_info"}};
}

std::string model_of(const Head& head, Kind kind) {
  const std::string name(core::name_of(kind));
  const auto found = head.models.find(name);
  return found == head.models.end() ? "a-model-for-" + name : found->second;
}

void add_probes(const Head& head, const core::Asking& asking,
                std::vector<Act>& acts) {
  const core::Provider& provider = *asking.endpoint.provider;
  const auto wanted = base::split(head.kinds, ' ');
  for (const Kind kind : kinds_of(asking.endpoint)) {
    const std::string name(core::name_of(kind));
    if (!head.kinds.empty() && std::ranges::find(wanted, name) == wanted.end())
      continue;
    core::Question question{.kind = kind, .model = model_of(head, kind)};
    question.public_name = question.model;
    if (!question.is_written()) {
      acts.push_back(
          {name, question, true, provider.probe_request(asking, question)});
      continue;
    }
    acts.push_back({name + ", in a stream", question, true,
                    provider.probe_request(asking, question)});
    question.stream = false;
    acts.push_back({name + ", not in a stream", question, true,
                    provider.probe_request(asking, question)});
  }
}

void add_list(const Head& head, const core::Asking& asking,
              std::vector<Act>& acts) {
  const core::Provider& provider = *asking.endpoint.provider;
  const std::size_t places = provider.list_places(asking.endpoint);
  for (std::size_t place = 0; place < places; ++place) {
    acts.push_back({place == 0 ? "list" : "list, at another place",
                    {},
                    false,
                    provider.list_request(asking, "", place)});
  }
  if (places != 1) return;
  const std::string cursor =
      head.cursor.empty() ? "a-made-up-cursor" : head.cursor;
  auto page = provider.list_request(asking, cursor);
  if (page.url == acts.back().request.url) return;  // it has but one
  acts.push_back({"list, its second page", {}, false, std::move(page)});
}

// A signature by a fresh key is another one each time.
std::string without_signature(std::string text) {
  const std::size_t at = text.find("assertion=");
  if (at == std::string::npos) return text;
  const std::size_t dot = text.rfind('.');
  return text.substr(0, dot + 1) + "…";
}

// A recording is silence, mostly.
std::string shown(const std::string& body) {
  if (!body.starts_with("--")) return without_signature(body);
  const std::size_t begin = body.find("RIFF");
  const std::size_t end = body.rfind("\r\n--");
  if (begin == std::string::npos || end < begin) return body;
  std::string text = fmt::format(
      "{}({} bytes, SHA-256 {}){}", body.substr(0, begin), end - begin,
      base::hex(base::sha256(body.substr(begin, end - begin))),
      body.substr(end));
  std::erase(text, '\r');
  while (text.ends_with('\n'))
    text.pop_back();
  return text;
}

std::string written(const Act& act) {
  std::string text = fmt::format("\n> {}\n{} {}\n", act.title,
                                 act.request.method, act.request.url);
  std::vector<std::string> headers;
  for (const auto& [name, value] : act.request.headers) {
    headers.push_back(fmt::format("{}: {}\n", base::lower(name), value));
  }
  std::ranges::sort(headers);
  text += base::joined(headers, "");
  if (!act.request.body.empty()) text += "\n" + shown(act.request.body) + "\n";
  return text;
}

}  // namespace

base::WallTime time() {
  return base::wall_time(1'790'000'000);
}

std::vector<Kind> kinds_of(const core::Endpoint& endpoint) {
  std::vector<Kind> found;
  std::ranges::copy_if(kinds, std::back_inserter(found), [&](Kind kind) {
    return endpoint.provider->can(endpoint, kind);
  });
  return found;
}

std::vector<Head> heads_in(const std::string& text) {
  std::vector<Head> heads;
  bool in_head = false;
  for (const std::string_view view : base::split(text, '\n')) {
    const std::string line(view);
    if (line.starts_with("channel ")) {
      const auto words = base::split(view, ' ');
      REQUIRE(words.size() == 3);
      heads.emplace_back().product = words[1];
      heads.back().channel.type = base::whole_number(words[2]).value_or(-1);
      in_head = true;
    } else if (line.empty()) {
      in_head = false;
    } else if (in_head && !line.starts_with("#")) {
      const std::size_t colon = line.find(": ");
      REQUIRE(colon != std::string::npos);
      read_line(heads.back(), line.substr(0, colon), line.substr(colon + 2));
    }
    if (in_head) heads.back().lines.push_back(line);
  }
  return heads;
}

Play play(const Head& head) {
  Play play{.endpoint = {}, .schema = schema_of(head.product), .acts = {}};
  Channel channel = head.channel;
  const auto to = core::endpoint_of(channel, play.schema);
  if (const auto* no = std::get_if<core::Untestable>(&to)) {
    INFO(base::in(base::Language::en, no->why));
    REQUIRE(false);
  }
  REQUIRE(std::holds_alternative<core::Endpoint>(to));
  play.endpoint = std::get<core::Endpoint>(to);
  const core::Provider& provider = *play.endpoint.provider;
  const base::Secret& other = play.endpoint.secret;
  core::Asking asking{.endpoint = play.endpoint,
                      .key = other.empty() ? channel.key : other,
                      .now = time()};
  REQUIRE(provider.refuses_key(asking.key).empty());
  static const base::Secret pass("a-made-up-pass");
  if (const auto login = provider.login_request(asking)) {
    play.acts.push_back({"login", {}, false, *login});
    asking.pass = &pass;
  }
  add_list(head, asking, play.acts);
  add_probes(head, asking, play.acts);
  return play;
}

std::string written(const Head& head, const Play& play) {
  std::string text = base::joined(head.lines, "\n") + "\n";
  for (const Act& act : play.acts)
    text += written(act);
  return text;
}

}  // namespace transcript
