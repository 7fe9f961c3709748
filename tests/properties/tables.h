#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/stop.h"
#include "core/product.h"
#include "db/session.h"
#include "store/channel_store.h"
#include "support/servers.h"

// A gateway's two tables on some database, in the types that the gateway gives
// them there, with rows of anything that those types hold.
namespace property {

enum class Holds : std::uint8_t { number, natural, text, json, real };

struct Column {
  std::string name;
  Holds what = Holds::text;
  int most = 0;  // characters, where the server counts them; 0: no limit
  bool nullable = true;
};

// The columns of `channels` that a product has.
std::vector<Column> columns_of(core::Product product);

// A row by the names of its columns.
using Cells = std::map<std::string, db::Value>;

struct AbilityCells {
  db::Value group, model, channel_id, enabled, priority, weight, tag;
};

// Every cell of a table as its bytes in hexadecimal, with the type where
// SQLite has one; rows in the order of their keys.
using Snapshot = std::vector<std::map<std::string, std::string>>;

class Tables {
 public:
  Tables(db::Engine engine, core::Product product);

  db::Engine engine() const { return database_.engine(); }
  core::Product product() const { return product_; }
  bool has_abilities() const { return product_ != core::Product::onehub; }

  // Has just these rows afterwards; of abilities with one key the first.
  void fill(const std::vector<Cells>& channels,
            const std::vector<AbilityCells>& abilities) const;

  Snapshot channels() const { return snapshot("channels", {"id"}); }
  Snapshot abilities() const;

  store::ChannelStore& store() const { return *store_; }
  db::Session& session() const { return *session_; }

 private:
  Snapshot snapshot(const std::string& table,
                    const std::vector<std::string>& order) const;

  core::Product product_;
  support::Database database_;
  std::unique_ptr<db::Session> session_;  // of somebody else
  base::StopFlag stop_;
  std::unique_ptr<store::ChannelStore> store_;
};

}  // namespace property
