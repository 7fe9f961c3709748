#include "monitor/conclusion.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/messages_journal.h"
#include "base/messages_probe.h"
#include "base/messages_report.h"
#include "base/release.h"
#include "base/text.h"
#include "core/names.h"
#include "core/provider.h"
#include "monitor/channel_secrets.h"
#include "monitor/journal.h"
#include "monitor/telling.h"

namespace monitor {

namespace {

namespace say = base::say;
using core::ChannelResult;
using core::Outcome;

constexpr std::size_t previewed_at_once = 32;  // lists may be long
constexpr std::size_t longest_reason = 200;    // characters in other_info

// What the gateway shows as the channel's response time: that of the first
// model that answers, else of the first that was asked.
std::int64_t response_time_of(const std::vector<core::Finding>& findings) {
  const core::Finding* first = nullptr;
  for (const core::Finding& finding : findings) {
    if (!finding.due || finding.ending.times.total < 0) continue;
    if (first == nullptr) first = &finding;
    if (finding.ending.outcome != Outcome::ok) continue;
    return std::llround(finding.ending.times.total);
  }
  return first == nullptr ? 0 : std::llround(first->ending.times.total);
}

bool was_asked(const core::Finding& finding) {
  return finding.due && finding.ending.outcome != Outcome::untestable;
}

void note_tokens(const core::Finding& finding, core::ModelReport& model) {
  if (finding.shared) return;
  const core::Result& ending = finding.ending;
  model.output_tokens = std::max<std::int64_t>(ending.completion_tokens, 0);
  model.input_tokens =
      std::max<std::int64_t>(ending.total_tokens - model.output_tokens, 0);
}

// Every model that was asked failed on the network.
bool is_unreachable(const std::vector<core::Finding>& findings) {
  bool any = false;
  for (const core::Finding& finding : findings) {
    if (!was_asked(finding)) continue;
    if (finding.ending.outcome != Outcome::network_error) return false;
    any = true;
  }
  return any;
}

base::Sentence first_reason(const std::vector<core::Finding>& findings) {
  const auto found = std::find_if(
      findings.begin(), findings.end(), [](const core::Finding& finding) {
        return was_asked(finding) && !finding.ending.why.empty();
      });
  return found == findings.end() ? base::Sentence() : found->ending.why;
}

// A one-hub has to be told what was written, or may have been.
bool is_told(const core::ChannelChange& change, const store::Result& result) {
  return (change.models || change.status) &&
         (std::holds_alternative<store::Applied>(result) ||
          std::holds_alternative<store::InDoubt>(result));
}

// new-api adds what it finds upstream again by itself where this is set
// (contract 2.4).
bool syncs_by_itself(const core::Channel& channel) {
  base::json::Document settings;
  return settings.parse(channel.settings) &&
         settings.truth("/upstream_model_update_auto_sync_enabled")
             .value_or(false);
}

// What the administrator listed is tested, and shown without secrets.
std::vector<std::string> shown(const core::ShownNames& others,
                               const std::vector<std::string>& names) {
  std::vector<std::string> all;
  all.reserve(names.size());
  for (const std::string& name : names)
    all.push_back(core::shown(others, name));
  return all;
}

// Whether there is anything in it that does not go into the report at once.
bool comes_to_something(const core::Judgement& judgement) {
  return !judgement.removed.empty() || !judgement.added.empty() ||
         judgement.new_status || !judgement.all_failed.empty() ||
         !judgement.guards.empty();
}

}  // namespace

Conclusion::Conclusion(const RoundPolicy& policy, const Tools& tools,
                       state::RoundId id)
    : policy_(policy), tools_(tools), id_(id), now_(tools.wall_now()) {}

void Conclusion::draw(std::deque<Share>& shares, const base::Sentence& cut_off,
                      core::Report& report) {
  cut_off_ = !cut_off.empty();
  if (cut_off_) {
    report.guards.push_back({core::Guard::cut_off, std::nullopt, cut_off});
  }
  entries_.resize(shares.size());
  report.channels.resize(shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    entries_[i].share = &shares[i];
    entries_[i].report = i;
    describe(entries_[i], report);
  }
  for (Entry& entry : entries_)
    look_at_findings(entry, report);
  if (!cut_off_) guard_removals(report);
  for (Entry& entry : entries_) {
    if (entry.is_judged) plan(entry);
    explain(entry, report);
  }
  if (!policy_.dry_run && !policy_.read_only && !cut_off_) write(report);
  if (!policy_.dry_run) learn(report);
}

void Conclusion::describe(Entry& entry, core::Report& report) {
  const core::Channel& row = *entry.share->channel;
  const Found& found = entry.share->found;
  core::ChannelReport& channel = reported(entry, report);
  entry.listed = static_cast<std::int64_t>(core::names_of(row.models).size());
  channel.id = row.id;
  channel.name =
      found.name.empty() ? shown_name(row, tools_.store.schema()) : found.name;
  channel.type = row.type;
  channel.status = row.status;
  channel.source = found.candidates.source;
  channel.dismissed = found.candidates.dismissed;
  if (found.is_testable) channel.provider = found.provider;
  channel.list_outcome = found.list_outcome;
  channel.offered = found.offered;
  channel.list_was_cut = found.list_was_cut;
  channel.keys = found.keys;
  for (const core::KeyReport& key : channel.keys) {
    if (!key.enabled && key.outcome == Outcome::ok) tools_.log.info(key.reason);
  }
  report.probes += found.calls;
}

// Takes what a channel's findings tell, which are not kept any longer, nor is
// the row where nothing is to be done about it.
void Conclusion::look_at_findings(Entry& entry, core::Report& report) {
  Found& found = entry.share->found;
  if (found.findings.empty()) return;
  const Findings findings = core::unpacked_findings(found.findings);
  base::release(found.findings);
  core::Judgement judgement;
  if (!cut_off_) judgement = judge(entry, findings);
  entry.models = models_in(entry, findings, judgement);
  if (comes_to_something(judgement)) {
    base::release(judgement.verdicts);
    base::release(judgement.reasons);
    entry.judgement = std::make_unique<core::Judgement>(std::move(judgement));
  }
  entry.has_findings = !findings.empty();
  entry.was_probed = std::any_of(findings.begin(), findings.end(), was_asked);
  entry.response_time = response_time_of(findings);
  if (is_unreachable(findings)) {
    entry.unreachable = {say::all_unreachable, first_reason(findings)};
  }
  for (const core::Finding& finding : findings) {
    if (!finding.shared) report.tokens += finding.ending.total_tokens;
    const auto& removed = judged(entry).removed;
    if (!removed.empty() && entry.first_removed.empty() &&
        finding.candidate.name == removed.front()) {
      entry.first_removed = {
          say::reason_of_model,
          core::shown(found.shown_names, finding.candidate.name),
          finding.ending.why};
    }
  }
  if (!entry.judgement && !policy_.write_test_time) {
    entry.share->channel.reset();
  }
}

core::Judgement Conclusion::judge(Entry& entry, const Findings& findings) {
  Share& share = *entry.share;
  const Found& found = share.found;
  entry.is_judged = share.config_error.empty() && found.wrong_address.empty() &&
                    found.is_over && !found.was_cancelled;
  if (!entry.is_judged) return {};
  core::Judgement judgement =
      core::judge({.channel = *share.channel,
                   .schema = tools_.store.schema(),
                   .candidates = found.candidates,
                   .findings = findings,
                   .memory = core::unpacked_memory(share.memory),
                   .provider = found.provider,
                   .now = now_,
                   .shown_names = &found.shown_names},
                  policy_.judge);
  base::release(share.memory);
  core::ChannelMemory& memory = judgement.memory;
  memory.seen = true;
  memory.listed = core::names_of(share.channel->models);
  for (const core::KeyReport& key : found.keys)
    memory.keys[key.key] = {key.outcome, now_};
  if (!policy_.dry_run) share.memory = core::packed(memory);
  memory = {};
  return judgement;
}

const core::Judgement& Conclusion::judged(const Entry& entry) {
  static const core::Judgement nothing;
  return entry.judgement ? *entry.judgement : nothing;
}

// Removals over the whole round, the lists of channels that would be disabled
// included.
void Conclusion::guard_removals(core::Report& report) {
  std::int64_t listed = 0;
  std::int64_t removals = 0;
  std::string what;
  for (const Entry& entry : entries_) {
    listed += entry.listed;
    const auto id = static_cast<std::int64_t>(reported(entry, report).id);
    const core::Judgement& judgement = judged(entry);
    if (judgement.new_status == core::disabled_automatically) {
      removals += entry.listed;
      what += std::to_string(id) + " off\n";
      continue;
    }
    removals += static_cast<std::int64_t>(judgement.removed.size());
    for (const std::string& name : judgement.removed) {
      what += std::to_string(id) + ' ' + name + '\n';
    }
  }
  const std::string fingerprint =
      what.empty() ? std::string() : base::hex(base::sha256(what));
  if (!core::is_mass_removal(removals, listed, policy_.guard)) {
    held_ = state::HeldRemovals{};
    return;
  }
  if (are_accepted(fingerprint)) return;
  for (Entry& entry : entries_)
    hold_removals(entry);
  report.guards.push_back(
      {core::Guard::mass_removal,
       std::nullopt,
       {say::mass_removal, removals, listed,
        fmt::format("{:g}", policy_.guard.max_removed_percent),
        policy_.accepting}});
}

void Conclusion::hold_removals(Entry& entry) {
  const core::Judgement& judgement = judged(entry);
  if (judgement.removed.empty() &&
      judgement.new_status != core::disabled_automatically) {
    return;
  }
  entry.removals_held = true;
  core::hold_removals(*entry.judgement);
  for (core::ModelReport& model : entry.models) {
    if (model.verdict == core::Verdict::remove) {
      model.verdict = core::Verdict::hold;
    }
  }
  entry.models.pack();
}

// Counts the rounds in a row in which the very same removals were held.
bool Conclusion::are_accepted(const std::string& fingerprint) {
  const state::HeldRemovals before = tools_.state.held_removals(tools_.gateway);
  const bool same = before.fingerprint == fingerprint;
  if (same && policy_.guard.accept_after > 0 &&
      before.rounds >= policy_.guard.accept_after) {
    held_ = state::HeldRemovals{};
    return true;
  }
  held_ = state::HeldRemovals{fingerprint, same ? before.rounds + 1 : 1};
  return false;
}

void Conclusion::plan(Entry& entry) {
  const core::Judgement& judgement = judged(entry);
  const bool is_listed_anew =
      !judgement.removed.empty() || !judgement.added.empty();
  const bool is_change = is_listed_anew || judgement.new_status;
  if (!is_change && !(policy_.write_test_time && entry.was_probed)) return;
  entry.plan = std::make_unique<Plan>();
  Plan& plan = *entry.plan;
  if (is_listed_anew) {
    plan.models =
        core::comma_list(core::list_after(*entry.share->channel, judgement));
  }
  plan.status = judgement.new_status;
  if (judgement.new_status == core::disabled_automatically) {
    plan.status_reason = base::shortened(
        base::Sentence{say::all_failed, judgement.all_failed}.in(
            policy_.language),
        longest_reason);
  }
  plan.why = why_of(entry);
}

core::ChannelChange Conclusion::change_of(const Entry& entry) const {
  const Plan& plan = *entry.plan;
  return {.before = *entry.share->channel,
          .models = plan.models,
          .status = plan.status,
          .status_reason = plan.status_reason,
          .now = base::seconds_of(now_),
          .response_time = entry.response_time};
}

core::Models Conclusion::models_in(const Entry& entry, const Findings& findings,
                                   const core::Judgement& judgement) const {
  const Found& found = entry.share->found;
  const bool many =
      core::has_many_keys(*entry.share->channel, tools_.store.schema());
  std::vector<core::ModelReport> models;
  models.reserve(findings.size());
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const core::Finding& finding = findings[i];
    const core::Result& ending = finding.ending;
    const core::Candidate& candidate = finding.candidate;
    core::ModelReport model{
        .name = core::shown(found.shown_names, candidate.name),
        .kind = ending.kind,
        .listed = candidate.listed,
        .outcome = ending.outcome};
    if (candidate.upstream != candidate.name) {
      model.upstream = core::shown(found.shown_names, candidate.upstream);
    }
    if (entry.is_judged) {
      model.verdict = judgement.verdicts[i];
      model.reason = judgement.reasons[i];
    } else {
      model.reason = ending.why;
    }
    if (ending.outcome == Outcome::ok) model.reason = {};
    model.due = finding.due;
    model.attempts = ending.attempts;
    if (finding.due) {
      model.http_status = ending.http_status;
      model.times = ending.times;
      model.tokens_per_second = ending.tokens_per_second;
      note_tokens(finding, model);
      if (many && was_asked(finding)) model.key = ending.key;
    }
    models.push_back(std::move(model));
  }
  core::Models all = std::move(models);
  all.pack();
  return all;
}

