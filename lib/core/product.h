#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace core {

enum class Product : std::uint8_t { oneapi, newapi, onehub };

// "oneapi", "newapi", "onehub".
std::string_view name_of(Product product);

// What a gateway's `channels` table is: whose it is, and which columns are
// there.  A column that is missing is never selected and never written.
struct Schema {
  Product product = Product::newapi;
  std::set<std::string> columns;

  bool has(const std::string& column) const { return columns.contains(column); }

  // new-api since mid-June 2025: keys in one row, mappings in chains.
  bool has_channel_info() const {
    return product == Product::newapi && has("channel_info");
  }
  bool has_abilities() const { return product != Product::onehub; }
};

// The columns leave open whose table it is; `likely` is the best guess first.
struct Undecided {
  std::vector<Product> likely;
};
// It is no gateway's table; these columns are missing.
struct NoGateway {
  std::vector<std::string> missing;
};

// Tells the product by the columns of `channels`, in the table's order
// (contract 1.3).  Columns of two products mean that the database moved: the
// set that comes last is the likely one, but a return to the first product
// looks the same, so it stays undecided.
std::variant<Schema, Undecided, NoGateway> detect(
    const std::vector<std::string>& columns);

// The schema where the user has said which product it is; NoGateway where
// columns that every product has are missing.
std::variant<Schema, Undecided, NoGateway> schema_of(
    Product product, const std::vector<std::string>& columns);

}  // namespace core
