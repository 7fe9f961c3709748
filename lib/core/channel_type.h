#pragma once

#include <cstdint>
#include <string_view>

#include "core/product.h"

namespace core {

// How the upstreams of a channel type are spoken to.
enum class Protocol : std::uint8_t {
  openai,  // OpenAI's, under the type's prefix
  own,     // one of its own that this program does not speak
  none,    // nothing that answers a test call: agents, drawings, tasks
};

// What a number in channels.type means in one product (contract 5.1, 5.2).
// The same number means different vendors in different products: a host of one
// product's table is never used for another's channel.
struct ChannelType {
  std::int64_t id = 0;
  std::string_view name;
  Protocol protocol = Protocol::own;
  std::string_view host;            // where base_url is empty; "" is nowhere
  std::string_view prefix = "/v1";  // of every path
};

// Returns nullptr for a number that the product does not know.
const ChannelType* channel_type(Product product, std::int64_t id);

}  // namespace core