// What the report says of the channel, as far as it is known before writing.
void Conclusion::explain(Entry& entry, core::Report& report) {
  const Share& share = *entry.share;
  core::ChannelReport& channel = reported(entry, report);
  channel.models = std::move(entry.models);
  const core::Judgement& judgement = judged(entry);
  if (!share.config_error.empty()) {
    channel.result = ChannelResult::config_error;
    channel.reason = share.config_error;
    return;
  }
  if (!share.found.wrong_address.empty()) {
    channel.result = ChannelResult::config_error;
    channel.reason = share.found.wrong_address;
    return;
  }
  if (share.found.was_cancelled) {
    channel.result = ChannelResult::cancelled;
    channel.reason = {say::stopped_before_end};
    return;
  }
  explain_change(entry, channel);
  if (!judgement.all_failed.empty() && !judgement.new_status &&
      channel.status == core::enabled) {
    channel.reason =
        policy_.judge.disable_on_all_failed
            ? base::Sentence(say::protected_channel)
            : base::Sentence{say::all_failed_kept, judgement.all_failed};
  }
  explain_guards(entry, channel, report.guards);
}

// What becomes of the channel as far as its models go.
void Conclusion::explain_change(const Entry& entry,
                                core::ChannelReport& channel) const {
  if (entry.plan && entry.plan->is_change()) {
    channel.result = ChannelResult::would_change;
    channel.reason = {policy_.dry_run     ? say::dry_run_only
                      : policy_.read_only ? say::would_change_only
                                          : say::unwritten_only};
    const core::Judgement& judgement = judged(entry);
    channel.added = judgement.added;
    channel.removed = shown(entry.share->found.shown_names, judgement.removed);
    channel.new_status = judgement.new_status;
    if (!policy_.told.empty()) {
      channel.list_after =
          shown(entry.share->found.shown_names,
                core::list_after(*entry.share->channel, judgement));
    }
  } else if (!entry.has_findings) {
    const bool is_partial = entry.share->found.candidates.is_partial;
    channel.result = ChannelResult::skipped;
    channel.reason = {is_partial ? say::none_chosen : say::nothing_to_probe};
  } else if (!entry.unreachable.empty()) {
    channel.result = ChannelResult::unreachable;
    channel.reason = entry.unreachable;
  }
}

