#include "monitor/reload.h"

#include <utility>
#include <variant>

#include "base/error.h"
#include "base/messages_core.h"
#include "base/messages_monitor.h"
#include "base/redact.h"

namespace monitor {

namespace {

namespace http = base::http;
namespace say = base::say;
constexpr net::Lane lane_of_orders = -2;
// No gateway counts as far, and every column of an id holds it.
constexpr std::int64_t highest = 2'147'483'647;

}  // namespace

core::ChannelId nobody_in(store::ChannelStore& store) {
  std::int64_t id = highest;
  while (!store.look(core::ChannelId{id}).empty())
    --id;
  return core::ChannelId{id};
}

Reload::Reload(core::AdminApi api, core::ChannelId nobody,
               net::HttpClient& client, net::Loop& loop, Done done)
    : api_(std::move(api)),
      nobody_(nobody),
      client_(client),
      turn_(loop),
      done_(std::move(done)) {
  id_ = client_.send(lane_of_orders, http::host_of(api_.base_url), *this);
}

Reload::~Reload() {
  client_.cancel(id_);
}

http::Request Reload::request() {
  return core::reload_request(api_, nobody_);
}

void Reload::on(const http::Event& event) {
  if (const auto* head = std::get_if<http::Head>(&event)) {
    status_ = head->status;
  } else if (const auto* chunk = std::get_if<http::Chunk>(&event)) {
    body_ += chunk->bytes;
  } else if (std::holds_alternative<http::Done>(event)) {
    why_not_ = core::reload_refused(api_, status_, body_);
    over();
  } else if (const auto* failed = std::get_if<http::Failed>(&event)) {
    base::Redactor redactor;
    redactor.add(api_.token);
    redactor.add_url(api_.base_url);
    why_not_ = {say::reload_unreachable, redactor.excerpt(failed->text)};
    over();
  }
}

// At the next turn, since whoever is told may destroy us.
void Reload::over() {
  turn_.set(net::Loop::now(), [this] {
    const Done done = std::move(done_);
    done(std::move(why_not_));
  });
}

base::Sentence reload_and_wait(const core::AdminApi& api,
                               const net::HttpLimits& limits,
                               store::ChannelStore& store) {
  if (!api.is_known()) return say::onehub_without_api;
  try {
    net::Loop loop;
    const auto client = net::make_curl_client(loop, limits);
    base::Sentence answer;
    const Reload reload(api, nobody_in(store), *client, loop,
                        [&](base::Sentence why_not) {
                          answer = std::move(why_not);
                          loop.stop();
                        });
    loop.run();
    return answer;
  } catch (const base::Error& error) {
    return error.sentence();
  }
}

void log_reload(base::Log& log, const base::Sentence& why_not) {
  if (why_not.empty()) {
    log.info({say::onehub_reloads});
  } else {
    log.warning({say::onehub_not_told, why_not});
  }
}

}  // namespace monitor
