#include "monitor/round.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/messages_probe.h"
#include "base/release.h"
#include "monitor/channel_secrets.h"
#include "monitor/conclusion.h"
#include "monitor/settle.h"

namespace monitor {

namespace {

namespace http = base::http;
namespace say = base::say;

constexpr net::Lane lane_of_pings = -1;
constexpr std::chrono::seconds heartbeat{30};

// Channels of one host far from each other: h1, h2, h3, h1, h2, h1.
std::vector<std::size_t> spread(const std::vector<std::string>& hosts) {
  std::map<std::string_view, std::vector<std::size_t>> by_host;
  for (std::size_t i = 0; i < hosts.size(); ++i)
    by_host[hosts[i]].push_back(i);
  std::vector<std::size_t> order;
  for (std::size_t turn = 0; order.size() < hosts.size(); ++turn) {
    for (const auto& [host, of_host] : by_host) {
      if (turn < of_host.size()) order.push_back(of_host[turn]);
    }
  }
  return order;
}

// What its rate leaves between two calls of a channel, in seconds.
double gap_of(const net::LaneLimits& lane) {
  constexpr double minute = 60;
  const double second = lane.rps > 0 ? 1 / lane.rps : 0;
  return lane.rpm > 0 ? std::max(second, minute / lane.rpm) : second;
}

// Whether somebody else has switched what we had switched off: seen of every
// channel, also where a round does not look at it any further.
bool was_switched(const core::Channel& channel,
                  const core::ChannelMemory& memory) {
  return memory.disabled_by_us &&
         channel.status != core::disabled_automatically;
}

}  // namespace

// Asks the address that shows whether this machine is connected at all.
class Round::Ping final : public net::Exchange {
 public:
  Ping(Round& round) : round_(round) {
    id_ = round_.tools_.client.send(
        lane_of_pings, http::host_of(round_.policy_.connectivity_url), *this);
  }
  ~Ping() { round_.tools_.client.cancel(id_); }
  Ping(const Ping&) = delete;
  Ping& operator=(const Ping&) = delete;

  http::Request request() override {
    return {.url = round_.policy_.connectivity_url,
            .timeout = round_.policy_.probe.timeout};
  }

  void on(const http::Event& event) override {
    const auto* head = std::get_if<http::Head>(&event);
    if (head != nullptr) {
      answered_ =
          core::shows_connection(round_.policy_.connectivity_url, head->status);
    }
    const bool over =
        head != nullptr || std::holds_alternative<http::Failed>(event);
    if (!over || std::exchange(is_over_, true)) return;
    round_.tools_.loop.post(
        [&round = round_, answered = answered_] { round.conclude(answered); });
  }

