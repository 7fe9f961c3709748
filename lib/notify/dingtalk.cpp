#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "notify/call.h"
#include "notify/text.h"

namespace notify {

namespace {

constexpr std::size_t longest = 15'000;  // of 20,000 bytes of the whole

Answer read(const Reply& reply, const base::Redactor& redactor) {
  constexpr std::int64_t too_fast = 130101;
  constexpr std::int64_t too_fast_too = 410100;
  return by_code(reply, redactor,
                 {.code = "/errcode",
                  .message = "/errmsg",
                  .busy = {too_fast, too_fast_too}});
}

std::string signed_url(const Bot& bot, const Moment& moment) {
  std::string url = bot.url.reveal();
  if (bot.secret.empty()) return url;
  const std::string time = std::to_string(moment.since_1970.count());
  const std::string sign = base::base64(base::hmac_sha256(
      bot.secret.reveal(), time + '\n' + bot.secret.reveal()));
  url += url.find('?') == std::string::npos ? '?' : '&';
  return url + "timestamp=" + time + "&sign=" + base::percent_encoded(sign);
}

std::string with_keyword(std::string text, const std::string& keyword) {
  if (keyword.empty() || text.find(keyword) != std::string::npos) return text;
  return text + '\n' + keyword;
}

}  // namespace

// The signature has the secret for its key and signs "timestamp\nsecret".  A
// text is no Markdown.
Service dingtalk(const Bot& bot) {
  base::Redactor redactor;
  add_url(redactor, bot.url);
  redactor.add(bot.secret);
  return service(
      "dingtalk", redactor, read,
      [bot](const core::Message& message, const Moment& moment) {
        const std::string text =
            cut(titled(message) + '\n' + body_of(message), longest, in_bytes);
        base::json::Writer body;
        body.begin_object().member("msgtype", "text");
        body.key("text")
            .begin_object()
            .member("content", with_keyword(text, bot.keyword))
            .end_object();
        return json_post(signed_url(bot, moment), body.end_object().take());
      });
}

}  // namespace notify
