#pragma once

#include <cstdint>

#include "core/memory.h"

namespace db {
class Session;
}

namespace state {

class Words;

// The tables `channels` and `channel_keys`; see state.h for what they keep.
core::Memory read_memory(db::Session& session, Words& words,
                         std::int64_t gateway);

// Puts what is known of the channels in `memory` in the place of what was.
void write_memory(db::Session& session, Words& words, std::int64_t gateway,
                  const core::Memory& memory);

void forget_channel(db::Session& session, std::int64_t gateway,
                    std::int64_t channel);

}  // namespace state
