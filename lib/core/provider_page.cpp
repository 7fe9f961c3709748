#include "core/provider_page.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "core/channel_type.h"
#include "core/kind.h"
#include "core/provider.h"

namespace core {

namespace {

constexpr std::string_view introduction =
    R"(# Channel types

What is done with the channels of each type. This page is made from the table in
`lib/core/channel_type.cpp`; a test holds it to that, and writes it anew where
`UPDATE_DOCS=1` is set.

- **provider** says how the upstream is spoken to. What each provider sends, word
  for word, is in `tests/data/transcripts/PROVIDER.txt`.
- **address** is where a channel without a `base_url` leads; "–" where it has to
  have one, or where the address follows from the key.
- *not asked* means that no model of such a channel is ever probed, and so none
  is ever added or removed.

A number that a product does not know is asked as `openai` where the channel has
a `base_url`, and not at all where it has none. The same number means different
vendors in different products.
)";

constexpr std::array<Kind, 11> kinds = {
    Kind::chat,          Kind::responses, Kind::embedding, Kind::rerank,
    Kind::moderation,    Kind::research,  Kind::image,     Kind::speech,
    Kind::transcription, Kind::video,     Kind::realtime,
};

constexpr std::array<std::pair<Product, std::string_view>, 3> products = {
    {{Product::oneapi, "one-api"},
     {Product::newapi, "new-api"},
     {Product::onehub, "one-hub"}}};

template <typename Choose>
std::string kinds_where(const Choose& choose) {
  std::vector<std::string> names;
  for (const Kind kind : kinds) {
    if (choose(kind)) names.emplace_back(name_of(kind));
  }
  return base::joined(names, ", ");
}

std::string kinds_of(Product product, const Provider& provider) {
  Endpoint endpoint;
  endpoint.provider = &provider;
  endpoint.product = product;
  return kinds_where([&](Kind kind) { return provider.can(endpoint, kind); });
}

bool speaks_with(Product product, const Provider& provider) {
  const auto types = channel_types(product);
  return std::any_of(types.begin(), types.end(), [&](const ChannelType& type) {
    return type.speech.provider != nullptr &&
           &type.speech.provider() == &provider;
  });
}

// A row for each set of kinds, which may depend on the product.
std::string rows_of(const Provider& provider) {
  std::map<std::string, std::vector<std::string>> by_kinds;
  for (const auto& [product, name] : products) {
    if (!speaks_with(product, provider)) continue;
    by_kinds[kinds_of(product, provider)].emplace_back(name);
  }
  std::string rows;
  for (const auto& [text, names] : by_kinds) {
    rows += fmt::format("| `{}` | {} | {} |\n", provider.name(),
                        base::joined(names, ", "), text);
  }
  return rows;
}

std::string row_of(const ChannelType& type) {
  const std::string host =
      type.host.empty() ? "–" : fmt::format("`{}`", type.host);
  std::string what = "*not asked: nothing there answers a test call*";
  if (type.speech.has_own) what = "*not asked: a protocol of its own*";
  if (type.speech.provider != nullptr) {
    what = fmt::format("`{}`", type.speech.provider().name());
  }
  return fmt::format("| {} | {} | {} | {} |\n", type.id, type.name, what, host);
}

}  // namespace

std::string provider_page() {
  std::string page(introduction);
  for (const auto& [product, name] : products) {
    page += fmt::format(
        "\n## {}\n\n| type | name | provider | address |\n|---:|---|---|---|\n",
        name);
    for (const ChannelType& type : channel_types(product))
      page += row_of(type);
  }
  page += fmt::format(
      "\n## Providers\n\nThe kinds of models that each can ask for. Some cost "
      "money or need media, and are\nleft out unless `probe.expensive` names "
      "them:\n{}.\n\n| provider | for | kinds |\n|---|---|---|\n",
      kinds_where(is_expensive));
  for (const Provider* provider : all_providers())
    page += rows_of(*provider);
  return page;
}

}  // namespace core
