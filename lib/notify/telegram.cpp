#include <variant>

#include "base/json.h"
#include "notify/call.h"
#include "notify/text.h"

namespace notify {

namespace {

// "1-4096 characters"; clients count in UTF-16.
constexpr std::size_t longest = 4096;

// https://core.telegram.org/bots/api#making-requests
Answer read(const Reply& reply, const base::Redactor& redactor) {
  base::json::Document json;
  if (reply.failed || !json.parse(reply.body) || !json.truth("/ok")) {
    return by_status(reply, redactor);
  }
  if (*json.truth("/ok")) return Sent{};
  // Nothing is wrong with the text: a chat that is not found may come.
  Answer answer = by_code(reply, redactor,
                          {.code = "/error_code", .message = "/description"});
  if (auto* later = std::get_if<Later>(&answer)) {
    const auto wait = json.number("/parameters/retry_after");
    if (wait) later->after = patience(static_cast<double>(*wait));
  }
  return answer;
}

}  // namespace

// Without a parse_mode nothing in the text is markup.
Service telegram(const Telegram& settings) {
  base::Redactor redactor;
  redactor.add(settings.token);
  redactor.add_url(settings.server.reveal());
  const std::string url =
      at(settings.server, "/bot" + settings.token.reveal() + "/sendMessage");
  Service telegram = service(
      "telegram", redactor, read,
      [url, chat = settings.chat](const core::Message& message, const Moment&) {
        base::json::Writer body;
        body.begin_object()
            .member("chat_id", chat)
            .member("text", cut(titled(message) + "\n\n" + body_of(message),
                                longest, in_utf16));
        body.key("link_preview_options")
            .begin_object()
            .member("is_disabled", true)
            .end_object();
        return json_post(url, body.end_object().take());
      });
  telegram.soon = settings.retry;
  return telegram;
}

}  // namespace notify
