#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/stop.h"
#include "base/time.h"
#include "core/memory.h"
#include "state/state.h"
#include "store/channel_store.h"

namespace monitor {

// What the journal works with; all of it outlives it.
struct JournalTools {
  store::ChannelStore& store;
  state::State& state;
  state::GatewayId gateway{};
  base::Log& log;
  const base::StopFlag& stop;
};

// What undo will need of a write.  A secret of the channel is never in it.
state::Details details_of(const store::Applied& applied,
                          const state::State& state,
                          const core::Schema& schema);

// What is shown for names of the lists before and after that have a secret of
// the channel in them.
core::ShownNames shown_names_of(const core::ChannelChange& change,
                                const core::Schema& schema);

// What is meant to be written, as preview() of `change` tells it in `ahead`;
// but for `shown_names`.
state::Intent intent_of(const core::ChannelChange& change,
                        const store::Result& ahead, const state::State& state,
                        const core::Schema& schema);

// That `applied` was written; its `id` is still to be set.
state::Settlement settlement_of(const store::Applied& applied,
                                const state::State& state,
                                const core::Schema& schema);

// Whether a write changed the list or the status, so that it is remembered.
bool is_remembered(const state::Intent& intent);

// Notes in the memory of its channel what a written entry has done.
void remember(core::ChannelMemory& memory, const state::JournalEntry& entry);

// Writes changes one by one, each with its intent before and its settlement
// after it, as a round of its own, which begins with the first of them.
class JournalledWrites {
 public:
  JournalledWrites(const JournalTools& tools, state::RoundKind kind,
                   base::WallTime now);

  // Throws base::Error as State and ChannelStore do.
  store::Result write(const core::ChannelChange& change, state::Intent intent);

  // Says that all is over.
  void finish(const std::string& summary);

  const std::optional<state::RoundId>& round() const { return round_; }

 private:
  JournalTools tools_;
  state::RoundKind kind_;
  base::WallTime now_;
  std::optional<state::RoundId> round_;
  core::Memory memory_;
};

}  // namespace monitor
