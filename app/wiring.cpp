#include "wiring.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <regex>
#include <utility>

#include "base/messages_app.h"
#include "base/messages_db.h"
#include "base/messages_journal.h"
#include "base/messages_machines.h"
#include "config/find.h"
#include "config/parse.h"
#include "config/pattern.h"
#include "database.h"
#include "db/lock.h"
#include "db/transaction.h"
#include "notifiers.h"
#include "output.h"
#include "places.h"
#include "service_manager.h"
#include "store/engines.h"
#include "version.h"

namespace {

namespace fs = std::filesystem;
namespace say = base::say;
using base::Sentence;

core::Product product_of(config::Product product) {
  switch (product) {
    case config::Product::oneapi: return core::Product::oneapi;
    case config::Product::onehub: return core::Product::onehub;
    case config::Product::newapi:
    case config::Product::automatic: break;
  }
  return core::Product::newapi;
}

core::NamePatterns patterns(const std::vector<std::string>& globs) {
  return core::NamePatterns(globs);
}

core::KindRule kind_rule(const std::vector<config::KindRule>& rules) {
  if (rules.empty()) return {};
  struct Rule {
    std::regex pattern;
    core::Kind kind;
  };
  auto compiled = std::make_shared<std::vector<Rule>>();
  for (const config::KindRule& rule : rules) {
    compiled->push_back({config::pattern(rule.match).value(),
                         static_cast<core::Kind>(rule.kind)});
  }
  return [compiled](const std::string& name) -> std::optional<core::Kind> {
    for (const Rule& rule : *compiled) {
      if (std::regex_search(name, rule.pattern)) return rule.kind;
    }
    return std::nullopt;
  };
}

std::chrono::seconds seconds(base::Milliseconds time) {
  return std::chrono::ceil<std::chrono::seconds>(time);
}

core::CandidatePolicy candidate_policy(const config::Config& config,
                                       const Options& options) {
  return {.models = config.models,
          .force_models = config.force_models,
          .force_inside_models = config.force_inside_models,
          .add_new_models = config.add_new_models,
          .max_new_models = static_cast<std::size_t>(config.max_new_models),
          .exclude = patterns(config.exclude_model),
          .protect = patterns(config.protect_model),
          .only = patterns(options.models),
          .forced = options.force};
}

core::ExaminationPolicy examination_policy(const config::Config& config,
                                           const Options& options) {
  core::ExaminationPolicy policy{
      .candidates = candidate_policy(config, options),
      .retry = {config.retry.attempts, config.retry.delay},
      .kind_rule = kind_rule(config.probe.kinds),
      .test_all_keys = config.multi_key == config::MultiKey::test_all,
      .recheck_alive = seconds(config.recheck.alive),
      .recheck_dead = seconds(config.recheck.dead)};
  for (const config::Kind kind : config.probe.expensive) {
    policy.expensive.push_back(static_cast<core::Kind>(kind));
  }
  return policy;
}

core::JudgePolicy judge_policy(const config::Config& config) {
  return {.verdict = {config.fail_after, config.fail_after_passing,
                      config.recover_after},
          .disable_on_all_failed =
              config.on_all_failed == config::OnAllFailed::disable,
          .auto_enable = static_cast<core::AutoEnable>(config.auto_enable)};
}

std::vector<monitor::SpecialLimits> special_limits(
    const std::vector<config::Limit>& limits) {
  std::vector<monitor::SpecialLimits> all;
  for (const config::Limit& limit : limits) {
    monitor::SpecialLimits special{.channels = limit.channel,
                                   .type = limit.type,
                                   .host = limit.host,
                                   .rps = limit.rps,
                                   .rpm = limit.rpm,
                                   .timeout = limit.timeout};
    if (limit.max_concurrent) {
      special.max_concurrent = static_cast<std::size_t>(*limit.max_concurrent);
    }
    all.push_back(std::move(special));
  }
  return all;
}

net::LaneLimits lane_limits(const config::Config& config) {
  return {static_cast<std::size_t>(config.max_concurrent), config.rps,
          config.rpm};
}

monitor::RoundPolicy round_policy(const Loaded& loaded,
                                  const Options& options) {
  const config::Config& config = loaded.config;
  monitor::RoundPolicy policy{
      .version = version,
      .selection = {.include = config.include_channel,
                    .exclude = config.exclude_channel,
                    .only = options.channels},
      .probe = {config.timeout, config.probe.prompt, config.probe.max_tokens,
                config.probe.stream},
      .examination = examination_policy(config, options),
      .judge = judge_policy(config),
      .guard = {static_cast<double>(config.guard.max_removed_percent),
                config.guard.min_models, config.guard.accept_after,
                options.force},
      .accepting = "channel-monitor --once --force" + config_again(options) +
                   selection_again(options),
      .memory = {seconds(config.forget_after)},
      .lane = lane_limits(config),
      .limits = special_limits(config.limits),
      .connectivity_url = config.guard.connectivity_url,
      .dry_run = options.dry_run,
      .read_only = config.do_not_modify_db,
      .write_test_time = config.write_test_time,
      .told = names_of(notifiers_of(config.notification)),
      .language = loaded.language};
  if (config.round_timeout) {
    policy.timeout = *config.round_timeout;
  } else if (!options.once && config.time_period.count() > 0) {
    policy.timeout = config.time_period;
  }
  return policy;
}

// Reads the whole of the file; what is wrong with it is said with its name.
std::variant<Loaded, Refused> read_configuration(const std::string& file,
                                                 const Options& options) {
  auto text = config::read(file);
  if (auto* why = std::get_if<Sentence>(&text)) return Refused{{*why}};
  const std::string& content = std::get<std::string>(text);
  const bool many = options.command == Options::Command::run && !options.once;
  auto parsed = config::parse(content, config::format_of(file, content),
                              many ? config::Rounds::many : config::Rounds::one,
                              config::sources_of_process());
  if (auto* complaints = std::get_if<config::Complaints>(&parsed)) {
    Refused refused;
    for (const Sentence& why : complaints->all) {
      refused.why.push_back({say::in_file, file, why});
    }
    return refused;
  }
  auto& good = std::get<config::Parsed>(parsed);
  Loaded loaded{.config = std::move(good.config), .file = file};
  for (const Sentence& warning : good.warnings) {
    loaded.warnings.push_back({say::in_file, file, warning});
  }
  return loaded;
}

// A path of the configuration `file`.
std::string beside(const std::string& file, const std::string& given) {
  const fs::path path(given);
  if (path.is_absolute()) return given;
  return (fs::path(db::absolute_path(file)).parent_path() / path).string();
}

std::string engine_name(config::Engine engine) {
  switch (engine) {
    case config::Engine::mysql: return "mysql";
    case config::Engine::postgres: return "postgres";
    case config::Engine::sqlite: break;
  }
  return "sqlite";
}

Sentence undecided(const core::Undecided& what) {
  Sentence names;
  for (auto product = what.likely.rbegin(); product != what.likely.rend();
       ++product) {
    const Sentence name{say::itself, core::name_of(*product)};
    names = names.empty() ? name : Sentence{say::one_or_other, name, names};
  }
  return {say::product_undecided, names};
}

// The table is believed; where its columns leave it open, a hint that names
// the likely one is, too ("oneapi" is what every older file says).
core::Schema schema_by_columns(const config::Config& config,
                               db::Session& session, base::Log& log) {
  auto found = store::detect(session);
  const bool has_hint = config.oneapi_type != config::Product::automatic;
  const core::Product hint = product_of(config.oneapi_type);
  if (auto* schema = std::get_if<core::Schema>(&found)) {
    const bool tells = has_hint && hint != core::Product::oneapi;
    if (tells && hint != schema->product) {
      log.warning({say::product_differs, core::name_of(hint),
                   core::name_of(schema->product)});
    } else if (has_hint && hint != schema->product) {
      log.info({say::product_differs, core::name_of(hint),
                core::name_of(schema->product)});
    }
    return *schema;
  }
  const auto& open = std::get<core::Undecided>(found);
  if (has_hint && hint != core::Product::oneapi &&
      open.likely.front() == hint) {
    log.warning({say::product_by_hint, core::name_of(hint)});
    return store::schema_of(session, hint);
  }
  throw base::Error(undecided(open));
}

OpenedStore store_on(std::unique_ptr<db::Session> session,
                     const config::Config& config, db::Access access,
                     const base::StopFlag& stop, base::Log& log) {
  core::Schema schema =
      config.product == config::Product::automatic
          ? schema_by_columns(config, *session, log)
          : store::schema_of(*session, product_of(config.product));
  if (access != db::Access::read) store::look_at_engines(*session, schema);
  return {.store = store::make_channel_store(std::move(session),
                                             std::move(schema), stop),
          .identity = identity_of(config),
          .engine = engine_name(config.database.engine)};
}

}  // namespace

