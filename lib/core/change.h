#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/channel.h"

namespace core {

// One edit of a channel's row and its abilities.  What is not set is not
// written.
struct ChannelChange {
  Channel before;                                  // what it was made from
  std::optional<std::vector<std::string>> models;  // the whole new list
  std::optional<std::int64_t> status;              // enabled or
                                                   // disabled_automatically
  std::string status_reason;  // for other_info; "" when enabling
  std::int64_t now = 0;       // unix seconds, for other_info and test_time
  std::optional<std::int64_t> response_time;  // ms; test_time goes with it
};

// `other_info` with a status_reason and a status_time put in and every other
// member kept, in its place; nothing where it is not empty and no JSON object.
std::optional<std::string> other_info_with(const std::string& other_info,
                                           const std::string& status_reason,
                                           std::int64_t status_time);

}  // namespace core
