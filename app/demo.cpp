#include <csignal>
#include <filesystem>
#include <memory>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/messages_app.h"
#include "commands.h"
#include "demo/gateway.h"
#include "demo/upstream.h"
#include "output.h"
#include "signals.h"
#include "wiring.h"

namespace {

namespace fs = std::filesystem;
namespace say = base::say;

// A folder that goes with its owner.
class Folder {
 public:
  Folder() {
    std::string name =
        (fs::temp_directory_path() / "channel-monitor-demo-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw base::Error({say::unexpected, name});
    }
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

// Limits that let a demonstration end in seconds; everything else is as it is
// by default, but that a dead model and a returning channel are shown at once.
Loaded demo_configuration(const Folder& folder) {
  Loaded loaded;
  loaded.language = locale_language();
  loaded.state_file = folder.file("state.db");
  loaded.config.database.engine = config::Engine::sqlite;
  loaded.config.database.file = folder.file("gateway.db");
  loaded.config.rps = 0;
  loaded.config.timeout = base::Milliseconds(1500);
  loaded.config.retry.delay = base::Milliseconds(300);
  loaded.config.retry.attempts = 1;
  loaded.config.auto_enable = config::AutoEnable::any;
  return loaded;
}

class Demo {
 public:
  explicit Demo(const Options& options)
      : options_(options),
        loaded_(demo_configuration(folder_)),
        log_(make_log(options, loaded_.config, loaded_.language)),
        line_(loaded_.language),
        server_(demo::make_upstream_server(loop_, 0, upstream_)),
        signals_(loop_, stop_, true, interrupted, [this](int) {
          exit_code_ = interrupted;
          service_->stop();
        }) {}

  int go() {
    const auto channels = demo::demo_channels();
    for (const demo::DemoChannel& channel : channels) {
      upstream_.set(channel.site, channel.upstream);
    }
    demo::make_gateway(loaded_.config.database.file, server_->port(), channels);
    if (!options_.json && !options_.quiet) {
      print(base::Sentence{say::demo_intro, channels.size()}.in(
                loaded_.language) +
            "\n\n");
    }
    state_ = open_state_of(loaded_, options_.dry_run, stop_);
    Options once = options_;
    once.once = true;
    service_ = std::make_unique<monitor::Service>(
        policy_of(loaded_, once),
        monitor::Service::Tools{loop_, *state_, log_, stop_},
        opener_of(loaded_, options_.dry_run, stop_, log_),
        [this](const core::Report& report) { tell(report); }, progress());
    service_->start();
    loop_.run();
    return exit_code_;
  }

 private:
  monitor::Round::OnProgress progress() {
    if (!shows_progress(options_)) return {};
    return [this](const monitor::Progress& progress) { line_.show(progress); };
  }

  // The upstreams fail on purpose, so that what they show is no failure of the
  // demonstration.
  void tell(const core::Report& report) {
    line_.clear();
    if (report.result != core::RoundResult::complete) {
      exit_code_ = core::exit_code_of(report);
    }
    print(options_.json
              ? core::json_of(report, loaded_.language) + '\n'
              : core::table_of(report, loaded_.language, is_colored(options_)));
  }

  const Options& options_;
  Folder folder_;
  Loaded loaded_;
  base::Log log_;
  base::StopFlag stop_;
  net::Loop loop_;
  ProgressLine line_;
  demo::Upstream upstream_;
  std::unique_ptr<web::HttpServer> server_;
  std::unique_ptr<state::State> state_;
  int exit_code_ = all_well;
  Signals signals_;
  std::unique_ptr<monitor::Service> service_;
};

}  // namespace

int run_demo(const Options& options) {
  return Demo(options).go();
}
