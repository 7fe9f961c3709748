#include "core/judgement.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/messages_probe.h"

namespace core {

namespace {

namespace say = base::say;
using base::Sentence;

// What the findings say of the channel as a whole.
enum class Whole : std::uint8_t { alive, failed, undecided };

class Judge {
 public:
  Judge(Case what, const JudgePolicy& policy)
      : case_(std::move(what)), policy_(policy) {
    result_.memory = std::move(case_.memory);
    learn_proofs();
  }

  Judgement run() {
    for (const Finding& finding : case_.findings)
      judge_name(finding);
    judge_whole();
    if (result_.all_failed.empty()) {
      keep_last_model();
    } else {
      hold_removals(result_);
    }
    decide_status();
    return std::move(result_);
  }

 private:
  void learn_proofs() {
    for (const Finding& finding : case_.findings) {
      if (finding.due && finding.ending.outcome == Outcome::ok) {
        result_.memory.proven.emplace(case_.provider, finding.ending.kind);
      }
    }
  }

  bool is_unproven(const Finding& finding) const {
    const Outcome outcome = finding.ending.outcome;
    return (outcome == Outcome::bad_response ||
            outcome == Outcome::server_error) &&
           !result_.memory.proven.contains(
               {std::string(case_.provider), finding.ending.kind});
  }

  // Our own recipe is suspect first: what it may have caused proves nothing
  // until it has once worked.
  Evidence evidence(const Finding& finding) const {
    return is_unproven(finding) ? Evidence::none
                                : evidence_of(finding.ending.outcome);
  }

  void judge_name(const Finding& finding) {
    const Candidate& candidate = finding.candidate;
    const Evidence weight = evidence(finding);
    Verdict verdict = Verdict::hold;
    if (finding.due) {
      verdict = judge_due(finding, weight);
    } else if (candidate.listed && weight == Evidence::alive) {
      verdict = Verdict::keep;
    }
    if (verdict == Verdict::remove) result_.removed.push_back(candidate.name);
    if (verdict == Verdict::add) result_.added.push_back(candidate.name);
    result_.verdicts.push_back(verdict);
    result_.reasons.push_back(is_unproven(finding)
                                  ? Sentence{say::unproven, finding.ending.why}
                                  : finding.ending.why);
    // A memory of an answer is none of this round.
    result_.some_answer =
        result_.some_answer ||
        (finding.due && (verdict == Verdict::keep || verdict == Verdict::add));
  }

  Verdict judge_due(const Finding& finding, Evidence weight) {
    const Candidate& candidate = finding.candidate;
    const Outcome outcome = finding.ending.outcome;
    if (outcome == Outcome::untestable) return Verdict::hold;
    NameMemory& known = result_.memory.names[candidate.name];
    known.streak = extend(known.streak, weight);
    known.outcome = outcome;
    known.judged = case_.now;
    if (outcome == Outcome::ok) {
      known.kind = finding.ending.kind;
      known.form = finding.ending.form;
    }
    const Verdict verdict =
        core::judge(known.streak, weight, candidate.listed, policy_.verdict);
    const bool forbidden =
        (verdict == Verdict::remove && candidate.is_protected) ||
        (verdict == Verdict::add && !candidate.may_be_added);
    return forbidden ? Verdict::hold : verdict;
  }

  Whole whole() const {
    bool any_due = false;
    bool any_about_key = false;
    bool any_about_model = false;
    for (const Finding& finding : case_.findings) {
      const Outcome outcome = finding.ending.outcome;
      if (!finding.candidate.listed || outcome == Outcome::untestable) continue;
      if (outcome == Outcome::auth_failed ||
          outcome == Outcome::quota_exhausted) {
        any_about_key = true;
      } else if (evidence(finding) == Evidence::none ||
                 outcome == Outcome::bad_response) {
        return Whole::undecided;
      } else {
        any_about_model = true;
      }
      any_due = any_due || finding.due;
    }
    // What was only remembered says nothing more of the channel.
    if (!any_due || (any_about_key && any_about_model)) {
      return Whole::undecided;
    }
    return Whole::failed;
  }

