#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "core/abilities.h"
#include "core/channel.h"

namespace core {

// A value that is put back where the row still has what was left there.
template <typename Value>
struct PutBack {
  std::optional<Value> left;    // NULL: nothing
  std::optional<Value> before;  // the same
};

// What brings a row back as it was before some change, besides models and
// status, where nobody else has written since.
struct Restoration {
  std::optional<PutBack<std::string>> other_info;
  std::optional<PutBack<std::int64_t>> test_time;
  std::optional<PutBack<std::int64_t>> response_time;
  std::optional<AbilityEdits> abilities;  // of that change
};

// One edit of a channel's row and its abilities.  What is not set is not
// written.
struct ChannelChange {
  Channel before;                      // what it was made from
  std::optional<std::string> models;   // the whole new list, byte for byte
  std::optional<std::int64_t> status;  // enabled or disabled_automatically
  std::string status_reason;           // for other_info; "" when enabling
  std::int64_t now = 0;  // unix seconds, for other_info and test_time
  std::optional<std::int64_t> response_time;  // ms; test_time goes with it
  std::optional<Restoration> restoration;     // of an undo
  // No channel of this id: only what is left of it in abilities is meant.
  bool vanished = false;
  // Groups that other changes will have covered by then: of a dry run.
  std::set<std::string> foreseen_groups;
};

// `other_info` with a status_reason and a status_time put in and every other
// member kept, in its place; nothing where it is not empty and no JSON object.
std::optional<std::string> other_info_with(const std::string& other_info,
                                           const std::string& status_reason,
                                           std::int64_t status_time);

}  // namespace core
