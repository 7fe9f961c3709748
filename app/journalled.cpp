#include "journalled.h"

#include <memory>
#include <utility>
#include <variant>

#include "base/messages_journal.h"
#include "output.h"
#include "signals.h"

int run_journalled(
    const Options& options,
    const std::function<int(const Loaded& loaded,
                            const monitor::JournalTools& tools)>& command) {
  const auto read = load(options);
  if (const auto* refused = std::get_if<Refused>(&read)) {
    return complain_all(*refused);
  }
  const Loaded& loaded = std::get<Loaded>(read);
  if (loaded.config.do_not_modify_db && !options.dry_run) {
    complain(loaded.language, {base::say::not_modified});
    return wrong_usage;
  }
  base::Log log = make_log(options, loaded.config, loaded.language);
  const StopSignals signals(interrupted);
  const base::StopFlag& stop = signals.flag();
  auto opened = opener_of(loaded, options.dry_run, stop, log)();
  if (const auto* locked = std::get_if<monitor::LockedBy>(&opened)) {
    complain(loaded.language, locked->who);
    return is_locked;
  }
  const auto gateway = std::get<monitor::OpenGateway>(std::move(opened));
  const auto state = open_state_of(loaded, options.dry_run, stop);
  return command(loaded, {*gateway.store, *state,
                          state->gateway(gateway.identity), log, stop});
}

int exit_code_of(const base::Sentence& error, base::Error::Cause cause,
                 base::Language language, int otherwise) {
  if (error.empty()) return otherwise;
  complain(language, error);
  return cause == base::Error::Cause::stopped ? interrupted : no_database;
}
