#include <algorithm>
#include <string>
#include <vector>

#include "catch.h"
#include "core/channel_type.h"
#include "core/provider.h"

using base::http::value_of;
using core::Endpoint;
using core::Kind;
using core::Question;

namespace {

const core::Provider& provider = *core::provider_named("openai");
const base::Secret key("sk-secret");

Endpoint endpoint() {
  Endpoint endpoint;
  endpoint.provider = &provider;
  endpoint.base = "https://h/x";
  endpoint.prefix = "/v1";
  return endpoint;
}

std::ptrdiff_t times(const base::http::Request& request,
                     std::string_view name) {
  return std::count_if(request.headers.begin(), request.headers.end(),
                       [&](const auto& header) {
                         const base::http::Headers one = {header};
                         return !value_of(one, name).empty();
                       });
}

std::string error_of(std::string_view json) {
  base::json::Document document;
  REQUIRE(document.parse(json));
  return core::error_in(document);
}

}  // namespace

TEST_CASE("each kind is asked at its path with its body") {
  struct Row {
    Question question;
    std::string path;
    std::string body;
  };
  for (
      const Row& row : std::vector<Row>{
          {{.kind = Kind::chat, .model = "m", .stream = false},
           "/chat/completions",
           R"({"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":16})"},
          {{.kind = Kind::chat, .model = "m", .legacy = true},
           "/completions",
           R"({"model":"m","prompt":"hi","max_tokens":16,"stream":true,"stream_options":{"include_usage":true}})"},
          {{.kind = Kind::responses, .model = "m"},
           "/responses",
           R"({"model":"m","input":[{"role":"user","content":"hi"}],"max_output_tokens":16,"stream":true})"},
          {{.kind = Kind::embedding, .model = "m"},
           "/embeddings",
           R"({"model":"m","input":["hello world"]})"},
          {{.kind = Kind::rerank, .model = "m\"x"},
           "/rerank",
           R"({"model":"m\"x","query":"hello","documents":["hello world","good night"],"top_n":2})"},
          {{.kind = Kind::moderation, .model = "m"},
           "/moderations",
           R"({"model":"m","input":"hello"})"}}) {
    const auto request =
        provider.probe_request({endpoint(), key}, row.question);
    CHECK(request.method == "POST");
    CHECK(request.url == "https://h/x/v1" + row.path);
    CHECK(request.body == row.body);
    CHECK(value_of(request.headers, "content-type") == "application/json");
    CHECK(value_of(request.headers, "authorization") == "Bearer sk-secret");
    CHECK(provider.can(endpoint(), row.question.kind));
  }
  CHECK(provider.can(endpoint(), Kind::image));
  CHECK(provider.can(endpoint(), Kind::realtime));
}

TEST_CASE("an override of the headers wins, and is there once") {
  Endpoint to = endpoint();
  to.organization = "org-1";
  to.http1 = true;
  to.proxy = base::Secret("socks5://p:1");
  to.last_headers = {
      {"authorization", base::Secret("Basic {api_key}!{api_key}")},
      {"content-type", base::Secret("application/x")},
      {"host", base::Secret("other")}};
  for (const auto& request : {provider.probe_request({to, key}, {}),
                              provider.list_request({to, key}, "")}) {
    CHECK(times(request, "authorization") == 1);
    CHECK(times(request, "content-type") == 1);
    CHECK(value_of(request.headers, "authorization") ==
          "Basic sk-secret!sk-secret");
    CHECK(value_of(request.headers, "content-type") == "application/x");
    CHECK(value_of(request.headers, "host") == "other");
    CHECK(value_of(request.headers, "openai-organization") == "org-1");
    CHECK(request.http1);
    CHECK(request.proxy == base::Secret("socks5://p:1"));
  }
}

TEST_CASE("a key that looks like the place for a key is put in once") {
  Endpoint to = endpoint();
  to.last_headers = {{"x", base::Secret("{api_key}")}};
  const base::Secret odd("a{api_key}b");
  const auto request = provider.probe_request({to, odd}, {});
  CHECK(value_of(request.headers, "x") == "a{api_key}b");
}

