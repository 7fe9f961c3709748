#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"
#include "core/candidates.h"
#include "core/channel.h"
#include "core/memory.h"
#include "core/names.h"
#include "core/outcome.h"
#include "core/report.h"
#include "monitor/channel_run.h"
#include "net/http_client.h"

namespace monitor {

// What has to be known of a channel before its turn comes.
struct Outline {
  base::Sentence config_error;  // why it cannot be understood at all
  std::string host;             // as in Prepared
};
Outline outline_of(const core::Channel& channel, const core::Schema& schema);

// What is left of a channel's examination when it is over.
struct Found {
  std::string name;             // of the channel, as it may be shown
  core::Candidates candidates;  // but for the candidates
  std::string findings;         // core::packed()
  core::ShownNames shown_names;
  std::string_view provider;  // whose recipe was used; "" if nobody's
  bool is_testable = false;   // some of its models are
  std::optional<core::Outcome> list_outcome;
  std::size_t offered = 0;
  bool list_was_cut = false;
  base::Sentence wrong_address;  // the one that answers; empty if it is ours
  std::vector<core::KeyReport> keys;  // by index, where there are several
  int calls = 0;
  bool is_over = false;
  bool was_cancelled = false;
};

// One channel's share of a round.  What it takes to ask its upstream is only
// there while it is asked.
struct Share {
  std::unique_ptr<core::Channel> channel;  // none when nobody needs it more
  base::Sentence config_error;
  std::string memory;  // core::packed(); from its end on as recalled()
  net::HttpClient::Id turn = 0;     // while it waits for it
  std::unique_ptr<ChannelRun> run;  // while it is asked
  Found found;

  // Ends `run`, and keeps what it has found.
  void put_away();
};

}  // namespace monitor
