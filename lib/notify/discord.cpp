#include <variant>

#include "base/json.h"
#include "notify/call.h"
#include "notify/text.h"

namespace notify {

namespace {

constexpr std::size_t longest = 2000;

Answer read(const Reply& reply, const base::Redactor& redactor) {
  Answer answer = by_status(reply, redactor);
  auto* later = std::get_if<Later>(&answer);
  base::json::Document json;
  if (later != nullptr && reply.status == 429 && json.parse(reply.body)) {
    const auto wait = json.real("/retry_after");
    if (wait) later->after = patience(*wait);
  }
  return answer;
}

}  // namespace

Service discord(const Bot& bot) {
  base::Redactor redactor;
  add_url(redactor, bot.url);
  return service("discord", redactor, read,
                 [bot](const core::Message& message, const Moment&) {
                   const std::string text =
                       titled(message) + '\n' + body_of(message);
                   base::json::Writer body;
                   body.begin_object()
                       .member("username", "Channel Monitor")
                       .member("content", markdown_cut(text, longest, in_utf16))
                       .member("flags", 4);  // no previews of links
                   body.key("allowed_mentions").begin_object();
                   body.key("parse").begin_array().end_array().end_object();
                   return json_post(bot.url.reveal(), body.end_object().take());
                 });
}

}  // namespace notify
