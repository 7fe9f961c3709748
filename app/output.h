#pragma once

#include <string>
#include <string_view>

#include "base/log.h"
#include "base/messages.h"
#include "base/time.h"
#include "core/report.h"
#include "monitor/round.h"
#include "options.h"
#include "wiring.h"

// To standard output.  Where it cannot be written that is said once, and counts
// in code_after_printing(); a reader that went away is no fault.
void print(std::string_view text);
void print_error(std::string_view text);  // to standard error

// `code`, or something_failed in place of all_well where print() failed.
int code_after_printing(int code);

// "channel-monitor: …" on standard error.
void complain(base::Language language, const base::Sentence& sentence);

// All of it; returns the exit code for it.
int complain_all(const Refused& refused);

bool is_colored(const Options& options);
bool shows_progress(const Options& options);

// One live line on standard error, drawn again a few times a second.
class ProgressLine {
 public:
  explicit ProgressLine(base::Language language) : language_(language) {}

  void show(const monitor::Progress& progress);
  void clear();
  void change(base::Language language) { language_ = language; }

 private:
  base::Language language_;
  base::Time drawn_{};
  bool is_there_ = false;
};

// What a round changed and what is wrong, as log lines.
void log_report(base::Log& log, const core::Report& report);