base::Language locale_language() {
  return base::language_of_locale(
      std::getenv("LC_ALL"), std::getenv("LC_MESSAGES"), std::getenv("LANG"));
}

namespace {

std::optional<base::Language> language_of_configuration;

}  // namespace

base::Language spoken_language() {
  return language_of_configuration.value_or(locale_language());
}

base::Language language_of(config::Language language) {
  switch (language) {
    case config::Language::en: return base::Language::en;
    case config::Language::zh: return base::Language::zh;
    case config::Language::automatic: break;
  }
  return locale_language();
}

std::variant<Loaded, Refused> load(const Options& options) try {
  std::string file = options.config;
  if (file.empty()) {
    const std::string here = working_folder();
    const auto found = config::find(here);
    if (!found) return Refused{{{say::no_configuration, here}}};
    file = found->string();
  }
  auto read = read_configuration(file, options);
  auto* loaded = std::get_if<Loaded>(&read);
  if (loaded == nullptr) return read;
  loaded->language = language_of(loaded->config.language);
  loaded->state_file = beside(file, loaded->config.state);
  std::string& textfile = loaded->config.metrics.textfile;
  if (!textfile.empty()) textfile = beside(file, textfile);
  if (Sentence why = clash_in(*loaded); !why.empty()) {
    return Refused{{{say::in_file, file, std::move(why)}}};
  }
  language_of_configuration = loaded->language;
  return read;
} catch (const base::Error& error) {
  return Refused{{error.sentence()}};
}

