#include "monitor/repair.h"

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
#include "net/loop.h"
#include "output.h"

namespace {

namespace say = base::say;
using base::Sentence;
using Result = monitor::RepairedChannel::Result;

Sentence result_of(const monitor::RepairedChannel& channel) {
  switch (channel.result) {
    case Result::mended: return say::repair_done;
    case Result::would_mend: return say::repair_would;
    case Result::failed: break;
  }
  return {say::result_line, Sentence(say::repair_failed), channel.why};
}

std::string_view name_of(Result result) {
  switch (result) {
    case Result::mended: return "mended";
    case Result::would_mend: return "would_mend";
    case Result::failed: break;
  }
  return "failed";
}

bool is_good(const monitor::RepairedChannel& channel) {
  return channel.result != Result::failed;
}

std::string summary(const monitor::RepairReport& report, const Options& options,
                    base::Language language) {
  const auto good =
      std::count_if(report.channels.begin(), report.channels.end(), is_good);
  const std::size_t all = report.channels.size();
  Sentence text{say::repair_summary_none, good, all};
  if (options.dry_run) {
    text = {say::repair_summary_dry, good, all};
  } else if (good > 0 && report.round) {
    text = {say::repair_summary, good, all,
            undo_command(options, *report.round)};
  }
  return text.in(language) + '\n';
}

std::string table(const monitor::RepairReport& report, const Options& options,
                  base::Language language) {
  if (!report.has_abilities) {
    return Sentence(say::repair_onehub).in(language) + '\n';
  }
  if (report.channels.empty() && report.error.empty()) {
    return Sentence{say::repair_nothing, report.seen}.in(language) + '\n';
  }
  std::string text;
  for (const monitor::RepairedChannel& channel : report.channels) {
    text += fmt::format("  {}\n", shown_channel(channel.id, channel.name,
                                                channel.vanished, language));
    if (!channel.edits.rows.empty()) {
      text += line_of(say::line_abilities, described(channel.edits), language);
    }
    text += fmt::format("      => {}\n",
                        base::printable(result_of(channel).in(language)));
  }
  return text + summary(report, options, language);
}

std::string json(const monitor::RepairReport& report, const Options& options,
                 base::Language language) {
  base::json::Writer writer;
  writer.begin_object()
      .member("schema", 1)
      .member("dry_run", options.dry_run)
      .member("has_abilities", report.has_abilities)
      .member("seen", report.seen);
  if (report.round) {
    writer.member("repair_round", static_cast<std::int64_t>(*report.round));
  }
  if (!report.error.empty()) {
    writer.member("error", report.error.in(language));
  }
  writer.key("channels").begin_array();
  for (const monitor::RepairedChannel& channel : report.channels) {
    writer.begin_object()
        .member("channel", static_cast<std::int64_t>(channel.id))
        .member("name", channel.name)
        .member("vanished", channel.vanished)
        .member("result", name_of(channel.result));
    write_member(writer, channel.edits);
    if (!channel.why.empty()) writer.member("why", channel.why.in(language));
    writer.end_object();
  }
  return writer.end_array().end_object().take() + '\n';
}

}  // namespace

int run_repair(const Options& options) {
  monitor::RepairPolicy policy{.dry_run = options.dry_run};
  for (const std::int64_t id : options.channels) {
    policy.channels.push_back(core::ChannelId{id});
  }
  return run_journalled(options, [&](const Loaded& loaded,
                                     const monitor::JournalTools& tools) {
    policy.language = loaded.language;
    const auto report = monitor::repair(policy, tools, net::Loop::wall_now());
    print(options.json ? json(report, options, policy.language)
                       : table(report, options, policy.language));
    const bool all_good =
        std::all_of(report.channels.begin(), report.channels.end(), is_good);
    return exit_code_of(report.error, report.cause, policy.language,
                        all_good ? all_well : something_failed);
  });
}
