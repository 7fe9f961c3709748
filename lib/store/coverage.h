#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/channel.h"
#include "db/session.h"
#include "store/channel_store.h"

namespace store {

// Which groups have rows in abilities, byte for byte as the gateways compare
// them, whatever the table's collation takes for one.
class Coverage {
 public:
  // `session` must outlive it.
  explicit Coverage(db::Session& session);

  std::set<std::string> covered_groups_of(const db::Rows& rows) const;
  // What they are read from.
  std::string select_groups() const;

  // Those of `groups` that no channel but `channel` has a row of.
  std::set<std::string> bare_without(core::ChannelId channel,
                                     const std::set<std::string>& groups);

  // Those of `groups` that are bare without `channel` while another enabled
  // channel is in them; each once, with the first such channel.
  std::vector<Kept> needed_without(core::ChannelId channel,
                                   const std::set<std::string>& groups);

 private:
  std::string bytes_of(std::string_view text) const;

  db::Session& session_;
};

}  // namespace store
