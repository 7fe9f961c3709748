#include "support/upstream_thread.h"

#include <future>
#include <utility>

#include <fmt/format.h>

namespace support {

UpstreamThread::UpstreamThread(const demo::UpstreamOptions& options)
    : upstream_(options), server_(make_server(0)), port_(server_->port()) {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    // Without a server the loop has nothing to wait for.
    while (!stop.stop_requested()) {
      loop_.run();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
}

UpstreamThread::~UpstreamThread() {
  thread_.request_stop();
  loop_.post([this] { loop_.stop(); });
  thread_.join();
}

std::string UpstreamThread::url(const std::string& site) const {
  return fmt::format("http://127.0.0.1:{}{}{}", port_, site.empty() ? "" : "/",
                     site);
}

void UpstreamThread::set(const std::string& name, demo::Site site) {
  on_thread([&] { upstream_.set(name, std::move(site)); });
}

void UpstreamThread::answer(const std::string& path, const std::string& body,
                            web::Reply reply) {
  on_thread([&] { replacements_.push_back({path, body, std::move(reply)}); });
}

void UpstreamThread::forget_answers() {
  on_thread([&] { replacements_.clear(); });
}

std::vector<demo::Seen> UpstreamThread::log() {
  std::vector<demo::Seen> log;
  on_thread([&] { log = upstream_.log(); });
  return log;
}

void UpstreamThread::clear_log() {
  on_thread([&] { upstream_.clear_log(); });
}

web::Counters UpstreamThread::counters() {
  web::Counters counters;
  on_thread([&] {
    if (server_) counters = server_->counters();
  });
  return counters;
}

void UpstreamThread::stop_listening() {
  on_thread([&] { server_.reset(); });
}

void UpstreamThread::listen_again() {
  on_thread([&] { server_ = make_server(port_); });
}

std::unique_ptr<web::HttpServer> UpstreamThread::make_server(int port) {
  return web::make_http_server(loop_, port, [this](const auto& request) {
    web::Reply reply = upstream_.answer(request);  // which notes it, too
    for (const Replacement& other : replacements_) {
      if (request.url.find(other.path) == std::string::npos) continue;
      if (request.body.find(other.body) != std::string::npos) {
        return other.reply;
      }
    }
    return reply;
  });
}

void UpstreamThread::on_thread(const std::function<void()>& task) {
  std::packaged_task<void()> todo(task);
  auto done = todo.get_future();
  loop_.post([&] { todo(); });
  done.get();
}

}  // namespace support