 private:
  Round& round_;
  net::HttpClient::Id id_ = 0;
  bool answered_ = false;
  bool is_over_ = false;
};

Round::Round(RoundPolicy policy, const Tools& tools)
    : policy_(std::move(policy)),
      tools_(tools),
      alarms_(tools.loop),
      deadline_(tools.loop),
      heartbeat_(tools.loop) {
  policy_.examination.candidates.longest_name = tools_.store.longest_name();
  name_keys_ = [this](const std::vector<std::string>& names) {
    try {
      return tools_.store.name_keys(names);
    } catch (const base::Error& error) {
      // Asked in the middle of a handler: the round ends at the next turn.
      tools_.loop.post([this, error] { abandon(error); });
      return names;
    }
  };
}

Round::~Round() {
  for (const Share& share : shares_) {
    if (share.turn != 0) tools_.client.cancel(share.turn);
  }
}

void Round::start(Done done, OnProgress on_progress) {
  done_ = std::move(done);
  on_progress_ = std::move(on_progress);
  began_ = net::Loop::now();
  report_.version = policy_.version;
  report_.started = tools_.wall_now();
  report_.dry_run = policy_.dry_run;
  report_.product = tools_.store.schema().product;
  try {
    load();
  } catch (const base::Error& error) {
    return fail(error);
  }
  std::vector<std::string> hosts;
  for (Share& share : shares_) {
    Outline outline = outline_of(*share.channel, tools_.store.schema());
    share.config_error = std::move(outline.config_error);
    hosts.push_back(std::move(outline.host));
  }
  await_turns(hosts);
}

void Round::load() {
  if (!policy_.dry_run) {
    report_.wrote = settle_open_intents(
        {tools_.store, tools_.state, tools_.gateway, tools_.log, tools_.stop});
  }
  std::vector<core::Channel> channels = tools_.store.load();
  for (const core::Channel& channel : channels)
    present_.push_back(channel.id);
  for (const base::Sentence& warning : strangers(policy_.selection, channels))
    tools_.log.warning(warning);
  if (tools_.store.schema().has_abilities()) {
    for (const core::Uncovered& hole :
         core::uncovered(channels, tools_.store.covered_groups())) {
      const auto channel =
          std::find_if(channels.begin(), channels.end(),
                       [&](const auto& one) { return one.id == hole.channel; });
      report_.guards.push_back(
          {core::Guard::group_coverage,
           hole.channel,
           {say::group_uncovered, static_cast<std::int64_t>(hole.channel),
            shown_name(*channel, tools_.store.schema()), hole.group}});
    }
  }
  if (!policy_.dry_run) {
    id_ = tools_.state.begin_round(tools_.gateway, report_.started,
                                   state::RoundKind::round);
    report_.id = static_cast<std::int64_t>(id_);
  }
  prepare(std::move(channels));
}

void Round::prepare(std::vector<core::Channel> channels) {
  core::Memory memory = tools_.state.memory(tools_.gateway);
  prepared_ = tools_.wall_now();
  core::Memory switched;
  for (core::Channel& channel : channels) {
    const auto known = memory.find(channel.id);
    if (known != memory.end() && was_switched(channel, known->second)) {
      switched.insert(*known).first->second.disabled_by_us = false;
    }
    if (!is_chosen(channel, policy_.selection)) continue;
    Share& share = shares_.emplace_back();
    share.channel = std::make_unique<core::Channel>(std::move(channel));
    if (known == memory.end()) continue;
    share.memory = core::packed(known->second);
    memory.erase(known);
  }
  if (!policy_.dry_run) tools_.state.settle(tools_.gateway, {}, switched);
}

// `hosts` are those of the shares.
void Round::await_turns(const std::vector<std::string>& hosts) {
  struct Waiting {
    Share* share;
    const std::string* host;
    double gap;
  };
  std::vector<Waiting> waiting;
  for (const std::size_t index : spread(hosts)) {
    Share& share = shares_[index];
    if (!share.config_error.empty()) continue;
    const auto limits = limits_of(*share.channel, hosts[index], policy_).lane;
    tools_.client.limit(static_cast<net::Lane>(share.channel->id), limits);
    waiting.push_back({&share, &hosts[index], gap_of(limits)});
  }
  // What is slow by its limits takes as long whenever it begins, and others
  // fill the time between its calls only while there are any.
  std::stable_sort(
      waiting.begin(), waiting.end(),
      [](const Waiting& a, const Waiting& b) { return a.gap > b.gap; });
  for (const auto& [of, host, gap] : waiting) {
    Share& share = *of;
    share.turn =
        tools_.client.await_turn(static_cast<net::Lane>(share.channel->id),
                                 *host, [this, &share] { begin(share); });
  }
  progress_ = {.channels = waiting.size(), .started = began_};
  open_ = progress_.channels + 1;
  if (policy_.timeout) {
    deadline_.set(began_ + *policy_.timeout, [this] { out_of_time(); });
  }
  keep_alive();
  run_over();
}

std::unique_ptr<ChannelRun> Round::run_of(Share& share) {
  Known known{.memory = core::unpacked_memory(share.memory),
              .marks = tools_.state.marks_of(*share.channel)};
  base::release(share.memory);
  return std::make_unique<ChannelRun>(
      prepared(*share.channel, tools_.store.schema(), std::move(known), policy_,
               prepared_),
      policy_.examination, name_keys_, prepared_);
}

void Round::begin(Share& share) {
  share.turn = 0;
  share.run = run_of(share);
  share.run->begin(
      {tools_.client, alarms_, scratch_, hosts_, on_trace_},
      [this](const core::Ending& ending) {
        ++progress_.calls;
        if (ending.outcome != core::Outcome::ok) ++progress_.failed;
        if (on_progress_) on_progress_(progress_);
      },
      [this, &share] {
        ++progress_.channels_over;
        // Not from inside its own handler.
        tools_.loop.post([this, &share, alive = std::weak_ptr(alive_)] {
          if (!alive.expired() && !shares_.empty()) share.put_away();
        });
        run_over();
      });
}

// The connection is the lock, so nobody may close it for being idle.
void Round::keep_alive() {
  heartbeat_.set(net::Loop::now() + heartbeat, [this] {
    try {
      tools_.store.keep_alive();
    } catch (const base::Error& error) {
      tools_.log.warning(error.sentence());
    }
    keep_alive();
  });
}

void Round::run_over() {
  if (--open_ > 0) return;
  tools_.loop.post([this] { check_connectivity(); });
}

// What has not begun by now is as if it had been stopped at its beginning.
void Round::out_of_time() {
  for (Share& share : shares_) {
    if (share.turn != 0) {
      tools_.client.cancel(std::exchange(share.turn, 0));
      share.run = run_of(share);
    }
    if (!share.run) continue;
    share.run->cancel();
    share.put_away();
  }
  check_connectivity();
}

// Nothing of it is looked at any more.
void Round::stop_all() {
  for (Share& share : shares_) {
    tools_.client.cancel(std::exchange(share.turn, 0));
    if (share.run) share.run->cancel();
  }
}

void Round::check_connectivity() {
  deadline_.cancel();
  if (!done_ || ping_) return;
  const bool asked = std::any_of(hosts_.begin(), hosts_.end(), [](auto& host) {
    const core::HostRecord& record = host.second;
    return record.answers + record.failures + record.silent > 0;
  });
  if (policy_.connectivity_url.empty() || !asked) return conclude({});
  ping_ = std::make_unique<Ping>(*this);
}

void Round::conclude(std::optional<bool> connected) {
  if (!done_) return;
  heartbeat_.cancel();
  base::Sentence cut_off = core::cut_off(hosts_);
  if (connected) {
    cut_off =
        *connected ? base::Sentence() : base::Sentence(say::cut_off_address);
  }
  for (Share& share : shares_)
    share.put_away();
  try {
    Conclusion(policy_, tools_, id_).draw(shares_, cut_off, report_);
  } catch (const base::Error& error) {
    return fail(error);
  }
  forget_missing();
  shares_.clear();  // the report says it all, and telling takes memory, too
  finish();
}

// The round is recorded: it is no less complete if this has to wait.
void Round::forget_missing() {
  if (policy_.dry_run || tools_.stop.is_set()) return;
  try {
    tools_.state.forget_missing(tools_.gateway, present_);
  } catch (const base::Error& error) {
    tools_.log.warning(error.sentence());
  }
}

void Round::cancel() {
  if (!done_) return;
  stop_all();
  ping_.reset();
  deadline_.cancel();
  heartbeat_.cancel();
  report_.result = core::RoundResult::cancelled;
  record_end();
  finish();
}

// Of a round that was not concluded.
void Round::record_end() {
  if (policy_.dry_run || !report_.id) return;
  try {
    tools_.state.record(
        tools_.gateway,
        {.round = {.id = id_,
                   .started = report_.started,
                   .finished = tools_.wall_now(),
                   .result = std::string(core::name_of(report_.result))}});
  } catch (const base::Error& error) {
    // Why it failed is told once.
    constexpr auto one = base::Language::en;
    if (error.sentence().in(one) == report_.error.in(one)) return;
    tools_.log.warning(error.sentence());
  }
}

void Round::abandon(const base::Error& error) {
  if (!done_) return;
  stop_all();
  fail(error);
}

void Round::fail(const base::Error& error) {
  report_.result = error.cause() == base::Error::Cause::stopped
                       ? core::RoundResult::cancelled
                       : core::RoundResult::failed;
  report_.error = error.sentence();
  record_end();
  finish();
}

void Round::finish() {
  deadline_.cancel();
  heartbeat_.cancel();
  report_.finished = tools_.wall_now();
  report_.seconds =
      std::chrono::duration<double>(net::Loop::now() - began_).count();
  const Done done = std::exchange(done_, nullptr);
  done(std::move(report_));
}

}  // namespace monitor
