#include "output.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/messages_app.h"
#include "base/text.h"
#include "core/reload.h"
#include "net/loop.h"

namespace {

namespace say = base::say;
using base::Sentence;

constexpr base::Milliseconds redraw{200};

// Whether escape sequences would be shown as they are.
bool is_dumb() {
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && std::string_view(terminal) == "dumb";
}

// A line that wraps could not be drawn again: one column stays free, where a
// cursor may stand.
std::string fitted(const std::string& line) {
  winsize size{};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
  if (!is_known || size.ws_col == 0) return line;
  const std::size_t columns = size.ws_col - 1U;
  std::string shown = line;
  for (std::size_t most = columns; base::width(shown) > columns && most > 0;
       --most) {
    shown = base::shortened(line, most);
  }
  return shown;
}

bool has_print_failed = false;

// Who shares a terminal or pipe with us may have made it one that never waits.
bool is_ready(int descriptor) {
  constexpr int longest = 10'000;  // ms
  pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
  return ::poll(&ready, 1, longest) > 0;
}

// Returns what stood in the way, or 0.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN && is_ready(descriptor)) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

Sentence what_changed(const core::ChannelReport& channel) {
  std::vector<Sentence> parts;
  if (!channel.added.empty()) {
    parts.push_back({say::added_list, base::joined(channel.added, ", ")});
  }
  if (!channel.removed.empty()) {
    parts.push_back({say::removed_list, base::joined(channel.removed, ", ")});
  }
  if (channel.new_status) {
    parts.push_back({say::status_set, channel.status, *channel.new_status});
  }
  Sentence all;
  for (const Sentence& part : parts) {
    all = all.empty() ? part : Sentence{say::and_also, all, part};
  }
  return all;
}

void log_channel(base::Log& log, const core::ChannelReport& channel) {
  const auto id = static_cast<std::int64_t>(channel.id);
  if (const Sentence change = what_changed(channel); !change.empty()) {
    log.info({say::channel_line, id, channel.name, change});
  }
  const bool is_bad = channel.result != core::ChannelResult::unchanged &&
                      channel.result != core::ChannelResult::changed &&
                      channel.result != core::ChannelResult::skipped;
  if (is_bad) {
    log.warning({say::channel_line, id, channel.name,
                 Sentence{say::result_line, core::name_of(channel.result),
                          channel.reason}});
  }
  for (const core::ModelReport& model : channel.models) {
    if (model.outcome == core::Outcome::ok) continue;
    log.debug({say::channel_line, id, channel.name,
               Sentence{say::model_line, model.name,
                        core::name_of(model.outcome), model.reason}});
  }
}

}  // namespace

void print(std::string_view text) {
  // Neither may end a round.
  const int error = write_all(STDOUT_FILENO, text);
  if (error == 0 || error == EPIPE) return;
  if (std::exchange(has_print_failed, true)) return;
  complain(spoken_language(),
           {say::output_unwritable, std::generic_category().message(error)});
}

int code_after_printing(int code) {
  return has_print_failed && code == all_well ? something_failed : code;
}

void print_error(std::string_view text) {
  write_all(STDERR_FILENO, text);
}

void complain(base::Language language, const Sentence& sentence) {
  print_error(fmt::format("channel-monitor: {}\n",
                          base::printable(sentence.in(language))));
}

int complain_all(const Refused& refused) {
  for (const Sentence& why : refused.why)
    complain(locale_language(), why);
  return wrong_usage;
}

bool is_colored(const Options& options) {
  if (options.color != Options::Color::automatic) {
    return options.color == Options::Color::always;
  }
  // An empty one counts as none: https://no-color.org
  const char* const without = std::getenv("NO_COLOR");
  const bool is_forbidden = without != nullptr && *without != '\0';
  return ::isatty(STDOUT_FILENO) != 0 && !is_dumb() && !is_forbidden;
}

bool shows_progress(const Options& options) {
  return ::isatty(STDERR_FILENO) != 0 && !is_dumb() && !options.quiet &&
         !options.verbose;
}

void ProgressLine::show(const monitor::Progress& progress) {
  const base::Time now = net::Loop::now();
  if (is_there_ && now - drawn_ < redraw) return;
  drawn_ = now;
  is_there_ = true;
  const double seconds =
      std::chrono::duration<double>(now - progress.started).count();
  const double rate =
      seconds > 0 ? static_cast<double>(progress.calls) / seconds : 0;
  std::string line = Sentence{say::progress,     progress.channels_over,
                              progress.channels, progress.calls,
                              progress.failed,   fmt::format("{:.0f}", rate)}
                         .in(language_);
  if (progress.channels_over > 0 && seconds > 2) {
    const auto rest =
        static_cast<double>(progress.channels - progress.channels_over);
    const double left =
        seconds / static_cast<double>(progress.channels_over) * rest;
    line += ", " +
            Sentence{say::time_left, base::to_text(std::chrono::seconds(
                                         static_cast<std::int64_t>(left) + 1))}
                .in(language_);
  }
  print_error("\r\x1b[K" + fitted(line));
}

void ProgressLine::clear() {
  if (std::exchange(is_there_, false)) print_error("\r\x1b[K");
}

void log_report(base::Log& log, const core::Report& report) {
  if (!report.error.empty()) log.error(report.error);
  for (const core::GuardNote& note : report.guards) {
    log.warning({say::guard_line, core::name_of(note.guard), note.text});
  }
  for (const core::ChannelReport& channel : report.channels) {
    log_channel(log, channel);
  }
  if (report.error.empty()) log.info(core::summary_of(report));
  const Sentence seen = core::seen_after(report);
  if (!seen.empty()) log.info(seen);
}
