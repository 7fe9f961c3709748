#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"
#include "core/channel.h"

namespace core {

enum class Guard : std::uint8_t {
  cut_off,
  mass_removal,
  mass_addition,
  last_model,
  group_coverage,
  auto_ban,
};

std::string_view name_of(Guard guard);

// Something that a guard held back, or harm that it found.
struct GuardNote {
  Guard guard{};
  std::optional<ChannelId> channel;  // none: the whole round
  base::Sentence text;
};

struct GuardPolicy {
  double max_removed_percent = 30;
  std::int64_t min_models = 20;
  int accept_after = 0;  // rounds in a row; 0 is never
  bool forced = false;
};

// How the network did for one host and port (or proxy) in a round.
struct HostRecord {
  int answers = 0;   // HTTP answers of any kind
  int failures = 0;  // calls that ended without one, on the network
  int silent = 0;    // calls that ended without one, in time
};
using Hosts = std::map<std::string, HostRecord>;

// Whether a round shows that this machine is cut off: nobody answered anything
// at all, or at least nine of ten hosts (two or more) failed on the network.
// Empty where it does not.
base::Sentence cut_off(const Hosts& hosts);

// Whether an answer of that status from guard.connectivity_url shows that this
// machine is connected, and not that a login page stands in between: 511 says
// so (RFC 6585), and from an address that is there to answer 204 anything else.
bool shows_connection(std::string_view url, int status);

// Whether `removals` are too many of `listed`.
bool is_mass_removal(std::int64_t removals, std::int64_t listed,
                     const GuardPolicy& policy);

}  // namespace core
