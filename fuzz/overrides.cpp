#include <string>
#include <variant>

#include "base/json.h"
#include "core/channel.h"
#include "core/endpoint.h"
#include "core/provider.h"
#include "targets.h"

// Whatever stands in the overrides of a row: a request goes out with good JSON
// and with headers that are one line each, or the row is refused.

namespace {

void check(const core::Endpoint& endpoint, const base::Secret& key) {
  const core::Question question{.model = "m", .public_name = "m"};
  if (!endpoint.provider->refuses(endpoint, question).empty()) return;
  const auto request = endpoint.provider->probe_request(
      {.endpoint = endpoint, .key = key}, question);
  base::json::Document document;
  fuzz::require(document.parse(request.body));
  fuzz::require(document.is_object(""));
}

}  // namespace

void fuzz::overrides(Input input) {
  const bool is_onehub = input.truth();
  const core::Schema schema{
      is_onehub ? core::Product::onehub : core::Product::newapi,
      {"channel_info"}};
  core::Channel channel;
  channel.type = 1;
  channel.base_url = "https://up.example";
  channel.key = base::Secret("sk-0123456789");
  const std::string headers(input.text());
  const std::string body(input.text());
  if (is_onehub) {
    channel.model_headers = base::Secret(headers);
    channel.custom_parameter = body;
  } else {
    channel.header_override = base::Secret(headers);
    channel.param_override = body;
    channel.setting = input.text();
  }
  const bool is_refused = !core::config_error_of(channel, schema).empty();
  const auto found = core::endpoint_of(channel, schema);
  const auto* endpoint = std::get_if<core::Endpoint>(&found);
  if (endpoint == nullptr) return;
  base::json::Document document;
  const std::string edited =
      core::edited(R"({"model":"m","messages":[{"role":"user"}],"a":{"b":1}})",
                   endpoint->body_edits, input.rest());
  fuzz::require(document.parse(edited));
  fuzz::require(document.is_object(""));
  if (!is_refused) check(*endpoint, channel.key);
}
