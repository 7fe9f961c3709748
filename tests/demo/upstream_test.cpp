#include "demo/upstream.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/http.h"
#include "base/json.h"
#include "base/text.h"
#include "catch.h"
#include "support/upstream_thread.h"

using namespace std::chrono_literals;
using base::http::Request;
using demo::Site;
using demo::Upstream;
using web::Ending;
using web::Reply;

namespace {

Request post(const std::string& path, const std::string& body,
             const std::string& key = "sk-0123456789abcdef") {
  Request request;
  request.method = "POST";
  request.url = path;
  request.headers = {{"Host", "127.0.0.1:81"},
                     {"Authorization", "Bearer " + key}};
  request.body = body;
  return request;
}

Request ask(const std::string& model, bool streamed = false) {
  return post("/v1/chat/completions",
              fmt::format(R"({{"model":"{}","stream":{},"max_tokens":16}})",
                          model, streamed));
}

Request list(const std::string& path = "/v1/models") {
  Request request = post(path, "");
  request.method = "GET";
  return request;
}

std::string text_of(const Reply& reply) {
  std::string text;
  for (const web::Piece& piece : reply.body)
    text += piece.bytes;
  return text;
}

std::string error_of(const Reply& reply, const char* member) {
  base::json::Document document;
  if (!document.parse(text_of(reply))) return "no JSON";
  return std::string(
      document.text(std::string("/error/") + member).value_or(""));
}

std::vector<std::string> names_of(const Reply& reply) {
  base::json::Document document;
  if (!document.parse(text_of(reply))) return {"no JSON"};
  auto names = document.texts("/data", "id");
  return names.empty() ? document.texts("/models", "name") : names;
}

struct Fixture {
  Fixture() { upstream.set("", {}); }
  Reply answer(const Request& request) { return upstream.answer(request); }

