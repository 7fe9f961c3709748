#include "demo/vendor.h"

#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "catch.h"
#include "demo/upstream.h"

using base::http::Request;
using demo::Upstream;
using web::Reply;

// Strict vendors take what their documentation says, and refuse whatever
// differs from it in one thing.

namespace {

constexpr std::int64_t now = 1'790'000'000;

struct Good {
  std::string vendor;
  std::string path;
  base::http::Headers headers;  // what it wants to be told besides the type
  std::string body;             // "" is asked by GET
  std::vector<std::string> required;  // members of the body
  std::string unknown;  // what it says of a model that is not there
};

const std::string turns = R"([{"role":"user","content":"hi"}])";
const std::string chat =
    R"({"model":"m-1","messages":)" + turns + R"(,"max_tokens":16})";
const std::vector<std::string> of_chat = {"model", "messages"};

const std::vector<Good>& goods() {
  static const base::http::Headers bearer = {
      {"Authorization", "Bearer id.key"}};
  static const base::http::Headers claude = {
      {"x-api-key", "id.key"}, {"anthropic-version", "2023-06-01"}};
  static const base::http::Headers google = {{"x-goog-api-key", "id.key"}};
  static const base::http::Headers azure = {{"api-key", "id.key"}};
  static const std::string generate =
      R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})";
  static const std::string ali =
      R"({"model":"m-1","input":{"messages":)" + turns + "}}";
  static const std::string embedding = R"({"model":"m-embed","input":["hi"]})";
  static const std::string run = "/client/v4/accounts/id/ai/";
  static const base::http::Headers token = {{"Authorization", "Bearer key"}};
  static const base::http::Headers account = {{"Authorization", "Bearer key"},
                                              {"chatgpt-account-id", "id"}};
  static const std::string codex =
      R"({"model":"m-1","input":[{"role":"user","content":"hi"}],)"
      R"("instructions":"","store":false,"stream":true})";
  const auto claude_of = [](const std::string& version) {
    return fmt::format(
        R"({{"anthropic_version":"{}","max_tokens":16,"messages":{}}})",
        version, turns);
  };
  static const std::vector<Good> all = {
      {"openai", "/v1/models", bearer, "", {}, ""},
      {"openai", "/v1/chat/completions", bearer, chat, of_chat,
       "model_not_found"},
      {"openai",
       "/v1/responses",
       bearer,
       R"({"model":"m-1","input":"hi"})",
       {"model", "input"},
       "model_not_found"},
      {"openai",
       "/v1/embeddings",
       bearer,
       embedding,
       {"model", "input"},
       "model_not_found"},
      {"siliconflow", "/v1/chat/completions", bearer, chat, of_chat, "20012"},
      {"siliconflow",
       "/v1/rerank",
       bearer,
       R"({"model":"m-rerank","query":"a","documents":["b"]})",
       {"model", "query", "documents"},
       "20012"},
      {"openrouter", "/v1/chat/completions", bearer, chat, of_chat,
       "No endpoints found"},
      {"moonshot", "/v1/chat/completions", bearer, chat, of_chat,
       "resource_not_found_error"},
      {"perplexity", "/chat/completions", bearer, chat, of_chat,
       "invalid_model"},
      {"jina",
       "/v1/embeddings",
       bearer,
       embedding,
       {"model", "input"},
       "not found"},
      {"mokaai",
       "/embeddings",
       bearer,
       embedding,
       {"model", "input"},
       "model_not_found"},
      {"github", "/models", bearer, "", {}, ""},
      {"github", "/chat/completions", bearer, chat, of_chat, "unknown_model"},
      {"novita", "/v3/openai/chat/completions", bearer, chat, of_chat,
       "MODEL_NOT_FOUND"},
      {"anthropic", "/v1/models?limit=1000", claude, "", {}, ""},
      {"anthropic",
       "/v1/messages",
       claude,
       chat,
       {"model", "messages", "max_tokens"},
       "model: no-such"},
      {"gemini", "/v1beta/models?pageSize=1000", google, "", {}, ""},
      {"gemini",
       "/v1beta/models/m-1:generateContent",
       google,
       generate,
       {"contents"},
       "is not found for API version"},
      {"gemini",
       "/v1beta/models/m-1:streamGenerateContent?alt=sse",
       google,
       generate,
       {"contents"},
       "is not found for API version"},
      {"gemini", "/v1beta/openai/chat/completions", bearer, chat, of_chat,
       "is not found for API version"},
      {"azure",
       "/openai/deployments?api-version=2023-03-15-preview",
       azure,
       "",
       {},
       ""},
      {"azure",
       "/openai/deployments/m-1/chat/completions?api-version=2024-10-21",
       azure,
       R"({"messages":)" + turns + "}",
       {"messages"},
       "DeploymentNotFound"},
      {"azure",
       "/openai/v1/responses?api-version=preview",
       azure,
       R"({"model":"m-1","input":"hi"})",
       {"model", "input"},
       "DeploymentNotFound"},
      {"azure_v1", "/openai/v1/chat/completions?api-version=preview", azure,
       chat, of_chat, "DeploymentNotFound"},
      {"ollama", "/api/tags", bearer, "", {}, ""},
      {"ollama", "/api/chat", bearer,
       R"({"model":"m-1","messages":)" + turns + "}", of_chat,
       "try pulling it first"},
      {"ollama",
       "/api/embed",
       bearer,
       embedding,
       {"model", "input"},
       "try pulling it first"},
      {"ali", "/compatible-mode/v1/models", bearer, "", {}, ""},
      {"ali", "/compatible-mode/v1/chat/completions", bearer, chat, of_chat,
       "model_not_found"},
      {"ali",
       "/api/v1/services/aigc/text-generation/generation",
       bearer,
       ali,
       {"model", "input"},
       "ModelNotFound"},
      {"ali",
       "/api/v1/services/embeddings/text-embedding/text-embedding",
       bearer,
       R"({"model":"m-embed","input":{"texts":["hi"]}})",
       {"model", "input"},
       "ModelNotFound"},
      {"ali",
       "/api/v1/services/rerank/text-rerank/text-rerank",
       bearer,
       R"({"model":"m-rerank","input":{"query":"a","documents":["b"]}})",
       {"model", "input"},
       "ModelNotFound"},
      {"zhipu_v4", "/api/paas/v4/models", bearer, "", {}, ""},
      {"zhipu_v4", "/api/paas/v4/chat/completions", bearer, chat, of_chat,
       "1211"},
      {"cohere", "/v1/models?page_size=1000", bearer, "", {}, ""},
      {"cohere",
       "/v1/chat",
       bearer,
       R"({"model":"m-1","message":"hi"})",
       {"model", "message"},
       "not found"},
      {"cohere", "/v2/chat", bearer,
       R"({"model":"m-1","messages":)" + turns + "}", of_chat, "not found"},
      {"cohere",
       "/v1/rerank",
       bearer,
       R"({"model":"m-rerank","query":"a","documents":["b"]})",
       {"model", "query", "documents"},
       "not found"},
      {"volcengine", "/api/v3/models", bearer, "", {}, ""},
      {"volcengine", "/api/v3/chat/completions", bearer, chat, of_chat,
       "InvalidEndpointOrModel.NotFound"},
      {"baidu_v2", "/v2/chat/completions", bearer, chat, of_chat,
       "invalid_model"},
      {"minimax", "/v1/text/chatcompletion_v2", bearer, chat, of_chat,
       "unknown model"},
      {"codex",
       "/backend-api/codex/models?client_version=0.99.0",
       account,
       "",
       {},
       ""},
      {"codex",
       "/backend-api/codex/responses",
       account,
       codex,
       {"model", "input", "instructions", "store", "stream"},
       "is not supported when using Codex"},
      {"vertex",
       "/v1/projects/p/locations/global/publishers/google/models/"
       "m-1:generateContent",
       bearer,
       generate,
       {"contents"},
       "Publisher Model"},
      {"vertex",
       "/v1/projects/p/locations/global/publishers/anthropic/models/"
       "m-1:rawPredict",
       bearer,
       claude_of("vertex-2023-10-16"),
       {"anthropic_version", "max_tokens", "messages"},
       "Publisher Model"},
      {"bedrock",
       "/model/m-1/invoke",
       bearer,
       claude_of("bedrock-2023-05-31"),
       {"anthropic_version", "max_tokens", "messages"},
       "model identifier is invalid"},
      {"bedrock",
       "/model/nova-lite/invoke",
       bearer,
       R"({"messages":[{"role":"user","content":[{"text":"hi"}]}]})",
       {"messages"},
       "model identifier is invalid"},
      {"cloudflare", run + "v1/chat/completions", token, chat, of_chat, "5007"},
      {"cloudflare",
       run + "run/m-1",
       token,
       R"({"messages":)" + turns + "}",
       {"messages"},
       "5007"},
  };
  return all;
}

