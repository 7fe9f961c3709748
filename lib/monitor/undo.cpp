#include "monitor/undo.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/messages_core.h"
#include "base/messages_journal.h"
#include "base/messages_probe.h"
#include "base/text.h"
#include "monitor/settle.h"

namespace monitor {

namespace {

namespace say = base::say;
using base::Sentence;
using state::JournalEntry;
using state::Settled;
using Result = UndoneChange::Result;

std::int64_t number_of(core::ChannelId channel) {
  return static_cast<std::int64_t>(channel);
}

bool is_in_effect(const JournalEntry& entry) {
  return !entry.undone_by &&
         (entry.settled == Settled::written || entry.settled == Settled::open);
}

// The columns of `row` that are not as the change left them.
std::vector<std::string> differences(const state::Intent& left,
                                     const core::Channel& row,
                                     const core::Marks& marks) {
  std::vector<std::string> names;
  const auto compare = [&names](const char* name, bool same) {
    if (!same) names.emplace_back(name);
  };
  compare("models", row.models == left.models_after);
  compare("status", row.status == left.status_after);
  compare("group", row.group == left.group);
  compare("type", row.type == left.type);
  compare("key", marks.key == left.marks.key);
  compare("base_url", marks.address == left.marks.address);
  compare("model_mapping", marks.mapping == left.marks.mapping);
  return names;
}

std::optional<core::PutBack<std::int64_t>> put_back(
    const std::optional<std::int64_t>& left,
    const std::optional<std::int64_t>& before) {
  if (left == before) return std::nullopt;
  return core::PutBack<std::int64_t>{left, before};
}

core::Restoration restoration_of(const state::Details& details,
                                 const core::Channel& row,
                                 const state::State& state) {
  core::Restoration restoration{
      .test_time = put_back(details.test_time_after, details.test_time_before),
      .response_time =
          put_back(details.response_time_after, details.response_time_before),
      .abilities = details.abilities};
  if (details.other_info_kept &&
      state.mark(row.other_info.value_or("")) == details.other_info_mark) {
    restoration.other_info =
        core::PutBack<std::string>{row.other_info, details.other_info_before};
  }
  return restoration;
}

class Undo {
 public:
  Undo(const UndoPolicy& policy, const JournalTools& tools, base::WallTime now)
      : policy_(policy),
        tools_(tools),
        now_(now),
        writes_(tools, state::RoundKind::undo, now) {}

  UndoReport go() {
    for (JournalEntry& entry : chosen()) {
      if (tools_.stop.is_set()) {
        throw base::Error({say::stopped_before_end},
                          base::Error::Cause::stopped);
      }
      UndoneChange& change =
          report_.changes.emplace_back(UndoneChange{std::move(entry)});
      bring_back(change);
    }
    finish();
    return std::move(report_);
  }

  UndoReport broken_off(const base::Error& error) {
    report_.round = writes_.round();
    if (!report_.changes.empty()) {
      UndoneChange& last = report_.changes.back();
      const bool is_open = last.result == Result::refused && last.why.empty();
      if (is_open) last.result = Result::failed;
      if (is_open) last.why = error.sentence();
    }
    report_.error = error.sentence();
    report_.cause = error.cause();
    return std::move(report_);
  }

 private:
  std::vector<JournalEntry> chosen() {
    if (policy_.round) return of_round(*policy_.round);
    if (policy_.since) return since(*policy_.since);
    return last_ones();
  }

  bool is_meant(const JournalEntry& entry) const {
    return policy_.channels.empty() ||
           std::find(policy_.channels.begin(), policy_.channels.end(),
                     entry.intent.channel) != policy_.channels.end();
  }

  std::vector<JournalEntry> of_round(state::RoundId id) {
    const auto number = static_cast<std::int64_t>(id);
    if (!tools_.state.round(tools_.gateway, id)) {
      throw base::Error({say::undo_no_such_round, number});
    }
    auto entries = tools_.state.journal(tools_.gateway, {.round = id});
    std::erase_if(entries, [&](const auto& entry) { return !is_meant(entry); });
    for (const core::ChannelId channel : policy_.channels) {
      const bool any = std::any_of(
          entries.begin(), entries.end(),
          [&](const auto& entry) { return entry.intent.channel == channel; });
      if (!any) {
        throw base::Error({say::undo_no_such_change, number_of(channel)});
      }
    }
    return entries;
  }

