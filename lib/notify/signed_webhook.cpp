#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "notify/call.h"
#include "notify/text.h"

namespace notify {

namespace {

void write(base::json::Writer& body, const core::NewsItem& item) {
  body.begin_object()
      .member("event", core::name_of(item.event))
      .member("phase", core::name_of(item.phase))
      .member("text", item.text);
  if (item.channel) {
    body.key("channel")
        .begin_object()
        .member("id", *item.channel)
        .member("name", item.name)
        .end_object();
  }
  if (!item.guard.empty()) body.member("guard", item.guard);
  if (item.model_count > 0) {
    body.member("model_count", item.model_count).key("models").begin_array();
    for (const std::string& model : item.models)
      body.value(model);
    body.end_array();
  }
  if (item.lasted) body.member("lasted_s", *item.lasted);
  body.end_object();
}

std::string document_of(const core::Message& message) {
  base::json::Writer body;
  body.begin_object()
      .member("version", 1)
      .member("event", message.items.empty() ? "test" : "round")
      .member("time", base::rfc3339(message.at))
      .member("title", message.title)
      .member("text", body_of(message))
      .member("good", message.is_good)
      .member("applied", message.applied)
      .member("more_channels", message.more_channels);
  body.key("items").begin_array();
  for (const core::NewsItem& item : message.items)
    write(body, item);
  return body.end_array().end_object().take();
}

}  // namespace

// The signature is of "timestamp.body", so that neither can be another's.
Service signed_webhook(const Bot& bot) {
  base::Redactor redactor;
  add_url(redactor, bot.url);
  redactor.add(bot.secret);
  return service(
      "signed_webhook", redactor, by_status,
      [bot](const core::Message& message, const Moment& moment) {
        base::http::Request request =
            json_post(bot.url.reveal(), document_of(message));
        const std::string time = std::to_string(
            std::chrono::floor<std::chrono::seconds>(moment.since_1970)
                .count());
        request.headers.emplace_back("X-Timestamp", time);
        request.headers.emplace_back(
            "X-Signature",
            "sha256=" + base::hex(base::hmac_sha256(
                            bot.secret.reveal(), time + '.' + request.body)));
        return request;
      });
}

}  // namespace notify
