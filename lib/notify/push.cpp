#include "base/json.h"
#include "base/text.h"
#include "notify/call.h"
#include "notify/text.h"

// Services that push to telephones.
namespace notify {

namespace {

using base::json::Writer;

base::Redactor redactor_of(const Push& push) {
  base::Redactor redactor;
  redactor.add_url(push.server.reveal());
  redactor.add(push.key);
  redactor.add(push.topic);
  return redactor;
}

Answer read_bark(const Reply& reply, const base::Redactor& redactor) {
  return by_code(reply, redactor,
                 {.code = "/code", .message = "/message", .good = 200});
}

Answer read_serverchan(const Reply& reply, const base::Redactor& redactor) {
  return by_code(reply, redactor, {.code = "/code", .message = "/message"});
}

Answer read_pushdeer(const Reply& reply, const base::Redactor& redactor) {
  return by_code(reply, redactor, {.code = "/code", .message = "/error"});
}

// Keys of ServerChan 3 begin with "sctp" and tell their user: "sctp123t…".
std::string user_of(std::string_view key) {
  if (!key.starts_with("sctp")) return {};
  key.remove_prefix(4);
  const std::size_t end = key.find_first_not_of("0123456789");
  if (end == 0 || end == key.npos || key[end] != 't') return {};
  return std::string(key.substr(0, end));
}

std::string serverchan_url(const Push& push) {
  const std::string& key = push.key.reveal();
  const std::string user = user_of(key);
  base::Secret server = push.server;
  if (server.empty()) {
    server = base::Secret(user.empty() ? "https://sctapi.ftqq.com"
                                       : "https://" + user + ".push.ft07.com");
  }
  return at(server, (user.empty() ? "/" : "/send/") +
                        base::percent_encoded(key) + ".send");
}

}  // namespace

// Apple's limit is 4,096 bytes, with everything that Bark puts around.
Service bark(const Push& push) {
  return service("bark", redactor_of(push), read_bark,
                 [push](const core::Message& message, const Moment&) {
                   Writer body;
                   body.begin_object()
                       .member("device_key", push.key.reveal())
                       .member("title", cut(titled(message), 200, in_bytes))
                       .member("body", cut(body_of(message), 2400, in_bytes))
                       .member("group", "Channel Monitor");
                   return json_post(at(push.server, "/push"),
                                    body.end_object().take());
                 });
}

Service serverchan(const Push& push) {
  return service(
      "serverchan", redactor_of(push), read_serverchan,
      [push](const core::Message& message, const Moment&) {
        constexpr std::size_t longest_title = 32;
        constexpr std::size_t longest = 30'000;
        Writer body;
        // Two line ends make a new line of Markdown.
        body.begin_object()
            .member("title", cut(message.title, longest_title, in_utf16))
            .member("desp", markdown_cut(titled(message) + "\n\n" +
                                             body_of(message, "\n\n"),
                                         longest, in_bytes));
        return json_post(serverchan_url(push), body.end_object().take());
      });
}

// What is longer would become an attachment.
Service ntfy(const Push& push) {
  return service("ntfy", redactor_of(push), by_status,
                 [push](const core::Message& message, const Moment&) {
                   Writer body;
                   body.begin_object()
                       .member("topic", push.topic.reveal())
                       .member("title", cut(titled(message), 250, in_bytes))
                       .member("message", cut(body_of(message), 4000, in_bytes))
                       .member("priority", message.is_good ? 3 : 4);
                   body.key("tags").begin_array();
                   body.value(message.is_good ? "white_check_mark" : "warning");
                   base::http::Request request =
                       json_post(at(push.server, "/"),
                                 body.end_array().end_object().take());
                   if (!push.key.empty()) {
                     request.headers.emplace_back(
                         "Authorization", "Bearer " + push.key.reveal());
                   }
                   return request;
                 });
}

Service gotify(const Push& push) {
  return service(
      "gotify", redactor_of(push), by_status,
      [push](const core::Message& message, const Moment&) {
        Writer body;
        body.begin_object()
            .member("title", titled(message))
            .member("message", cut(body_of(message), 16'000, in_bytes))
            .member("priority", message.is_good ? 4 : 7);
        base::http::Request request =
            json_post(at(push.server, "/message"), body.end_object().take());
        request.headers.emplace_back("X-Gotify-Key", push.key.reveal());
        return request;
      });
}

Service pushdeer(const Push& push) {
  return service("pushdeer", redactor_of(push), read_pushdeer,
                 [push](const core::Message& message, const Moment&) {
                   Writer body;
                   body.begin_object()
                       .member("pushkey", push.key.reveal())
                       .member("text", cut(titled(message), 200, in_bytes))
                       .member("desp", markdown_cut(body_of(message, "\n\n"),
                                                    16'000, in_bytes))
                       .member("type", "markdown");
                   return json_post(at(push.server, "/message/push"),
                                    body.end_object().take());
                 });
}

}  // namespace notify