  // An undo and what it undid cancel each other out.
  std::vector<JournalEntry> since(base::WallTime time) {
    auto entries = tools_.state.journal(tools_.gateway, {.since = time});
    std::set<state::IntentId> ids;
    for (const JournalEntry& entry : entries)
      ids.insert(entry.id);
    std::erase_if(entries, [&](const JournalEntry& entry) {
      return !is_meant(entry) || !is_in_effect(entry) ||
             (entry.intent.undoes && ids.contains(*entry.intent.undoes));
    });
    return entries;
  }

  std::vector<JournalEntry> last_ones() {
    std::vector<JournalEntry> chosen;
    for (const core::ChannelId channel : policy_.channels) {
      const auto entries =
          tools_.state.journal(tools_.gateway, {.channel = channel});
      const auto last = std::find_if(
          entries.begin(), entries.end(), [](const JournalEntry& entry) {
            return is_in_effect(entry) && entry.kind != state::RoundKind::undo;
          });
      if (last == entries.end()) {
        throw base::Error({say::undo_no_such_change, number_of(channel)});
      }
      chosen.push_back(*last);
    }
    std::sort(chosen.begin(), chosen.end(),
              [](const auto& a, const auto& b) { return a.id > b.id; });
    return chosen;
  }

  void bring_back(UndoneChange& change) {
    const JournalEntry& entry = change.entry;
    change.why = why_not(entry);
    if (!change.why.empty()) return;
    const auto row = row_of(entry);
    change.why = why_not(entry, row);
    if (!change.why.empty()) return;
    const core::ChannelChange back = change_of(entry, row);
    if (policy_.dry_run) return foresee(change, back);
    write(change, back);
  }

  // Why, as far as the journal knows.
  Sentence why_not(const JournalEntry& entry) {
    switch (entry.settled) {
      case Settled::dropped: return {say::undo_never_written};
      case Settled::strange: return {say::undo_unknown};
      case Settled::open:
        if (Sentence why = why_not_open(entry); !why.empty()) return why;
        break;
      case Settled::written: break;
    }
    if (!entry.undone_by) return {};
    return {say::undo_done_already,
            static_cast<std::int64_t>(*entry.undone_by)};
  }

  // A dry run settles nothing.
  Sentence why_not_open(const JournalEntry& entry) {
    const auto& intent = entry.intent;
    switch (what_became_of(intent, tools_.store.look(intent.channel),
                           tools_.store.abilities(intent.channel))) {
      case Settled::written: return {};
      case Settled::dropped: return {say::undo_never_written};
      case Settled::open:
      case Settled::strange: break;
    }
    return {say::undo_unknown};
  }

  // None or one; in a dry run as earlier steps of it would have left it.
  std::vector<core::Channel> row_of(const JournalEntry& entry) {
    const auto foreseen = foreseen_.find(entry.intent.channel);
    if (foreseen != foreseen_.end()) return {foreseen->second};
    return tools_.store.look(entry.intent.channel);
  }

  Sentence why_not(const JournalEntry& entry,
                   const std::vector<core::Channel>& found) {
    if (entry.intent.vanished) {
      return found.empty() ? Sentence() : Sentence(say::undo_channel_came);
    }
    if (found.empty()) return {say::undo_channel_gone};
    const core::Channel& row = found.front();
    if (row.created_time != entry.intent.created_time) {
      return {say::undo_other_channel};
    }
    if (!row.malformed.empty()) {
      return {say::columns_malformed, base::joined(row.malformed, ", ")};
    }
    const auto names =
        differences(entry.intent, row, tools_.state.marks_of(row));
    if (names.empty()) return {};
    return {say::undo_differs, base::joined(names, ", ")};
  }

