#include "monitor/service.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/messages_monitor.h"
#include "base/messages_notify.h"
#include "monitor/reload.h"
#include "monitor/telling.h"

namespace monitor {

namespace {

using base::Time;
namespace say = base::say;
using base::Sentence;

// How soon a round is tried again after the database was away.
constexpr base::Milliseconds first_back_off{10'000};
constexpr int most_doublings = 6;

}  // namespace

// Everything that lives as long as one round.
struct Service::Pass {
  ServicePolicy policy;
  std::string engine;
  OpenGateway gateway;
  std::unique_ptr<net::HttpClient> client;
  std::unique_ptr<Round> round;
  core::Report report;  // what the round left
  std::unique_ptr<Reload> reload;
  bool is_over = false;  // its report was given; it is only to be taken down
};

Service::Service(ServicePolicy policy, const Tools& tools, Opener opener,
                 OnReport on_report, Round::OnProgress on_progress)
    : policy_(std::move(policy)),
      tools_(tools),
      opener_(std::move(opener)),
      on_report_(std::move(on_report)),
      on_progress_(std::move(on_progress)),
      timer_(tools.loop) {}

Service::~Service() = default;

void Service::start() {
  if (policy_.period.count() == 0 || policy_.at_once) {
    return schedule(net::Loop::now());
  }
  wait_for_first();
}

// A container that restarts in a loop must not cost money.
void Service::wait_for_first() {
  base::Milliseconds rest{0};
  try {
    auto opened = opener_();
    if (auto* gateway = std::get_if<OpenGateway>(&opened)) {
      const auto id = tools_.state.gateway(gateway->identity);
      if (const auto last = tools_.state.last_round(id)) {
        const auto since = net::Loop::wall_now() - last->started;
        const auto period =
            std::chrono::ceil<std::chrono::seconds>(policy_.period);
        // A clock that was set back must not hold it up for longer than that.
        if (since >= since.zero() && since < period) rest = period - since;
      }
    }
  } catch (const base::Error&) {
    // The round itself will say it.
  }
  schedule(net::Loop::now() + rest);
}

void Service::schedule(Time at) {
  due_ = at;
  const auto rest =
      std::chrono::floor<std::chrono::seconds>(at - net::Loop::now());
  if (rest.count() > 0) {
    tools_.log.info(
        {say::next_round_at, base::rfc3339(net::Loop::wall_now() + rest)});
  }
  timer_.set(at, [this] { begin(); });
}

void Service::begin() {
  if (is_stopped_) return;
  if (next_policy_) {
    policy_ = *std::exchange(next_policy_, std::nullopt);
  }
  pass_ = std::make_unique<Pass>();
  pass_->policy = policy_;
  try {
    look_after_state();
    auto opened = opener_();
    if (auto* locked = std::get_if<LockedBy>(&opened)) {
      return refuse(core::RoundResult::locked, std::move(locked->who));
    }
    pass_->gateway = std::get<OpenGateway>(std::move(opened));
    pass_->engine = pass_->gateway.engine;
    const auto id = tools_.state.gateway(pass_->gateway.identity);
    pass_->client = net::make_curl_client(tools_.loop, pass_->policy.http);
    pass_->round = std::make_unique<Round>(
        pass_->policy.round,
        monitor::Tools{*pass_->gateway.store, tools_.state, id, *pass_->client,
                       tools_.loop, tools_.log, tools_.stop});
  } catch (const base::Error& error) {
    const bool stopped = error.cause() == base::Error::Cause::stopped;
    return refuse(
        stopped ? core::RoundResult::cancelled : core::RoundResult::failed,
        error.sentence());
  }
  pass_->round->trace(on_trace_);
  pass_->round->start([this](core::Report report) { over(std::move(report)); },
                      on_progress_);
}

// Somebody may have deleted or replaced its file since the last round.
void Service::look_after_state() {
  const Sentence warning = tools_.state.refresh();
  if (!warning.empty()) tools_.log.warning(warning);
}

void Service::refuse(core::RoundResult result, base::Sentence why) {
  core::Report report;
  report.version = policy_.round.version;
  report.result = result;
  report.error = std::move(why);
  report.started = report.finished = net::Loop::wall_now();
  report.dry_run = policy_.round.dry_run;
  over(std::move(report));
}

// Called from inside the round.
void Service::over(core::Report report) {
  report.database = pass_->engine;
  tell_of(report);
  pass_->report = std::move(report);
  if (!tells_onehub()) finish();
}

// A complete round is told of in the transaction that records it.
void Service::tell_of(const core::Report& report) {
  if (report.result == core::RoundResult::complete) return;
  if (pass_->policy.round.told.empty()) return;
  try {
    look_after_state();
    const auto gateway = tools_.state.gateway(pass_->policy.identity);
    const auto news =
        news_for(report, pass_->policy.round, tools_.state, gateway);
    if (news) tools_.state.tell(gateway, net::Loop::wall_now(), *news);
  } catch (const base::Error& error) {
    tools_.log.warning({say::notify_queue_lost, error.sentence()});
  }
}

// Returns whether it was begun; onehub_told() ends it.
bool Service::tells_onehub() {
  const core::Report& report = pass_->report;
  if (report.product != core::Product::onehub || report.dry_run) return false;
  owes_reload_ = owes_reload_ || report.wrote;
  if (!owes_reload_) return false;
  if (!pass_->policy.admin.is_known()) {
    if (!std::exchange(has_warned_, true)) {
      log_reload(tools_.log, say::onehub_without_api);
    }
    return false;
  }
  if (is_stopped_ || tools_.stop.is_set()) {
    log_reload(tools_.log, say::onehub_stopped);
    return false;
  }
  try {
    pass_->reload = std::make_unique<Reload>(
        pass_->policy.admin, nobody_in(*pass_->gateway.store), *pass_->client,
        tools_.loop, [this](const Sentence& why_not) {
          onehub_told(why_not);
          finish();
        });
    return true;
  } catch (const base::Error& error) {
    onehub_told(error.sentence());
    return false;
  }
}

void Service::onehub_told(const Sentence& why_not) {
  owes_reload_ = !why_not.empty();
  log_reload(tools_.log, why_not);
}

// Called from inside the round or the reload: they are taken down at the next
// turn.
void Service::finish() {
  const core::Report report = std::move(pass_->report);
  pass_->is_over = true;
  on_report_(report);
  tools_.loop.post([this] { pass_.reset(); });
  // A daemon that was asked to stop ends when stop() says so, and not before
  // whoever calls it has heard which signal it was.
  if (is_stopped_ || policy_.period.count() == 0) {
    const bool is_stopped = is_stopped_ || tools_.stop.is_set();
    const Task end = [this] { tools_.loop.stop(); };
    return tools_.loop.post(
        [this, end, is_stopped] { is_stopped || !last_ ? end() : last_(end); });
  }
  const Time now = net::Loop::now();
  // On schedule, and never two for one that was missed.
  Time at = due_ + policy_.period;
  if (at <= now) {
    const auto missed = (now - due_) / policy_.period;
    at = due_ + (missed + 1) * policy_.period;
  }
  if (report.result == core::RoundResult::failed) {
    const auto wait =
        first_back_off * (1 << std::min(failures_++, most_doublings));
    at = std::min(at, now + wait);
  } else {
    failures_ = 0;
  }
  schedule(at);
}

void Service::stop() {
  if (std::exchange(is_stopped_, true)) return;
  timer_.cancel();
  if (pass_ && pass_->reload && !pass_->is_over) {
    pass_->reload.reset();
    onehub_told(say::onehub_stopped);
    finish();
  } else if (pass_ && pass_->round && !pass_->is_over) {
    pass_->round->cancel();
  } else {
    tools_.loop.post([this] { tools_.loop.stop(); });
  }
}

void Service::change(ServicePolicy policy) {
  next_policy_ = std::move(policy);
}

}  // namespace monitor
