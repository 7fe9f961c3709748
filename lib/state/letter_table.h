#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "state/state.h"

namespace db {
class Session;
}

namespace state {

// In a transaction, as claim_letter().
void write_news(db::Session& session, std::int64_t gateway, base::WallTime now,
                const News& news);

std::vector<Letter> read_letters(db::Session& session, std::int64_t gateway);

// Returns whether `letter` was still as it was read.
bool claim_letter(db::Session& session, const Letter& letter,
                  base::WallTime next);

}  // namespace state
