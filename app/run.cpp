#include <chrono>
#include <csignal>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/messages_app.h"
#include "base/messages_machines.h"
#include "base/messages_net.h"
#include "commands.h"
#include "exporter.h"
#include "monitor/kuma.h"
#include "monitor/policy.h"
#include "net/trust.h"
#include "notifiers.h"
#include "notify/outbox.h"
#include "output.h"
#include "past.h"
#include "service_manager.h"
#include "signals.h"
#include "wiring.h"

namespace {

namespace say = base::say;

// How long a message may keep the end of `--once` waiting.
constexpr std::chrono::seconds longest_drain{10};

// Everything of a run, in order of dependency.
class Run {
 public:
  Run(const Options& options, Loaded loaded)
      : options_(options),
        loaded_(std::move(loaded)),
        log_(make_log(options, loaded_.config, loaded_.language)),
        state_(open_state_of(loaded_, options.dry_run, stop_)),
        line_(loaded_.language),
        manager_(loop_),
        past_({loop_, *state_, log_, stop_}),
        exporter_(exports(), loop_, log_),
        kuma_(loop_, log_),
        signals_(loop_, stop_, options.once, options.once ? interrupted : 0,
                 [this](int signal) { on_signal(signal); }),
        service_(
            policy_of(loaded_, options), {loop_, *state_, log_, stop_},
            opener_of(loaded_, options.dry_run, stop_, log_),
            [this](const core::Report& report) { tell(report); }, progress()) {}

  int go() {
    for (const base::Sentence& warning : loaded_.warnings) {
      log_.warning(warning);
    }
    if (!net::has_authorities(loaded_.config.ca_file)) {
      log_.warning({say::no_authorities});
    }
    refuse_strangers();
    if (exporter_.is_on()) past_.start(identity_of(loaded_.config));
    begin_telling();
    service_.start();
    loop_.post([this] {
      manager_.status(base::Sentence(say::no_round_yet).in(loaded_.language));
      manager_.ready();
    });
    loop_.run();
    // The only round is over; what is told of it may not be.
    kuma_.when_idle([this] { loop_.stop(); });
    if (kuma_.is_busy() && !stop_.is_set()) loop_.run();
    return exit_code_;
  }

 private:
  // What every round would only say again.  A database that does not answer now
  // may answer the first round.
  void refuse_strangers() {
    if (options_.once || options_.channels.empty()) return;
    try {
      const auto opened =
          open_store(loaded_.config, db::Access::read, stop_, log_);
      monitor::strangers(policy_of(loaded_, options_).round.selection,
                         opened.store->load());
    } catch (const base::Error& error) {
      if (error.sentence().is(say::no_such_channel)) throw;
    }
  }

  // Of a part of the channels others must not conclude that the rest is gone.
  bool is_partial() const {
    return !options_.channels.empty() || !options_.models.empty();
  }

  Exporter::Wishes exports() const {
    return {.metrics = loaded_.config.metrics,
            .listens = !options_.once,
            .writes = !options_.dry_run && !is_partial(),
            .period = options_.once ? base::Milliseconds(0)
                                    : loaded_.config.time_period};
  }

  // Of those that ask nobody.
  void tell_machines(const core::Report& report) {
    if (exporter_.is_on()) exporter_.note(report, past_.up_to_now());
    const base::Sentence summary =
        report.error.empty() ? core::summary_of(report) : report.error;
    manager_.status(summary.in(loaded_.language));
    if (is_partial() || stop_.is_set()) return;
    kuma_.tell(
        core::kuma_plan(report, kuma_of(loaded_.config), loaded_.language),
        policy_of(loaded_, options_).http);
  }

  monitor::Round::OnProgress progress() {
    if (!shows_progress(options_)) return {};
    return [this](const monitor::Progress& progress) { line_.show(progress); };
  }

