#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "state/state.h"

namespace db {
class Session;
}

namespace state {

class Words;

// Returns how many there were.
std::int64_t write_probes(db::Session& session, Words& words,
                          std::int64_t round, const EachProbe& probes);

// Those of a round, which began at `at`.
std::vector<PastProbe> read_probes(db::Session& session, Words& words,
                                   std::int64_t round, base::WallTime at);

// Forgets some of what is too old, or too much; never so much at once that a
// round would wait for it.
void forget_old_history(db::Session& session, std::int64_t gateway,
                        base::WallTime now);

}  // namespace state
