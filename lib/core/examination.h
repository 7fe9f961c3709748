#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/messages.h"
#include "base/time.h"
#include "core/candidates.h"
#include "core/conversation.h"
#include "core/finding.h"
#include "core/kind.h"

namespace core {

struct RetryPolicy {
  int attempts = 2;                // more calls after the first
  base::Milliseconds delay{2000};  // before the first of them, then doubled
};

// Which kind a model is, where the configuration says more than the name.
// Returns nothing where it does not.
using KindRule = std::function<std::optional<Kind>(const std::string& name)>;

struct ExaminationPolicy {
  CandidatePolicy candidates;
  RetryPolicy retry;
  KindRule kind_rule;           // may be empty
  std::vector<Kind> expensive;  // kinds that are probed although they cost
  bool test_all_keys = false;   // each key, disabled ones included
  std::chrono::seconds recheck_alive{0};
  std::chrono::seconds recheck_dead{0};
};

// One thing that is to be asked of a channel's upstream.
struct Task {
  std::unique_ptr<Conversation> conversation;
  std::size_t id = 0;
};
struct Pause {
  base::Time until;
};
struct Idle {};  // something that is under way has to end first
struct Over {};
using NextTask = std::variant<Task, Pause, Idle, Over>;

// One channel's share of a round: its list, then its candidates, then those
// again that failed in a way that may pass.  Pure: whoever runs it asks for the
// next task whenever the channel may take one, and tells how tasks ended.
class Examination {
 public:
  // What it looks at; all of it outlives it.
  struct Subject {
    const Channel& channel;
    const Schema& schema;
    const ModelMapping& mapping;
    const ChannelMemory& memory;  // as recalled()
    bool outdated = false;        // whatever was seen has to be seen again
    const Enquiry& enquiry;
    base::Sentence untestable;  // why no model can be probed; empty if some can
    base::WallTime now{};
  };

  Examination(Subject subject, const ExaminationPolicy& policy,
              const NameKeys& keys);

  NextTask next(base::Time now);

  // A task ended.  Returns until when the whole channel has to rest, if it has.
  std::optional<base::Time> ended(std::size_t task, base::Time now);

  // Whether a task that has not been sent is not wanted any more; then it is
  // withdrawn, not ended.
  bool is_wanted(std::size_t task) const;
  void withdraw(std::size_t task);

  bool is_over() const { return phase_ == Phase::over; }
  bool was_cancelled() const { return was_cancelled_; }

  // Stops in the middle: what is open is cancelled.
  void cancel();

  // But for those that it looks at: they are in findings().
  const Candidates& candidates() const { return candidates_; }
  const std::vector<Finding>& findings() const { return findings_; }
  const Ending* list() const { return list_ ? &*list_ : nullptr; }
  std::size_t offered() const { return offered_count_; }
  bool list_was_cut() const { return list_was_cut_; }

  // The address that answers where the channel's own says 404; "" if that is
  // not so.
  const std::string& right_address() const { return right_address_; }

  const std::vector<KeyFinding>& keys() const { return keys_; }
  int calls() const { return calls_; }  // test calls, lists not counted

 private:
  enum class Phase : unsigned char { list, probes, keys, over };

  // One question, for all candidates that mean the same model there.  What is
  // known of it stands in the finding of the first.
  struct Unit {
    std::size_t first = 0;  // in findings_, as the others
    std::vector<std::size_t> others;
    Kind kind{};
    bool asked_again = false;  // after a pause
    bool has_ended = false;    // once at least
    bool spared = false;
  };
  struct Running {
    enum class What : unsigned char {
      list,
      corrected_list,
      probe,
      corrected,
      key
    };
    What what{};
    std::size_t unit = 0;
    std::size_t key = 0;  // in `untested_keys_` before it was taken
    Conversation* conversation = nullptr;
  };

  std::unique_ptr<Conversation> converse(const Running& running);
  Topic topic_of(const Unit& unit) const;
  NextTask start(Running running);
  void begin_probes(const std::optional<std::vector<std::string>>& offered);
  void add_unit(std::size_t candidate,
                std::unordered_map<std::string, std::size_t>& units);
  bool is_due(const Candidate& candidate) const;
  std::optional<base::Sentence> why_untestable(const Candidate& candidate,
                                               Kind kind) const;
  Kind kind_of_candidate(const Candidate& candidate) const;
  std::optional<base::Time> list_ended(Running::What what,
                                       ListConversation& list, base::Time now);
  std::optional<base::Time> probe_ended(std::size_t unit, Ending ending,
                                        base::Time now);
  void corrected_ended(ProbeConversation& probe);
  std::optional<base::Time> rest(const Ending& ending, base::Time now);
  void note_keys(const std::vector<KeyFinding>& findings);
  void begin_keys();
  NextTask next_key();
  void note_tested_key(const Running& running);
  bool has_list() const;
  bool may_be_retried(const Unit& unit) const;
  void count_failure(const Unit& unit);
  void spare_waiting();
  void order_waiting();
  NextTask resume(base::Time now);
  void reopen_spared();
  NextTask next_round_of_retries(base::Time now);
  Result& seen_of(const Unit& unit) { return findings_[unit.first].ending; }
  const Result& seen_of(const Unit& unit) const {
    return findings_[unit.first].ending;
  }
  void finish();
  void note_stop(const Unit& unit);
  void report(const Unit& unit);
  KeyChoice key_choice() const;
  std::string form_of_candidate(const Candidate& candidate) const;

  Subject subject_;
  const ExaminationPolicy& policy_;
  const NameKeys& name_keys_;
  Phase phase_ = Phase::list;
  bool list_begun_ = false;
  bool list_asked_again_ = false;
  std::unique_ptr<Enquiry> corrected_;  // at the address with a part left out
  bool corrected_list_answers_ = false;
  bool corrected_tried_ = false;
  std::optional<std::size_t> to_correct_;  // the unit to ask there
  Candidates candidates_;
  std::vector<Finding> findings_;
  std::vector<Unit> units_;
  std::deque<std::size_t> waiting_;  // units to be asked, in order
  std::unordered_map<std::size_t, Running> running_;
  std::size_t last_task_ = 0;
  int retries_ = 0;  // rounds of re-probes begun
  std::size_t retries_behind_breaker_ = 0;
  std::optional<base::Time> retry_at_;
  int pauses_ = 0;
  base::Time paused_until_{};
  bool alive_ = false;
  std::array<int, outcome_count> failed_alike_{};
  std::optional<Outcome> breaker_;
  std::optional<Ending> list_;
  std::size_t offered_count_ = 0;
  bool list_was_cut_ = false;
  std::string right_address_;
  std::vector<KeyFinding> keys_;
  std::unique_ptr<Enquiry> all_keys_;       // with the disabled ones
  std::vector<std::size_t> untested_keys_;  // in `all_keys_->keys`
  std::size_t key_unit_ = 0;                // with which they are tested
  int calls_ = 0;
  bool was_cancelled_ = false;
};

}  // namespace core