  // What waits from before is sent while the first round runs.
  void begin_telling() {
    auto services = notifiers_of(loaded_.config.notification);
    if (options_.dry_run || services.empty()) return;
    announce(services);
    outbox_ = std::make_unique<notify::Outbox>(
        std::move(services), loaded_.config.ca_file,
        identity_of(loaded_.config),
        notify::Outbox::Tools{
            loop_, *state_, log_,
            [this](const std::string& service, bool was_sent) {
              if (metrics::Ledger* ledger = exporter_.ledger()) {
                ledger->note_notification(service, was_sent);
                exporter_.refresh();
              }
            }});
    service_.at_end([this](net::Loop::Task end) {
      outbox_->drain(longest_drain, std::move(end));
    });
    outbox_->wake();
  }

  void announce(const std::vector<notify::Service>& services) {
    if (metrics::Ledger* ledger = exporter_.ledger()) {
      for (const notify::Service& service : services) {
        ledger->announce_notifications(service.name);
      }
    }
  }

  void tell(const core::Report& report) {
    line_.clear();
    tell_machines(report);
    if (outbox_) outbox_->wake();
    if (!stop_.is_set() || options_.once) {
      exit_code_ = core::exit_code_of(report);
    }
    if (is_about_usage(report.error)) exit_code_ = wrong_usage;
    if (options_.json) {
      core::put_json(report, loaded_.language, print);
      print("\n");
      return;
    }
    if (options_.once && !report.error.empty()) {
      return complain(loaded_.language, report.error);
    }
    if (options_.once && !options_.quiet) {
      return print(
          core::table_of(report, loaded_.language, is_colored(options_)));
    }
    log_report(log_, report);
  }

  void on_signal(int signal) {
    if (signal == SIGHUP && !options_.once && !terminal_went_away()) {
      return reload();
    }
    stop_.set();
    manager_.stopping();
    kuma_.stop();
    service_.stop();
    // Whatever the round, which was told of just now, came to.
    exit_code_ = options_.once || signal == SIGINT ? interrupted : all_well;
  }

  void reload() {
    manager_.reloading();
    read_again();
    manager_.ready();
  }

  void read_again() {
    auto read = load(options_);
    if (const auto* refused = std::get_if<Refused>(&read)) {
      for (const base::Sentence& why : refused->why) {
        log_.error({say::not_reloaded, why});
      }
      return;
    }
    Loaded fresh = std::get<Loaded>(std::move(read));
    for (const base::Sentence& warning : fresh.warnings)
      log_.warning(warning);
    if (!(fresh.config.database == loaded_.config.database)) {
      log_.warning({say::needs_restart, "db_dsn"});
    }
    if (fresh.state_file != loaded_.state_file) {
      log_.warning({say::needs_restart, "state"});
    }
    if (!(fresh.config.metrics == loaded_.config.metrics)) {
      log_.warning({say::needs_restart, "metrics"});
    }
    log_ = make_log(options_, fresh.config, fresh.language);
    line_.change(fresh.language);
    loaded_.language = fresh.language;
    loaded_.config.uptime_kuma = fresh.config.uptime_kuma;
    service_.change(policy_of(fresh, options_));
    change_telling(fresh);
    log_.info({say::reloaded});
  }

  // Other services from now on, for what waits, too.
  void change_telling(const Loaded& fresh) {
    if (!outbox_) {
      loaded_.config.notification = fresh.config.notification;
      return begin_telling();
    }
    auto services = notifiers_of(fresh.config.notification);
    announce(services);
    outbox_->change(std::move(services), fresh.config.ca_file);
  }

  const Options& options_;
  Loaded loaded_;
  base::Log log_;
  base::StopFlag stop_;
  net::Loop loop_;
  std::unique_ptr<state::State> state_;
  ProgressLine line_;
  int exit_code_ = all_well;
  ServiceManager manager_;
  Past past_;
  Exporter exporter_;
  monitor::Kuma kuma_;
  Signals signals_;
  monitor::Service service_;
  std::unique_ptr<notify::Outbox> outbox_;
};

}  // namespace

int run_rounds(const Options& options) {
  auto read = load(options);
  if (const auto* refused = std::get_if<Refused>(&read)) {
    return complain_all(*refused);
  }
  return Run(options, std::get<Loaded>(std::move(read))).go();
}
