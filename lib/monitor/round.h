#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/stop.h"
#include "core/report.h"
#include "monitor/alarms.h"
#include "monitor/policy.h"
#include "monitor/share.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "state/state.h"
#include "store/channel_store.h"

namespace monitor {

// How far a round is, for a progress line.
struct Progress {
  std::size_t channels = 0;
  std::size_t channels_over = 0;
  std::int64_t calls = 0;
  std::int64_t failed = 0;
  base::Time started{};
};

// What a round works with; all of it outlives the round.
struct Tools {
  store::ChannelStore& store;
  state::State& state;
  state::GatewayId gateway{};
  net::HttpClient& client;
  net::Loop& loop;
  base::Log& log;
  const base::StopFlag& stop;
  // What time it is, for all that is remembered and shown.
  std::function<base::WallTime()> wall_now = net::Loop::wall_now;
};

// One pass over the channels: load, ask, judge, guard, write back, record.
//
// Blocks while it loads and while it writes; waits for the upstreams in the
// loop.  A lost database, or a state that cannot be written, is a report whose
// result is `failed`.
class Round {
 public:
  using Done = std::function<void(core::Report)>;
  using OnProgress = std::function<void(const Progress&)>;

  Round(RoundPolicy policy, const Tools& tools);
  ~Round();

  // Calls `done` exactly once, from the loop or from inside start().
  void start(Done done, OnProgress on_progress = {});

  // From now on, tells each call.  Only for one or a few channels: it costs.
  void trace(OnTrace on_trace) { on_trace_ = std::move(on_trace); }

  // Ends it: nothing is written, nothing learnt.
  void cancel();

 private:
  class Ping;

  void load();
  void prepare(std::vector<core::Channel> channels);
  void await_turns(const std::vector<std::string>& hosts);
  void begin(Share& share);
  std::unique_ptr<ChannelRun> run_of(Share& share);
  void stop_all();
  void run_over();
  void out_of_time();
  void check_connectivity();
  void conclude(std::optional<bool> connected);
  void finish();
  void abandon(const base::Error& error);
  void fail(const base::Error& error);
  void record_end();
  void forget_missing();
  void keep_alive();

  RoundPolicy policy_;
  Tools tools_;
  Done done_;
  OnProgress on_progress_;
  OnTrace on_trace_;
  core::Report report_;
  state::RoundId id_{};
  base::Time began_{};
  Progress progress_;
  core::NameKeys name_keys_;
  base::json::Document scratch_;
  core::Hosts hosts_;
  Alarms alarms_;
  net::Timer deadline_;
  net::Timer heartbeat_;
  base::WallTime prepared_{};             // when memory was looked at
  std::deque<Share> shares_;              // by ascending id
  std::vector<core::ChannelId> present_;  // every channel of the table
  std::size_t open_ = 0;
  std::unique_ptr<Ping> ping_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace monitor
