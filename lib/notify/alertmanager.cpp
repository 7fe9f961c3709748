#include "base/json.h"
#include "base/text.h"
#include "notify/call.h"
#include "notify/text.h"

namespace notify {

namespace {

using std::chrono::hours;

// How long an alert is shown that nobody ends: what only happened, and what
// lasts.
constexpr hours of_an_event{1};
constexpr hours of_a_state{24 * 7};

// What began as one event and ends as another is one alert.
core::Event subject_of(const core::NewsItem& item) {
  return item.event == core::Event::enabled_again ? core::Event::disabled
                                                  : item.event;
}

std::string_view severity_of(core::Event event) {
  switch (event) {
    case core::Event::round_failed:
    case core::Event::cut_off:
    case core::Event::disabled: return "critical";
    case core::Event::added: return "info";
    default: return "warning";
  }
}

base::WallTime end_of(const core::NewsItem& item, base::WallTime at) {
  switch (item.phase) {
    case core::Phase::began: return at + of_a_state;
    case core::Phase::happened: return at + of_an_event;
    case core::Phase::ended: break;
  }
  return at;
}

void write_alert(base::json::Writer& body, const core::NewsItem& item,
                 const core::Message& message) {
  const core::Event subject = subject_of(item);
  body.begin_object().key("labels").begin_object();
  body.member("alertname", "ChannelMonitor")
      .member("event", message.items.empty() ? "test" : core::name_of(subject))
      .member("severity", severity_of(subject));
  if (item.channel) body.member("channel_id", std::to_string(*item.channel));
  if (!item.guard.empty()) body.member("guard", item.guard);
  body.end_object().key("annotations").begin_object();
  body.member("summary", titled(message)).member("description", item.text);
  if (item.channel) body.member("channel", item.name);
  const base::WallTime end = end_of(item, message.at);
  const base::WallTime start =
      message.at - std::chrono::seconds(item.lasted.value_or(0));
  body.end_object()
      .member("startsAt", base::rfc3339(start))
      .member("endsAt", base::rfc3339(end))
      .end_object();
}

}  // namespace

// An alert for each thing that is told.  Its labels say what it is about and
// are the same when it is over.
Service alertmanager(const Push& push) {
  base::Redactor redactor;
  redactor.add_url(push.server.reveal());
  redactor.add(push.key);
  return service("alertmanager", redactor, by_status,
                 [push](const core::Message& message, const Moment&) {
                   base::json::Writer body;
                   body.begin_array();
                   for (const core::NewsItem& item : message.items)
                     write_alert(body, item, message);
                   if (message.items.empty()) {
                     core::NewsItem sample{.event = core::Event::added};
                     sample.text = body_of(message);
                     write_alert(body, sample, message);
                   }
                   base::http::Request request =
                       json_post(at(push.server, "/api/v2/alerts"),
                                 body.end_array().take());
                   if (!push.key.empty()) {
                     request.headers.emplace_back(
                         "Authorization", "Bearer " + push.key.reveal());
                   }
                   return request;
                 });
}

}  // namespace notify
