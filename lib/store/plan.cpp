#include "store/plan.h"

#include <utility>

#include "base/error.h"
#include "base/messages_db.h"
#include "core/names.h"

namespace store {

namespace {

using core::Channel;
using core::ChannelChange;

// Whether the row may still go to the status that was planned.
bool may_become(const ChannelChange& change, const Channel& row) {
  const std::int64_t status = *change.status;
  if (row.status == status) return true;
  if (status == core::enabled) {
    return row.status == core::disabled_automatically;
  }
  // An administrator may have forbidden it meanwhile.
  const bool forbidden =
      row.auto_ban != change.before.auto_ban && row.auto_ban != 1;
  return row.status == core::enabled && !forbidden;
}

// new-api shows it to the administrator.
void note_why(const ChannelChange& change, Channel& row,
              const core::Schema& schema) {
  if (schema.product != core::Product::newapi || !schema.has("other_info")) {
    return;
  }
  auto info = core::other_info_with(row.other_info.value_or(""),
                                    change.status_reason, change.now);
  if (info) row.other_info = std::move(*info);
}

// Returns whether it was put back.
template <typename Value>
bool put_back(std::optional<Value>& member,
              const std::optional<core::PutBack<Value>>& put) {
  if (!put || member != put->left) return false;
  member = put->before;
  return true;
}

}  // namespace

std::optional<Channel> row_after(const ChannelChange& change,
                                 const Channel& row,
                                 const core::Schema& schema) {
  if (row.status == core::disabled_by_hand &&
      (change.models || change.status || change.response_time)) {
    return std::nullopt;
  }
  if (change.status && !may_become(change, row)) return std::nullopt;
  Channel after = row;
  if (change.models) {
    after.models = *change.models;
    // Only what was there before us may be as empty as that.
    if (!change.restoration && !core::has_name(after.models)) {
      throw base::Error(base::say::would_be_empty);
    }
  }
  const bool switches = change.status && row.status != *change.status;
  if (switches) after.status = *change.status;
  const core::Restoration restoration =
      change.restoration.value_or(core::Restoration());
  if (schema.has("test_time")) {
    put_back(after.test_time, restoration.test_time);
  }
  if (schema.has("response_time")) {
    put_back(after.response_time, restoration.response_time);
  }
  if (!put_back(after.other_info, restoration.other_info) && switches) {
    note_why(change, after, schema);
  }
  return after;
}

void add_times(Plan& plan, const ChannelChange& change, const Channel& row,
               const core::Schema& schema) {
  if (!change.response_time) return;
  const bool is_only_tested = !change.models && !change.status;
  const bool is_written = is_only_tested || plan.after.models != row.models ||
                          plan.after.status != row.status ||
                          !plan.abilities.empty();
  if (!is_written) return;
  if (schema.has("test_time")) plan.after.test_time = change.now;
  if (schema.has("response_time")) {
    plan.after.response_time = change.response_time;
  }
}

}  // namespace store