std::string text_of(const Reply& reply) {
  std::string text;
  for (const web::Piece& piece : reply.body)
    text += piece.bytes;
  return text;
}

Reply answer_of(const Good& asked) {
  Upstream upstream({.now = base::wall_time(now)});
  upstream.set("", {.vendor = asked.vendor,
                    .models = {"m-1", "m-embed", "m-rerank", "nova-lite"},
                    .keys = {"id.key", "id|key"}});
  Request request;
  request.method = asked.body.empty() ? "GET" : "POST";
  request.url = asked.path;
  request.headers = asked.headers;
  request.body = asked.body;
  return upstream.answer(request);
}

Good sent_as_json(Good good) {
  if (!good.body.empty()) {
    good.headers.emplace_back("Content-Type", "application/json");
    if (good.vendor == "codex") {
      good.headers.emplace_back("originator", "codex_cli_rs");
    }
  }
  return good;
}

bool is_refused(const Reply& reply) {
  base::json::Document document;
  if (reply.status >= 400) return true;
  return document.parse(text_of(reply)) &&
         (document.number("/base_resp/status_code").value_or(0) != 0 ||
          !document.truth("/success").value_or(true));
}

std::string without(const std::string& body, const std::string& name) {
  base::json::Document document;
  REQUIRE(document.parse(body));
  base::json::Writer writer;
  writer.begin_object();
  const auto members = *document.members("");
  for (const auto& [member, value] : members) {
    if (member != name) writer.key(member).raw(value);
  }
  return writer.end_object().take();
}

