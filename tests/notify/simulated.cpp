#include "simulated.h"

#include <chrono>
#include <cstdlib>
#include <functional>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.h"

namespace simulated {

namespace {

using base::http::value_of;
using std::string;
using std::string_view;

string hmac(string_view key, string_view data) {
  unsigned char out[EVP_MAX_MD_SIZE] = {};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(data.data()), data.size(), out,
       &size);
  return {reinterpret_cast<const char*>(out), size};
}

string openssl_base64(string_view bytes) {
  string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

string hex(string_view bytes) {
  constexpr string_view digits = "0123456789abcdef";
  string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::size_t utf16(string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) ++units;
    if (byte >= 0xF0U) ++units;
  }
  return units;
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool is_recent(string_view text, std::int64_t unit, std::int64_t window) {
  const auto number = base::whole_number(text);
  return number && std::llabs(*number * unit - now_ms()) < window;
}

string unescaped(string_view text) {
  string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      plain += static_cast<char>(
          std::stoi(string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      plain += text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

string in_query(string_view url, string_view name) {
  const auto question = url.find('?');
  if (question == url.npos) return {};
  for (const string_view pair : base::split(url.substr(question + 1), '&')) {
    if (pair.starts_with(string(name) + '=')) {
      return unescaped(pair.substr(name.size() + 1));
    }
  }
  return {};
}

web::Reply json(int status, const string& body,
                base::http::Headers headers = {}) {
  headers.emplace_back("Content-Type", "application/json");
  return {.status = status,
          .headers = std::move(headers),
          .body = {{.bytes = body}}};
}

}  // namespace

struct Services::Call {
  const base::http::Request& request;
  string path;
  const base::json::Document& body;

  string text(string_view at) const {
    return string(body.text(at).value_or(""));
  }
  string query(string_view name) const { return in_query(request.url, name); }
  string header(string_view name) const {
    return string(value_of(request.headers, name));
  }
};

web::Reply Services::answer(const base::http::Request& request) {
  if (mood == Mood::silent) return {.ending = web::Ending::unfinished};
  if (mood == Mood::broken) {
    return {.status = 502, .body = {{.bytes = "<html>bad gateway</html>"}}};
  }
  if (mood == Mood::elsewhere) {
    return {.status = 307, .headers = {{"Location", "/elsewhere"}}};
  }
  base::json::Document body;
  const bool is_json =
      body.parse(request.body) &&
      value_of(request.headers, "Content-Type").starts_with("application/json");
  const string path(request.url.substr(0, request.url.find('?')));
  const Call call{request, path, body};
  if (!is_json || request.method != "POST" || !base::is_utf8(request.body)) {
    refused = "no POST of JSON";
    return json(400, R"({"error":"no JSON"})");
  }
  struct Place {
    string_view path;
    web::Reply (Services::*answer)(const Call&);
  };
  for (const Place& place : std::initializer_list<Place>{
           {"/bot", &Services::telegram},
           {"/open-apis/bot/v2/hook/", &Services::feishu},
           {"/robot/send", &Services::dingtalk},
           {"/cgi-bin/webhook/send", &Services::wecom},
           {"/services/", &Services::slack},
           {"/api/webhooks/", &Services::discord},
           {"/hook", &Services::webhook},
           {"/push", &Services::bark},
           {"/SCT", &Services::serverchan},
           {"/send/sctp", &Services::serverchan},
           {"/ntfy/", &Services::ntfy},
           {"/message/push", &Services::pushdeer},
           {"/message", &Services::gotify},
           {"/api/v2/alerts", &Services::alertmanager}}) {
    if (!path.starts_with(place.path)) continue;
    refused.clear();
    web::Reply reply = (this->*place.answer)(call);
    if (refused.empty() && reply.status < 300) taken.push_back(request);
    return reply;
  }
  refused = "no such path: " + path;
  return {.status = 404, .body = {{.bytes = "404 page not found"}}};
}

web::Reply Services::telegram(const Call& call) {
  const auto no = [&](int code, const string& why) {
    refused = why;
    return json(code, R"({"ok":false,"error_code":)" + std::to_string(code) +
                          R"(,"description":)" + base::json::quote(why) + "}");
  };
  if (mood == Mood::busy) {
    return json(
        429,
        R"({"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}})");
  }
  if (call.path != "/bot" + string(token) + "/sendMessage") {
    return no(404, "Not Found");
  }
  if (call.text("/chat_id") != "-100123") {
    return no(400, "Bad Request: chat not found");
  }
  if (call.text("/text").empty()) {
    return no(400, "Bad Request: message text is empty");
  }
  if (utf16(call.text("/text")) > 4096) {
    return no(400, "Bad Request: message is too long");
  }
  if (!call.body.truth("/link_preview_options/is_disabled").value_or(false)) {
    return no(400, "Bad Request: a preview");
  }
  return json(200, R"({"ok":true,"result":{"message_id":1}})");
}

web::Reply Services::feishu(const Call& call) {
  const auto no = [&](int code, const string& why) {
    refused = why;
    return json(200, R"({"code":)" + std::to_string(code) +
                         R"(,"data":{},"msg":)" + base::json::quote(why) + "}");
  };
  if (mood == Mood::busy) return no(11232, "frequency limited");
  if (!call.path.ends_with(token))
    return no(19001, "param invalid: incoming webhook access token invalid");
  const string time = call.text("/timestamp");
  const string sign =
      openssl_base64(hmac(time + "\n" + string(feishu_secret), ""));
  if (!is_recent(time, 1000, 3'600'000) || call.text("/sign") != sign) {
    return no(19021,
              "sign match fail or timestamp is not within one hour from "
              "current time");
  }
  const string element = "/card/elements/0";
  const bool good = call.text("/msg_type") == "interactive" &&
                    call.text("/card/header/title/tag") == "plain_text" &&
                    !call.text("/card/header/title/content").empty() &&
                    call.text(element + "/tag") == "div" &&
                    call.text(element + "/text/tag") == "plain_text" &&
                    !call.text(element + "/text/content").empty() &&
                    call.request.body.size() <= 20'480;
  if (!good) return no(9499, "Bad Request");
  return json(
      200,
      R"({"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"})");
}

web::Reply Services::dingtalk(const Call& call) {
  const auto no = [&](int code, const string& why) {
    refused = why;
    return json(200, R"({"errcode":)" + std::to_string(code) + R"(,"errmsg":)" +
                         base::json::quote(why) + "}");
  };
  if (mood == Mood::busy)
    return no(130101, "send too fast, exceed 20 times per minute");
  if (call.query("access_token") != token)
    return no(300001, "token is not exist");
  const string time = call.query("timestamp");
  const string sign = openssl_base64(
      hmac(dingtalk_secret, time + "\n" + string(dingtalk_secret)));
  if (!is_recent(time, 1, 3'600'000)) return no(310000, "invalid timestamp");
  if (call.query("sign") != sign) return no(310000, "sign not match");
  const string content = call.text("/text/content");
  if (call.text("/msgtype") != "text" || content.empty())
    return no(40035, "missing parameter text");
  if (content.find("gateway-word") == string::npos)
    return no(310000, "keywords not in content");
  if (call.request.body.size() > 20'000) return no(460101, "message too long");
  return json(200, R"({"errcode":0,"errmsg":"ok"})");
}

web::Reply Services::wecom(const Call& call) {
  const auto no = [&](int code, const string& why) {
    refused = why;
    return json(200, R"({"errcode":)" + std::to_string(code) + R"(,"errmsg":)" +
                         base::json::quote(why) + "}");
  };
  if (mood == Mood::busy) return no(45009, "api freq out of limit");
  if (call.query("key") != token) {
    return no(93000, "invalid webhook url, hint: [1700000000], key " +
                         call.query("key"));
  }
  if (call.text("/msgtype") != "markdown")
    return no(40008, "invalid message type");
  const string content = call.text("/markdown/content");
  if (content.empty() || content.size() > 4096)
    return no(40058, "markdown.content exceed max length 4096");
  return json(200, R"({"errcode":0,"errmsg":"ok"})");
}

web::Reply Services::slack(const Call& call) {
  const auto no = [&](int status, const string& why) {
    refused = why;
    return web::Reply{.status = status, .body = {{.bytes = why}}};
  };
  if (mood == Mood::busy) {
    return {.status = 429,
            .headers = {{"Retry-After", "30"}},
            .body = {{.bytes = "rate_limited"}}};
  }
  if (!call.path.ends_with(token)) return no(403, "invalid_token");
  const string header = call.text("/blocks/0/text/text");
  const string section = call.text("/blocks/1/text/text");
  const bool good = call.text("/blocks/0/type") == "header" &&
                    call.text("/blocks/0/text/type") == "plain_text" &&
                    call.text("/blocks/1/type") == "section" &&
                    !header.empty() && utf16(header) <= 150 &&
                    !section.empty() && utf16(section) <= 3000;
  if (!good) return no(400, "invalid_blocks");
  const string text = call.text("/text");
  if (text.empty()) return no(400, "no_text");
  if (text.find('<') != string::npos) return no(400, "somebody is called");
  return {.status = 200, .body = {{.bytes = "ok"}}};
}

web::Reply Services::discord(const Call& call) {
  const auto no = [&](int status, const string& body) {
    refused = body;
    return json(status, body);
  };
  if (mood == Mood::busy) {
    return json(
        429,
        R"({"message":"You are being rate limited.","retry_after":3.2,"global":false})",
        {{"Retry-After", "4"}});
  }
  if (!call.path.ends_with(token))
    return no(404, R"({"message":"Unknown Webhook","code":10015})");
  const string content = call.text("/content");
  if (content.empty() || utf16(content) > 2000) {
    return no(400, R"({"content":["Must be 2000 or fewer in length."]})");
  }
  if (!call.body.is_array("/allowed_mentions/parse") ||
      call.body.size("/allowed_mentions/parse") != 0) {
    return no(400, R"({"message":"everybody is called"})");
  }
  return {.status = 204};
}

web::Reply Services::webhook(const Call& call) {
  if (mood == Mood::busy)
    return {.status = 503, .headers = {{"Retry-After", "30"}}};
  const string time = call.header("X-Timestamp");
  const string sign =
      "sha256=" + hex(hmac(webhook_secret, time + "." + call.request.body));
  if (!is_recent(time, 1000, 60'000) || call.header("X-Signature") != sign) {
    refused = "signature";
    return json(401, R"({"error":"signature"})");
  }
  if (call.body.number("/version") != 1 || !call.body.is_array("/items")) {
    refused = "shape";
    return json(422, R"({"error":"shape"})");
  }
  return {.status = 202};
}

web::Reply Services::bark(const Call& call) {
  const auto no = [&](int code, const string& why) {
    refused = why;
    return json(code, R"({"code":)" + std::to_string(code) + R"(,"message":)" +
                          base::json::quote(why) +
                          R"(,"timestamp":1700000000})");
  };
  if (mood == Mood::busy) return no(500, "push failed: too many");
  if (call.path != "/push" || call.text("/device_key") != token) {
    return no(400, "failed to get device token: key not found: " +
                       call.text("/device_key"));
  }
  if (call.text("/body").empty() || call.request.body.size() > 3900)
    return no(500, "push failed: PayloadTooLarge");
  return json(200,
              R"({"code":200,"message":"success","timestamp":1700000000})");
}

web::Reply Services::serverchan(const Call& call) {
  const auto no = [&](int status, int code, const string& why) {
    refused = why;
    return json(status, R"({"code":)" + std::to_string(code) +
                            R"(,"message":)" + base::json::quote(why) + "}");
  };
  if (mood == Mood::busy) return no(200, 40001, "[USER]too many today");
  if (call.path != "/SCT123" + string(token) + ".send" &&
      call.path != "/send/sctp77t" + string(token) + ".send") {
    return no(400, 40001, "[AUTH]key " + call.path);
  }
  const string title = call.text("/title");
  if (title.empty() || utf16(title) > 32) return no(400, 40002, "[INPUT]title");
  if (call.text("/desp").empty() || call.text("/desp").size() > 32'768)
    return no(400, 40003, "[INPUT]desp");
  return json(
      200,
      R"({"code":0,"message":"","data":{"pushid":"1","readkey":"k","error":"SUCCESS","errno":0}})");
}

web::Reply Services::ntfy(const Call& call) {
  const auto no = [&](int status, const string& why) {
    refused = why;
    return json(status, R"({"code":)" + std::to_string(status * 100 + 1) +
                            R"(,"http":)" + std::to_string(status) +
                            R"(,"error":)" + base::json::quote(why) + "}");
  };
  if (mood == Mood::busy) return no(429, "limit reached: too many requests");
  const string authorization = call.header("Authorization");
  if (authorization != "Bearer tk_" + string(token) &&
      authorization != "Basic " + openssl_base64("me:p@ss")) {
    return no(403, "forbidden");
  }
  if (call.path != "/ntfy/" || call.text("/topic") != "secret-topic-xyz")
    return no(400, "invalid request: topic invalid");
  const auto priority = call.body.number("/priority").value_or(0);
  if (priority < 1 || priority > 5 || !call.body.is_array("/tags"))
    return no(400, "invalid priority parameter");
  if (call.text("/message").empty() || call.text("/message").size() > 4096)
    return no(413, "message too large");
  return json(200, R"({"id":"x","event":"message"})");
}

web::Reply Services::gotify(const Call& call) {
  const auto no = [&](int status, const string& why) {
    refused = why;
    return json(status, R"({"error":"Error","errorCode":)" +
                            std::to_string(status) + R"(,"errorDescription":)" +
                            base::json::quote(why) + "}");
  };
  if (mood == Mood::busy) return no(429, "slow down");
  if (call.header("X-Gotify-Key") != token)
    return no(401, "you need to provide a valid access token");
  if (call.text("/message").empty() || !call.body.number("/priority"))
    return no(400, "Field 'message' is required");
  return json(200, R"({"id":25,"appid":5})");
}

web::Reply Services::pushdeer(const Call& call) {
  const auto no = [&](int code, const string& why) {
    refused = why;
    return json(200, R"({"code":)" + std::to_string(code) +
                         R"(,"content":[],"error":)" + base::json::quote(why) +
                         "}");
  };
  if (mood == Mood::busy) return no(80504, "too many");
  if (call.path != "/message/push" || call.text("/pushkey") != token)
    return no(80501, "pushkey " + call.text("/pushkey"));
  if (call.text("/text").empty() || call.text("/type") != "markdown")
    return no(80502, "text");
  return json(200,
              R"({"code":0,"content":{"result":["{\"success\":\"ok\"}"]}})");
}

web::Reply Services::alertmanager(const Call& call) {
  const auto no = [&](const string& why) {
    refused = why;
    return json(400, base::json::quote(why));
  };
  if (mood == Mood::busy) return {.status = 503};
  if (call.body.size("") == 0) return no("no alerts");
  for (std::size_t i = 0; i < call.body.size(""); ++i) {
    const string alert = "/" + std::to_string(i);
    const auto start = base::rfc3339(call.text(alert + "/startsAt"));
    const auto end = base::rfc3339(call.text(alert + "/endsAt"));
    if (call.text(alert + "/labels/alertname").empty())
      return no("at least one label pair required");
    if (!start || !end || *end < *start)
      return no("start time must be before end time");
  }
  return {.status = 200};
}

}  // namespace simulated
