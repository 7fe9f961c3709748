#include "support/kuma_thread.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "demo/vendor.h"

namespace support {

KumaThread::KumaThread(std::vector<std::string> tokens)
    : tokens_(std::move(tokens)),
      server_(web::make_http_server(
          loop_, 0, [this](const auto& request) { return answer(request); })),
      port_(server_->port()),
      thread_([this] { loop_.run(); }) {}

KumaThread::~KumaThread() {
  loop_.post([this] { loop_.stop(); });
  thread_.join();
}

std::string KumaThread::url(const std::string& token) const {
  return fmt::format(
      "http://127.0.0.1:{}/api/push/{}?status=up&msg=OK&ping=", port_, token);
}

std::vector<KumaThread::Beat> KumaThread::beats() const {
  const std::lock_guard lock(mutex_);
  return beats_;
}

int KumaThread::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

void KumaThread::fall_silent() {
  const std::lock_guard lock(mutex_);
  is_silent_ = true;
}

web::Reply KumaThread::answer(const base::http::Request& request) {
  const std::lock_guard lock(mutex_);
  if (is_silent_) return {.status = 0, .ending = web::Ending::unfinished};
  const std::size_t question = request.url.find('?');
  const std::string path = request.url.substr(0, question);
  const std::string prefix = "/api/push/";
  Beat beat{.status = "up", .msg = "OK"};
  if (path.starts_with(prefix)) beat.token = path.substr(prefix.size());
  if (std::find(tokens_.begin(), tokens_.end(), beat.token) == tokens_.end()) {
    ++refused_;
    return {
        .status = 404,
        .headers = {{"Content-Type", "application/json"}},
        .body = {{.bytes = R"({"ok":false,)"
                           R"("msg":"Monitor not found or not active."})"}}};
  }
  if (question != request.url.npos) {
    const std::string query = request.url.substr(question + 1);
    for (const std::string_view one : base::split(query, '&')) {
      const std::size_t equals = std::min(one.find('='), one.size());
      const std::string_view name = one.substr(0, equals);
      std::string value =
          demo::percent_decoded(one.substr(std::min(equals + 1, one.size())));
      if (value.empty() && name != "ping") continue;
      if (name == "status")
        beat.status = value == "up" ? "up" : "down";
      else if (name == "msg")
        beat.msg = std::move(value);
      else if (name == "ping")
        beat.ping = std::move(value);
      else
        beat.others += std::string(one) + "&";
    }
  }
  beats_.push_back(std::move(beat));
  return {.headers = {{"Content-Type", "application/json"}},
          .body = {{.bytes = R"({"ok":true})"}}};
}

}  // namespace support
