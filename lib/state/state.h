#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"
#include "base/stop.h"
#include "base/time.h"
#include "core/abilities.h"
#include "core/channel.h"
#include "core/memory.h"
#include "core/names.h"
#include "core/outcome.h"

namespace state {

enum class GatewayId : std::int64_t {};
enum class RoundId : std::int64_t {};
enum class IntentId : std::int64_t {};
enum class LetterId : std::int64_t {};

enum class RoundKind : std::uint8_t { round, undo, repair };

// What undo needs besides models and status: the values that a write found and
// left there, NULL being nothing.
struct Details {
  // Only where it was changed and no secret is in it.
  bool other_info_kept = false;
  std::optional<std::string> other_info_before;
  std::string other_info_mark;  // of what was left
  std::optional<std::int64_t> test_time_before;
  std::optional<std::int64_t> test_time_after;
  std::optional<std::int64_t> response_time_before;
  std::optional<std::int64_t> response_time_after;
  std::optional<core::AbilityEdits> abilities;  // nothing: not known

  bool operator==(const Details&) const = default;
};

// What a write to a channel's row was meant to do; what undo needs, too.
// Addresses, keys and mappings are marks.
struct Intent {
  core::ChannelId channel{};
  std::int64_t created_time = 0;
  std::int64_t type = 0;
  std::string name;  // of the channel, for people
  core::Marks marks;
  std::string group;
  std::string models_before;
  std::string models_after;
  core::ShownNames shown_names;  // of both lists
  std::int64_t status_before = 0;
  std::int64_t status_after = 0;
  std::string reason;     // why, in the language of the configuration; redacted
  bool vanished = false;  // only abilities are left of the channel
  std::optional<IntentId> undoes;
  Details details;
};

enum class Settled : std::uint8_t {
  open,  // nobody knows yet
  written,
  dropped,  // never written: the row is as before
  strange,  // found neither as before nor as meant; reported once
};

struct JournalEntry {
  IntentId id{};
  RoundId round{};
  base::WallTime at{};
  Intent intent;
  Settled settled = Settled::open;
  RoundKind kind = RoundKind::round;
  // The round that undid it, unless that was undone itself.
  std::optional<RoundId> undone_by;
};

struct Settlement {
  IntentId id{};
  Settled settled = Settled::written;
  std::int64_t status_before = 0;  // as it really was; with `written`
  std::int64_t status_after = 0;
  std::optional<Details> details;  // with `written`; nothing: as was meant
};

// One candidate's probe, for the history.
struct ProbeRecord {
  core::ChannelId channel{};
  std::string name;
  core::Kind kind{};
  core::Outcome outcome{};
  int http_status = 0;
  int attempts = 0;
  double headers_ms = -1;  // below 0: not measured, here and below
  double first_token_ms = -1;
  double total_ms = -1;
  double tokens_per_second = -1;
};

// Calls for each of many, as often as it is asked; so nobody has to keep them
// in this form.  Those of a channel come one after the other.
using EachProbe =
    std::function<void(const std::function<void(const ProbeRecord&)>&)>;

// The same for what is remembered of many channels, by ascending id.
using NoteMemory = std::function<void(core::ChannelId, core::ChannelMemory)>;
using EachMemory = std::function<void(const NoteMemory&)>;

struct RoundRecord {
  RoundId id{};
  RoundKind kind = RoundKind::round;
  base::WallTime started{};
  base::WallTime finished{};
  std::string result;   // as in the report: "complete", "cancelled", "failed"
  std::string summary;  // the report's totals, as JSON
};

// One probe of the past.
struct PastProbe {
  base::WallTime at{};  // when its round began
  core::ChannelId channel{};
  std::string name;
  core::Outcome outcome{};
};

// The probes of some rounds.
struct PastProbes {
  std::vector<PastProbe> all;
  RoundId last{};       // where to go on; as it was asked where it is the end
  bool is_end = false;  // there are no more rounds by now
};

// Which entries of the journal are asked for; what is not set does not matter.
struct JournalQuery {
  std::optional<RoundId> round;
  std::optional<core::ChannelId> channel;
  std::optional<base::WallTime> since;
  std::optional<Settled> settled;
  std::int64_t most = 1'000'000;
};

// Removals that a guard held, to see whether they are the same next time.
struct HeldRemovals {
  std::string fingerprint;
  int rounds = 0;  // in a row
};

// What there is to tell of a round: one letter to each of `services`.
struct News {
  std::string told;     // what was told and lasts, from now on
  std::string content;  // "" where nobody is told anything
  std::vector<std::string> services;
};

// A message that waits to be sent.
struct Letter {
  LetterId id{};
  std::string service;
  std::string content;
  base::WallTime written{};
  int tries = 0;
  base::WallTime next{};  // not to be tried before

