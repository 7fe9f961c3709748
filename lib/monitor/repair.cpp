#include "monitor/repair.h"

#include <algorithm>
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
    for (const core::ChannelChange& change : chosen()) {
      if (tools_.stop.is_set()) {
        throw base::Error({say::stopped_before_end},
                          base::Error::Cause::stopped);
      }
      ++report_.seen;
      mend(change);
    }
    finish();
    return std::move(report_);
  }

  RepairReport broken_off(const base::Error& error) {
    report_.round = writes_.round();
    report_.error = error.sentence();
    report_.cause = error.cause();
    return std::move(report_);
  }

 private:
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

  void mend(const core::ChannelChange& change) {
    RepairedChannel channel{.id = change.before.id,
                            .name = change.before.name,
                            .vanished = change.vanished};
    if (!change.before.malformed.empty()) {
      channel.why = {say::columns_malformed,
                     base::joined(change.before.malformed, ", ")};
      report_.channels.push_back(std::move(channel));
      return;
    }
    store::Result result = tools_.store.preview(change);
    if (std::holds_alternative<store::Unchanged>(result)) return;
    const bool is_wrong = std::holds_alternative<store::Applied>(result);
    if (is_wrong && !policy_.dry_run) {
      state::Intent intent =
          intent_of(change, result, tools_.state, tools_.store.schema());
      intent.reason = Sentence(say::repair_reason).in(policy_.language);
      result = writes_.write(change, std::move(intent));
    }
    // Somebody else was faster.
    if (std::holds_alternative<store::Unchanged>(result)) return;
    tell(channel, std::move(result));
    report_.channels.push_back(std::move(channel));
  }

  void tell(RepairedChannel& channel, store::Result result) const {
    if (auto* applied = std::get_if<store::Applied>(&result)) {
      channel.result = policy_.dry_run ? Result::would_mend : Result::mended;
      channel.edits = std::move(applied->abilities);
    } else if (auto* failed = std::get_if<store::Failed>(&result)) {
      channel.why = std::move(failed->why);
    } else if (std::holds_alternative<store::InDoubt>(result)) {
      channel.why = {say::commit_unknown};
    } else {
      channel.why = {say::undo_edited_now};
    }
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
    report_.round = writes_.round();
  }

  const RepairPolicy& policy_;
  JournalTools tools_;
  base::WallTime now_;
  JournalledWrites writes_;
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