void Conclusion::explain_guards(const Entry& entry,
                                core::ChannelReport& channel,
                                std::vector<core::GuardNote>& guards) const {
  const std::size_t new_ones = entry.share->found.candidates.held_new;
  if (new_ones > 0) {
    const base::Sentence text{say::mass_addition, new_ones,
                              policy_.examination.candidates.max_new_models};
    guards.push_back({core::Guard::mass_addition, channel.id, text});
    if (channel.result != ChannelResult::would_change) {
      channel.result = ChannelResult::held;
      channel.reason = text;
    }
  }
  for (const core::GuardNote& note : judged(entry).guards) {
    guards.push_back(note);
    channel.result = ChannelResult::held;
    channel.reason = note.text;
  }
  if (entry.removals_held) {
    channel.result = ChannelResult::held;
    channel.reason = {say::held_by_mass_removal};
  }
}

// For the history: of several removed models it is the first one's.
base::Sentence Conclusion::why_of(const Entry& entry) {
  const core::Judgement& judgement = judged(entry);
  if (!judgement.removed.empty()) return entry.first_removed;
  if (judgement.new_status) return {say::answers_again};
  if (!judgement.added.empty()) return {say::answers};
  return {say::repair_reason};
}

// What is only tested may find abilities that have to be mended, too.
std::optional<state::Intent> Conclusion::intent_of(
    const Entry& entry, const core::ChannelChange& change,
    const store::Result& ahead) const {
  const auto* applied = std::get_if<store::Applied>(&ahead);
  const bool mends = applied != nullptr && !applied->abilities.rows.empty();
  if (!change.models && !change.status && !mends) return std::nullopt;
  state::Intent intent =
      monitor::intent_of(change, ahead, tools_.state, tools_.store.schema());
  intent.shown_names = entry.share->found.shown_names;
  if (intent.reason.empty()) {
    intent.reason =
        base::shortened(entry.plan->why.in(policy_.language), longest_reason);
  }
  return intent;
}