void replace(std::string& text, const std::string& from,
             const std::string& to) {
  const std::size_t at = text.find(from);
  if (at != std::string::npos) text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a vendor takes what its documentation says") {
  for (const Good& plain : goods()) {
    const Good good = sent_as_json(plain);
    INFO(good.vendor << ' ' << good.path);
    const Reply reply = answer_of(good);
    INFO(text_of(reply));
    CHECK(reply.status == 200);
    CHECK_FALSE(is_refused(reply));
    if (good.body.empty()) {
      CHECK(text_of(reply).find("m-embed") != std::string::npos);
    }
  }
}

TEST_CASE("a vendor refuses who does not show a key as it wants to see it") {
  for (const Good& plain : goods()) {
    const Good good = sent_as_json(plain);
    for (std::size_t i = 0; i < plain.headers.size(); ++i) {
      INFO(good.vendor << ' ' << good.path << ' ' << good.headers[i].first);
      Good other = good;
      other.headers[i].second += "x";
      CHECK(is_refused(answer_of(other)));
      other.headers.erase(other.headers.begin() + static_cast<long>(i));
      CHECK(is_refused(answer_of(other)));
      // A key in another vendor's header is none.
      other.headers.emplace_back("X-Api-Token", "id.key");
      CHECK(is_refused(answer_of(other)));
    }
  }
}

TEST_CASE("a vendor refuses a key in the header of another vendor") {
  for (const Good& plain : goods()) {
    Good other = sent_as_json(plain);
    const bool by_bearer = plain.headers.front().first == "Authorization";
    other.headers.front() =
        by_bearer ? std::pair<std::string, std::string>("api-key", "id.key")
                  : std::pair<std::string, std::string>("Authorization",
                                                        "Bearer id.key");
    INFO(other.vendor << ' ' << other.path);
    CHECK(is_refused(answer_of(other)));
  }
}

TEST_CASE("a vendor knows its paths and methods, and no others") {
  for (const Good& plain : goods()) {
    const Good good = sent_as_json(plain);
    INFO(good.vendor << ' ' << good.path);
    Good other = good;
    other.path.insert(std::min(other.path.find('?'), other.path.size()), "x");
    // What stands last may be a model's name.
    CHECK(is_refused(answer_of(other)));
    other = good;
    other.path = "/v1" + other.path;
    CHECK(is_refused(answer_of(other)));
    other = good;
    other.body = other.body.empty() ? "{}" : "";
    CHECK(is_refused(answer_of(other)));
  }
}

TEST_CASE("a vendor wants a body of its own shape") {
  for (const Good& plain : goods()) {
    if (plain.body.empty()) continue;
    CHECK(is_refused(answer_of(plain)));  // not said to be JSON
    const Good good = sent_as_json(plain);
    for (const std::string& name : good.required) {
      INFO(good.vendor << ' ' << good.path << ' ' << name);
      Good other = good;
      other.body = without(good.body, name);
      CHECK(is_refused(answer_of(other)));
      other.body.insert(1, fmt::format(R"("{}":[{}],)", name, 0));
      replace(other.body, ",}", "}");
      CHECK(is_refused(answer_of(other)));
    }
    INFO(good.vendor << ' ' << good.path);
    Good other = good;
    other.body.insert(1, R"("bogus":1,)");
    CHECK(is_refused(answer_of(other)));
    other.body = "{";
    CHECK(is_refused(answer_of(other)));
  }
}

