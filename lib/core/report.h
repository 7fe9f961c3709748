#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"
#include "base/time.h"
#include "core/candidates.h"
#include "core/channel.h"
#include "core/guard.h"
#include "core/models.h"
#include "core/outcome.h"

namespace core {

enum class ChannelResult : std::uint8_t {
  unchanged,
  changed,
  would_change,
  held,
  changed_meanwhile,
  config_error,
  unreachable,
  skipped,
  cancelled,
  failed,
};

std::string_view name_of(ChannelResult result);

struct KeyReport {
  std::size_t key = 0;
  bool enabled = true;
  Outcome outcome{};
  base::Sentence reason;
};

struct ChannelReport {
  ChannelId id{};
  std::string name;
  std::int64_t type = 0;
  std::string provider;  // "" where there is no recipe
  std::int64_t status = 0;
  std::optional<std::int64_t> new_status;
  ChannelResult result = ChannelResult::unchanged;
  base::Sentence reason;
  ListSource source = ListSource::none;
  std::optional<Outcome> list_outcome;
  std::size_t offered = 0;
  bool list_was_cut = false;
  Models models;
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<std::string> dismissed;
  std::vector<std::string> list_after;  // with a change: not for JSON
  std::vector<KeyReport> keys;
};

enum class RoundResult : std::uint8_t { complete, cancelled, locked, failed };

std::string_view name_of(RoundResult result);

struct Totals {
  std::int64_t channels = 0;
  std::int64_t models = 0;
  std::int64_t probes = 0;
  std::array<std::int64_t, outcome_count> outcomes{};
  std::int64_t added = 0;
  std::int64_t removed = 0;
  std::int64_t held = 0;
  std::int64_t disabled = 0;
  std::int64_t enabled = 0;
  std::int64_t tokens = 0;
  std::int64_t untouched = 0;
};

// One round as data.
struct Report {
  std::string version;
  std::optional<std::int64_t> id;
  RoundResult result = RoundResult::complete;
  base::Sentence error;  // only with locked and failed
  base::WallTime started{};
  base::WallTime finished{};
  double seconds = 0;
  bool dry_run = false;
  bool wrote = false;  // a list or a status, or perhaps: not for JSON
  std::optional<Product> product;
  std::string database;  // "sqlite", …; "" where it was not reached
  std::int64_t tokens = 0;
  std::int64_t probes = 0;
  std::vector<GuardNote> guards;
  std::vector<ChannelReport> channels;
};

Totals totals_of(const Report& report);

// 0 everything listed that was probed answers; 1 something does not, or was
// held; 3 the round failed; 4 another monitor holds the lock; 130 cancelled.
int exit_code_of(const Report& report);

// One JSON document in one line, as report.schema.json describes it.
std::string json_of(const Report& report, base::Language language);

// The same in pieces: of a large round it takes as much memory as the report.
using PutText = std::function<void(std::string_view)>;
void put_json(const Report& report, base::Language language,
              const PutText& put);
std::string json_of(const Totals& totals);

// What the round came to, in one sentence.
base::Sentence summary_of(const Report& report);

// The table that a person reads: what changed and why, what does not answer,
// what was held, and one line that sums it up.
std::string table_of(const Report& report, base::Language language,
                     bool colored);

}  // namespace core
