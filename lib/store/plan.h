#pragma once

#include <optional>
#include <vector>

#include "core/abilities.h"
#include "core/change.h"
#include "core/channel.h"
#include "core/product.h"
#include "store/channel_store.h"

namespace store {

// What a change comes to, seen from the row as it is now.
struct Plan {
  core::Channel after;
  core::AbilitiesDifference abilities;
  core::AbilityEdits edits;      // the same, with what was there before
  std::size_t ability_rows = 0;  // that there are to be
  std::vector<Kept> kept{};      // among them
};

// The row that `change` leaves where `row` is what it finds, but for the times
// of a test; nothing where the row does not allow it any more.  Throws
// base::Error where no model would be left.
std::optional<core::Channel> row_after(const core::ChannelChange& change,
                                       const core::Channel& row,
                                       const core::Schema& schema);

// Puts the times of a test into `plan`, if they are written with it.
void add_times(Plan& plan, const core::ChannelChange& change,
               const core::Channel& row, const core::Schema& schema);

}  // namespace store
