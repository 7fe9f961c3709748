#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/product.h"

namespace core {

class Provider;
struct Channel;

// How the upstreams of a channel type are spoken to.
struct Speech {
  // nullptr where nobody speaks with them.
  const Provider& (*provider)() = nullptr;
  // Without a provider: whether there are models, only in a protocol that this
  // program does not speak; else there is nothing that answers a test call:
  // agents, drawings, tasks.
  bool has_own = false;
};

// OpenAI's, also that of types that a product does not know.
extern const Speech openai_speech;

// What a number in channels.type means in one product (contract 5.1, 5.2).
// The same number means different vendors in different products: a host of one
// product's table is never used for another's channel.
struct ChannelType {
  std::int64_t id = 0;
  std::string_view name;
  Speech speech;
  std::string_view host;  // where base_url is empty; "" is nowhere
};

// All of a product's, by their numbers.
std::span<const ChannelType> channel_types(Product product);

// Returns nullptr for a number that the product does not know.
const ChannelType* channel_type(Product product, std::int64_t id);

// Everybody with whom some type is spoken, each once; and who of them is called
// `name`, or nullptr.
std::vector<const Provider*> all_providers();
const Provider* provider_named(std::string_view name);

// Where a channel of several of new-api's types has one of its words for a
// subscription in the place of an address (contract 5.3): the address that is
// meant, which has the version in it already.  "" where that is not so.
std::string_view coding_plan(const Channel& channel, const Schema& schema);

}  // namespace core
