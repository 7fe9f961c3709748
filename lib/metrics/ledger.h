#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/redact.h"
#include "base/time.h"
#include "core/report.h"
#include "metrics/registry.h"
#include "metrics/windows.h"

namespace metrics {

// Of the process; told from outside.
struct ProcessFigures {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double start_seconds = 0;  // since 1970
  double open_files = 0;
  double most_files = 0;
};

// What has been seen so far, as metrics.
//
// No more than `most_pairs` pairs of channel and model have series of their
// own, first come, first served; the rest of a channel counts as its model
// "other", without gauges; and channels beyond as many again as channel
// "other".  What a round does not look at any more is forgotten.  Names pass a
// Redactor.
class Ledger {
 public:
  explicit Ledger(std::string_view version, std::size_t most_pairs = 1000);

  // A round has ended.  `period` is 0 where there is only one.
  void note(const core::Report& report, base::Milliseconds period);

  // A message was sent, or could not be: "telegram", "sent" or "failed".  The
  // series begin at 0 for whoever is announced.
  void note_notification(const std::string& provider, bool was_sent);
  void announce_notifications(const std::string& provider);

  // The share of answered probes in each window, as of `now`.
  void note_availability(const Windows& windows, base::WallTime now);

  std::string text() const { return registry_.text(); }

  // Goes on where a text() of an earlier process ended.
  void restore(std::string_view text);

  const Registry& registry() const { return registry_; }

 private:
  struct Pair {
    std::string channel;
    std::string model;
    bool is_own = true;  // not "other"
  };

  Pair pair_of(std::int64_t channel, const std::string& model);
  void note_gauges(const Pair& pair, const core::ModelReport& model,
                   const core::Report& report);
  void show_successes(const core::Report& report);
  void note_counters(const Pair& pair, const core::ModelReport& model,
                     bool cut_off);
  void note_changes(const core::ChannelReport& channel);
  void note_channel_models(const core::ChannelReport& channel);
  void forget_missing(const core::Report& report);
  std::string channel_label(std::int64_t id);

  base::Redactor redactor_;
  Registry registry_;
  std::size_t most_pairs_;
  std::set<std::pair<std::string, std::string>> pairs_;
  std::set<std::string> channels_;
  std::map<std::pair<std::string, std::string>, double> successes_;
};

// Apart from the rest: a node exporter that reads a file has such series of its
// own.
std::string process_text(const ProcessFigures& figures);

}  // namespace metrics
