#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/abilities.h"
#include "core/channel.h"
#include "db/session.h"

namespace store {

// How rows of `channels` are read: which of its columns, and into what.
class ChannelReader {
 public:
  explicit ChannelReader(const core::Schema& schema);

  // "SELECT … FROM "channels"" of the columns that are there and that the
  // product itself uses, less rows that one-hub takes for deleted; a condition
  // on the id may follow after "AND", or an order.
  const std::string& select() const { return select_; }

  // What is no number where one belongs is 0, and named in `malformed`.
  core::Channel channel(const db::Row& row) const;

 private:
  struct Column;
  static const std::vector<Column>& known_columns();

  std::vector<const Column*> columns_;  // as they are selected
  std::string select_;
};

// The statements for rows of `abilities`, without columns that are not there.
class AbilityRows {
 public:
  AbilityRows(const core::AbilityColumns& columns, const db::Dialect& dialect);

  // A query, and what its rows say.
  db::Statement select(const std::vector<core::ChannelId>& channels) const;
  std::map<core::ChannelId, std::vector<core::Ability>> read(
      const db::Rows& rows) const;

  db::Statements writes(core::ChannelId channel,
                        const core::AbilitiesDifference& difference) const;

  // A query, and what its rows say: how many there are of a channel.
  static db::Statement count(core::ChannelId channel);
  static std::size_t read_count(const db::Rows& rows);

 private:
  struct Batch;  // rows that only differ in their models

  db::Statement remove(core::ChannelId channel, const Batch& batch) const;
  db::Statement correct(core::ChannelId channel, const Batch& batch) const;
  db::Statement add(core::ChannelId channel,
                    const std::vector<core::Ability>& rows, std::size_t begin,
                    std::size_t end) const;
  static std::vector<Batch> batches(const std::vector<core::Ability>& rows);

  core::AbilityColumns columns_;
  db::Dialect dialect_;
};

}  // namespace store
