#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "notify/call.h"
#include "notify/text.h"

namespace notify {

namespace {

constexpr std::size_t longest_header = 150;
constexpr std::size_t longest_section = 3000;

// The fallback is read as markup: "<!channel>" would call everybody.
std::string escaped(std::string text) {
  text = base::replaced(std::move(text), "&", "&amp;");
  text = base::replaced(std::move(text), "<", "&lt;");
  return base::replaced(std::move(text), ">", "&gt;");
}

void write_block(base::json::Writer& body, std::string_view type,
                 std::string_view text) {
  body.begin_object().member("type", type).key("text").begin_object();
  body.member("type", "plain_text")
      .member("text", text)
      .member("emoji", false)
      .end_object()
      .end_object();
}

}  // namespace

Service slack(const Bot& bot) {
  base::Redactor redactor;
  add_url(redactor, bot.url);
  return service("slack", redactor, by_status,
                 [bot](const core::Message& message, const Moment&) {
                   base::json::Writer body;
                   body.begin_object().member("text", escaped(titled(message)));
                   body.key("blocks").begin_array();
                   write_block(body, "header",
                               cut(titled(message), longest_header, in_utf16));
                   write_block(
                       body, "section",
                       cut(body_of(message), longest_section, in_utf16));
                   return json_post(bot.url.reveal(),
                                    body.end_array().end_object().take());
                 });
}

}  // namespace notify
