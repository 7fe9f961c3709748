#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "state/state.h"

namespace db {
class Session;
}

namespace state {

// The table `intents`; see state.h for what it keeps.

RoundKind round_kind(std::int64_t code);

IntentId write_intent(db::Session& session, RoundId round, base::WallTime now,
                      const Intent& intent);
void write_settlement(db::Session& session, const Settlement& settlement);

// Newest first.
std::vector<JournalEntry> read_journal(db::Session& session,
                                       std::int64_t gateway,
                                       const JournalQuery& asked);

}  // namespace state
