#include "attacks.h"

#include <chrono>

#include <fmt/format.h>

#include "base/text.h"
#include "demo/upstream_answers.h"
#include "demo/upstream_moods.h"

namespace e2e {

namespace {

using namespace std::chrono_literals;
using web::Ending;
using web::Piece;
using web::Reply;

// What holds as a list, and as an answer, too.
constexpr std::string_view good =
    R"({"object":"list","data":[{"id":"x"},{"id":"y"}],"choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]})";

Reply in_mood(std::string_view mood, bool streamed = false) {
  const demo::Question question{
      .endpoint = demo::Endpoint::chat, .model = "m", .streamed = streamed};
  const base::http::Request request;
  const demo::Mood which{.name = mood};
  return demo::answer_in_mood(
      which, {.question = question, .request = request, .key = "k"});
}

Reply json(std::string body) {
  return demo::json_reply(200, std::move(body));
}

Reply json_with(base::http::Headers headers, std::string body = {}) {
  Reply reply = json(body.empty() ? std::string(good) : std::move(body));
  for (auto& header : headers)
    reply.headers.push_back(std::move(header));
  return reply;
}

Reply raw(std::string bytes, Ending ending = Ending::close) {
  Reply reply;
  reply.raw = std::move(bytes);
  reply.ending = ending;
  return reply;
}

// With a head of these lines, and then what is said for good.
Reply with_head(std::string_view lines, Ending ending = Ending::close) {
  return raw(fmt::format("HTTP/1.1 200 OK\r\n{}\r\n{}", lines, good), ending);
}

// The same bytes again and again, as fast as they are taken.
Reply flood(const char* type, const std::string& beginning,
            const std::string& bytes) {
  std::string piece;
  while (piece.size() < 32768)
    piece += bytes;
  Reply reply;
  reply.headers = {{"Content-Type", type}};
  reply.body = {{.bytes = beginning}, {.bytes = piece}};
  reply.repeat_from = 1;
  reply.ending = Ending::unfinished;
  return reply;
}

std::string utf16(std::string_view text) {
  std::string wide = "\xff\xfe";
  for (const char c : text) {
    wide += c;
    wide += '\0';
  }
  return wide;
}

Reply to(int status, const std::string& location) {
  Reply reply;
  reply.status = status;
  reply.headers = {{"Location", location}};
  return reply;
}

}  // namespace

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    list += fmt::format(R"({}{{"id":{}}})", list.empty() ? "" : ",", name);
  }
  return fmt::format(R"({{"object":"list","data":[{}]}})", list);
}

std::vector<Attack> attacks_on_patience() {
  const std::string half_a_head = "HTTP/1.1 200 OK\r\nContent-Type: appl";
  return {
      {"hang", in_mood("hang"), "timeout", "timeout"},
      {"hang-in-head", raw(half_a_head, Ending::unfinished), "timeout",
       "timeout"},
      {"hang-body", in_mood("hang-body"), "timeout", "timeout"},
      {"drip", in_mood("drip"), "timeout", "timeout"},
      {"drip-stream", in_mood("drip", true), "timeout", "timeout"},
      {"length-too-long",
       with_head("Content-Length: 5000\r\n", Ending::unfinished), "timeout",
       "timeout"},
      {"100-then-nothing",
       raw("HTTP/1.1 100 Continue\r\n\r\n", Ending::unfinished), "timeout",
       "timeout"},
  };
}

