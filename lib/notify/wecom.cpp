#include <array>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "notify/call.h"
#include "notify/text.h"

namespace notify {

namespace {

constexpr std::size_t longest = 4096;  // bytes of UTF-8

Answer read(const Reply& reply, const base::Redactor& redactor) {
  constexpr std::int64_t too_often = 45009;
  constexpr std::int64_t too_many_at_once = 45033;
  return by_code(reply, redactor,
                 {.code = "/errcode",
                  .message = "/errmsg",
                  .busy = {too_often, too_many_at_once}});
}

// Its Markdown knows no escapes: what is markup becomes its wide twin.
std::string without_markup(std::string text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> twins =
      {{{"<", "＜"},
        {">", "＞"},
        {"[", "［"},
        {"]", "］"},
        {"`", "｀"},
        {"*", "＊"},
        {"#", "＃"}}};
  for (const auto& [markup, twin] : twins)
    text = base::replaced(std::move(text), markup, twin);
  return text;
}

}  // namespace

Service wecom(const Bot& bot) {
  base::Redactor redactor;
  add_url(redactor, bot.url);
  return service("wecom", redactor, read,
                 [bot](const core::Message& message, const Moment&) {
                   const std::string text =
                       "**" + without_markup(titled(message)) + "**\n" +
                       without_markup(body_of(message));
                   base::json::Writer body;
                   body.begin_object().member("msgtype", "markdown");
                   body.key("markdown")
                       .begin_object()
                       .member("content", cut(text, longest, in_bytes))
                       .end_object();
                   return json_post(bot.url.reveal(), body.end_object().take());
                 });
}

}  // namespace notify
