#include "core/product.h"

#include <string>
#include <vector>

#include "catch.h"

using core::Product;

namespace {

std::vector<std::string> common_and(const std::vector<std::string>& more) {
  std::vector<std::string> columns = {"id",       "type",   "key",
                                      "status",   "name",   "weight",
                                      "base_url", "models", "group"};
  columns.insert(columns.end(), more.begin(), more.end());
  return columns;
}

}  // namespace

TEST_CASE("a product is told by the columns that only it has") {
  struct Case {
    std::vector<std::string> columns;
    Product product;
  };
  const Case cases[] = {
      {{"config"}, Product::oneapi},
      {{"priority", "config", "system_prompt"}, Product::oneapi},
      {{"auto_ban"}, Product::newapi},
      {{"other_info"}, Product::newapi},
      {{"auto_ban", "other_info", "tag", "setting"}, Product::newapi},
      {{"auto_ban", "channel_info", "settings"}, Product::newapi},
      {{"deleted_at"}, Product::onehub},
      {{"model_headers", "pre_cost"}, Product::onehub},
  };
  for (const Case& one : cases) {
    const auto columns = common_and(one.columns);
    CAPTURE(columns);
    const auto found = core::detect(columns);
    REQUIRE(std::holds_alternative<core::Schema>(found));
    const auto& schema = std::get<core::Schema>(found);
    CHECK(schema.product == one.product);
    CHECK(schema.has(one.columns.front()));
    CHECK_FALSE(schema.has("no such column"));
  }
}

TEST_CASE("columns of two products leave open which of them came last") {
  struct Case {
    std::vector<std::string> columns;
    std::vector<Product> likely;
  };
  const Case cases[] = {
      {{"config", "auto_ban", "other_info"},
       {Product::newapi, Product::oneapi}},
      {{"auto_ban", "channel_info", "config", "system_prompt"},
       {Product::oneapi, Product::newapi}},
      {{"model_headers", "deleted_at", "auto_ban", "channel_info"},
       {Product::newapi, Product::onehub}},
      {{"config", "pre_cost"}, {Product::onehub, Product::oneapi}},
      {{"auto_ban", "deleted_at", "config"},
       {Product::oneapi, Product::onehub, Product::newapi}},
      // It went away and came back newer.
      {{"auto_ban", "deleted_at", "channel_info"},
       {Product::newapi, Product::onehub}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.columns);
    const auto found = core::detect(common_and(one.columns));
    REQUIRE(std::holds_alternative<core::Undecided>(found));
    CHECK(std::get<core::Undecided>(found).likely == one.likely);
  }
}

TEST_CASE("a table with nothing of its own may be anybody's") {
  const auto found = core::detect(common_and({"priority", "tag"}));
  REQUIRE(std::holds_alternative<core::Undecided>(found));
  CHECK(std::get<core::Undecided>(found).likely ==
        std::vector{Product::oneapi, Product::newapi, Product::onehub});
}

TEST_CASE("a table without what every gateway has is no gateway's") {
  const std::vector<std::string> columns = {"id", "name", "models", "auto_ban",
                                            "key"};
  const std::vector<std::string> missing = {"type", "status", "base_url",
                                            "group"};
  const auto found = core::detect(columns);
  REQUIRE(std::holds_alternative<core::NoGateway>(found));
  CHECK(std::get<core::NoGateway>(found).missing == missing);

  const auto named = core::schema_of(Product::newapi, columns);
  REQUIRE(std::holds_alternative<core::NoGateway>(named));
  CHECK(std::get<core::NoGateway>(named).missing == missing);
}

TEST_CASE("what the user says about the product is believed") {
  const auto found = core::schema_of(Product::newapi, common_and({"config"}));
  REQUIRE(std::holds_alternative<core::Schema>(found));
  const auto& schema = std::get<core::Schema>(found);
  CHECK(schema.product == Product::newapi);
  CHECK_FALSE(schema.has_channel_info());
  CHECK(schema.has_abilities());
}

TEST_CASE("several keys in one row are new-api's alone") {
  const auto columns = common_and({"channel_info"});
  const auto has = [&](Product product) {
    return std::get<core::Schema>(core::schema_of(product, columns))
        .has_channel_info();
  };
  CHECK(has(Product::newapi));
  CHECK_FALSE(has(Product::oneapi));
  CHECK_FALSE(has(Product::onehub));
}

TEST_CASE("products have the names of the configuration") {
  CHECK(core::name_of(Product::oneapi) == "oneapi");
  CHECK(core::name_of(Product::newapi) == "newapi");
  CHECK(core::name_of(Product::onehub) == "onehub");
}
