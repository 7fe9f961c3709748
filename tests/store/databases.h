#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/stop.h"
#include "core/product.h"
#include "db/session.h"
#include "store/channel_store.h"
#include "support/gateways.h"

// A gateway's database as some file of SQL describes it.
struct Origin {
  std::string name;
  std::string sql;
  core::Product product;
};

// Our own schemas, and those of real gateways where there are any.
inline std::vector<Origin> origins() {
  using core::Product;
  const std::string own = GATEWAY_SCHEMAS;
  std::vector<Origin> all = {
      {"one-api, ours", own + "/oneapi-sqlite.sql", Product::oneapi},
      {"new-api of 2025, ours", own + "/newapi-2025-04-sqlite.sql",
       Product::newapi},
      {"new-api, ours", own + "/newapi-sqlite.sql", Product::newapi},
      {"one-hub, ours", own + "/onehub-sqlite.sql", Product::onehub},
  };
  const std::string_view fixtures = GATEWAY_FIXTURES;
  if (fixtures.empty()) return all;
  const auto add = [&](std::string_view folder, Product product) {
    all.push_back(
        {std::string(folder), support::fixture(fixtures, folder), product});
  };
  add("one-api-0.6", Product::oneapi);
  add("new-api-2025-04", Product::newapi);
  add("new-api-2026-08", Product::newapi);
  add("one-hub-2026-02", Product::onehub);
  return all;
}

// A database of its own, and stores on it.
class Gateway {
 public:
  explicit Gateway(const Origin& origin) {
    support::make_database(file(), origin.sql);
  }

  std::string file() const { return folder_.file("one-api.db"); }

  std::unique_ptr<store::ChannelStore> store(
      std::unique_ptr<db::Session> session) const {
    auto found = store::detect(*session);
    return store::make_channel_store(
        std::move(session), std::get<core::Schema>(std::move(found)), stop);
  }
  std::unique_ptr<store::ChannelStore> store() const {
    return store(db::open_sqlite(file(), db::Access::write));
  }

  // The channel as it is now.
  core::Channel channel(std::int64_t id) const {
    return store()->look(core::ChannelId{id}).at(0);
  }

  void change(std::string_view sql) const { support::change(file(), sql); }
  std::string look_up(std::string_view sql) const {
    return support::look_up(file(), sql);
  }

  base::StopFlag stop;

 private:
  support::TemporaryFolder folder_;
};

inline Origin newapi_origin() {
  return origins().at(2);
}
