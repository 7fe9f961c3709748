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

bool is_enabled(const core::Enquiry& enquiry, std::size_t key) {
  const auto& off = enquiry.disabled_keys;
  return std::none_of(off.begin(), off.end(), [key](const core::Key& other) {
    return other.index == key;
  });
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

// A name in the administrator's table may hold a secret of the channel.
std::string without_secrets(const Prepared& subject, const std::string& name) {
  const base::Redactor& redactor = subject.enquiry.redactor;
  return redactor.tells_secret(name) ? redactor.redact(name) : name;
}

// What the administrator listed is tested, and shown without secrets.  All
// names are looked through at once: hardly ever there is anything.
void hide_secrets(const Prepared& subject,
                  std::vector<core::ModelReport>& models) {
  std::string all;
  for (const core::ModelReport& model : models) {
    all += model.name + '\n' + model.upstream + '\n';
  }
  if (!subject.enquiry.redactor.tells_secret(all)) return;
  for (core::ModelReport& model : models) {
    model.name = without_secrets(subject, model.name);
    model.upstream = without_secrets(subject, model.upstream);
  }
}

}  // namespace

Conclusion::Conclusion(const RoundPolicy& policy, const Tools& tools,
                       state::RoundId id)
    : policy_(policy), tools_(tools), id_(id), now_(tools.wall_now()) {}

void Conclusion::draw(const std::vector<std::unique_ptr<ChannelRun>>& runs,
                      const base::Sentence& cut_off, core::Report& report) {
  cut_off_ = !cut_off.empty();
  if (cut_off_) {
    report.guards.push_back({core::Guard::cut_off, std::nullopt, cut_off});
  }
  for (const auto& run : runs) {
    Entry entry;
    entry.run = run.get();
    entry.report = report.channels.size();
    report.channels.emplace_back();
    describe(entry, report);
    entries_.push_back(std::move(entry));
  }
  if (!cut_off_) {
    for (Entry& entry : entries_)
      judge(entry);
    guard_removals(report);
  }
  for (Entry& entry : entries_) {
    if (entry.is_judged) plan(entry);
    explain(entry, report);
    entry.run->forget_findings();
  }
  if (!policy_.dry_run && !policy_.read_only && !cut_off_) write(report);
  if (!policy_.dry_run) learn(report);
}

void Conclusion::describe(Entry& entry, core::Report& report) {
  const Prepared& subject = entry.run->subject();
  const core::Examination& seen = entry.run->examination();
  core::ChannelReport& channel = reported(entry, report);
  channel.id = subject.channel.id;
  channel.name = without_secrets(subject, subject.channel.name);
  channel.type = subject.channel.type;
  channel.status = subject.channel.status;
  channel.source = seen.candidates().source;
  channel.dismissed = seen.candidates().dismissed;
  if (subject.enquiry.endpoint.provider != nullptr &&
      subject.untestable.empty()) {
    channel.provider = subject.enquiry.endpoint.provider->name();
  }
  if (const core::Ending* list = seen.list()) {
    channel.list_outcome = list->outcome;
    channel.offered = seen.offered();
    channel.list_was_cut = seen.list_was_cut();
  }
  if (core::has_many_keys(subject.channel, subject.schema)) {
    for (const core::KeyFinding& key : seen.keys()) {
      core::KeyReport shown{key.key, is_enabled(subject.enquiry, key.key),
                            key.outcome, key.why};
      if (!shown.enabled && shown.outcome == Outcome::ok) {
        shown.reason = {say::key_answers_again,
                        static_cast<std::int64_t>(channel.id), channel.name,
                        key.key};
        tools_.log.info(shown.reason);
      }
      channel.keys.push_back(std::move(shown));
    }
    std::sort(channel.keys.begin(), channel.keys.end(),
              [](const core::KeyReport& a, const core::KeyReport& b) {
                return a.key < b.key;
              });
  }
  report.probes += seen.calls();
  for (const core::Finding& finding : seen.findings()) {
    if (!finding.shared) report.tokens += finding.ending.total_tokens;
  }
}

void Conclusion::judge(Entry& entry) {
  const Prepared& subject = entry.run->subject();
  const core::Examination& seen = entry.run->examination();
  entry.is_judged = subject.config_error.empty() &&
                    seen.right_address().empty() && seen.is_over() &&
                    !seen.was_cancelled();
  if (!entry.is_judged) return;
  const std::string provider(subject.enquiry.endpoint.provider == nullptr
                                 ? std::string_view()
                                 : subject.enquiry.endpoint.provider->name());
  entry.judgement = core::judge({.channel = subject.channel,
                                 .schema = subject.schema,
                                 .candidates = seen.candidates(),
                                 .findings = seen.findings(),
                                 .memory = subject.memory,
                                 .provider = provider,
                                 .now = now_},
                                policy_.judge);
  entry.run->forget_memory();
}

