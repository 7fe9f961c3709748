#include "monitor/repair.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/messages_app.h"
#include "base/messages_core.h"
#include "base/messages_journal.h"
#include "base/messages_probe.h"
#include "base/text.h"
#include "monitor/settle.h"

namespace monitor {

namespace {

namespace say = base::say;
using base::Sentence;
using Result = RepairedChannel::Result;

class Repair {
 public:
  Repair(const RepairPolicy& policy, const JournalTools& tools,
         base::WallTime now)
      : policy_(policy),
        tools_(tools),
        now_(now),
        writes_(tools, state::RoundKind::repair, now) {}

  RepairReport go() {
    changes_ = chosen();
    look();
    // What is added comes first: then no row has to stay for a channel that is
    // about to get its own.
    std::stable_partition(wrong_.begin(), wrong_.end(),
                          [](const Wrong& one) { return one.adds; });
    mend_all();
    // What had to stay may go by now.
    std::erase_if(wrong_, [](const Wrong& one) { return !one.kept; });
    if (!policy_.dry_run) mend_all();
    name_bare_groups();
    return ended();
  }

  RepairReport broken_off(const base::Error& error) {
    report_.error = error.sentence();
    report_.cause = error.cause();
    return ended(false);
  }

 private:
  struct Wrong {
    std::size_t change = 0;  // its place
    bool adds = false;
    bool kept = false;  // rows, for another channel
  };

  // Changes that only look whether abilities agree.
  std::vector<core::ChannelChange> chosen() {
    std::vector<core::ChannelChange> all;
    const std::int64_t now = base::seconds_of(now_);
    for (core::Channel& channel : tools_.store.load()) {
      all.push_back({.before = std::move(channel), .now = now});
    }
    for (const core::ChannelId id : tools_.store.vanished()) {
      core::ChannelChange change{.now = now, .vanished = true};
      change.before.id = id;
      all.push_back(std::move(change));
    }
    if (policy_.channels.empty()) return all;
    std::set<core::ChannelId> left(policy_.channels.begin(),
                                   policy_.channels.end());
    std::erase_if(all, [&](const core::ChannelChange& change) {
      return !left.contains(change.before.id);
    });
    for (const core::ChannelChange& change : all)
      left.erase(change.before.id);
    if (left.empty()) return all;
    throw base::Error(
        {say::no_such_channel, static_cast<std::int64_t>(*left.begin())});
  }

  void keep_on() const {
    if (!tools_.stop.is_set()) return;
    throw base::Error({say::stopped_before_end}, base::Error::Cause::stopped);
  }

  // Finds out which are wrong.
  void look() {
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      keep_on();
      ++report_.seen;
      const core::ChannelChange& change = changes_[i];
      if (!change.before.malformed.empty()) {
        told(i).why = {say::columns_malformed,
                       base::joined(change.before.malformed, ", ")};
        continue;
      }
      const store::Result ahead = tools_.store.preview(change);
      if (is_right(ahead)) continue;
      Wrong& wrong = wrong_.emplace_back(Wrong{.change = i});
      const auto* applied = std::get_if<store::Applied>(&ahead);
      if (applied != nullptr) wrong.adds = foresee(applied->abilities);
    }
  }

  // Returns whether there is anything to be added.
  bool foresee(const core::AbilityEdits& edits) {
    bool adds = false;
    for (const core::AbilityEdit& edit : edits.rows) {
      if (edit.before || !edit.after) continue;
      adds = true;
      if (policy_.dry_run) foreseen_groups_.insert(edit.after->group);
    }
    return adds;
  }

  static bool is_right(const store::Result& result) {
    const auto* unchanged = std::get_if<store::Unchanged>(&result);
    return unchanged != nullptr && unchanged->kept.empty();
  }

  void mend_all() {
    for (Wrong& one : wrong_) {
      keep_on();
      mend(one);
    }
  }

  void mend(Wrong& one) {
    core::ChannelChange& change = changes_[one.change];
    change.foreseen_groups = foreseen_groups_;
    store::Result result = tools_.store.preview(change);
    const bool is_wrong = std::holds_alternative<store::Applied>(result);
    if (is_wrong && !policy_.dry_run) {
      state::Intent intent =
          intent_of(change, result, tools_.state, tools_.store.schema());
      intent.shown_names = shown_names_of(change, tools_.store.schema());
      intent.reason = Sentence(say::repair_reason).in(policy_.language);
      result = writes_.write(change, std::move(intent));
    }
    // Somebody else was faster.
    if (is_right(result) && !one.kept) return;
    one.kept = tell(told(one.change), std::move(result));
  }

