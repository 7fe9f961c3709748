#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/channel.h"

namespace core {

// One row of the abilities table, less its channel_id.  Of columns that the
// table does not have, both sides of a comparison keep the default.  NULL, or
// what is no number, in the first three is always wrong: no gateway writes it,
// and a row without a priority is unroutable.
struct Ability {
  std::string group;
  std::string model;
  std::optional<bool> enabled = false;
  std::optional<std::int64_t> priority = 0;
  std::optional<std::int64_t> weight = 0;
  std::optional<std::string> tag;

  bool operator==(const Ability&) const = default;
};

// Columns that one-api's table lacks.
struct AbilityColumns {
  bool weight = true;
  bool tag = true;
};

// Says which names the database takes for one: equal keys, one name.  Gives
// one key for each name; none where the names themselves are the keys.
using NameKeys = std::function<std::vector<std::string>(
    const std::vector<std::string>& names)>;

// To be written in this order: a collation may take a name that comes for one
// that goes.
struct AbilitiesDifference {
  std::vector<Ability> stray;    // as they are there
  std::vector<Ability> wrong;    // as they ought to be
  std::vector<Ability> missing;  // as they ought to be

  bool empty() const {
    return stray.empty() && wrong.empty() && missing.empty();
  }
};

// What a write does to one row: nothing where there was, or is, none.
struct AbilityEdit {
  std::optional<Ability> before;
  std::optional<Ability> after;

  bool operator==(const AbilityEdit&) const = default;
};

// What a write does to the abilities of a channel, and what they were copies of
// when it did.
struct AbilityEdits {
  std::int64_t priority = 0;
  std::int64_t weight = 0;
  std::optional<std::string> tag;
  std::vector<AbilityEdit> rows;

  bool operator==(const AbilityEdits&) const = default;
};

// The rows that a gateway gives `channel`: its models x its groups, both split
// as the gateway splits them (nothing trimmed, "" one empty name, repeats left
// out; of names that `keys` holds for one, the first; without `keys` all
// names differ).
std::vector<Ability> abilities_of(const Channel& channel, const NameKeys& keys,
                                  const AbilityColumns& columns);

// The least that turns `present` into `wanted`.
AbilitiesDifference difference(const std::vector<Ability>& wanted,
                               const std::vector<Ability>& present);

// What `difference` does to `present`, the abilities of `channel`.
AbilityEdits edits_of(const AbilitiesDifference& difference,
                      const std::vector<Ability>& present,
                      const Channel& channel);

// `present` as it was before `edits`; nothing where somebody else has written
// since: a row is not as they left it, or the rows of `channel` ought to be
// copies of something else by now.
std::optional<std::vector<Ability>> taken_back(
    const AbilityEdits& edits, const std::vector<Ability>& present,
    const Channel& channel);

// Adds those of `wanted` whose groups have no row in `rows`.
void cover_groups(std::vector<Ability>& rows,
                  const std::vector<Ability>& wanted);

// The groups of `present` that have no row in `wanted`.
std::set<std::string> groups_left(const std::vector<Ability>& wanted,
                                  const std::vector<Ability>& present);

// A group that an enabled channel uses and that has no row in abilities: the
// gateway dies of it at its next cache sync (contract 2.5).
struct Uncovered {
  ChannelId channel{};
  std::string group;
};
std::vector<Uncovered> uncovered(const std::vector<Channel>& channels,
                                 const std::set<std::string>& covered_groups);

}  // namespace core
