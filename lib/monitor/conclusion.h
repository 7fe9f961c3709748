#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/finding.h"
#include "core/judgement.h"
#include "core/report.h"
#include "monitor/policy.h"
#include "monitor/round.h"
#include "monitor/share.h"
#include "state/state.h"

namespace monitor {

// The second half of a round: what was found is judged, guarded, written and
// recorded, and the report filled in.
class Conclusion {
 public:
  Conclusion(const RoundPolicy& policy, const Tools& tools, state::RoundId id);

  // Takes what was found of `shares`.  `cut_off` says why nothing of it is to
  // be believed; empty where it is.  Throws base::Error where the database is
  // lost or the state cannot be written.
  void draw(std::deque<Share>& shares, const base::Sentence& cut_off,
            core::Report& report);

 private:
  // What is to be done to a channel's row, if it is no more than to note that
  // it was tested.
  struct Plan {
    std::optional<std::string> models;
    std::optional<std::int64_t> status;
    std::string status_reason;
    base::Sentence why;

    bool is_change() const { return models || status; }
  };

  // One channel on its way through.
  struct Entry {
    Share* share = nullptr;
    std::size_t report = 0;  // index in the report's channels
    std::unique_ptr<core::Judgement> judgement;  // where it comes to something
    core::Models models;                         // for the report
    bool is_judged = false;
    bool has_findings = false;
    bool was_probed = false;
    bool removals_held = false;
    std::int64_t listed = 0;  // models
    std::int64_t response_time = 0;
    base::Sentence unreachable;    // that it is, and why
    base::Sentence first_removed;  // why
    std::unique_ptr<Plan> plan;
    std::optional<state::IntentId> intent;
    bool written = false;
    std::optional<std::int64_t> status_set;  // really, by this write
  };

  using Findings = std::vector<core::Finding>;

  void describe(Entry& entry, core::Report& report);
  void look_at_findings(Entry& entry, core::Report& report);
  core::Models models_in(const Entry& entry, const Findings& findings,
                         const core::Judgement& judgement) const;
  core::Judgement judge(Entry& entry, const Findings& findings);
  void guard_removals(core::Report& report);
  static void hold_removals(Entry& entry);
  bool are_accepted(const std::string& fingerprint);
  void plan(Entry& entry);
  void explain(Entry& entry, core::Report& report);
  core::ChannelChange change_of(const Entry& entry) const;
  void intend(const std::vector<Entry*>& changing);
  void write(core::Report& report);
  void apply(Entry& entry, core::Report& report);
  void settle_what_was_written();
  void learn(const core::Report& report);
  state::EachProbe probes_of(const core::Report& report) const;
  core::ChannelMemory memory_after(const Entry& entry) const;
  core::ChannelReport& reported(const Entry& entry,
                                core::Report& report) const {
    return report.channels[entry.report];
  }
  // What was judged of it; nothing has a judgement, too.
  static const core::Judgement& judged(const Entry& entry);
  static base::Sentence why_of(const Entry& entry);
  std::optional<state::Intent> intent_of(const Entry& entry,
                                         const core::ChannelChange& change,
                                         const store::Result& ahead) const;
  void explain_change(const Entry& entry, core::ChannelReport& channel) const;
  void explain_guards(const Entry& entry, core::ChannelReport& channel,
                      std::vector<core::GuardNote>& guards) const;
  void note_written(Entry& entry, const store::Applied& applied,
                    core::ChannelReport& channel);
  void warn_of_sync(const Entry& entry, const std::string& name);

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