  // What all that was mended, or would be, leaves as it is.
  void name_bare_groups() {
    if (!tools_.store.schema().has_abilities()) return;
    std::set<std::string> covered = tools_.store.covered_groups();
    covered.insert(foreseen_groups_.begin(), foreseen_groups_.end());
    for (const core::Uncovered& hole :
         core::uncovered(tools_.store.load(), covered)) {
      const auto of = std::find_if(
          changes_.begin(), changes_.end(), [&](const auto& change) {
            return !change.vanished && change.before.id == hole.channel;
          });
      if (of == changes_.end()) continue;
      const auto i = static_cast<std::size_t>(of - changes_.begin());
      const auto known = told_.find(i);
      if (known != told_.end() && known->second.result == Result::failed) {
        continue;
      }
      told(i).result = Result::failed;
      told(i).why = {say::repair_bare, hole.group};
    }
  }

  RepairedChannel& told(std::size_t change) {
    const core::ChannelChange& of = changes_[change];
    RepairedChannel& channel = told_[change];
    channel.id = of.before.id;
    channel.name = of.before.name;
    channel.vanished = of.vanished;
    return channel;
  }

  // Returns whether rows had to stay.
  bool tell(RepairedChannel& channel, store::Result result) const {
    std::vector<store::Kept> kept;
    if (auto* applied = std::get_if<store::Applied>(&result)) {
      auto& rows = channel.edits.rows;
      const auto before = std::exchange(rows, {});
      channel.edits = std::move(applied->abilities);
      rows.insert(rows.begin(), before.begin(), before.end());
      kept = std::move(applied->kept);
    } else if (auto* unchanged = std::get_if<store::Unchanged>(&result)) {
      kept = std::move(unchanged->kept);
    } else {
      channel.why = why_not(result);
      return false;
    }
    channel.result = policy_.dry_run ? Result::would_mend : Result::mended;
    channel.why = {};
    if (kept.empty()) return false;
    channel.result = Result::failed;
    channel.why = {say::repair_kept, kept.front().group,
                   static_cast<std::int64_t>(kept.front().needed_by),
                   kept.front().name};
    return true;
  }

  static Sentence why_not(const store::Result& result) {
    if (const auto* failed = std::get_if<store::Failed>(&result)) {
      return failed->why;
    }
    return std::holds_alternative<store::InDoubt>(result)
               ? Sentence(say::commit_unknown)
               : Sentence(say::undo_edited_now);
  }

  // With the channels in the order of their ids.
  RepairReport ended(bool complete = true) {
    for (auto& [change, channel] : told_)
      report_.channels.push_back(std::move(channel));
    if (complete) finish();
    report_.round = writes_.round();
    return std::move(report_);
  }

  void finish() {
    const auto mended = std::count_if(
        report_.channels.begin(), report_.channels.end(),
        [](const auto& one) { return one.result == Result::mended; });
    base::json::Writer summary;
    summary.begin_object()
        .member("mended", static_cast<std::int64_t>(mended))
        .member("failed",
                static_cast<std::int64_t>(report_.channels.size()) - mended)
        .end_object();
    writes_.finish(summary.take());
  }

  const RepairPolicy& policy_;
  JournalTools tools_;
  base::WallTime now_;
  JournalledWrites writes_;
  std::vector<core::ChannelChange> changes_;
  std::vector<Wrong> wrong_;
  std::map<std::size_t, RepairedChannel> told_;  // by their changes
  std::set<std::string> foreseen_groups_;        // that a dry run would cover
  RepairReport report_;
};

}  // namespace

RepairReport repair(const RepairPolicy& policy, const JournalTools& tools,
                    base::WallTime now) {
  if (!tools.store.schema().has_abilities()) {
    return {.has_abilities = false};
  }
  if (!policy.dry_run) settle_open_intents(tools);
  Repair repair(policy, tools, now);
  try {
    return repair.go();
  } catch (const base::Error& error) {
    if (error.sentence().is(say::no_such_channel)) throw;
    return repair.broken_off(error);
  }
}

}  // namespace monitor
