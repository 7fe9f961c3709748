#include "core/product.h"

#include <algorithm>
#include <array>
#include <utility>

namespace core {

namespace {

// What every gateway's table has had from the beginning.
constexpr std::array<std::string_view, 8> essential = {
    "id", "type", "key", "status", "name", "base_url", "models", "group"};

// Columns that only one product makes.
struct Fingerprint {
  Product product;
  std::array<std::string_view, 3> columns;
};
constexpr std::array<Fingerprint, 3> fingerprints = {
    {{Product::onehub, {"deleted_at", "pre_cost", "model_headers"}},
     {Product::newapi, {"channel_info", "auto_ban", "other_info"}},
     {Product::oneapi, {"config", "system_prompt", "system_prompt"}}}};

// A product whose columns are there, and where the last of them stands.
struct Found {
  Product product;
  std::ptrdiff_t last;
};

std::vector<std::string> missing_from(const std::vector<std::string>& columns) {
  std::vector<std::string> missing;
  for (const std::string_view column : essential) {
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
      missing.emplace_back(column);
    }
  }
  return missing;
}

std::vector<Found> products_in(const std::vector<std::string>& columns) {
  std::vector<Found> found;
  for (const Fingerprint& fingerprint : fingerprints) {
    const auto last = std::find_first_of(columns.rbegin(), columns.rend(),
                                         fingerprint.columns.begin(),
                                         fingerprint.columns.end());
    if (last == columns.rend()) continue;
    found.push_back({fingerprint.product, columns.rend() - last});
  }
  std::stable_sort(
      found.begin(), found.end(),
      [](const Found& a, const Found& b) { return a.last > b.last; });
  return found;
}

Schema schema_with(Product product, const std::vector<std::string>& columns) {
  return {.product = product, .columns = {columns.begin(), columns.end()}};
}

}  // namespace

std::string_view name_of(Product product) {
  switch (product) {
    case Product::oneapi: return "oneapi";
    case Product::newapi: return "newapi";
    case Product::onehub: return "onehub";
  }
  return "";
}

std::variant<Schema, Undecided, NoGateway> detect(
    const std::vector<std::string>& columns) {
  if (auto missing = missing_from(columns); !missing.empty()) {
    return NoGateway{std::move(missing)};
  }
  const std::vector<Found> found = products_in(columns);
  if (found.size() == 1) return schema_with(found.front().product, columns);
  Undecided undecided;
  for (const Found& one : found) {
    undecided.likely.push_back(one.product);
  }
  if (found.empty()) {
    // An old one-api, or a fork of something.
    undecided.likely = {Product::oneapi, Product::newapi, Product::onehub};
  }
  return undecided;
}

std::variant<Schema, Undecided, NoGateway> schema_of(
    Product product, const std::vector<std::string>& columns) {
  if (auto missing = missing_from(columns); !missing.empty()) {
    return NoGateway{std::move(missing)};
  }
  return schema_with(product, columns);
}

}  // namespace core