  core::ChannelChange change_of(const JournalEntry& entry,
                                const std::vector<core::Channel>& found) {
    const state::Intent& intent = entry.intent;
    core::ChannelChange change{.now = base::seconds_of(now_),
                               .vanished = intent.vanished};
    if (intent.vanished) {
      change.before.id = intent.channel;
      change.restoration = {.abilities = intent.details.abilities};
      return change;
    }
    change.before = found.front();
    if (intent.models_before != intent.models_after) {
      change.models = intent.models_before;
    }
    if (intent.status_before != intent.status_after) {
      change.status = intent.status_before;
      if (intent.status_before == core::disabled_automatically) {
        change.status_reason = reason_of(entry);
      }
    }
    change.restoration =
        restoration_of(intent.details, change.before, tools_.state);
    return change;
  }

  std::string reason_of(const JournalEntry& entry) const {
    return Sentence{say::undo_of_round, static_cast<std::int64_t>(entry.round)}
        .in(policy_.language);
  }

  void foresee(UndoneChange& change, const core::ChannelChange& back) {
    const core::ChannelId id = change.entry.intent.channel;
    if (foreseen_.contains(id)) {
      // The database is not as far as that yet: the rows cannot be asked.
      core::Channel& row = foreseen_[id];
      row.models = back.models.value_or(row.models);
      row.status = back.status.value_or(row.status);
      change.result = Result::would_undo;
      return;
    }
    const store::Result ahead = tools_.store.preview(back);
    if (const auto* applied = std::get_if<store::Applied>(&ahead)) {
      change.result = Result::would_undo;
      if (!back.vanished) foreseen_.emplace(id, applied->after);
      return;
    }
    explain(change, ahead);
  }

  void write(UndoneChange& change, const core::ChannelChange& back) {
    const store::Result ahead = tools_.store.preview(back);
    if (!std::holds_alternative<store::Applied>(ahead)) {
      return explain(change, ahead);
    }
    state::Intent intent =
        intent_of(back, ahead, tools_.state, tools_.store.schema());
    intent.name = change.entry.intent.name;
    intent.undoes = change.entry.id;
    intent.shown_names = change.entry.intent.shown_names;
    intent.shown_names.merge(shown_names_of(back, tools_.store.schema()));
    intent.reason = reason_of(change.entry);
    const store::Result result = writes_.write(back, std::move(intent));
    if (std::holds_alternative<store::Applied>(result)) {
      change.result = Result::undone;
      return;
    }
    explain(change, result);
  }

  static void explain(UndoneChange& change, const store::Result& result) {
    if (const auto* failed = std::get_if<store::Failed>(&result)) {
      change.result = Result::failed;
      change.why = failed->why;
    } else if (std::holds_alternative<store::InDoubt>(result)) {
      change.result = Result::failed;
      change.why = {say::commit_unknown};
    } else if (std::holds_alternative<store::Unchanged>(result)) {
      change.why = {say::undo_nothing_left};
    } else {
      change.why = {say::undo_edited_now};
    }
  }

  void finish() {
    const auto undone = std::count_if(
        report_.changes.begin(), report_.changes.end(),
        [](const auto& one) { return one.result == Result::undone; });
    base::json::Writer summary;
    summary.begin_object()
        .member("undone", static_cast<std::int64_t>(undone))
        .member("refused",
                static_cast<std::int64_t>(report_.changes.size()) - undone)
        .end_object();
    writes_.finish(summary.take());
    report_.round = writes_.round();
  }

  const UndoPolicy& policy_;
  JournalTools tools_;
  base::WallTime now_;
  JournalledWrites writes_;
  UndoReport report_;
  std::map<core::ChannelId, core::Channel> foreseen_;
};

}  // namespace

UndoReport undo(const UndoPolicy& policy, const JournalTools& tools,
                base::WallTime now) {
  if (!policy.dry_run) settle_open_intents(tools);
  Undo undo(policy, tools, now);
  try {
    return undo.go();
  } catch (const base::Error& error) {
    if (error.sentence().is(say::undo_no_such_round) ||
        error.sentence().is(say::undo_no_such_change)) {
      throw;
    }
    return undo.broken_off(error);
  }
}

}  // namespace monitor