TEST_CASE("one-hub's headers come first, and the key wins over them") {
  Endpoint to = endpoint();
  to.first_headers = {{"AUTHORIZATION", base::Secret("mine")},
                      {"Content-type", base::Secret("text/x")},
                      {"X-Mine", base::Secret("1")},
                      {"x-mine", base::Secret("2")}};
  const auto request = provider.probe_request({to, key}, {});
  CHECK(times(request, "authorization") == 1);
  CHECK(value_of(request.headers, "authorization") == "Bearer sk-secret");
  CHECK(times(request, "content-type") == 1);
  CHECK(value_of(request.headers, "content-type") == "application/json");
  CHECK(times(request, "x-mine") == 1);
}

TEST_CASE("edits of the body are made last") {
  Endpoint to = endpoint();
  to.body_edits = {{.path = {"max_tokens"}, .value = "5"},
                   {.path = {"stream"}}};
  CHECK(
      provider.probe_request({to, key}, {.model = "m", .stream_options = false})
          .body ==
      R"({"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":5})");
}

TEST_CASE("a list has its ids in an array, or is one") {
  struct Row {
    std::string json;
    std::vector<std::string> ids;
    std::string next;
  };
  for (const Row& row : std::vector<Row>{
           {R"({"data":[{"id":"a"},{"id":"b"},{"x":1},{"id":5}]})",
            {"a", "b"},
            ""},
           {R"([{"id":"a"}])", {"a"}, ""},
           {R"({"data":[{"id":"a"}],"has_more":true,"last_id":"z"})",
            {"a"},
            "z"},
           {R"({"data":[{"id":"a"}],"has_more":true})", {"a"}, "a"},
           {R"({"data":[{"id":"a"}],"has_more":false,"last_id":"z"})",
            {"a"},
            ""},
           {R"({"data":[],"has_more":true})", {}, ""},
           {R"({"data":"x"})", {}, ""},
           {R"("x")", {}, ""}}) {
    base::json::Document page;
    REQUIRE(page.parse(row.json));
    const auto list = provider.read_list(page, endpoint());
    INFO(row.json);
    CHECK(list.ids == row.ids);
    CHECK(list.next == row.next);
  }
}

TEST_CASE("errors are found in every vendor's shape") {
  CHECK(error_of(R"({"error":{"message":"m","type":"t","code":"c"}})") ==
        "c t m");
  CHECK(error_of(R"({"error":"m"})") == "m");
  CHECK(error_of(R"({"error":{"code":429,"status":"S","message":"m"}})") ==
        "S m 429");
  CHECK(error_of(R"([{"error":{"message":"m","status":"S"}}])") == "S m");
  CHECK(error_of(R"({"code":30001,"message":"m"})") == "m 30001");
  CHECK(error_of(R"({"detail":[{"msg":"m"}]})") == "m");
  CHECK(error_of(R"({"detail":"m"})") == "m");
  CHECK(error_of(R"({"base_resp":{"status_code":1008,"status_msg":"m"}})") ==
        "m 1008");
  CHECK(error_of(R"({"error_code":"17","error_msg":"m"})") == "17 m");
  CHECK(error_of(R"({"id":"x"})").empty());
  CHECK(error_of("[]").empty());
  CHECK(error_of("5").empty());
  const auto details = error_of(
      R"({"error":{"message":"m","details":[{"reason":"R"},)"
      R"({"violations":[{"quotaId":"PerDay"},{"quotaId":"PerMinute"}]},)"
      R"({"retryDelay":"21s"}]}})");
  CHECK(details.find("PerMinute") != std::string::npos);
  CHECK(details.find("retryDelay 21s") != std::string::npos);
}

TEST_CASE("an error that is empty is none") {
  for (const auto* error : {"null", "\"\"", "{}", "false", "0"}) {
    base::json::Document text;
    REQUIRE(text.parse(R"({"choices":[{"message":{}}],"error":)" +
                       std::string(error) + "}"));
    core::Reading reading;
    provider.read(text, {}, false, reading);
    INFO(error);
    CHECK_FALSE(reading.failed);
    CHECK(reading.evidence);
  }
}
