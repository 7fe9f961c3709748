#include <string>
#include <variant>

#include "base/http.h"
#include "core/candidates.h"
#include "core/channel_type.h"
#include "core/endpoint.h"
#include "core/provider.h"
#include "targets.h"

// Whatever stands in a row of channels: it is understood or refused, and a key
// never leaves for another host than that of the row or of its type.

namespace {

core::Channel channel_in(fuzz::Input& input) {
  core::Channel channel;
  channel.type = input.byte() % 70;
  channel.created_time = input.byte();
  channel.base_url = input.text();
  channel.key = base::Secret(std::string(input.text()));
  channel.models = input.text();
  channel.model_mapping = input.text();
  channel.other = input.text();
  channel.config = input.text();
  channel.channel_info = input.text();
  channel.setting = input.text();
  channel.settings = input.text();
  channel.param_override = input.text();
  channel.header_override = base::Secret(std::string(input.text()));
  channel.custom_parameter = input.text();
  channel.plugin = input.text();
  channel.proxy = base::Secret(std::string(input.text()));
  return channel;
}

void ask(const core::Endpoint& endpoint, const core::Channel& channel,
         const core::Schema& schema) {
  for (const core::Key& key : core::keys_of(channel, schema)) {
    if (!endpoint.provider->refuses_key(key.secret).empty()) continue;
    for (int number = 0; number < 11; ++number) {
      const core::Question question{.kind = static_cast<core::Kind>(number),
                                    .model = "m",
                                    .public_name = "m"};
      if (!endpoint.provider->can(endpoint, question.kind) ||
          !endpoint.provider->refuses(endpoint, question).empty()) {
        continue;
      }
      const auto request = endpoint.provider->probe_request(
          {.endpoint = endpoint, .key = key.secret}, question);
      fuzz::require(!request.url.empty());
    }
  }
}

}  // namespace

void fuzz::channels(Input input) {
  core::Schema schema;
  schema.product = static_cast<core::Product>(input.byte() % 3);
  if (input.truth()) schema.columns.insert("channel_info");
  const core::Channel channel = channel_in(input);
  const bool is_refused = !core::config_error_of(channel, schema).empty();
  const auto mapping = core::mapping_of(channel, schema);
  fuzz::require(mapping.has_value() || is_refused);
  const auto endpoint = core::endpoint_of(channel, schema);
  if (mapping) {
    const core::ChannelMemory memory;
    core::candidates_of({channel, schema, *mapping, memory, std::nullopt}, {},
                        [](const auto& names) { return names; });
  }
  if (const auto* to = std::get_if<core::Endpoint>(&endpoint)) {
    core::corrected(*to);
    if (!is_refused) ask(*to, channel, schema);
  }
}