  // An alive candidate may stand behind an inconclusive one.
  Whole whole_of_all() const {
    const bool alive = std::any_of(
        case_.findings.begin(), case_.findings.end(), [](const auto& finding) {
          return finding.ending.outcome == Outcome::ok;
        });
    return alive ? Whole::alive : whole();
  }

  void judge_whole() {
    const Whole state = whole_of_all();
    if (state == Whole::alive) result_.memory.failed = 0;
    if (state != Whole::failed || case_.candidates.is_partial) return;
    ++result_.memory.failed;
    bool may_pass = false;
    const Finding* first = nullptr;
    for (const Finding& finding : case_.findings) {
      if (!finding.candidate.listed ||
          finding.ending.outcome == Outcome::untestable) {
        continue;
      }
      if (first == nullptr) first = &finding;
      may_pass = may_pass || evidence(finding) == Evidence::passing;
    }
    const int enough = may_pass ? policy_.verdict.fail_after_passing
                                : policy_.verdict.fail_after;
    if (result_.memory.failed < enough) return;
    result_.all_failed = first->ending.why;
  }

  bool lists_protected() const {
    return std::any_of(case_.findings.begin(), case_.findings.end(),
                       [](const Finding& finding) {
                         return finding.candidate.listed &&
                                finding.candidate.is_protected;
                       });
  }

  void decide_status() {
    const Channel& channel = case_.channel;
    if (channel.status == enabled && !result_.all_failed.empty()) {
      if (!policy_.disable_on_all_failed) return;
      if (lists_protected()) return;
      if (case_.schema.has("auto_ban") && channel.auto_ban != 1) {
        result_.guards.push_back(
            {Guard::auto_ban, channel.id, {say::auto_ban}});
        return;
      }
      result_.new_status = disabled_automatically;
    }
    const bool may_enable = policy_.auto_enable == AutoEnable::any ||
                            (policy_.auto_enable == AutoEnable::own &&
                             result_.memory.disabled_by_us);
    if (channel.status == disabled_automatically && result_.some_answer &&
        may_enable) {
      result_.new_status = enabled;
    }
  }

  const std::string& shown(const std::string& name) const {
    return case_.shown_names == nullptr ? name
                                        : core::shown(*case_.shown_names, name);
  }

  // The list is not emptied: the name with the weakest evidence against it
  // stays, else the first.
  void keep_last_model() {
    if (result_.removed.empty() ||
        !list_after(case_.channel, result_).empty()) {
      return;
    }
    std::size_t weakest = case_.findings.size();
    const auto weight = [this](std::size_t index) {
      const Finding& finding = case_.findings[index];
      const auto& known = result_.memory.names.at(finding.candidate.name);
      const bool definite = evidence(finding) == Evidence::definite;
      return std::pair(definite, known.streak.failed);
    };
    for (std::size_t i = 0; i < case_.findings.size(); ++i) {
      if (result_.verdicts[i] != Verdict::remove) continue;
      if (weakest == case_.findings.size() || weight(i) < weight(weakest)) {
        weakest = i;
      }
    }
    const std::string& name = case_.findings[weakest].candidate.name;
    result_.verdicts[weakest] = Verdict::hold;
    std::erase(result_.removed, name);
    result_.guards.push_back(
        {Guard::last_model, case_.channel.id, {say::last_model, shown(name)}});
  }

  Case case_;
  const JudgePolicy& policy_;
  Judgement result_;
};

}  // namespace

Judgement judge(Case what, const JudgePolicy& policy) {
  return Judge(std::move(what), policy).run();
}

void hold_removals(Judgement& judgement) {
  std::replace(judgement.verdicts.begin(), judgement.verdicts.end(),
               Verdict::remove, Verdict::hold);
  judgement.removed.clear();
  if (judgement.new_status == disabled_automatically) {
    judgement.new_status.reset();
  }
}

std::vector<std::string> list_after(const Channel& channel,
                                    const Judgement& judgement) {
  std::vector<std::string> list = names_of(channel.models);
  const std::unordered_set<std::string> gone(judgement.removed.begin(),
                                             judgement.removed.end());
  std::erase_if(list,
                [&](const std::string& name) { return gone.contains(name); });
  list.insert(list.end(), judgement.added.begin(), judgement.added.end());
  return list;
}

}  // namespace core
