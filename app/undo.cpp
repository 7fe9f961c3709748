#include "monitor/undo.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/messages_app.h"
#include "base/messages_journal.h"
#include "base/text.h"
#include "changes.h"
#include "commands.h"
#include "journalled.h"
#include "monitor/reload.h"
#include "net/loop.h"
#include "output.h"

namespace {

namespace say = base::say;
using base::Sentence;
using Result = monitor::UndoneChange::Result;

Sentence result_of(Result result) {
  switch (result) {
    case Result::undone: return say::undo_done;
    case Result::would_undo: return say::undo_would;
    case Result::refused:
    case Result::failed: break;
  }
  return say::undo_refused;
}

std::string_view name_of(Result result) {
  switch (result) {
    case Result::undone: return "undone";
    case Result::would_undo: return "would_undo";
    case Result::refused: return "refused";
    case Result::failed: break;
  }
  return "failed";
}

bool is_good(const monitor::UndoneChange& change) {
  return change.result == Result::undone || change.result == Result::would_undo;
}

std::string summary(const monitor::UndoReport& report, const Options& options,
                    base::Language language) {
  const auto good =
      std::count_if(report.changes.begin(), report.changes.end(), is_good);
  const auto bad = static_cast<std::int64_t>(report.changes.size()) - good;
  if (options.dry_run) {
    return Sentence{say::undo_summary_dry, good, bad}.in(language) + '\n';
  }
  if (good == 0 || !report.round) {
    return Sentence{say::undo_summary_none, good, bad}.in(language) + '\n';
  }
  return Sentence{say::undo_summary, good, bad,
                  undo_command(options, *report.round)}
             .in(language) +
         '\n' + Sentence(say::undo_next_round).in(language) + '\n';
}

std::string table(const monitor::UndoReport& report, const Options& options,
                  base::Language language) {
  if (report.changes.empty() && report.error.empty()) {
    return Sentence(say::undo_empty).in(language) + '\n';
  }
  std::string text;
  for (const monitor::UndoneChange& change : report.changes) {
    text += described(change.entry, language, options.verbose);
    Sentence result = result_of(change.result);
    if (!change.why.empty()) {
      result = {say::result_line, result, change.why};
    }
    text += fmt::format("      => {}\n", base::printable(result.in(language)));
  }
  return text + summary(report, options, language);
}

std::string json(const monitor::UndoReport& report, const Options& options,
                 base::Language language) {
  base::json::Writer writer;
  writer.begin_object().member("schema", 1).member("dry_run", options.dry_run);
  if (report.round) {
    writer.member("undo_round", static_cast<std::int64_t>(*report.round));
  }
  if (!report.error.empty()) {
    writer.member("error", report.error.in(language));
  }
  writer.key("changes").begin_array();
  for (const monitor::UndoneChange& change : report.changes) {
    writer.begin_object();
    write_members(writer, change.entry);
    writer.member("result", name_of(change.result));
    if (!change.why.empty()) writer.member("why", change.why.in(language));
    writer.end_object();
  }
  return writer.end_array().end_object().take() + '\n';
}

// A one-hub works with its former lists until it is told.
void tell_onehub(const monitor::UndoReport& report, const Loaded& loaded,
                 const Options& options, const monitor::JournalTools& tools) {
  const bool any_written = std::any_of(
      report.changes.begin(), report.changes.end(),
      [](const auto& change) { return change.result == Result::undone; });
  if (!any_written || tools.store.schema().product != core::Product::onehub) {
    return;
  }
  const auto policy = policy_of(loaded, options);
  monitor::log_reload(tools.log, monitor::reload_and_wait(
                                     policy.admin, policy.http, tools.store));
}

int undo(const monitor::UndoPolicy& policy, const Loaded& loaded,
         const Options& options, const monitor::JournalTools& tools) {
  const auto report = monitor::undo(policy, tools, net::Loop::wall_now());
  tell_onehub(report, loaded, options, tools);
  print(options.json ? json(report, options, policy.language)
                     : table(report, options, policy.language));
  const bool all_good =
      std::all_of(report.changes.begin(), report.changes.end(), is_good);
  return exit_code_of(report.error, report.cause, policy.language,
                      all_good ? all_well : something_failed);
}

}  // namespace

int run_undo(const Options& options) {
  monitor::UndoPolicy policy{.dry_run = options.dry_run};
  if (options.round) policy.round = state::RoundId{*options.round};
  if (!options.since.empty()) {
    policy.since = base::rfc3339(options.since);
    if (!policy.since) {
      complain(locale_language(), {say::bad_time, options.since});
      return wrong_usage;
    }
  }
  for (const std::int64_t id : options.channels) {
    policy.channels.push_back(core::ChannelId{id});
  }
  const bool is_one = options.round.has_value() != policy.since.has_value();
  if (!is_one && (options.round || policy.channels.empty())) {
    complain(locale_language(), {say::undo_of_what});
    return wrong_usage;
  }
  return run_journalled(
      options, [&](const Loaded& loaded, const monitor::JournalTools& tools) {
        policy.language = loaded.language;
        return undo(policy, loaded, options, tools);
      });
}
