#include <string>

#include "base/json.h"
#include "core/channel.h"
#include "targets.h"

// Whatever stands in model_mapping: it is read or refused, and every name leads
// somewhere or in a circle, never on and on.

void fuzz::mapping(Input input) {
  core::Channel channel;
  const auto product = static_cast<core::Product>(input.byte() % 3);
  const core::Schema schema{product, {"channel_info"}};
  const std::string name(input.text());
  channel.model_mapping = input.rest();
  const auto read = core::mapping_of(channel, schema);
  if (!read) {
    fuzz::require(!core::config_error_of(channel, schema).empty());
    return;
  }
  read->upstream(name);
  base::json::Document document;
  if (!document.parse(channel.model_mapping)) return;
  const auto entries = document.strings("");
  if (!entries) return;
  for (const auto& [from, to] : *entries) {
    const auto end = read->upstream(from);
    // Only new-api's follow one another.
    fuzz::require(end || product == core::Product::newapi);
    if (end && *end != from) fuzz::require(read->covers(*end));
    if (end && product == core::Product::newapi) {
      fuzz::require(read->upstream(*end) == end);
    }
  }
}
