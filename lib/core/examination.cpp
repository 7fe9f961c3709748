#include "core/examination.h"

#include <algorithm>
#include <utility>

#include "base/messages_probe.h"
#include "base/release.h"

namespace core {

namespace {

namespace say = base::say;
using base::Time;

// So many candidates that failed alike speak for all of the channel's.
constexpr int breaker_after = 5;
constexpr std::size_t most_retries_behind_breaker = 5;

constexpr base::Milliseconds longest_pause{30'000};
constexpr int most_pauses = 2;

bool trips_breaker(Outcome outcome) {
  return outcome == Outcome::auth_failed ||
         outcome == Outcome::quota_exhausted ||
         outcome == Outcome::network_error || outcome == Outcome::timeout;
}

}  // namespace

Examination::Examination(Subject subject, const ExaminationPolicy& policy,
                         const NameKeys& keys)
    : subject_(std::move(subject)), policy_(policy), name_keys_(keys) {
  if (const auto endpoint = corrected(subject_.enquiry.endpoint)) {
    corrected_ = std::make_unique<Enquiry>(subject_.enquiry);
    corrected_->endpoint = *endpoint;
  }
}

NextTask Examination::next(Time now) {
  if (phase_ == Phase::over) return Over{};
  if (phase_ == Phase::keys) return next_key();
  if (phase_ == Phase::probes) return resume(now);
  if (!running_.empty()) return Idle{};
  const bool list_is_needed = !policy_.candidates.force_models &&
                              !policy_.candidates.force_inside_models &&
                              subject_.untestable.empty() && has_list();
  if (!list_begun_ && list_is_needed) {
    list_begun_ = true;
    return start({.what = Running::What::list});
  }
  if (list_ && list_->not_there && corrected_ && !corrected_list_answers_ &&
      !corrected_tried_) {
    corrected_tried_ = true;
    return start({.what = Running::What::corrected_list});
  }
  corrected_tried_ = false;
  begin_probes(std::nullopt);
  return resume(now);
}

NextTask Examination::resume(Time now) {
  if (to_correct_) {
    const std::size_t unit = *std::exchange(to_correct_, std::nullopt);
    return start({.what = Running::What::corrected, .unit = unit});
  }
  if (!waiting_.empty()) {
    const std::size_t unit = waiting_.front();
    waiting_.pop_front();
    return start({.what = Running::What::probe, .unit = unit});
  }
  if (!running_.empty()) return Idle{};
  return next_round_of_retries(now);
}

bool Examination::has_list() const {
  const Endpoint& endpoint = subject_.enquiry.endpoint;
  return endpoint.provider->list_places(endpoint) > 0;
}

// A key that was refused for one model is not tried first for the next; where
// all were, one of them is enough.
KeyChoice Examination::key_choice() const {
  const auto& keys = subject_.enquiry.keys;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto seen = std::find_if(keys_.begin(), keys_.end(),
                                   [&](const KeyFinding& finding) {
                                     return finding.key == keys[i].index;
                                   });
    if (seen == keys_.end() || seen->outcome == Outcome::ok)
      return {.first = i};
  }
  return {.only = true};
}

std::unique_ptr<Conversation> Examination::converse(const Running& running) {
  using What = Running::What;
  switch (running.what) {
    case What::list:
      return std::make_unique<ListConversation>(subject_.enquiry,
                                                key_choice().first);
    case What::corrected_list:
      return std::make_unique<ListConversation>(*corrected_,
                                                key_choice().first);
    case What::probe:
    case What::corrected:
    case What::key: break;
  }
  const Unit& unit = units_[running.unit];
  if (running.what == What::key) {
    return std::make_unique<ProbeConversation>(
        *all_keys_, topic_of(unit),
        KeyChoice{.first = running.key, .only = true});
  }
  const Enquiry& enquiry =
      running.what == What::probe ? subject_.enquiry : *corrected_;
  return std::make_unique<ProbeConversation>(enquiry, topic_of(unit),
                                             key_choice());
}

Topic Examination::topic_of(const Unit& unit) const {
  const Candidate& candidate = findings_[unit.first].candidate;
  return {.model = candidate.upstream,
          .public_name = candidate.name,
          .kind = unit.kind,
          .form = form_of_candidate(candidate)};
}

NextTask Examination::start(Running running) {
  Task task{converse(running), ++last_task_};
  running.conversation = task.conversation.get();
  running_.emplace(task.id, running);
  return task;
}

std::optional<Time> Examination::ended(std::size_t task, Time now) {
  const auto entry = running_.extract(task);
  if (!entry || phase_ == Phase::over) return std::nullopt;
  const Running& running = entry.mapped();
  using What = Running::What;
  switch (running.what) {
    case What::list:
    case What::corrected_list:
      return list_ended(running.what,
                        static_cast<ListConversation&>(*running.conversation),
                        now);
    case What::probe:
      return probe_ended(running.unit,
                         std::move(running.conversation->ending()), now);
    case What::corrected:
      corrected_ended(static_cast<ProbeConversation&>(*running.conversation));
      return std::nullopt;
    case What::key:
      calls_ += running.conversation->ending().attempts;
      note_tested_key(running);
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Time> Examination::list_ended(Running::What what,
                                            ListConversation& list, Time now) {
  if (what == Running::What::corrected_list) {
    corrected_list_answers_ =
        list.ending().outcome == Outcome::ok && !list.ids().empty();
    return std::nullopt;
  }
  if (!list_asked_again_) {
    if (const auto until = rest(list.ending(), now)) {
      list_asked_again_ = true;
      list_begun_ = false;
      return until;
    }
  }
  list_ = std::move(list.ending());
  note_keys(list_->keys);
  offered_count_ = list.ids().size();
  list_was_cut_ = list.was_cut();
  if (list_->outcome == Outcome::ok) begin_probes(std::move(list.ids()));
  return std::nullopt;
}

Kind Examination::kind_of_candidate(const Candidate& candidate) const {
  if (policy_.kind_rule) {
    if (const auto kind = policy_.kind_rule(candidate.name)) return *kind;
    if (const auto kind = policy_.kind_rule(candidate.upstream)) return *kind;
  }
  const auto only =
      subject_.untestable.empty()
          ? subject_.enquiry.endpoint.provider->kind_of(candidate.upstream)
          : std::nullopt;
  if (only) return *only;
  const Kind told = kind_of(candidate.upstream);
  const auto known = subject_.memory.names.find(candidate.name);
  // What may cost money is never asked because something else did not.
  if (!is_expensive(told) && known != subject_.memory.names.end() &&
      known->second.kind && !subject_.outdated) {
    return *known->second.kind;
  }
  return told;
}

std::optional<base::Sentence> Examination::why_untestable(
    const Candidate& candidate, Kind kind) const {
  if (!subject_.untestable.empty()) return subject_.untestable;
  if (!candidate.untestable.empty()) return candidate.untestable;
  const auto& allowed = policy_.expensive;
  if (is_expensive(kind) &&
      std::find(allowed.begin(), allowed.end(), kind) == allowed.end()) {
    return base::Sentence{say::kind_costs, name_of(kind)};
  }
  const Endpoint& endpoint = subject_.enquiry.endpoint;
  if (!endpoint.provider->can(endpoint, kind)) {
    return base::Sentence{say::kind_unknown_to_provider, name_of(kind)};
  }
  base::Sentence why =
      endpoint.provider->refuses(endpoint, {.kind = kind,
                                            .model = candidate.upstream,
                                            .public_name = candidate.name});
  if (!why.empty()) return why;
  return std::nullopt;
}

std::string Examination::form_of_candidate(const Candidate& candidate) const {
  const auto known = subject_.memory.names.find(candidate.name);
  if (known == subject_.memory.names.end() || subject_.outdated) return {};
  return known->second.form;
}

bool Examination::is_due(const Candidate& candidate) const {
  const auto known = subject_.memory.names.find(candidate.name);
  if (subject_.outdated || known == subject_.memory.names.end() ||
      !known->second.outcome) {
    return true;
  }
  const Evidence evidence = evidence_of(*known->second.outcome);
  if (evidence == Evidence::none) return true;
  const auto period = evidence == Evidence::alive ? policy_.recheck_alive
                                                  : policy_.recheck_dead;
  // What was seen at a time that is yet to come was seen by a clock that has
  // been set back since: nobody knows how long ago.
  const base::WallTime judged = known->second.judged;
  return judged > subject_.now || judged + period <= subject_.now;
}

void Examination::begin_probes(
    const std::optional<std::vector<std::string>>& offered) {
  phase_ = Phase::probes;
  candidates_ =
      candidates_of({subject_.channel, subject_.schema, subject_.mapping,
                     subject_.memory, offered, &subject_.enquiry.redactor},
                    policy_.candidates, name_keys_);
  std::unordered_map<std::string, std::size_t> units;
  findings_.reserve(candidates_.all.size());
  for (std::size_t i = 0; i < candidates_.all.size(); ++i)
    add_unit(i, units);
  base::release(candidates_.all);  // they are in the findings now
  order_waiting();
}

void Examination::add_unit(
    std::size_t candidate,
    std::unordered_map<std::string, std::size_t>& units) {
  Finding& finding =
      findings_.emplace_back(Finding{std::move(candidates_.all[candidate])});
  const Kind kind = kind_of_candidate(finding.candidate);
  finding.ending.kind = kind;
  if (auto why = why_untestable(finding.candidate, kind)) {
    finding.ending.outcome = Outcome::untestable;
    finding.ending.why = *std::move(why);
    return;
  }
  if (!is_due(finding.candidate)) {
    finding.due = false;
    finding.ending.outcome =
        *subject_.memory.names.at(finding.candidate.name).outcome;
    if (finding.ending.outcome == Outcome::ok) {
      alive_ = true;
    } else {
      finding.ending.why = {say::not_due, name_of(finding.ending.outcome)};
    }
    return;
  }
  const std::string question =
      std::string(name_of(kind)) + ' ' + finding.candidate.upstream;
  const auto [unit, is_new] = units.emplace(question, units_.size());
  if (is_new) {
    units_.push_back({.first = candidate, .kind = kind});
    waiting_.push_back(unit->second);
  } else {
    units_[unit->second].others.push_back(candidate);
  }
}

// What answered last time is asked first: five dead models at the head of a
// list say nothing about the living ones behind them, and the breaker only
// looks at the first.
void Examination::order_waiting() {
  const auto name_answered = [this](std::size_t at) {
    const auto known = subject_.memory.names.find(findings_[at].candidate.name);
    return known != subject_.memory.names.end() &&
           known->second.outcome == Outcome::ok;
  };
  const auto answered = [&](std::size_t index) {
    const Unit& unit = units_[index];
    return name_answered(unit.first) ||
           std::any_of(unit.others.begin(), unit.others.end(), name_answered);
  };
  std::stable_partition(waiting_.begin(), waiting_.end(), answered);
}

// How long the channel rests before a limited question is asked once more.
std::optional<Time> Examination::rest(const Ending& ending, Time now) {
  if (ending.outcome != Outcome::rate_limited || !ending.retry_after ||
      *ending.retry_after > longest_pause) {
    return std::nullopt;
  }
  if (now < paused_until_) return paused_until_;
  if (pauses_ >= most_pauses) return std::nullopt;
  ++pauses_;
  paused_until_ = now + *ending.retry_after;
  return paused_until_;
}

void Examination::note_keys(const std::vector<KeyFinding>& findings) {
  for (const KeyFinding& finding : findings) {
    const auto seen = std::find_if(
        keys_.begin(), keys_.end(),
        [&](const KeyFinding& known) { return known.key == finding.key; });
    if (seen == keys_.end()) {
      keys_.push_back(finding);
    } else if (finding.outcome == Outcome::ok) {
      *seen = finding;
    }
  }
}

std::optional<Time> Examination::probe_ended(std::size_t index, Ending ending,
                                             Time now) {
  Unit& unit = units_[index];
  Result& seen = seen_of(unit);
  const bool is_first = !unit.has_ended;
  calls_ += ending.attempts;
  ending.attempts += seen.attempts;
  note_keys(ending.keys);
  const std::optional<Time> until =
      unit.asked_again ? std::nullopt : rest(ending, now);
  const bool not_there = ending.not_there;
  seen = std::move(ending);
  if (until) {
    unit.asked_again = true;
    waiting_.push_front(index);
    return until;
  }
  unit.has_ended = true;
  if (seen.outcome == Outcome::ok) {
    alive_ = true;
    reopen_spared();
  } else if (is_first) {
    count_failure(unit);
  }
  if (not_there && corrected_ && !corrected_tried_ && !alive_) {
    corrected_tried_ = true;
    if (corrected_list_answers_) {
      right_address_ = corrected_->endpoint.base;
      finish();
    } else {
      to_correct_ = index;
    }
  }
  return std::nullopt;
}

void Examination::corrected_ended(ProbeConversation& probe) {
  calls_ += probe.ending().attempts;
  if (probe.ending().outcome == Outcome::ok && !alive_) {
    right_address_ = corrected_->endpoint.base;
    finish();
  }
}

void Examination::count_failure(const Unit& unit) {
  const Outcome outcome = seen_of(unit).outcome;
  if (!trips_breaker(outcome) || alive_ || breaker_ || retries_ > 0) return;
  int& count = failed_alike_.at(static_cast<std::size_t>(outcome));
  count += 1 + static_cast<int>(unit.others.size());
  if (count < breaker_after) return;
  breaker_ = outcome;
  spare_waiting();
}

void Examination::spare_waiting() {
  for (const std::size_t index : std::exchange(waiting_, {})) {
    Unit& unit = units_[index];
    unit.spared = true;
    Result& seen = seen_of(unit);
    seen.outcome = *breaker_;
    seen.kind = unit.kind;
    seen.why = {say::spared, breaker_after, name_of(*breaker_)};
  }
}

// A model of the channel answers after all: what was concluded from the others
// is void.
void Examination::reopen_spared() {
  if (!breaker_) return;
  breaker_.reset();
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if (!std::exchange(units_[i].spared, false)) continue;
    Result& seen = seen_of(units_[i]);
    seen = {.attempts = seen.attempts};
    waiting_.push_back(i);
  }
}

bool Examination::is_wanted(std::size_t task) const {
  const auto running = running_.find(task);
  if (phase_ == Phase::over || running == running_.end()) return false;
  return !(breaker_ && retries_ == 0 &&
           running->second.what == Running::What::probe);
}

void Examination::withdraw(std::size_t task) {
  const auto entry = running_.extract(task);
  if (!entry || phase_ == Phase::over ||
      entry.mapped().what != Running::What::probe || !breaker_) {
    return;
  }
  waiting_.push_back(entry.mapped().unit);
  spare_waiting();
}

bool Examination::may_be_retried(const Unit& unit) const {
  return !unit.spared && unit.has_ended &&
         evidence_of(seen_of(unit).outcome) == Evidence::passing;
}

NextTask Examination::next_round_of_retries(Time now) {
  std::vector<std::size_t> failed;
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if (may_be_retried(units_[i])) failed.push_back(i);
  }
  if (breaker_) {
    failed.resize(std::min(
        failed.size(), most_retries_behind_breaker - retries_behind_breaker_));
  }
  if (failed.empty() || retries_ >= policy_.retry.attempts) {
    begin_keys();
    return next_key();
  }
  if (!retry_at_) retry_at_ = now + policy_.retry.delay * (1 << retries_);
  if (now < *retry_at_) return Pause{*retry_at_};
  retry_at_.reset();
  ++retries_;
  if (breaker_) retries_behind_breaker_ += failed.size();
  waiting_.assign(failed.begin(), failed.end());
  return resume(now);
}

// Every key that nothing was learnt of yet is tried with one model: one that
// answered, so that a failure is the key's.
void Examination::begin_keys() {
  phase_ = Phase::keys;
  if (!policy_.test_all_keys || units_.empty() ||
      !has_many_keys(subject_.channel, subject_.schema)) {
    return;
  }
  const auto alive =
      std::find_if(units_.begin(), units_.end(), [this](const Unit& unit) {
        return seen_of(unit).outcome == Outcome::ok;
      });
  key_unit_ = alive == units_.end()
                  ? 0
                  : static_cast<std::size_t>(alive - units_.begin());
  all_keys_ = std::make_unique<Enquiry>(subject_.enquiry);
  auto& keys = all_keys_->keys;
  keys.insert(keys.end(), all_keys_->disabled_keys.begin(),
              all_keys_->disabled_keys.end());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool known =
        std::any_of(keys_.begin(), keys_.end(), [&](const KeyFinding& finding) {
          return finding.key == keys[i].index;
        });
    if (!known) untested_keys_.push_back(i);
  }
  std::reverse(untested_keys_.begin(), untested_keys_.end());
}

