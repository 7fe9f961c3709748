#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/messages.h"
#include "base/stop.h"
#include "config/config.h"
#include "core/kuma.h"
#include "core/report.h"
#include "db/session.h"
#include "monitor/service.h"
#include "options.h"
#include "state/state.h"

// Exit codes of every command.
enum Exit : int {
  all_well = 0,
  something_failed = 1,
  wrong_usage = 2,
  no_database = 3,
  is_locked = 4,
  interrupted = 130,
};

// A configuration with where it came from.
struct Loaded {
  config::Config config;
  std::string file;
  std::string state_file;  // where it really is
  base::Language language = base::Language::en;
  std::vector<base::Sentence> warnings;
};

// What stands in the way, sentence by sentence; to be said, exit 2.
struct Refused {
  std::vector<base::Sentence> why;
};

std::variant<Loaded, Refused> load(const Options& options);

// The language before there is a configuration: the locale's.
base::Language locale_language();

// The language of the configuration that was read last, and before that the
// locale's.
base::Language spoken_language();
base::Language language_of(config::Language language);

base::Log make_log(const Options& options, const config::Config& config,
                   base::Language language);

// Each module's own policy.
monitor::ServicePolicy policy_of(const Loaded& loaded, const Options& options);

// The monitors of an Uptime Kuma; none where it is turned off.
core::KumaMonitors kuma_of(const config::Config& config);

// What the state calls the gateway's database: never a password.
std::string identity_of(const config::Config& config);

// Opens the gateway's database without taking its lock.  Throws base::Error; a
// product that has to be named is told by a sentence that is_about_usage().
struct OpenedStore {
  std::unique_ptr<store::ChannelStore> store;
  std::string identity;
  std::string engine;
};
OpenedStore open_store(const config::Config& config, db::Access access,
                       const base::StopFlag& stop, base::Log& log);

// Whether a sentence is about what the user said, and so exit 2.
bool is_about_usage(const base::Sentence& sentence);

// Of an error that ended a command.
int exit_code_of(const base::Error& error);

// For rounds: with the lock, and ready to be written unless it is a dry run.
monitor::Opener opener_of(const Loaded& loaded, bool dry_run,
                          const base::StopFlag& stop, base::Log& log);

// The state: made and migrated as needed, or only looked at.
std::unique_ptr<state::State> open_state_of(const Loaded& loaded,
                                            bool only_look,
                                            const base::StopFlag& stop);
