#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/judgement.h"
#include "core/report.h"
#include "monitor/channel_run.h"
#include "monitor/policy.h"
#include "monitor/round.h"
#include "state/state.h"

namespace monitor {

// The second half of a round: what was found is judged, guarded, written and
// recorded, and the report filled in.
class Conclusion {
 public:
  Conclusion(const RoundPolicy& policy, const Tools& tools, state::RoundId id);

  // Takes what `runs` have found.  `cut_off` says why nothing of it is to be
  // believed; empty where it is.  Throws base::Error where the database is
  // lost or the state cannot be written.
  void draw(const std::vector<std::unique_ptr<ChannelRun>>& runs,
            const base::Sentence& cut_off, core::Report& report);

 private:
  // One channel on its way through.
  struct Entry {
    ChannelRun* run = nullptr;
    std::size_t report = 0;  // index in the report's channels
    core::Judgement judgement;
    bool is_judged = false;
    bool removals_held = false;
    std::optional<core::ChannelChange> change;
    base::Sentence why;  // with a change
    std::optional<state::IntentId> intent;
    bool written = false;
    std::optional<std::int64_t> status_set;  // really, by this write
  };

  void describe(Entry& entry, core::Report& report);
  void describe_models(Entry& entry, core::ChannelReport& channel) const;
  void judge(Entry& entry);
  void guard_removals(core::Report& report);
  bool are_accepted(const std::string& fingerprint);
  void plan(Entry& entry);
  void explain(Entry& entry, core::Report& report);
  void intend(const std::vector<Entry*>& changing);
  void write(core::Report& report);
  void apply(Entry& entry, core::Report& report);
  void settle_what_was_written();
  void learn(const core::Report& report);
  state::EachProbe probes_of(const core::Report& report) const;
  core::ChannelMemory memory_after(Entry& entry) const;
  core::ChannelReport& reported(const Entry& entry,
                                core::Report& report) const {
    return report.channels[entry.report];
  }
  static base::Sentence why_of(const Entry& entry);
  std::optional<state::Intent> intent_of(const Entry& entry,
                                         const store::Result& ahead) const;
  void explain_change(const Entry& entry, core::ChannelReport& channel) const;
  void explain_guards(const Entry& entry, core::ChannelReport& channel,
                      std::vector<core::GuardNote>& guards) const;
  void note_written(Entry& entry, const store::Applied& applied,
                    core::ChannelReport& channel);
  void warn_of_sync(const Entry& entry);

  const RoundPolicy& policy_;
  Tools tools_;
  state::RoundId id_;
  base::WallTime now_;
  std::vector<Entry> entries_;
  std::vector<state::Settlement> settlements_;
  std::optional<state::HeldRemovals> held_;
  bool cut_off_ = false;
};

}  // namespace monitor