NextTask Examination::next_key() {
  if (!untested_keys_.empty()) {
    const std::size_t key = untested_keys_.back();
    untested_keys_.pop_back();
    return start({.what = Running::What::key, .unit = key_unit_, .key = key});
  }
  if (!running_.empty()) return Idle{};
  finish();
  return Over{};
}

void Examination::note_tested_key(const Running& running) {
  const Ending& ending = running.conversation->ending();
  const std::size_t index = all_keys_->keys.at(running.key).index;
  keys_.push_back({index, ending.outcome, ending.why});
}

void Examination::cancel() {
  if (phase_ == Phase::over) return;
  was_cancelled_ = true;
  if (phase_ == Phase::list) begin_probes(std::nullopt);
  for (Unit& unit : units_) {
    const bool open = !unit.has_ended || may_be_retried(unit);
    if (!open || unit.spared) continue;
    note_stop(unit);
  }
  finish();
}

void Examination::finish() {
  phase_ = Phase::over;
  waiting_.clear();
  for (Unit& unit : units_) {
    if (!unit.has_ended && !unit.spared && !was_cancelled_) {
      note_stop(unit);
    }
    report(unit);
  }
}

void Examination::note_stop(const Unit& unit) {
  Result& seen = seen_of(unit);
  seen.outcome = Outcome::cancelled;
  seen.kind = unit.kind;
  seen.why = {say::stopped_before_end};
}

// What became of a question is so for every name that it stood for.
void Examination::report(const Unit& unit) {
  Result& seen = seen_of(unit);
  const Evidence evidence = evidence_of(seen.outcome);
  const bool failed =
      evidence == Evidence::definite || evidence == Evidence::passing;
  if (failed && !subject_.enquiry.endpoint.emulated) {
    seen.why = {say::not_emulated, name_of(seen.outcome)};
    seen.outcome = Outcome::inconclusive;
  }
  findings_[unit.first].spared = unit.spared;
  for (const std::size_t other : unit.others) {
    Finding& finding = findings_[other];
    finding.ending = seen;
    finding.ending.attempts = 0;
    finding.spared = unit.spared;
    finding.shared = true;
  }
}

}  // namespace core