void Conclusion::intend(const std::vector<Entry*>& changing) {
  std::vector<state::Intent> intents;
  std::vector<Entry*> writing;
  for (std::size_t i = 0; i < changing.size(); i += previewed_at_once) {
    const std::size_t end = std::min(i + previewed_at_once, changing.size());
    std::vector<core::ChannelChange> changes;
    std::vector<const core::ChannelChange*> asked;
    changes.reserve(end - i);
    for (std::size_t j = i; j < end; ++j)
      asked.push_back(&changes.emplace_back(change_of(*changing[j])));
    const std::vector<store::Result> ahead = tools_.store.previews(asked);
    for (std::size_t j = i; j < end; ++j) {
      if (auto intent = intent_of(*changing[j], changes[j - i], ahead[j - i])) {
        intents.push_back(std::move(*intent));
        writing.push_back(changing[j]);
      }
    }
  }
  if (intents.empty()) return;
  const auto ids = tools_.state.intend(id_, now_, intents);
  for (std::size_t i = 0; i < writing.size(); ++i)
    writing[i]->intent = ids[i];
}

// All intents go to the disk at once, before the first write to the gateway:
// one commit of the state for a round, and one after it.
void Conclusion::write(core::Report& report) {
  std::vector<Entry*> changing;
  for (Entry& entry : entries_) {
    if (entry.plan) changing.push_back(&entry);
  }
  intend(changing);
  try {
    for (Entry* entry : changing)
      apply(*entry, report);
  } catch (const base::Error&) {
    settle_what_was_written();
    throw;
  }
}

