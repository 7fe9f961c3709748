#include "exporter.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/messages_machines.h"
#include "base/text.h"
#include "config/dsn.h"
#include "version.h"

namespace {

namespace fs = std::filesystem;
namespace say = base::say;
using base::Sentence;
using base::http::Request;

constexpr std::size_t longest_piece = std::size_t{64} << 10;
constexpr std::uintmax_t longest_file = std::uintmax_t{64} << 20;

double seconds_of(const timeval& time) {
  constexpr double micro = 1e6;
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) / micro;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_files() {
  std::error_code error;
  const fs::directory_iterator files("/proc/self/fd", error);
  if (error) return 0;
  // One is what they are looked at with.
  return static_cast<double>(std::distance(begin(files), end(files)) - 1);
}

metrics::ProcessFigures figures_of_process(base::WallTime start) {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  rlimit limit = {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return {
      .cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
      .resident_bytes = resident_bytes(),
      .start_seconds = static_cast<double>(base::seconds_of(start)),
      .open_files = open_files(),
      .most_files = static_cast<double>(limit.rlim_cur)};
}

web::Reply page(int status, std::string text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"},
                      {"Cache-Control", "no-store"}},
          .body = {{.bytes = std::move(text) + "\n"}}};
}

bool write_whole(int file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Whoever reads `file` sees the old one or the new one.  The name in between is
// none that a node exporter looks at.  Returns 0, or errno.
int replace_file(const std::string& file, std::string_view text) {
  std::string made = file + ".XXXXXX";
  const int descriptor = ::mkstemp(made.data());
  if (descriptor < 0) return errno;
  constexpr mode_t for_everybody = 0644;
  const bool good =
      write_whole(descriptor, text) && ::fchmod(descriptor, for_everybody) == 0;
  int failed = good ? 0 : errno;
  if (::close(descriptor) != 0 && failed == 0) failed = errno;
  if (failed == 0 && std::rename(made.c_str(), file.c_str()) != 0) {
    failed = errno;
  }
  if (failed != 0) ::unlink(made.c_str());
  return failed;
}

}  // namespace

Exporter::Exporter(Wishes wishes, net::Loop& loop, base::Log& log)
    : wishes_(std::move(wishes)), log_(log), ledger_(version) {
  const std::string& listen = wishes_.metrics.listen;
  if (!listen.empty() && wishes_.listens) {
    const config::Place place = config::place_of(listen);
    const web::ServerOptions options{.host = place.host,
                                     .port = place.port,
                                     .most_connections = 8,
                                     .patience = std::chrono::seconds(10),
                                     .most_body = 4096,
                                     .most_head = 16384};
    try {
      server_ = web::make_http_server(
          loop, options,
          [this](const Request& request) { return answer(request); });
    } catch (const base::Error& error) {
      throw base::Error({say::metrics_no_listener, error.sentence()});
    }
    log_.info({say::metrics_at, listen});
  }
  restore();
}

void Exporter::restore() {
  const std::string& name = wishes_.metrics.textfile;
  std::error_code error;
  if (name.empty() || !fs::is_regular_file(name, error)) return;
  if (fs::file_size(name, error) > longest_file || error) return;
  std::ifstream file(name, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  ledger_.restore(text);
}

void Exporter::note(const core::Report& report,
                    const metrics::Windows& windows) {
  ledger_.note(report, wishes_.period);
  ledger_.note_availability(windows, net::Loop::wall_now());
  if (report.result == core::RoundResult::complete) {
    completed_ = net::Loop::now();
  }
  refresh();
}

void Exporter::refresh() {
  page_.reset();
  if (wishes_.writes && !wishes_.metrics.textfile.empty()) write_file();
}

void Exporter::write_file() {
  const std::string& file = wishes_.metrics.textfile;
  const int failed = replace_file(file, ledger_.text());
  if (failed == 0) return;
  log_.warning({say::textfile_unwritable, file,
                std::generic_category().message(failed)});
}

web::Reply Exporter::answer(const Request& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    web::Reply reply = page(405, "GET");
    reply.headers.emplace_back("Allow", "GET, HEAD");
    return reply;
  }
  const std::string path = request.url.substr(0, request.url.find('?'));
  if (path == "/metrics") return metrics_page(request);
  if (path == "/healthz") return page(200, "ok");
  if (path == "/readyz") return ready_page();
  return page(404, "/metrics /healthz /readyz");
}

bool Exporter::may_ask(const Request& request) const {
  const base::Secret& token = wishes_.metrics.token;
  if (token.empty()) return true;
  constexpr std::string_view scheme = "bearer ";
  const auto given = base::http::value_of(request.headers, "Authorization");
  return base::lower(given.substr(0, scheme.size())) == scheme &&
         base::same_secret(base::trimmed(given.substr(scheme.size())),
                           token.reveal());
}

web::Reply Exporter::metrics_page(const Request& request) {
  if (!may_ask(request)) {
    web::Reply reply = page(401, "Authorization: Bearer");
    reply.headers.emplace_back("WWW-Authenticate", "Bearer");
    return reply;
  }
  if (!page_) page_ = ledger_.text();
  web::Reply reply{
      .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"},
                  {"Cache-Control", "no-store"}}};
  const std::string text =
      *page_ + metrics::process_text(figures_of_process(began_));
  // In parts, so that a slow client holds it once and not twice.
  reply.headers.emplace_back("Content-Length", std::to_string(text.size()));
  for (std::size_t at = 0; at < text.size(); at += longest_piece)
    reply.body.push_back({.bytes = text.substr(at, longest_piece)});
  return reply;
}

web::Reply Exporter::ready_page() const {
  const base::Language language = log_.language();
  if (!completed_) {
    return page(503, Sentence(say::no_round_yet).in(language));
  }
  const auto since = net::Loop::now() - *completed_;
  if (since <= 2 * wishes_.period) return page(200, "ok");
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  return page(
      503, Sentence{say::not_ready_stale, base::to_text(seconds)}.in(language));
}