  bool operator==(const Letter&) const = default;
};

// The monitor's own memory: one SQLite file, for as many gateways as there are.
//
// Calls block, wait for a lock of another process for at most 5 s in steps, and
// throw base::Error naming the file: an unwritable or corrupt file, one of a
// newer version.  Each call is one transaction, on the disk when it returns.
class State {
 public:
  virtual ~State() = default;

  // Between rounds: where the file was deleted, replaced or overwritten since
  // it was opened it is opened anew, and made where it is not there.  Returns a
  // warning then, else nothing.  Ids from before mean nothing afterwards. Until
  // then every call that writes throws.
  virtual base::Sentence refresh() = 0;

  // The gateway that `identity` names: an engine and a place, never a password.
  virtual GatewayId gateway(std::string_view identity) = 0;

  // A keyed hash; the key is a random value of this file.  "" for "".
  virtual std::string mark(std::string_view secret) const = 0;
  core::Marks marks_of(const core::Channel& channel) const;

  virtual core::Memory memory(GatewayId gateway) = 0;

  // Also forgets some of what is too old to be kept.
  virtual RoundId begin_round(GatewayId gateway, base::WallTime now,
                              RoundKind kind) = 0;

  // The newest round proper that began, if any has: no undo, no repair.
  virtual std::optional<RoundRecord> last_round(GatewayId gateway) = 0;
  virtual std::optional<RoundRecord> round(GatewayId gateway, RoundId id) = 0;

  // Probes of rounds after `after` that began at `since` or later, the oldest
  // round first; as many whole rounds as are looked at in an instant.
  virtual PastProbes past_probes(GatewayId gateway, RoundId after,
                                 base::WallTime since) = 0;

  // Writes down what is about to be written; ids in the order of `intents`.
  virtual std::vector<IntentId> intend(RoundId round, base::WallTime now,
                                       const std::vector<Intent>& intents) = 0;
  // What became of them, and what is remembered of their channels because of
  // it: in one transaction, since a removal that is settled and not remembered
  // would look like the administrator's.
  virtual void settle(GatewayId gateway,
                      const std::vector<Settlement>& settlements,
                      const core::Memory& memory) = 0;
  virtual std::vector<JournalEntry> open_intents(GatewayId gateway) = 0;

  // What was written, or was meant to be, newest first.
  virtual std::vector<JournalEntry> journal(GatewayId gateway,
                                            const JournalQuery& query) = 0;

  virtual HeldRemovals held_removals(GatewayId gateway) = 0;

  // What a round has learnt, and that it is over.  Channels that are not in
  // `memory` keep what is known of them.
  struct Learnt {
    RoundRecord round;
    EachMemory memory;  // may be empty, as the next
    EachProbe probes;
    std::vector<Settlement> settlements;
    std::optional<HeldRemovals> held;
    std::optional<News> news;
  };
  virtual void record(GatewayId gateway, const Learnt& learnt) = 0;

  // What was told of the gateway and lasts; "" where nothing was ever told.
  virtual std::string told(GatewayId gateway) = 0;

  // The same as record() does with `news`, of a round that was not recorded.
  virtual void tell(GatewayId gateway, base::WallTime now,
                    const News& news) = 0;

  // What waits to be sent, oldest first.
  virtual std::vector<Letter> letters(GatewayId gateway) = 0;

  // Counts a try of `letter` and puts off the next one until `next`.  Returns
  // false where another process was first, or has sent it: then it is not ours
  // to send.
  virtual bool claim(const Letter& letter, base::WallTime next) = 0;
  virtual void put_off(LetterId letter, base::WallTime next) = 0;
  // It was sent, or is given up.
  virtual void remove_letter(LetterId letter) = 0;

  // Forgets a channel that is not in the gateway's table any more.
  virtual void forget_missing(GatewayId gateway,
                              const std::vector<core::ChannelId>& present) = 0;
};

// Opens the file, making or migrating it as needed; waits for another process
// that migrates it for at most a minute.
std::unique_ptr<State> open_state(const std::string& file,
                                  const base::StopFlag& stop);

// Opens it to read, without making or migrating anything; nothing where there
// is no file.  Of an empty file or one of an older version nothing is known.
std::unique_ptr<State> look_at_state(const std::string& file,
                                     const base::StopFlag& stop);

// A state that keeps nothing: for dry runs where there is no file.
std::unique_ptr<State> make_empty_state();

}  // namespace state
