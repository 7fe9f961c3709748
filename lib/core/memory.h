#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "core/channel.h"
#include "core/kind.h"
#include "core/outcome.h"
#include "core/verdict.h"

namespace core {

// What is remembered of one public name on one channel.
struct NameMemory {
  Streak streak;
  std::optional<Outcome> outcome;         // of the last verdict
  std::optional<Kind> kind;               // the kind that answered last
  std::string form;                       // how it was asked then: form_of()
  base::WallTime judged{};                // when that was
  std::optional<base::WallTime> removed;  // by this monitor, and not back yet
  Outcome removed_for = Outcome::ok;      // meaningful with `removed`
  bool dismissed = false;                 // the administrator took it off

  bool operator==(const NameMemory&) const = default;
};

// What was last seen of one key of several.
struct KeyMemory {
  Outcome outcome{};
  base::WallTime judged{};

  bool operator==(const KeyMemory&) const = default;
};

// A recipe that has once worked on a channel: "openai", chat.
using Recipe = std::pair<std::string, Kind>;

// What is remembered of one channel from round to round.  Marks are keyed
// hashes: nobody learns a key or an address from them.
struct ChannelMemory {
  std::int64_t created_time = 0;
  std::int64_t type = 0;
  std::string address_mark;  // of base_url
  std::string key_mark;      // of the key column
  std::string mapping_mark;  // of model_mapping
  int failed = 0;            // rounds in a row in which all of it failed
  bool disabled_by_us = false;
  bool seen = false;                // a round has seen it, `listed` is true
  std::vector<std::string> listed;  // as the last round left it
  std::map<std::string, NameMemory> names;
  std::set<Recipe> proven;
  std::map<std::size_t, KeyMemory> keys;  // by index, where there are several

  bool operator==(const ChannelMemory&) const = default;
};

using Memory = std::map<ChannelId, ChannelMemory>;

// The same in a quarter of the memory, while nobody looks at it.  Nothing is
// remembered in an empty text.
std::string packed(const ChannelMemory& memory);
ChannelMemory unpacked_memory(std::string_view bytes);

// The marks of a channel as it is now.
struct Marks {
  std::string address;
  std::string key;
  std::string mapping;
};

struct MemoryPolicy {
  std::chrono::seconds forget_after{std::chrono::hours(720)};
};

// `memory` as it counts for `channel` now: begun anew for another channel under
// the same id; without streaks, removed names and proofs after a change of type
// or address (what was dismissed stays so); names that are not listed any more
// and were not removed by us are dismissed, listed ones are neither; what was
// removed too long ago is forgotten, and so are names that are nothing of the
// three and were not judged for as long; the mark "disabled by us" goes at any
// status but 3.  The marks are those of now: ask is_outdated() before.
ChannelMemory recalled(ChannelMemory memory, const Channel& channel,
                       const Marks& marks, base::WallTime now,
                       const MemoryPolicy& policy);

// Whether key, mapping, address or type are not those of the last round, so
// that whatever was seen then has to be seen again.  True for a channel that
// was never seen.
bool is_outdated(const ChannelMemory& memory, const Channel& channel,
                 const Marks& marks);

// Notes that names were removed from the list and added to it by this monitor,
// and that it set the status.  `listed` is the list before that.
void remember_change(ChannelMemory& memory,
                     const std::vector<std::string>& removed,
                     const std::vector<std::string>& added,
                     std::optional<std::int64_t> new_status,
                     base::WallTime now);

// Notes that an undo brought the list back from `from` to `to`: what it took
// off is dismissed, what it brought back is as if it had never been removed.
void remember_undo(ChannelMemory& memory, const std::vector<std::string>& from,
                   const std::vector<std::string>& to,
                   std::optional<std::int64_t> new_status);

}  // namespace core