  Upstream upstream;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "each endpoint answers with a body of its kind") {
  const auto [path, pointer] = GENERATE(table<const char*, const char*>({
      {"/v1/chat/completions", "/choices/0/message/content"},
      {"/v1/responses", "/output/0/content/0/text"},
      {"/v1/completions", "/choices/0/text"},
      {"/v1/embeddings", "/data/0/embedding"},
      {"/v1/rerank", "/results/0/relevance_score"},
      {"/v1/moderations", "/results/0/flagged"},
      {"/v1/messages", "/content/0/text"},
      {"/v1beta/models/gemini-x:generateContent",
       "/candidates/0/content/parts/0/text"},
      {"/openai/deployments/gpt/chat/completions?api-version=1",
       "/choices/0/message/content"},
  }));
  CAPTURE(path);
  const Reply reply = answer(post(path, R"({"model":"m"})"));
  CHECK(reply.status == 200);
  base::json::Document document;
  REQUIRE(document.parse(text_of(reply)));
  const bool is_there = document.text(pointer) || document.real(pointer) ||
                        document.truth(pointer) || document.is_array(pointer);
  CHECK(is_there);
}

TEST_CASE_METHOD(Fixture, "a stream is made of events that are JSON") {
  const std::string path = GENERATE(
      "/v1/chat/completions", "/v1/responses", "/v1/completions",
      "/v1/messages", "/v1beta/models/g:streamGenerateContent?alt=sse");
  CAPTURE(path);
  const Reply reply =
      answer(post(path, R"({"model":"m","stream":true,)"
                        R"("stream_options":{"include_usage":true}})"));
  CHECK(base::http::value_of(reply.headers, "Content-Type") ==
        "text/event-stream");
  base::json::Document document;
  std::string events = text_of(reply);
  CHECK(events.ends_with("\n\n"));
  CHECK(events.find("sage") != std::string::npos);
  for (const std::string_view line : base::split(events, '\n')) {
    if (!line.starts_with("data: ") || line == "data: [DONE]") continue;
    CAPTURE(line);
    CHECK(document.parse(line.substr(6)));
  }
}

TEST_CASE_METHOD(Fixture, "moods answer as they are described") {
  const auto [mood, status, code, words] =
      GENERATE(table<const char*, int, const char*, const char*>({
          {"404", 404, "", ""},
          {"529", 529, "", ""},
          {"gone", 404, "model_not_found", "does not exist"},
          {"gone200", 200, "model_not_found", "does not exist"},
          {"nochannel", 503, "", "无可用渠道"},
          {"forbidden", 403, "permission_denied", "the model `m@forbidden`"},
          {"quota", 429, "insufficient_quota", "quota"},
          {"limited", 429, "rate_limit_exceeded", "Rate limit"},
          {"limited-daily", 429, "rate_limit_exceeded", "per day"},
          {"limited-gemini", 429, "", "quota"},
          {"error-event", 200, "", "had an error"},
          {"streamonly", 400, "", "only supports stream"},
          {"completion-tokens", 400, "unsupported_parameter",
           "max_completion_tokens"},
          {"not-chat-responses", 404, "", "v1/responses"},
          {"not-chat-completions", 404, "", "v1/completions"},
          {"not-chat-embedding", 404, "", "v1/embeddings"},
          {"typing-error", 500, "", "no mood"},
          {"999", 500, "", "no mood"},
      }));
  CAPTURE(mood);
  const Reply reply = answer(ask(std::string("m@") + mood));
  CHECK(reply.status == status);
  CHECK(error_of(reply, "code") == code);
  CHECK(error_of(reply, "message").find(words) != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a name may begin with an at sign, or hold a dash") {
  for (const char* model : {"@cf/meta/llama", "gpt-4o", "gpt-4o-2024-08-06",
                            "m@reasoning", "m@latin1", "m@max-tokens"}) {
    CAPTURE(model);
    CHECK(answer(ask(model)).status == 200);
  }
}

TEST_CASE_METHOD(Fixture, "models that refuse one thing answer without it") {
  CHECK(answer(ask("m@nostream")).status == 200);
  CHECK(answer(ask("m@nostream", true)).status == 400);
  CHECK(answer(ask("m@streamonly", true)).status == 200);
  const auto said = [&](const std::string& path, const std::string& model,
                        const std::string& more) {
    return answer(post(path, fmt::format(R"({{"model":"{}"{}}})", model, more)))
        .status;
  };
  const std::string chat = "/v1/chat/completions";
  CHECK(said(chat, "m@nooptions", R"(,"stream_options":{})") == 400);
  CHECK(said(chat, "m@nooptions", "") == 200);
  CHECK(said(chat, "m@completion-tokens", R"(,"max_completion_tokens":9)") ==
        200);
  CHECK(said(chat, "m@max-tokens", R"(,"max_completion_tokens":9)") == 400);
  CHECK(said("/v1/responses", "m@not-chat-responses", "") == 200);
  CHECK(said("/v1/completions", "m@not-chat-completions", "") == 200);
  CHECK(said("/v1/embeddings", "m@not-chat-embedding", "") == 200);
}

TEST_CASE_METHOD(Fixture, "some answer only after a while") {
  for (const int status : {503, 503, 200, 200})
    CHECK(answer(ask("m@flaky-2")).status == status);
  CHECK(answer(ask("other@flaky-2")).status == 503);
  const Reply first = answer(ask("m@pause-3"));
  CHECK(first.status == 429);
  CHECK(base::http::value_of(first.headers, "Retry-After") == "3");
  CHECK(answer(ask("m@pause-3")).status == 200);
  CHECK(base::http::value_of(answer(ask("m@limited-7")).headers,
                             "Retry-After") == "7");
  CHECK(answer(ask("m@slow-first", true)).body.at(1).after == 300ms);
}

TEST_CASE_METHOD(Fixture, "some never end, or end badly") {
  CHECK(answer(ask("m@hang")).ending == Ending::unfinished);
  CHECK(answer(ask("m@hang")).status == 0);
  CHECK(answer(ask("m@hang-body")).status == 200);
  CHECK(answer(ask("m@hang-body")).ending == Ending::unfinished);
  CHECK(answer(ask("m@drip", true)).body.at(0).after == 1s);
  CHECK(answer(ask("m@drip")).repeat_from == 0);
  CHECK(answer(ask("m@endless", true)).repeat_from > 0);
  CHECK(answer(ask("m@reset")).ending == Ending::reset);
  CHECK(answer(ask("m@close")).ending == Ending::close);
  CHECK(answer(ask("m@cut", true)).ending == Ending::reset);
  CHECK(text_of(answer(ask("m@cut", true))).find("Hi") == std::string::npos);
  CHECK(text_of(answer(ask("m@cut-late", true))).find("Hi") !=
        std::string::npos);
}

TEST_CASE_METHOD(Fixture, "some bodies are not what they should be") {
  CHECK(text_of(answer(ask("m@big"))).size() > std::size_t{8} << 20U);
  const Reply bomb = answer(ask("m@bomb"));
  CHECK(base::http::value_of(bomb.headers, "Content-Encoding") == "gzip");
  CHECK(text_of(bomb).size() < 500'000);
  CHECK(answer(ask("m@headers")).headers.size() > 5000);
  CHECK(text_of(answer(ask("m@empty"))).empty());
  CHECK(text_of(answer(ask("m@html"))).starts_with("<!doctype html>"));
  base::json::Document document;
  CHECK_FALSE(document.parse(text_of(answer(ask("m@badjson")))));
  CHECK_FALSE(base::is_utf8(text_of(answer(ask("m@latin1")))));
  REQUIRE(document.parse(text_of(answer(ask("m@lie")))));
  CHECK(document.size("/choices") == 0);
  CHECK_FALSE(document.is_object("/usage"));
  const std::string thought = text_of(answer(ask("m@reasoning", true)));
  CHECK(thought.find("reasoning_content") != std::string::npos);
  CHECK(thought.find("\"finish_reason\":\"length\"") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "redirects lead where they say") {
  const auto location = [&](const Request& request) {
    const Reply reply = answer(request);
    return std::string(base::http::value_of(reply.headers, "Location"));
  };
  Request request = ask("m@redirect-same");
  request.url = location(request);
  CHECK(request.url == "/v1/chat/completions?hop=1");
  CHECK(answer(request).status == 200);
  CHECK(location(ask("m@redirect-other")) ==
        "http://127.0.0.2:81/v1/chat/completions");
  Request loop = ask("m@redirect-loop");
  loop.url = location(loop);
  CHECK_FALSE(location(loop).empty());
}

TEST_CASE_METHOD(Fixture, "keys are looked at") {
  upstream.set("a", {.keys = {"sk-good"}, .poor_keys = {"sk-poor"}});
  const std::string path = "/a/v1/chat/completions";
  const std::string body = R"({"model":"m"})";
  CHECK(answer(post(path, body, "sk-good")).status == 200);
  CHECK(error_of(answer(post(path, body, "sk-bad")), "code") ==
        "invalid_api_key");
  CHECK(answer(post(path, body, "sk-bad")).status == 401);
  CHECK(answer(post(path, body, "")).status == 401);
  CHECK(answer(post(path, body, "sk-poor")).status == 429);
  for (const char* name : {"x-api-key", "api-key", "x-goog-api-key"}) {
    Request request = post(path, body);
    request.headers = {{name, "sk-good"}};
    CHECK(answer(request).status == 200);
  }
  Request request = post(path + "?key=sk-good", body);
  request.headers.clear();
  CHECK(answer(request).status == 200);
  const std::string echoed = error_of(
      answer(post(path, R"({"model":"m@echo-key"})", "sk-good")), "message");
  CHECK(echoed.find("sk-good") != std::string::npos);
  CHECK(echoed.find(base::base64("sk-good")) != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "sites have lists of their own") {
  upstream.set("a", {.models = {"one", "two@gone", "three"}});
  upstream.set("b", {.models = {"four"}, .list = "500"});
  CHECK(names_of(answer(list("/a/v1/models"))) ==
        std::vector<std::string>{"one", "two@gone", "three"});
  CHECK(names_of(answer(list("/a/v1beta/models"))) ==
        std::vector<std::string>{"models/one", "models/two@gone",
                                 "models/three"});
  CHECK(names_of(answer(list("/a/api/tags"))).size() == 3);
  CHECK(answer(list("/b/v1/models")).status == 500);
  CHECK(names_of(answer(list())).empty());
  Upstream bare;
  CHECK(bare.answer(list()).status == 404);
}

TEST_CASE_METHOD(Fixture, "lists have moods") {
  const auto listed = [&](const std::string& mood,
                          const std::string& path = "/v1/models") {
    upstream.set("", {.models = {"a", "b", "c"}, .list = mood});
    return answer(list(path));
  };
  CHECK(listed("hang").ending == Ending::unfinished);
  CHECK(listed("401").status == 401);
  CHECK(text_of(listed("html")).starts_with("<!doctype"));
  CHECK(names_of(listed("empty")).empty());
  CHECK(text_of(listed("huge")).size() > std::size_t{8} << 20U);
  CHECK(listed("redirect").status == 307);
  CHECK(names_of(listed("redirect", "/v1/models?hop=1")).size() == 3);

  base::json::Document page;
  REQUIRE(page.parse(text_of(listed("pages"))));
  CHECK(page.size("/data") == 2);
  CHECK(page.truth("/has_more") == true);
  CHECK(page.text("/last_id") == "b");
  for (const char* path : {"/v1/models?after=b", "/v1/models?after_id=b"}) {
    const Reply last = listed("pages", path);
    REQUIRE(page.parse(text_of(last)));
    CHECK(names_of(last) == std::vector<std::string>{"c"});
    CHECK(page.truth("/has_more") == false);
  }
  CHECK(names_of(listed("pages", "/v1beta/models?pageToken=b")).size() == 1);
}

TEST_CASE("answers take their time, the same for the same seed") {
  const demo::UpstreamOptions options{.least = 10ms, .most = 30ms, .seed = 7};
  Upstream a(options);
  Upstream b(options);
  std::set<base::Milliseconds> times;
  for (int i = 0; i < 50; ++i) {
    const auto time = a.answer(ask("m")).after;
    CHECK(time == b.answer(ask("m")).after);
    CHECK(time >= 10ms);
    CHECK(time <= 30ms);
    times.insert(time);
  }
  CHECK(times.size() > 5);
}

TEST_CASE_METHOD(Fixture, "everything that is asked is logged") {
  upstream.set("a", {});
  answer(list("/a/v1/models?x=y"));
  answer(ask("m"));
  REQUIRE(upstream.log().size() == 2);
  const demo::Seen& seen = upstream.log()[0];
  CHECK(seen.site == "a");
  CHECK(seen.method == "GET");
  CHECK(seen.path == "/v1/models?x=y");
  CHECK(base::http::value_of(seen.headers, "host") == "127.0.0.1:81");
  CHECK(upstream.log()[1].body == ask("m").body);
  upstream.clear_log();
  CHECK(upstream.log().empty());
}

TEST_CASE("an upstream has a thread of its own, and can be away for a while") {
  support::UpstreamThread upstream;
  upstream.set("a", {.models = {"m"}});
  CHECK(upstream.url("a") ==
        fmt::format("http://127.0.0.1:{}/a", upstream.port()));
  CHECK(upstream.log().empty());
  upstream.stop_listening();
  CHECK(upstream.counters().connections == 0);
  upstream.listen_again();
  CHECK(upstream.counters().connections == 0);
}
