#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "notify/call.h"
#include "notify/text.h"

namespace notify {

namespace {

// A whole request may be 20 KB.
constexpr std::size_t longest_title = 200;
constexpr std::size_t longest_text = 12'000;

Answer read(const Reply& reply, const base::Redactor& redactor) {
  constexpr std::int64_t frequency_limited = 11232;
  return by_code(
      reply, redactor,
      {.code = "/code", .message = "/msg", .busy = {frequency_limited}});
}

void write_card(base::json::Writer& body, const core::Message& message) {
  const auto plain = [&](std::string_view text) {
    body.begin_object()
        .member("tag", "plain_text")
        .member("content", text)
        .end_object();
  };
  body.key("card").begin_object();
  body.key("config").begin_object().member("wide_screen_mode", true);
  body.end_object().key("header").begin_object().key("title");
  plain(cut(titled(message), longest_title, in_bytes));
  body.member("template", message.is_good ? "green" : "red").end_object();
  body.key("elements").begin_array().begin_object().member("tag", "div");
  body.key("text");
  plain(cut(body_of(message), longest_text, in_bytes));
  body.end_object().end_array().end_object();
}

}  // namespace

// Also Lark.  The signature has "timestamp\nsecret" for its key and signs
// nothing.  Plain text in a card is no markup.
Service feishu(const Bot& bot) {
  base::Redactor redactor;
  add_url(redactor, bot.url);
  redactor.add(bot.secret);
  return service(
      "feishu", redactor, read,
      [bot](const core::Message& message, const Moment& moment) {
        base::json::Writer body;
        body.begin_object();
        if (!bot.secret.empty()) {
          const std::string time = std::to_string(
              std::chrono::floor<std::chrono::seconds>(moment.since_1970)
                  .count());
          body.member("timestamp", time)
              .member("sign", base::base64(base::hmac_sha256(
                                  time + '\n' + bot.secret.reveal(), "")));
        }
        body.member("msg_type", "interactive");
        write_card(body, message);
        return json_post(bot.url.reveal(), body.end_object().take());
      });
}

}  // namespace notify