base::Log make_log(const Options& options, const config::Config& config,
                   base::Language language) {
  auto format = static_cast<base::Log::Format>(config.log.format);
  if (format == base::Log::Format::text && is_read_by_journal()) {
    format = base::Log::Format::journal;
  }
  auto level = static_cast<base::Log::Level>(config.log.level);
  if (options.quiet) level = base::Log::Level::warning;
  if (options.verbose) level = base::Log::Level::debug;
  return {level, format, language, print_error};
}

monitor::ServicePolicy policy_of(const Loaded& loaded, const Options& options) {
  const config::Config& config = loaded.config;
  monitor::ServicePolicy policy{.round = round_policy(loaded, options)};
  policy.http.pace = {
      .lane = lane_limits(config),
      .in_flight = static_cast<std::size_t>(config.max_in_flight),
      .per_host = static_cast<std::size_t>(config.max_per_host)};
  policy.http.ca_file = config.ca_file;
  policy.at_once = options.now;
  policy.admin = {config.base_url, config.system_token, config.timeout};
  policy.identity = identity_of(config);
  if (!options.once) policy.period = config.time_period;
  return policy;
}

core::KumaMonitors kuma_of(const config::Config& config) {
  if (!config.uptime_kuma.enabled) return {};
  return {config.uptime_kuma.model_url, config.uptime_kuma.channel_url};
}

std::string identity_of(const config::Config& config) {
  if (config.database.engine != config::Engine::sqlite) {
    return config::identity(config.database);
  }
  return "sqlite:" + db::real_path(db::absolute_path(config.database.file));
}

OpenedStore open_store(const config::Config& config, db::Access access,
                       const base::StopFlag& stop, base::Log& log) {
  OpenedStore opened;
  db::patiently({.tries = 1}, stop, [&] {
    opened = store_on(open_session(config.database, access), config, access,
                      stop, log);
  });
  return opened;
}

bool is_about_usage(const Sentence& sentence) {
  return sentence.is(say::product_undecided) ||
         sentence.is(say::no_working_folder) ||
         sentence.is(say::no_such_channel) ||
         sentence.is(say::undo_no_such_round) ||
         sentence.is(say::undo_no_such_change) ||
         sentence.is(say::several_channels) ||
         sentence.is(say::metrics_no_listener);
}

int exit_code_of(const base::Error& error) {
  if (error.cause() == base::Error::Cause::stopped) return interrupted;
  return is_about_usage(error.sentence()) ? wrong_usage : no_database;
}

monitor::Opener opener_of(const Loaded& loaded, bool dry_run,
                          const base::StopFlag& stop, base::Log& log) {
  const config::Config config = loaded.config;
  const bool writes = !dry_run && !config.do_not_modify_db;
  const auto access = writes ? db::Access::write : db::Access::read;
  return [config, access, dry_run, &stop,
          &log]() -> std::variant<monitor::OpenGateway, monitor::LockedBy> {
    LockedSession locked;
    OpenedStore opened;
    db::patiently({.tries = 1}, stop, [&] {
      locked = {};  // a lock that is ours must not keep us out
      locked = open_locked(config.database, access, dry_run);
      opened = store_on(std::move(locked.session), config, access, stop, log);
    });
    if (!locked.without.empty()) {
      if (!dry_run) return monitor::LockedBy{std::move(locked.without)};
      log.warning({say::dry_without_lock, locked.without});
    }
    return monitor::OpenGateway{.lock = std::move(locked.lock),
                                .store = std::move(opened.store),
                                .identity = std::move(opened.identity),
                                .engine = std::move(opened.engine)};
  };
}

std::unique_ptr<state::State> open_state_of(const Loaded& loaded,
                                            bool only_look,
                                            const base::StopFlag& stop) {
  if (!only_look) return state::open_state(loaded.state_file, stop);
  auto state = state::look_at_state(loaded.state_file, stop);
  return state ? std::move(state) : state::make_empty_state();
}