// The round ends here, but what it wrote was written.
void Conclusion::settle_what_was_written() {
  core::Memory memory;
  for (Entry& entry : entries_) {
    if (!entry.intent || !entry.written) continue;
    memory.emplace(entry.share->channel->id, memory_after(entry));
  }
  tools_.state.settle(tools_.gateway, std::exchange(settlements_, {}), memory);
}

void Conclusion::apply(Entry& entry, core::Report& report) {
  core::ChannelReport& channel = reported(entry, report);
  if (tools_.stop.is_set()) {
    throw base::Error({say::stopped_before_end}, base::Error::Cause::stopped);
  }
  const core::ChannelChange change = change_of(entry);
  const store::Result result = tools_.store.apply(change);
  if (is_told(change, result)) report.wrote = true;
  state::Settlement settlement{.settled = state::Settled::dropped};
  if (const auto* applied = std::get_if<store::Applied>(&result)) {
    note_written(entry, *applied, channel);
    settlement = settlement_of(*applied, tools_.state, tools_.store.schema());
  } else if (std::holds_alternative<store::Unchanged>(result)) {
    if (entry.intent) channel.result = ChannelResult::unchanged;
  } else if (std::holds_alternative<store::ChangedMeanwhile>(result)) {
    if (entry.intent) {
      channel.result = ChannelResult::changed_meanwhile;
      channel.reason = {say::edited_meanwhile};
    }
  } else if (const auto* failed = std::get_if<store::Failed>(&result)) {
    channel.result = ChannelResult::failed;
    channel.reason = failed->why;
  } else {
    settlement.settled = state::Settled::open;
    channel.result = ChannelResult::failed;
    channel.reason = {say::commit_unanswered};
  }
  if (entry.intent && !entry.written) {
    channel.added.clear();
    channel.removed.clear();
    channel.new_status.reset();
  }
  if (entry.intent && settlement.settled != state::Settled::open) {
    settlement.id = *entry.intent;
    settlements_.push_back(settlement);
  }
}