// Removals over the whole round, the lists of channels that would be disabled
// included.
void Conclusion::guard_removals(core::Report& report) {
  std::int64_t listed = 0;
  std::int64_t removals = 0;
  std::string what;
  for (const Entry& entry : entries_) {
    const core::Channel& channel = entry.run->subject().channel;
    const auto models =
        static_cast<std::int64_t>(core::names_of(channel.models).size());
    listed += models;
    const auto id = static_cast<std::int64_t>(channel.id);
    if (entry.judgement.new_status == core::disabled_automatically) {
      removals += models;
      what += std::to_string(id) + " off\n";
      continue;
    }
    removals += static_cast<std::int64_t>(entry.judgement.removed.size());
    for (const std::string& name : entry.judgement.removed) {
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
  for (Entry& entry : entries_) {
    const bool removes =
        !entry.judgement.removed.empty() ||
        entry.judgement.new_status == core::disabled_automatically;
    if (!removes) continue;
    entry.removals_held = true;
    core::hold_removals(entry.judgement, entry.run->examination().findings());
  }
  report.guards.push_back(
      {core::Guard::mass_removal,
       std::nullopt,
       {say::mass_removal, removals, listed,
        fmt::format("{:g}", policy_.guard.max_removed_percent)}});
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
  const core::Judgement& judgement = entry.judgement;
  const core::Channel& channel = entry.run->subject().channel;
  const auto& findings = entry.run->examination().findings();
  core::ChannelChange change{.before = channel};
  change.now = base::seconds_of(now_);
  if (!judgement.removed.empty() || !judgement.added.empty()) {
    change.models = core::comma_list(core::list_after(channel, judgement));
  }
  change.status = judgement.new_status;
  if (judgement.new_status == core::disabled_automatically) {
    change.status_reason = base::shortened(
        base::Sentence{say::all_failed, judgement.all_failed}.in(
            policy_.language),
        longest_reason);
  }
  const bool is_change = change.models || change.status;
  const bool was_probed =
      std::any_of(findings.begin(), findings.end(), was_asked);
  if (is_change || (policy_.write_test_time && was_probed)) {
    change.response_time = response_time_of(findings);
    entry.change = std::move(change);
    entry.why = why_of(entry);
  }
}

void Conclusion::describe_models(Entry& entry,
                                 core::ChannelReport& channel) const {
  const auto& findings = entry.run->examination().findings();
  const bool many = core::has_many_keys(entry.run->subject().channel,
                                        entry.run->subject().schema);
  channel.models.reserve(findings.size());
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const core::Finding& finding = findings[i];
    const core::Result& ending = finding.ending;
    const core::Candidate& candidate = finding.candidate;
    core::ModelReport model{.name = candidate.name,
                            .kind = ending.kind,
                            .listed = candidate.listed,
                            .outcome = ending.outcome};
    if (candidate.upstream != candidate.name) {
      model.upstream = candidate.upstream;
    }
    if (entry.is_judged) {
      model.verdict = entry.judgement.verdicts[i];
      model.reason = std::move(entry.judgement.reasons[i]);
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
    channel.models.push_back(std::move(model));
  }
  hide_secrets(entry.run->subject(), channel.models);
  base::release(entry.judgement.verdicts);
  base::release(entry.judgement.reasons);
}

// What the report says of the channel, as far as it is known before writing.
void Conclusion::explain(Entry& entry, core::Report& report) {
  const Prepared& subject = entry.run->subject();
  const core::Examination& seen = entry.run->examination();
  core::ChannelReport& channel = reported(entry, report);
  describe_models(entry, channel);
  const core::Judgement& judgement = entry.judgement;
  if (!subject.config_error.empty()) {
    channel.result = ChannelResult::config_error;
    channel.reason = subject.config_error;
    return;
  }
  if (!seen.right_address().empty()) {
    channel.result = ChannelResult::config_error;
    channel.reason = {
        say::wrong_address,
        base::http::without_userinfo(subject.enquiry.endpoint.base),
        base::http::without_userinfo(seen.right_address())};
    return;
  }
  if (seen.was_cancelled()) {
    channel.result = ChannelResult::cancelled;
    channel.reason = {say::stopped_before_end};
    return;
  }
  explain_change(entry, channel);
  if (!judgement.all_failed.empty() && !judgement.new_status &&
      subject.channel.status == core::enabled) {
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
  const core::Examination& seen = entry.run->examination();
  if (entry.change && (entry.change->models || entry.change->status)) {
    channel.result = ChannelResult::would_change;
    channel.reason = {policy_.dry_run     ? say::dry_run_only
                      : policy_.read_only ? say::would_change_only
                                          : say::unwritten_only};
    channel.added = entry.judgement.added;
    for (const std::string& name : entry.judgement.removed)
      channel.removed.push_back(without_secrets(entry.run->subject(), name));
    channel.new_status = entry.judgement.new_status;
    channel.list_after =
        core::list_after(entry.run->subject().channel, entry.judgement);
  } else if (seen.findings().empty()) {
    channel.result = ChannelResult::skipped;
    channel.reason = {seen.candidates().is_partial ? say::none_chosen
                                                   : say::nothing_to_probe};
  } else if (is_unreachable(seen.findings())) {
    channel.result = ChannelResult::unreachable;
    channel.reason = {say::all_unreachable, first_reason(seen.findings())};
  }
}

void Conclusion::explain_guards(const Entry& entry,
                                core::ChannelReport& channel,
                                std::vector<core::GuardNote>& guards) const {
  const std::size_t new_ones = entry.run->examination().candidates().held_new;
  if (new_ones > 0) {
    const base::Sentence text{say::mass_addition, new_ones,
                              policy_.examination.candidates.max_new_models};
    guards.push_back({core::Guard::mass_addition, channel.id, text});
    if (channel.result != ChannelResult::would_change) {
      channel.result = ChannelResult::held;
      channel.reason = text;
    }
  }
  for (const core::GuardNote& note : entry.judgement.guards) {
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
  const core::Judgement& judgement = entry.judgement;
  for (const core::Finding& finding : entry.run->examination().findings()) {
    if (judgement.removed.empty()) break;
    if (finding.candidate.name != judgement.removed.front()) continue;
    return {say::reason_of_model,
            without_secrets(entry.run->subject(), finding.candidate.name),
            finding.ending.why};
  }
  if (judgement.new_status) return {say::answers_again};
  if (!judgement.added.empty()) return {say::answers};
  return {say::repair_reason};
}

// What is only tested may find abilities that have to be mended, too.
std::optional<state::Intent> Conclusion::intent_of(
    const Entry& entry, const store::Result& ahead) const {
  const core::ChannelChange& change = *entry.change;
  const auto* applied = std::get_if<store::Applied>(&ahead);
  const bool mends = applied != nullptr && !applied->abilities.rows.empty();
  if (!change.models && !change.status && !mends) return std::nullopt;
  state::Intent intent =
      monitor::intent_of(change, ahead, tools_.state, tools_.store.schema());
  if (intent.reason.empty()) {
    intent.reason =
        base::shortened(entry.why.in(policy_.language), longest_reason);
  }
  return intent;
}

void Conclusion::intend(const std::vector<Entry*>& changing) {
  std::vector<state::Intent> intents;
  std::vector<Entry*> writing;
  for (std::size_t i = 0; i < changing.size(); i += previewed_at_once) {
    const std::size_t end = std::min(i + previewed_at_once, changing.size());
    std::vector<const core::ChannelChange*> changes;
    for (std::size_t j = i; j < end; ++j)
      changes.push_back(&*changing[j]->change);
    const std::vector<store::Result> ahead = tools_.store.previews(changes);
    for (std::size_t j = i; j < end; ++j) {
      if (auto intent = intent_of(*changing[j], ahead[j - i])) {
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
    if (entry.change) changing.push_back(&entry);
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
    memory.emplace(entry.run->subject().channel.id, memory_after(entry));
  }
  tools_.state.settle(tools_.gateway, std::exchange(settlements_, {}), memory);
}

void Conclusion::apply(Entry& entry, core::Report& report) {
  core::ChannelReport& channel = reported(entry, report);
  if (tools_.stop.is_set()) {
    throw base::Error({say::stopped_before_end}, base::Error::Cause::stopped);
  }
  const store::Result result = tools_.store.apply(*entry.change);
  if (is_told(*entry.change, result)) report.wrote = true;
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
    channel.reason = {say::all_failed, entry.judgement.all_failed};
  }
  warn_of_sync(entry);
}

void Conclusion::warn_of_sync(const Entry& entry) {
  const Prepared& subject = entry.run->subject();
  const core::Channel& channel = subject.channel;
  if (entry.judgement.removed.empty() || !syncs_by_itself(channel)) return;
  tools_.log.warning({say::removed_again_by_sync,
                      static_cast<std::int64_t>(channel.id),
                      without_secrets(subject, channel.name)});
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
  for (Entry& entry : entries_) {
    if (!entry.is_judged) continue;
    learnt.memory.emplace(entry.run->subject().channel.id, memory_after(entry));
  }
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

core::ChannelMemory Conclusion::memory_after(Entry& entry) const {
  core::ChannelMemory memory = std::move(entry.judgement.memory);
  memory.seen = true;
  memory.listed = core::names_of(entry.run->subject().channel.models);
  if (core::has_many_keys(entry.run->subject().channel,
                          entry.run->subject().schema)) {
    for (const core::KeyFinding& key : entry.run->examination().keys()) {
      memory.keys[key.key] = {key.outcome, now_};
    }
  }
  if (entry.written) {
    core::remember_change(memory, entry.judgement.removed,
                          entry.judgement.added, entry.status_set, now_);
  }
  return memory;
}

}  // namespace monitor
