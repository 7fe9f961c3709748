#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/text.h"
#include "catch.h"
#include "net/loop.h"
#include "notify/sender.h"
#include "notify/service.h"
#include "notify/text.h"
#include "simulated.h"
#include "web/http_server.h"

using base::Secret;
using core::Message;
using notify::Answer;
using notify::Service;
using simulated::Mood;
using simulated::Services;

namespace {

// The services on a port of this computer, and a sender.
struct Place {
  net::Loop loop;
  Services services;
  std::unique_ptr<web::HttpServer> server = web::make_http_server(
      loop, 0,
      [this](const auto& request) { return services.answer(request); });
  notify::Sender sender{loop, ""};

  std::string url(std::string_view path = "") const {
    return "http://127.0.0.1:" + std::to_string(server->port()) +
           std::string(path);
  }

  Answer send(const Service& service, const Message& message) {
    std::optional<Answer> got;
    sender.send(service, message, [&](const Answer& answer) {
      got = answer;
      loop.stop();
    });
    loop.run();
    REQUIRE(got);
    return *got;
  }

  base::json::Document last() const {
    base::json::Document json;
    REQUIRE_FALSE(services.taken.empty());
    REQUIRE(json.parse(services.taken.back().body));
    return json;
  }
};

std::string words_of(const Answer& answer) {
  if (const auto* later = std::get_if<notify::Later>(&answer)) {
    return "later: " + later->why.in(base::Language::en);
  }
  if (const auto* refused = std::get_if<notify::Refused>(&answer)) {
    return "refused: " + refused->why.in(base::Language::en);
  }
  return "sent";
}

Message some_message() {
  Message message;
  message.title = "停用渠道 1 个,移除模型 2 个";
  message.lines = {
      "渠道 7(张三's <b>*relay*</b>):", "- 移除:gpt_4, a`b (model_gone)",
      "<!channel> [x](http://evil.example) & more"};
  message.items = {{.event = core::Event::disabled,
                    .phase = core::Phase::began,
                    .channel = 7,
                    .name = "张三",
                    .text = "- 停用"},
                   {.event = core::Event::removed,
                    .channel = 7,
                    .name = "张三",
                    .text = "- 移除",
                    .models = {"gpt_4", "a`b"},
                    .model_count = 2}};
  message.at = base::wall_time(1'760'000'000);
  return message;
}

// Longer than anybody takes, in characters of four bytes that are two in
// UTF-16, with markup between them.
Message long_message() {
  Message message = some_message();
  message.title.clear();
  for (int i = 0; i < 400; ++i)
    message.title += "😀*";
  for (int i = 0; i < 4000; ++i)
    message.lines.emplace_back("- 😀😀_x_");
  return message;
}

const std::string token(simulated::token);

std::map<std::string, Service> all_services(const Place& place,
                                            const std::string& key = token) {
  const auto bot = [&](const std::string& path) {
    return notify::Bot{.url = Secret(place.url(path + key))};
  };
  const Secret server(place.url());
  notify::Bot feishu = bot("/open-apis/bot/v2/hook/");
  feishu.secret = Secret(std::string(simulated::feishu_secret));
  notify::Bot dingtalk = bot("/robot/send?access_token=");
  dingtalk.secret = Secret(std::string(simulated::dingtalk_secret));
  dingtalk.keyword = "gateway-word";
  notify::Bot webhook = bot("/hook/");
  webhook.secret =
      Secret(key == token ? std::string(simulated::webhook_secret) : key);
  std::map<std::string, Service> all;
  for (Service service :
       {notify::telegram(
            {.server = server, .token = Secret(key), .chat = "-100123"}),
        notify::feishu(feishu), notify::dingtalk(dingtalk),
        notify::wecom(bot("/cgi-bin/webhook/send?key=")),
        notify::slack(bot("/services/T0/B0/")),
        notify::discord(bot("/api/webhooks/1/")),
        notify::signed_webhook(webhook),
        notify::bark({.server = server, .key = Secret(key)}),
        notify::serverchan({.server = server, .key = Secret("SCT123" + key)}),
        notify::ntfy({.server = Secret(place.url("/ntfy")),
        .key = Secret("tk_" + key),
        .topic = Secret("secret-topic-xyz")}),
        notify::gotify({.server = server, .key = Secret(key)}),
        notify::pushdeer({.server = server, .key = Secret(key)}),
        notify::alertmanager({.server = server, .key = Secret(key)})}) {
    const std::string name = service.name;
    all.emplace(name, std::move(service));
  }
  return all;
}

}  // namespace

TEST_CASE("every service takes a message, and one that is far too long") {
  Place place;
  const auto all = all_services(place);
  REQUIRE(all.size() == 13);
  for (const auto& [name, service] : all) {
    for (const Message& message : {some_message(), long_message()}) {
      INFO(name << ": " << place.services.refused);
      CHECK(words_of(place.send(service, message)) == "sent");
    }
  }
  CHECK(place.services.taken.size() == 2 * all.size());
}

TEST_CASE("a wrong key is told, never shown, and tried again later") {
  Place place;
  const std::string wrong = "wrong-key-9876543210";
  for (const auto& [name, service] : all_services(place, wrong)) {
    if (name == "alertmanager") continue;  // it has no key of its own
    const std::string said = words_of(place.send(service, some_message()));
    INFO(name << ": " << said);
    CHECK(said.starts_with("later: it "));
    CHECK(said.find("9876543210") == std::string::npos);
    CHECK(place.services.taken.empty());
  }
}

TEST_CASE("a service that is busy, broken or elsewhere gets it later") {
  Place place;
  const auto mood = GENERATE(Mood::busy, Mood::broken, Mood::elsewhere);
  place.services.mood = mood;
  for (const auto& [name, service] : all_services(place)) {
    const std::string said = words_of(place.send(service, some_message()));
    INFO(name << ": " << said);
    CHECK(said.starts_with("later: it "));
    if (mood == Mood::elsewhere) {
      CHECK(said.find("redirect") != std::string::npos);
    }
  }
  // Nobody was followed to anywhere.
  CHECK(place.services.taken.empty());
  CHECK(place.server->counters().requests == 13);
}

TEST_CASE("how long a service asks to wait is what it says") {
  Place place;
  place.services.mood = Mood::busy;
  const auto all = all_services(place);
  const auto wait = [&](const std::string& name) {
    const Answer answer = place.send(all.at(name), some_message());
    const auto& later = std::get<notify::Later>(answer);
    return later.after.value_or(std::chrono::seconds(0)).count();
  };
  CHECK(wait("telegram") == 7);
  CHECK(wait("discord") == 4);
  CHECK(wait("slack") == 30);
  CHECK(wait("feishu") == 60);
  CHECK(wait("dingtalk") == 60);
  CHECK(wait("wecom") == 60);
  CHECK(wait("bark") == 0);
}

TEST_CASE(
    "nobody there, and a name that nobody has, is told without the path") {
  Place place;
  for (const std::string& url : std::initializer_list<std::string>{
           "http://127.0.0.1:1/services/T0/B0/" + token,
           "http://no-such-host.invalid/services/T0/B0/" + token}) {
    const std::string said = words_of(
        place.send(notify::slack({.url = Secret(url)}), some_message()));
    INFO(said);
    CHECK(said.starts_with("later: it cannot be reached: "));
    CHECK(said.find(token) == std::string::npos);
    CHECK(said.find("services") == std::string::npos);
  }
}

TEST_CASE("a message of nothing but markup says what it says") {
  Place place;
  const auto all = all_services(place);
  const Message message = some_message();
  place.send(all.at("telegram"), message);
  CHECK(place.last().text("/text") ==
        notify::titled(message) + "\n\n" + notify::body_of(message));
  CHECK_FALSE(place.last().text("/parse_mode"));
  place.send(all.at("discord"), message);
  const std::string content(*place.last().text("/content"));
  CHECK(content.find("\\*relay\\*") != std::string::npos);
  CHECK(content.find("gpt\\_4, a\\`b") != std::string::npos);
  CHECK(content.find("\\[x\\]\\(http") != std::string::npos);
  place.send(all.at("wecom"), message);
  const std::string wecom(*place.last().text("/markdown/content"));
  CHECK(wecom.find("<") == std::string::npos);
  CHECK(wecom.find("[x]") == std::string::npos);
  place.send(all.at("slack"), message);
  CHECK(place.last().text("/blocks/1/text/text") == notify::body_of(message));
}

TEST_CASE("a user name and password in an address become a header") {
  Place place;
  std::string url = place.url("/ntfy/");
  url.insert(url.find("//") + 2, "me:p%40ss@");
  const Service service = notify::ntfy(
      {.server = Secret(url), .topic = Secret("secret-topic-xyz")});
  CHECK(words_of(place.send(service, some_message())) == "sent");
}

TEST_CASE("a key of ServerChan tells where it belongs") {
  const Message message = some_message();
  const auto url = [&](const std::string& key, const std::string& server = "") {
    return notify::serverchan({.server = Secret(server), .key = Secret(key)})
        .render(message, {})
        .url;
  };
  CHECK(url("SCT1a2b") == "https://sctapi.ftqq.com/SCT1a2b.send");
  CHECK(url("sctp77tabc") == "https://77.push.ft07.com/send/sctp77tabc.send");
  CHECK(url("sctpxtabc") == "https://sctapi.ftqq.com/sctpxtabc.send");
  CHECK(url("SCT1a2b", "https://relay.example/") ==
        "https://relay.example/SCT1a2b.send");
  Place place;
  const Service third = notify::serverchan(
      {.server = Secret(place.url()), .key = Secret("sctp77t" + token)});
  CHECK(words_of(place.send(third, message)) == "sent");
}

TEST_CASE("signatures are those that another program makes") {
  // Made with: printf '1599360473\ntest-secret' as the key, nothing signed;
  // and the secret as the key of "1599360473000\nSECtest".
  const notify::Moment moment{.since_1970 =
                                  std::chrono::milliseconds(1'599'360'473'000)};
  base::json::Document body;
  REQUIRE(body.parse(notify::feishu({.url = Secret("https://f.example/h"),
                                     .secret = Secret("test-secret")})
                         .render(some_message(), moment)
                         .body));
  CHECK(body.text("/timestamp") == "1599360473");
  CHECK(body.text("/sign") == "wSds2BzzFIIGf/WrhUO+NI1q/9j+FRJd3JNHKAq0NZY=");
  CHECK(notify::dingtalk({.url = Secret("https://d.example/s?access_token=t"),
                          .secret = Secret("SECtest")})
            .render(some_message(), moment)
            .url ==
        "https://d.example/s?access_token=t&timestamp=1599360473000"
        "&sign=9uMBwWNha8Pcr4QQCL9YQitwL0E0g2JIxycWz23gAkE%3D");
}

TEST_CASE("an alert ends under the labels that it began with") {
  Place place;
  const auto all = all_services(place);
  Message message = some_message();
  place.send(all.at("alertmanager"), message);
  const auto began = place.last();
  CHECK(began.size("") == 2);
  CHECK(began.text("/0/labels/event") == "disabled");
  CHECK(began.text("/0/labels/severity") == "critical");
  CHECK(began.text("/0/endsAt") == "2025-10-16T08:53:20Z");
  CHECK(began.text("/1/endsAt") == "2025-10-09T09:53:20Z");
  message.items = {{.event = core::Event::enabled_again,
                    .phase = core::Phase::ended,
                    .channel = 7,
                    .name = "another name",
                    .text = "- 启用",
                    .lasted = 60}};
  place.send(all.at("alertmanager"), message);
  const auto ended = place.last();
  CHECK(ended.members("/0/labels") == began.members("/0/labels"));
  CHECK(ended.text("/0/startsAt") == "2025-10-09T08:52:20Z");
  CHECK(ended.text("/0/endsAt") == "2025-10-09T08:53:20Z");
}

TEST_CASE("the signed document says everything as data") {
  Place place;
  const auto all = all_services(place);
  place.send(all.at("signed_webhook"), some_message());
  const auto json = place.last();
  CHECK(json.text("/event") == "round");
  CHECK(json.text("/time") == "2025-10-09T08:53:20Z");
  CHECK(json.text("/items/0/event") == "disabled");
  CHECK(json.text("/items/0/phase") == "began");
  CHECK(json.number("/items/0/channel/id") == 7);
  CHECK(json.texts("/items/1/models", "") ==
        std::vector<std::string>{"gpt_4", "a`b"});
  CHECK(json.truth("/applied") == true);
}

TEST_CASE("a text is cut between characters, and never within an escape") {
  using notify::cut;
  using notify::in_bytes;
  using notify::in_utf16;
  CHECK(cut("渠道停用", 12, in_bytes) == "渠道停用");
  CHECK(cut("渠道停用", 11, in_bytes) == "渠道…");
  CHECK(cut("渠道停用", 8, in_bytes) == "渠…");
  CHECK(cut("a😀b", 3, in_utf16) == "a…");
  CHECK(cut("a😀b", 4, in_utf16) == "a😀b");
  CHECK(in_utf16("a渠😀") == 4);
  CHECK(notify::markdown("a*b") == "a\\*b");
  for (std::size_t most = 4; most < 20; ++most) {
    const std::string text = notify::markdown_cut("a*b\\_c*d", most, in_bytes);
    CAPTURE(most, text);
    CHECK(text.size() <= most);
    CHECK(base::is_utf8(text));
    // What stands before the "…" is a whole escape.
    const std::size_t end = text.rfind("…");
    std::size_t slashes = 0;
    while (end != text.npos && slashes < end && text[end - 1 - slashes] == '\\')
      ++slashes;
    CHECK((end == text.npos || slashes % 2 == 0));
  }
}