void Conclusion::note_written(Entry& entry, const store::Applied& applied,
                              core::ChannelReport& channel) {
  entry.written = true;
  // Somebody may have done the same in between: then it is not ours.
  if (applied.before.status != applied.after.status) {
    entry.status_set = applied.after.status;
  }
  channel.new_status = entry.status_set;
  if (channel.result == ChannelResult::would_change) {
    channel.result = ChannelResult::changed;
    channel.reason = {};
  }
  if (channel.new_status == core::disabled_automatically) {
    channel.reason = {say::all_failed, judged(entry).all_failed};
  }
  warn_of_sync(entry, channel.name);
}

void Conclusion::warn_of_sync(const Entry& entry, const std::string& name) {
  const core::Channel& channel = *entry.share->channel;
  if (judged(entry).removed.empty() || !syncs_by_itself(channel)) return;
  tools_.log.warning({say::removed_again_by_sync,
                      static_cast<std::int64_t>(channel.id), name});
}

void Conclusion::learn(const core::Report& report) {
  state::State::Learnt learnt;
  learnt.round = {.id = id_,
                  .started = report.started,
                  .finished = tools_.wall_now(),
                  .result = std::string(core::name_of(report.result)),
                  .summary = core::json_of(core::totals_of(report))};
  learnt.held = held_;
  learnt.probes = probes_of(report);
  learnt.memory = [this, &report](const auto& note) {
    for (const Entry& entry : entries_) {
      if (!entry.is_judged) continue;
      note(report.channels[entry.report].id, memory_after(entry));
    }
  };
  learnt.settlements = std::exchange(settlements_, {});
  learnt.news = news_for(report, policy_, tools_.state, tools_.gateway);
  tools_.state.record(tools_.gateway, learnt);
}

// What is worth to be kept of the models in `report`, which outlives it.
state::EachProbe Conclusion::probes_of(const core::Report& report) const {
  return [&report, cut_off = cut_off_](const auto& note) {
    for (const core::ChannelReport& channel : report.channels) {
      for (const core::ModelReport& model : channel.models) {
        if (!model.due || model.outcome == Outcome::untestable) continue;
        // An outage of ours is no history of theirs.
        if (cut_off && model.outcome != Outcome::ok) continue;
        note({.channel = channel.id,
              .name = model.name,
              .kind = model.kind,
              .outcome = model.outcome,
              .http_status = model.http_status,
              .attempts = model.attempts,
              .headers_ms = model.times.headers,
              .first_token_ms = model.times.first_token,
              .total_ms = model.times.total,
              .tokens_per_second = model.tokens_per_second});
      }
    }
  };
}

core::ChannelMemory Conclusion::memory_after(const Entry& entry) const {
  core::ChannelMemory memory = core::unpacked_memory(entry.share->memory);
  if (entry.written) {
    const core::Judgement& judgement = judged(entry);
    core::remember_change(memory, judgement.removed, judgement.added,
                          entry.status_set, now_);
  }
  return memory;
}

}  // namespace monitor