TEST_CASE("at an endpoint of a vendor's own, OpenAI's body is refused") {
  int count = 0;
  for (const Good& plain : goods()) {
    if (plain.body.empty() || plain.body == chat) continue;
    Good other = sent_as_json(plain);
    other.body = chat;
    replace(other.body, "}]", R"(}],"n":1)");
    INFO(other.vendor << ' ' << other.path);
    if (other.path.find("/deployments/") != std::string::npos) continue;
    CHECK(is_refused(answer_of(other)));
    ++count;
  }
  CHECK(count > 10);
}

TEST_CASE("a vendor says in its own words that there is no such model") {
  for (const Good& plain : goods()) {
    if (plain.body.empty()) continue;
    Good other = sent_as_json(plain);
    for (const std::string name : {"m-1", "m-embed", "m-rerank", "nova-lite"}) {
      // The name of an endpoint may hold it, too.
      replace(other.path, "/" + name, "/no-such-" + name);
      replace(other.body, "\"" + name, "\"no-such-" + name);
    }
    INFO(other.vendor << ' ' << other.path);
    const Reply reply = answer_of(other);
    CHECK(is_refused(reply));
    CHECK(text_of(reply).find(other.unknown) != std::string::npos);
  }
}

TEST_CASE("nobody chats with a model for embeddings") {
  for (const Good& plain : goods()) {
    if (plain.body.find("\"hi\"") == std::string::npos ||
        plain.body.find("m-1") == std::string::npos) {
      continue;
    }
    Good other = sent_as_json(plain);
    replace(other.body, "m-1", "m-embed");
    INFO(other.vendor << ' ' << other.path);
    CHECK(is_refused(answer_of(other)));
  }
}

TEST_CASE("Azure knows versions by their dates, and what came with them") {
  const auto ask = [](const std::string& path, const std::string& body) {
    return answer_of(
        sent_as_json({"azure", path, {{"api-key", "id.key"}}, body, {}, ""}));
  };
  const std::string place = "/openai/deployments/m-1/chat/completions";
  CHECK(ask(place + "?api-version=2024-10-21", chat).status == 200);
  for (const char* version : {"", "?api-version=", "?api-version=2024-10-22",
                              "?api-version=preview", "?version=2024-10-21"}) {
    CHECK(ask(place + version, chat).status == 404);
  }
  std::string streamed = chat;
  replace(streamed, "}]",
          R"(}],"stream":true,"stream_options":{"include_usage":true})");
  CHECK(ask(place + "?api-version=2024-10-21", streamed).status == 200);
  CHECK(ask(place + "?api-version=2024-06-01", streamed).status == 400);
  CHECK(answer_of(sent_as_json({"azure_v1",
                                "/openai/v1/chat/completions"
                                "?api-version=2024-10-21",
                                {{"api-key", "id.key"}},
                                chat,
                                {},
                                ""}))
            .status == 400);
}

TEST_CASE("a list that has pages is read to its end, or not at all") {
  Upstream upstream;
  std::vector<std::string> models;
  models.reserve(60);
  for (int i = 0; i < 60; ++i)
    models.push_back(fmt::format("m-{}", i));
  upstream.set("a", {.vendor = "anthropic", .models = models});
  upstream.set("g", {.vendor = "gemini", .models = models});
  const auto look = [&](const std::string& path, const char* header) {
    Request request;
    request.url = path;
    request.headers = {{header, "k"}, {"anthropic-version", "2023-06-01"}};
    return text_of(upstream.answer(request));
  };
  base::json::Document page;
  REQUIRE(page.parse(look("/a/v1/models", "x-api-key")));
  CHECK(page.size("/data") == 20);
  CHECK(page.text("/last_id") == "m-19");
  CHECK(page.truth("/has_more") == true);
  REQUIRE(
      page.parse(look("/a/v1/models?limit=1000&after_id=m-19", "x-api-key")));
  CHECK(page.size("/data") == 40);
  CHECK(page.truth("/has_more") == false);
  REQUIRE(page.parse(look("/g/v1beta/models", "x-goog-api-key")));
  CHECK(page.size("/models") == 50);
  const std::string token(page.text("/nextPageToken").value_or(""));
  REQUIRE(page.parse(
      look("/g/v1beta/models?pageToken=" + token, "x-goog-api-key")));
  CHECK(page.size("/models") == 10);
  CHECK_FALSE(page.text("/nextPageToken"));
}

