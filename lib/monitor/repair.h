#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/messages.h"
#include "base/time.h"
#include "monitor/journal.h"

namespace monitor {

struct RepairPolicy {
  std::vector<core::ChannelId> channels;  // none: all
  bool dry_run = false;
  base::Language language = base::Language::en;  // of reasons in the journal
};

struct RepairedChannel {
  enum class Result : std::uint8_t { mended, would_mend, failed };

  core::ChannelId id{};
  std::string name;
  bool vanished = false;  // only abilities are left of it
  Result result = Result::failed;
  core::AbilityEdits edits;  // that were, or would be, made
  base::Sentence why;        // it was not mended, or not all of it
};

struct RepairReport {
  std::optional<state::RoundId> round;
  bool has_abilities = true;              // false: one-hub
  std::size_t seen = 0;                   // channels and vanished ones
  std::vector<RepairedChannel> channels;  // where something is wrong
  base::Sentence error;                   // what ended it before its end
  base::Error::Cause cause{};             // of `error`
};

// Makes abilities agree with their channels by the smallest difference, in one
// transaction for each channel and for each id that no channel has, additions
// first; never touches `channels`, nor the last rows of a group that an enabled
// channel is in and has none of its own.  What was open in the journal is
// settled before.  Throws base::Error, say::no_such_channel, where a channel is
// named that is not there and has left nothing.
RepairReport repair(const RepairPolicy& policy, const JournalTools& tools,
                    base::WallTime now);

}  // namespace monitor
