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

// The rows of `abilities`, without those columns that are not there.
class AbilityRows {
 public:
  // `session` must outlive it.
  AbilityRows(db::Session& session, const core::AbilityColumns& columns);

  std::vector<core::Ability> of(core::ChannelId channel) const;
  std::map<core::ChannelId, std::vector<core::Ability>> of(
      const std::vector<core::ChannelId>& channels) const;

  void write(core::ChannelId channel,
             const core::AbilitiesDifference& difference) const;
  std::size_t count(core::ChannelId channel) const;

 private:
  struct Batch;  // rows that only differ in their models

  void remove(core::ChannelId channel, const Batch& batch) const;
  void correct(core::ChannelId channel, const Batch& batch) const;
  void add(core::ChannelId channel, const std::vector<core::Ability>& rows,
           std::size_t begin, std::size_t end) const;
  static std::vector<Batch> batches(const std::vector<core::Ability>& rows);

  db::Session& session_;
  core::AbilityColumns columns_;
};

}  // namespace store