std::vector<Attack> attacks_on_memory() {
  std::string many_interim;
  while (many_interim.size() < 200'000)
    many_interim += "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=x\r\n\r\n";
  const std::string long_line = "X-Long: " + std::string(300'000, 'x') + "\r\n";
  Reply hundred = flood("application/json", R"({"a":")", "xxxxxxxx");
  hundred.headers.emplace_back("Content-Length", "104857600");
  const std::string role = demo::chat_event("m", R"("role":"assistant")");
  return {
      {"endless-text", flood("text/plain", "x", "xxxxxxxx"), "bad_response",
       "bad_response"},
      {"endless-json",
       flood("application/json", R"({"data":[)", R"({"id":"x"},)"),
       "bad_response", "bad_response"},
      {"endless-comments", flood("text/event-stream", ":", ": still here\n"),
       "bad_response", "bad_response"},
      {"endless-line", flood("text/event-stream", "data: {", "xxxxxxxx"),
       "bad_response", "bad_response"},
      {"endless-roles", flood("text/event-stream", role, role), "bad_response",
       "bad_response"},
      {"endless-blanks", flood("application/json", " ", "        "),
       "bad_response", "bad_response"},
      {"100-MB", hundred, "bad_response", "bad_response"},
      {"bomb", in_mood("bomb"), "bad_response", "bad_response"},
      {"5000-headers", in_mood("headers"), "bad_response", "bad_response"},
      {"long-header", with_head(long_line), "bad_response", "bad_response"},
      {"many-interim", raw(many_interim), "bad_response", "bad_response"},
      {"deep", json(std::string(500'000, '[')), "bad_response", "bad_response"},
      {"deep-objects",
       json(base::replaced(std::string(50'000, '['), "[", R"({"a":)")),
       "bad_response", "bad_response"},
  };
}

std::vector<Attack> attacks_on_connections() {
  return {
      {"reset", in_mood("reset"), "network_error", "network_error"},
      {"close", in_mood("close"), "network_error", "network_error"},
      {"cut", in_mood("cut"), "network_error", "network_error"},
      {"cut-stream", in_mood("cut", true), "network_error", "network_error"},
      {"length-then-close", with_head("Content-Length: 5000\r\n"),
       "network_error", "network_error"},
      {"no-http", raw("SSH-2.0-OpenSSH_9.2p1\r\n"), "network_error",
       "network_error"},
      {"http-0.9", raw(std::string(good)), "network_error", "network_error"},
      {"icy", raw("ICY 200 OK\r\n\r\n" + std::string(good)), "network_error",
       "network_error"},
      {"header-without-colon", with_head("no header at all\r\n"),
       "network_error", "network_error"},
      {"chunk-size-bad",
       raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"),
       "network_error", "network_error"},
      {"chunk-size-huge",
       raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           "ffffffffffffffffff\r\n{}"),
       "network_error", "network_error"},
  };
}

std::vector<Attack> attacks_on_readers() {
  const std::string half(good.substr(0, good.size() / 2));
  return {
      {"empty", in_mood("empty"), "bad_response", "bad_response"},
      {"html", in_mood("html"), "bad_response", "bad_response"},
      {"truncated-json", json(half), "bad_response", "bad_response"},
      {"length-too-short",
       raw("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + std::string(good)),
       "bad_response", "bad_response"},
      {"utf-16", json(utf16(good)), "bad_response", "bad_response"},
      {"broken-utf-8",
       json(base::replaced(std::string(good), "\"x\"", "\"x\xff\xfe\"")), "ok",
       "ok"},
      {"gzip-that-is-none", json_with({{"Content-Encoding", "gzip"}}),
       "bad_response", "bad_response"},
      {"unknown-encoding", json_with({{"Content-Encoding", "x-secret"}}),
       "bad_response", "bad_response"},
      {"no-status", raw("HTTP/1.1 abc\r\n\r\n"), "network_error",
       "network_error"},
      {"status-999", raw("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"),
       "server_error", "server_error"},
      {"204", demo::json_reply(204, ""), "bad_response", "bad_response"},
      {"304", demo::json_reply(304, ""), "bad_response", "bad_response"},
      {"lie", in_mood("lie"), "bad_response", "bad_response"},
      {"numbers",
       json(R"({"data":[{"id":1e999}],"choices":[],"usage":)"
            R"({"completion_tokens":-99999999999999999999}})"),
       "bad_response", "bad_response"},
      {"wrong-types", json(R"({"data":{"id":[]},"choices":"x","error":5})"),
       "bad_response", "bad_response"},
      {"retry-after-absurd",
       {.status = 429,
        .headers = {{"Retry-After", "1e308"}},
        .body = {{.bytes = "{}"}}},
       "rate_limited",
       "rate_limited"},
      // What is odd and yet can be read.
      {"byte-order-mark", json("\xef\xbb\xbf" + std::string(good)), "ok", "ok"},
      {"charset-that-is-none",
       with_head("Content-Type: text/plain; charset=utf-16\r\n"), "ok", "ok"},

      {"no-length", with_head(""), "ok", "ok"},
  };
}

std::vector<Attack> redirects(const Places& places) {
  const std::string trap = fmt::format("127.0.0.1:{}", places.trap_port);
  const std::string own = fmt::format("127.0.0.1:{}", places.own_port);
  std::vector<Attack> all;
  const auto add = [&](const std::string& name, int status,
                       const std::string& location) {
    all.push_back(
        {"to-" + name, to(status, location), "bad_response", "bad_response"});
  };
  for (const int status : {301, 302, 303, 307, 308}) {
    add(std::to_string(status), status, "http://" + trap + "/v1/models");
  }
  add("scheme-relative", 307, "//" + trap + "/v1/models");
  add("by-name", 307, fmt::format("http://localhost:{}/", places.trap_port));
  add("user-name", 307, fmt::format("http://{}@{}/", own, trap));
  add("backslash", 307, fmt::format("http://{}\\@{}/", trap, own));
  add("tab", 307, fmt::format("http://\t{}/", trap));
  add("tls", 307, fmt::format("https://{}/", trap));
  add("file", 307, "file:///etc/passwd");
  add("gopher", 307, fmt::format("gopher://{}/", trap));
  add("nowhere", 307, "http://");
  add("round-and-round", 307, "?again=1");
  all.push_back({"refresh",
                 json_with({{"Refresh", "0; url=http://" + trap + "/"},
                            {"Alt-Svc", "h2=\"" + trap + "\""},
                            {"Link", "<http://" + trap + "/>; rel=next"}}),
                 "ok", "ok"});
  return all;
}

}  // namespace e2e
