#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/messages.h"
#include "base/stop.h"
#include "core/abilities.h"
#include "core/change.h"
#include "core/channel.h"
#include "core/product.h"

namespace db {
class Session;
}

namespace store {

// Rows that had to stay: without them their group had none in all of abilities
// while this other channel, an enabled one, is in it (contract 2.5).
struct Kept {
  std::string group;
  core::ChannelId needed_by{};
  std::string name;  // of that channel
};

// Written.  `before` and `after` are the row as it was and as it is now, with
// the status that was really there; `abilities` is what was done to those.
struct Applied {
  core::Channel before;
  core::Channel after;
  core::AbilityEdits abilities;
  std::vector<Kept> kept{};
};
struct Unchanged {  // everything was so already
  std::vector<Kept> kept{};
};
struct ChangedMeanwhile {};  // the row is not what the change was made from
struct InDoubt {};           // the commit was not answered: look, never repeat
struct Failed {
  base::Sentence why;
};
using Result =
    std::variant<Applied, Unchanged, ChangedMeanwhile, InDoubt, Failed>;

// The channels of a gateway's database.
//
// Calls block, at most a second at a time, and throw base::Error where the
// database is lost or a stop was asked for.  After a throw the database is as
// it was before the call.
class ChannelStore {
 public:
  virtual ~ChannelStore() = default;

  virtual const core::Schema& schema() const = 0;

  // Every channel by ascending id, in one query of the columns that are there.
  // Rows that cannot be read come with `malformed`.
  virtual std::vector<core::Channel> load() = 0;

  // One channel as it is now; none or one.
  virtual std::vector<core::Channel> look(core::ChannelId id) = 0;

  // The abilities of a channel as they are now; none for one-hub.
  virtual std::vector<core::Ability> abilities(core::ChannelId id) = 0;

  // The groups that have a row in abilities; none for one-hub.
  virtual std::set<std::string> covered_groups() = 0;

  // Which names are one to abilities.model; as core::NameKeys.
  virtual std::vector<std::string> name_keys(
      const std::vector<std::string>& names) = 0;

  // The longest name that a list may get, in bytes.
  virtual std::size_t longest_name() const = 0;

  // Ids of which there are abilities, but no channel.
  virtual std::vector<core::ChannelId> vanished() = 0;

  // What apply() would do with each if it were called now; writes nothing.  Of
  // many it takes as many statements as of one, but for those that take all
  // rows of theirs from a group.
  virtual std::vector<Result> previews(
      const std::vector<const core::ChannelChange*>& changes) = 0;
  Result preview(const core::ChannelChange& change) {
    return std::move(previews({&change}).front());
  }

  // Writes `change` to channels and abilities in one transaction, if the row
  // is still what the change was made from; the abilities of the channel are
  // made to agree with the row that it leaves, also where nothing else is to be
  // written.  Only ever writes `models`, `status`, `other_info`, `test_time`,
  // `response_time` of that one row.  A row that is switched off by hand gets
  // nothing but its abilities.  An undo leaves the very abilities that were
  // there before, where nobody else has written since; but each group of an
  // enabled channel has its rows.  Never takes the last rows of a group that
  // another enabled channel is in: those stay.
  virtual Result apply(const core::ChannelChange& change) = 0;

  // A trivial query, so that nobody closes the connection.
  virtual void keep_alive() = 0;
};

// Whose database this is: asks for the columns of `channels` and of
// `abilities`.  Throws base::Error where it is no gateway's.
std::variant<core::Schema, core::Undecided> detect(db::Session& session);

// The schema where the user named the product.  Throws as detect() does.
core::Schema schema_of(db::Session& session, core::Product product);

// Throws base::Error, naming the table, where our user may not do what a store
// does: what a server would refuse is asked of it with conditions that are met
// by no row.
void look_at_rights(db::Session& session, const core::Schema& schema);

// A store over the tables of the product of `schema`; one-hub's have no
// abilities.  `stop` must outlive it.
std::unique_ptr<ChannelStore> make_channel_store(
    std::unique_ptr<db::Session> session, core::Schema schema,
    const base::StopFlag& stop);

}  // namespace store