TEST_CASE("Zhipu checks who signed a token, for how long, and how") {
  const auto answer = [](const std::string& token, const std::string& vendor) {
    return answer_of(sent_as_json({vendor,
                                   "/api/paas/v4/chat/completions",
                                   {{"Authorization", token}},
                                   chat,
                                   {},
                                   ""}))
        .status;
  };
  const auto token = [](const std::string& head, std::int64_t made,
                        std::int64_t until, const std::string& secret) {
    const std::string text =
        base::base64url(head) + "." +
        base::base64url(fmt::format(
            R"({{"api_key":"id","exp":{},"timestamp":{}}})", until, made));
    return text + "." + base::base64url(base::hmac_sha256(secret, text));
  };
  const std::string head = R"({"alg":"HS256","sign_type":"SIGN"})";
  constexpr std::int64_t at = now * 1000;
  const std::string good = token(head, at, at + 60'000, "key");
  CHECK(answer(good, "zhipu") == 200);
  CHECK(answer("Bearer " + good, "zhipu") == 401);
  CHECK(answer("Bearer " + good, "zhipu_v4") == 200);
  CHECK(answer(good, "zhipu_v4") == 401);
  CHECK(answer("Bearer id.key", "zhipu") == 401);
  CHECK(answer("", "zhipu") == 401);
  CHECK(answer(token(head, at, at + 60'000, "yek"), "zhipu") == 401);
  CHECK(answer(token(head, at - 60'000, at - 1, "key"), "zhipu") == 401);
  CHECK(answer(token(head, now, now + 60, "key"), "zhipu") == 401);
  CHECK(answer(token(R"({"alg":"HS256"})", at, at + 60'000, "key"), "zhipu") ==
        401);
}

TEST_CASE("DashScope streams where its own header says so") {
  const std::string body = R"({"model":"m-1","input":{"messages":)" + turns +
                           R"(},"parameters":{"incremental_output":true}})";
  Good good = sent_as_json({"ali",
                            "/api/v1/services/aigc/text-generation/generation",
                            {{"Authorization", "Bearer id.key"}},
                            body,
                            {},
                            ""});
  CHECK(text_of(answer_of(good)).starts_with("{"));
  good.headers.emplace_back("X-DashScope-SSE", "enable");
  CHECK(text_of(answer_of(good)).starts_with("id:1\n"));
}

TEST_CASE("Baidu tells applications apart") {
  Good good = sent_as_json({"baidu_v2",
                            "/v2/chat/completions",
                            {{"Authorization", "Bearer id"}, {"appid", "key"}},
                            chat,
                            {},
                            ""});
  CHECK(answer_of(good).status == 200);
  good.headers[1].second = "another";
  CHECK(answer_of(good).status == 401);
  good.headers[0].second = "Bearer id|key";
  CHECK(answer_of(good).status == 401);
}

TEST_CASE("a model of a strict vendor may have a mood") {
  Upstream upstream;
  upstream.set("c", {.vendor = "anthropic",
                     .models = {"good", "bad@gone", "worse@503"},
                     .moods = {{"hidden", ""}, {"off", "gone"}}});
  const auto status = [&](const std::string& model) {
    Request request;
    request.method = "POST";
    request.url = "/c/v1/messages";
    request.headers = {{"x-api-key", "k"},
                       {"anthropic-version", "2023-06-01"},
                       {"Content-Type", "application/json"}};
    request.body = chat;
    replace(request.body, "m-1", model);
    return upstream.answer(request).status;
  };
  CHECK(status("good") == 200);
  CHECK(status("hidden") == 200);
  CHECK(status("nobody") == 404);
  CHECK(status("bad@gone") == 404);
  CHECK(status("off") == 404);
  CHECK(status("worse@503") == 503);
}

TEST_CASE("each vendor is held to something") {
  std::set<std::string> held = {"zhipu"};
  for (const Good& good : goods()) {
    REQUIRE(demo::vendor_named(good.vendor) != nullptr);
    held.insert(good.vendor);
  }
  for (const demo::Vendor* vendor : demo::all_vendors()) {
    CHECK(held.contains(std::string(vendor->name)));
  }
  CHECK(demo::vendor_named("") == nullptr);
}
