#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/messages.h"
#include "base/time.h"
#include "core/conversation.h"
#include "core/examination.h"
#include "core/guard.h"
#include "core/judgement.h"
#include "core/memory.h"
#include "net/pace.h"

namespace monitor {

// Other limits for some channels.  Every selector that is given must match.
struct SpecialLimits {
  std::vector<std::int64_t> channels;  // ids; empty selects all
  std::optional<std::int64_t> type;
  std::string host;  // a glob; with a colon in it, against host and port
  std::optional<double> rps;
  std::optional<double> rpm;
  std::optional<std::size_t> max_concurrent;
  std::optional<base::Milliseconds> timeout;
};

// Which channels are looked at.  Empty lists choose all.
struct Selection {
  std::vector<std::int64_t> include;
  std::vector<std::int64_t> exclude;
  std::vector<std::int64_t> only;  // of the command line
  bool whatever_status = false;    // those that are off by hand, too
};

// What a round has to know of the configuration.
struct RoundPolicy {
  std::string version;  // of the program, for the report
  Selection selection;
  core::ProbePolicy probe;
  core::ExaminationPolicy examination;
  core::JudgePolicy judge;
  core::GuardPolicy guard;
  std::string accepting;  // the command that lifts the guards, for people
  core::MemoryPolicy memory;
  net::LaneLimits lane;
  std::vector<SpecialLimits> limits;
  std::optional<base::Milliseconds> timeout;  // of the round
  std::string connectivity_url;
  // From round to round: copies of a policy share them.
  std::shared_ptr<core::Passes> passes = std::make_shared<core::Passes>();
  std::shared_ptr<core::ListMemory> list_memory =
      std::make_shared<core::ListMemory>();
  bool dry_run = false;    // nothing is written or learnt
  bool read_only = false;  // nothing is written to the gateway
  bool write_test_time = false;
  std::vector<std::string> told;  // the services that are told of changes
  base::Language language = base::Language::en;  // of reasons in the database
};

// The limits of one channel at `host` ("name:port"): the first entry that
// matches counts.
struct ChannelLimits {
  net::LaneLimits lane;
  base::Milliseconds timeout{};
};
ChannelLimits limits_of(const core::Channel& channel, const std::string& host,
                        const RoundPolicy& policy);

// Whether a round looks at `channel`: it is on, or off without anybody's hand,
// or nobody can say since its status is no number; and it is chosen.
bool is_chosen(const core::Channel& channel, const Selection& selection);

// A warning for each list of `selection` that names channels which are not
// there.  Throws base::Error where none of those is there that the command line
// names.
std::vector<base::Sentence> strangers(
    const Selection& selection, const std::vector<core::Channel>& channels);

}  // namespace monitor
