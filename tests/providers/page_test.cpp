#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "base/text.h"
#include "catch.h"
#include "core/channel_type.h"
#include "core/endpoint.h"
#include "core/provider.h"
#include "core/provider_page.h"

using core::Product;

// docs/providers.md says what the program does.  UPDATE_DOCS=1 in the
// environment writes it anew.

namespace {

const std::string file = DOCS "/providers.md";

std::string page() {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// The cells of the page's rows, by product and number.
using Rows =
    std::map<std::pair<Product, std::int64_t>, std::vector<std::string>>;

Rows rows_of(const std::string& page) {
  static const std::map<std::string, Product> products = {
      {"## one-api", Product::oneapi},
      {"## new-api", Product::newapi},
      {"## one-hub", Product::onehub}};
  Rows rows;
  Product product{};
  for (const std::string_view line : base::split(page, '\n')) {
    const auto title = products.find(std::string(line));
    if (title != products.end()) product = title->second;
    std::vector<std::string> cells;
    for (const std::string_view cell : base::split(line, '|')) {
      cells.emplace_back(base::trimmed(cell));
    }
    if (cells.size() != 6) continue;
    if (const auto id = base::whole_number(cells[1])) {
      CHECK_FALSE(rows.contains({product, *id}));
      rows[{product, *id}] = cells;
    }
  }
  return rows;
}

// What becomes of a channel that has nothing but a number, an address and a
// key of no form.
std::string fate_of(Product product, std::int64_t type,
                    const std::string& address) {
  core::Channel channel;
  channel.type = type;
  channel.base_url = address;
  channel.key = base::Secret("a|b|c");
  channel.other = "v1|p";
  channel.config = R"({"user_id":"u"})";
  const auto to = core::endpoint_of(channel, {product, {}});
  const auto* endpoint = std::get_if<core::Endpoint>(&to);
  return endpoint == nullptr ? "" : std::string(endpoint->provider->name());
}

}  // namespace

TEST_CASE("the page of providers is what the table makes of it") {
  const char* const wish = std::getenv("UPDATE_DOCS");
  if (wish != nullptr && std::string_view(wish) == "1") {
    std::ofstream(file) << core::provider_page();
  }
  const std::string made = core::provider_page();
  const std::string there = page();
  for (const std::string_view line : base::split(made, '\n')) {
    INFO(line);
    CHECK(there.find(std::string(line) + "\n") != std::string::npos);
  }
  CHECK((there == made));
}

TEST_CASE("the page tells of every number what becomes of it") {
  const Rows rows = rows_of(page());
  for (const Product product :
       {Product::oneapi, Product::newapi, Product::onehub}) {
    for (std::int64_t id = -1; id <= 120; ++id) {
      INFO(core::name_of(product) << ' ' << id);
      const auto row = rows.find({product, id});
      const std::string fate = fate_of(product, id, "https://h");
      const auto* type = core::channel_type(product, id);
      CHECK((row != rows.end()) == (type != nullptr));
      if (type == nullptr) {
        CHECK(fate == "openai");
        CHECK(fate_of(product, id, "") == "");
        continue;
      }
      const auto& cells = row->second;
      const bool is_asked = cells[3].starts_with("`");
      CHECK(cells[2] == type->name);
      CHECK(is_asked == (type->speech.provider != nullptr));
      if (!fate.empty()) CHECK(cells[3] == "`" + fate + "`");
      if (!is_asked) CHECK(fate.empty());
      const std::string host =
          type->host.empty() ? "–" : "`" + std::string(type->host) + "`";
      CHECK(cells[4] == host);
    }
  }
}

TEST_CASE("each provider is on the page") {
  const std::string text = page();
  for (const core::Provider* provider : core::all_providers()) {
    INFO(provider->name());
    const std::string cell = "| `" + std::string(provider->name()) + "` |";
    const std::size_t list = text.find("## Providers");
    REQUIRE(list != std::string::npos);
    CHECK(text.find(cell, list) != std::string::npos);
    CHECK(text.find(cell) < list);
  }
}
