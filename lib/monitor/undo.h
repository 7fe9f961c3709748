#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/messages.h"
#include "base/time.h"
#include "monitor/journal.h"

namespace monitor {

// Which changes are to be brought back: those of a round, or those since a time
// that are still in effect, of these channels if any are named; or only
// channels: the last change of each that is still in effect and no undo itself.
struct UndoPolicy {
  std::optional<state::RoundId> round;
  std::optional<base::WallTime> since;
  std::vector<core::ChannelId> channels;
  bool dry_run = false;
  base::Language language = base::Language::en;  // of reasons in the database
};

struct UndoneChange {
  enum class Result : std::uint8_t { undone, would_undo, refused, failed };

  state::JournalEntry entry;  // that was, or would be, brought back
  Result result = Result::refused;
  base::Sentence why;  // it was not
};

struct UndoReport {
  std::optional<state::RoundId> round;  // of the undo itself
  std::vector<UndoneChange> changes;    // newest first
  base::Sentence error;                 // what ended it before its end
  base::Error::Cause cause{};           // of `error`
};

// Brings changes of the journal back, newest first, each in a transaction of
// its own, and only where its channel is as the change left it.  What was open
// in the journal is settled before.  Throws base::Error where there is no such
// round or change: say::undo_no_such_round, say::undo_no_such_change.
UndoReport undo(const UndoPolicy& policy, const JournalTools& tools,
                base::WallTime now);

}  // namespace monitor
