#include "base/log.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

namespace base {
namespace {

std::string_view name_of(Log::Level level) {
  switch (level) {
    case Log::Level::debug: return "debug";
    case Log::Level::info: return "info";
    case Log::Level::warning: return "warning";
    case Log::Level::error: return "error";
  }
  return "";
}

std::string_view column_of(Log::Level level) {
  switch (level) {
    case Log::Level::debug: return "DEBUG";
    case Log::Level::info: return "INFO ";
    case Log::Level::warning: return "WARN ";
    case Log::Level::error: return "ERROR";
  }
  return "";
}

// As syslog counts.
int priority_of(Log::Level level) {
  switch (level) {
    case Log::Level::debug: return 7;
    case Log::Level::info: return 6;
    case Log::Level::warning: return 4;
    case Log::Level::error: return 3;
  }
  return 6;
}

// A line that nobody can read is lost; there is nowhere to say so.
void write_to_standard_error(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string now() {
  return rfc3339(std::chrono::floor<std::chrono::seconds>(
      std::chrono::system_clock::now()));
}

}  // namespace

Log::Log(Level level, Format format, Language language, Write write)
    : level_(level),
      format_(format),
      language_(language),
      write_(write ? std::move(write) : write_to_standard_error) {}

void Log::say(Level level, const Sentence& sentence) {
  if (level < level_) return;
  const std::string message = printable(sentence.in(language_));
  if (format_ == Format::text) {
    write_(fmt::format("{} {} {}\n", now(), column_of(level), message));
    return;
  }
  if (format_ == Format::journal) {
    write_(fmt::format("<{}>{}\n", priority_of(level), message));
    return;
  }
  json::Writer json;
  json.begin_object()
      .member("time", now())
      .member("level", name_of(level))
      .member("message", message)
      .end_object();
  write_(json.take() + '\n');
}

}  // namespace base
