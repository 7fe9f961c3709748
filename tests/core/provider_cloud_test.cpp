#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/messages_probe.h"
#include "base/text.h"
#include "catch.h"
#include "core/channel_type.h"
#include "core/endpoint.h"
#include "core/login.h"
#include "core/provider.h"
#include "support/rsa.h"
#include "talk.h"

using base::Secret;
using base::http::Request;
using base::http::value_of;
using base::json::quote;
using core::Channel;
using core::Endpoint;
using core::Kind;
using core::Product;
using core::Question;

// Clouds that sell other vendors' models, by logins and signatures.

namespace {

namespace say = base::say;

const base::WallTime now = base::wall_time(1'790'000'000);

core::Schema schema_of(Product product) {
  core::Schema schema;
  schema.product = product;
  if (product == Product::newapi) schema.columns.insert("channel_info");
  return schema;
}

Endpoint endpoint(const Channel& channel, Product product = Product::newapi) {
  auto found = core::endpoint_of(channel, schema_of(product));
  if (const auto* why = std::get_if<core::Untestable>(&found)) {
    FAIL(why->why.in(base::Language::en));
  }
  return std::get<Endpoint>(found);
}

base::Sentence refusal(const Channel& channel, Product product) {
  auto found = core::endpoint_of(channel, schema_of(product));
  const auto* why = std::get_if<core::Untestable>(&found);
  return why == nullptr ? base::Sentence() : why->why;
}

Request asked(const Endpoint& endpoint, const Secret& key,
              const Question& question, const Secret* pass = nullptr) {
  return endpoint.provider->probe_request(
      {.endpoint = endpoint, .key = key, .now = now, .pass = pass}, question);
}

core::Reading read(const Endpoint& endpoint, const Question& question,
                   std::string_view json, bool is_event = false) {
  base::json::Document document;
  REQUIRE(document.parse(json));
  core::Reading reading;
  endpoint.provider->read(document, question, is_event, reading);
  return reading;
}

std::string decoded(std::string_view base64url) {
  std::string bits;
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  unsigned value = 0;
  int count = 0;
  for (const char c : base64url) {
    value = value << 6U | static_cast<unsigned>(letters.find(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bits += static_cast<char>(value >> static_cast<unsigned>(count) & 0xFFU);
  }
  return bits;
}

Channel bedrock(const std::string& key) {
  Channel channel;
  channel.type = 33;
  channel.key = Secret(key);
  return channel;
}

std::string account(const support::RsaPair& pair,
                    const std::string& login = "") {
  return fmt::format(
      R"({{"type":"service_account","project_id":"my-project","client_email":"me@my-project.example","private_key":{}{}}})",
      quote(pair.private_pem()),
      login.empty() ? "" : R"(,"token_uri":)" + quote(login));
}

}  // namespace

TEST_CASE("Bedrock is asked where its gateway finds it") {
  struct Row {
    Product product;
    std::string key;
    std::string model;
    std::string url;
  };
  const std::string of_us = "https://bedrock-runtime.us-east-1.amazonaws.com";
  for (const Row& row : std::vector<Row>{
           {Product::newapi, "AKIDEXAMPLE|secret-secret|us-east-1",
            "claude-3-5-sonnet-20240620",
            of_us + "/model/us.anthropic.claude-3-5-sonnet-20240620-v1%3A0"
                    "/invoke"},
           {Product::newapi, "AKIDEXAMPLE|secret-secret|ap-northeast-1",
            "claude-3-haiku-20240307",
            "https://bedrock-runtime.ap-northeast-1.amazonaws.com/model/"
            "apac.anthropic.claude-3-haiku-20240307-v1%3A0/invoke"},
           {Product::newapi, "AKIDEXAMPLE|secret-secret|ca-central-1",
            "claude-3-haiku-20240307",
            "https://bedrock-runtime.ca-central-1.amazonaws.com/model/"
            "anthropic.claude-3-haiku-20240307-v1%3A0/invoke"},
           {Product::newapi, "AKIDEXAMPLE|secret-secret|us-east-1",
            "us.anthropic.claude-x-v1:0",
            of_us + "/model/us.anthropic.claude-x-v1%3A0/invoke"},
           {Product::newapi, "AKIDEXAMPLE|secret-secret|us-east-1",
            "nova-lite-v1:0",
            of_us + "/model/us.amazon.nova-lite-v1%3A0/invoke"}}) {
    const Endpoint to = endpoint(bedrock(row.key), row.product);
    const auto request = asked(to, Secret(row.key), {.model = row.model});
    CHECK(request.url == row.url);
    CHECK(request.method == "POST");
    CHECK(value_of(request.headers, "authorization")
              .starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
  }
}

TEST_CASE("Bedrock wants a body without model and stream") {
  const std::string key = "AKIDEXAMPLE|secret-secret|us-east-1";
  const Endpoint to = endpoint(bedrock(key));
  CHECK(
      asked(to, Secret(key), {.model = "claude-3-haiku-20240307"}).body ==
      R"({"anthropic_version":"bedrock-2023-05-31","max_tokens":16,"messages":[{"role":"user","content":"hi"}]})");
  CHECK(
      asked(to, Secret(key), {.model = "nova-pro-v1:0"}).body ==
      R"({"schemaVersion":"messages-v1","messages":[{"role":"user","content":[{"text":"hi"}]}],"inferenceConfig":{"maxTokens":16}})");
  CHECK(
      read(to, {}, R"({"type":"message","content":[{"text":"x"}]})").evidence);
  CHECK(read(to, {}, R"({"output":{"message":{"content":[{"text":"x"}]}}})")
            .evidence);
  CHECK_FALSE(read(to, {}, R"({"message":"no"})").evidence);
  CHECK(to.provider->refuses(to, {.model = "meta.llama3"})
            .is(say::model_not_routed));
  CHECK(to.provider->refuses(to, {.model = "claude-x"}).empty());
}

TEST_CASE("keys of Bedrock have the form of their product") {
  const Endpoint bearer = endpoint(bedrock("api-key-000|eu-west-1"));
  CHECK(bearer.base == "https://bedrock-runtime.eu-west-1.amazonaws.com");
  CHECK(value_of(asked(bearer, Secret("api-key-000|eu-west-1"),
                       {.model = "claude-x"})
                     .headers,
                 "authorization") == "Bearer api-key-000");

  Channel hub = bedrock("us-west-2|AKIDEXAMPLE|secret-secret|session");
  hub.type = 32;
  hub.base_url = "http://127.0.0.1:9/%s";
  const Endpoint of_hub = endpoint(hub, Product::onehub);
  const auto request = asked(of_hub, hub.key, {.model = "claude-2.1"});
  CHECK(request.url ==
        "http://127.0.0.1:9/us-west-2/model/anthropic.claude-v2%3A1/invoke");
  CHECK(value_of(request.headers, "x-amz-security-token") == "session");

  Channel one = bedrock("");
  one.config = R"({"region":"us-east-1","ak":"AKIDEXAMPLE","sk":"s-s-s-s"})";
  const Endpoint of_one = endpoint(one, Product::oneapi);
  CHECK(of_one.secret == Secret("AKIDEXAMPLE|s-s-s-s|us-east-1"));

  for (const auto* key : {"", "only-one", "a|b", "a|b|c|d|e",
                          "ak|sk|evil.example/", "ak|sk|", "|sk|us-east-1"}) {
    INFO(key);
    Channel channel = bedrock(key);
    if (std::string_view(key) == "a|b") continue;  // a key and a region
    CHECK(refusal(channel, Product::newapi).is(say::key_of_other_form));
  }
  Channel broken = bedrock("api-key|us-east-1");
  broken.settings = R"({"aws_key_type":"api_key"})";
  CHECK(refusal(broken, Product::newapi).is(say::model_not_routed));
}

TEST_CASE("a service account logs in before it asks, and asks by its pass") {
  const support::RsaPair pair;
  Channel channel;
  channel.type = 41;
  channel.key = Secret(account(pair, "https://login.example/token"));
  channel.other = "us-central1";
  const Endpoint to = endpoint(channel);
  const auto login = to.provider->login_request(
      {.endpoint = to, .key = channel.key, .now = now});
  REQUIRE(login);
  CHECK(login->is_login);
  CHECK(login->method == "POST");
  CHECK(login->url == "https://login.example/token");
  const std::string begin =
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
      "&assertion=";
  REQUIRE(login->body.starts_with(begin));
  const auto parts =
      base::split(std::string_view(login->body).substr(begin.size()), '.');
  REQUIRE(parts.size() == 3);
  CHECK(decoded(parts[0]) == R"({"alg":"RS256","typ":"JWT"})");
  CHECK(
      decoded(parts[1]) ==
      R"({"iss":"me@my-project.example","scope":"https://www.googleapis.com/auth/cloud-platform","aud":"https://login.example/token","iat":1790000000,"exp":1790003600})");
  CHECK(pair.signed_by(fmt::format("{}.{}", parts[0], parts[1]),
                       decoded(parts[2])));

  const Secret pass("ya29.pass");
  const auto request =
      asked(to, channel.key, {.model = "gemini-2.5-flash"}, &pass);
  CHECK(request.url ==
        "https://us-central1-aiplatform.googleapis.com/v1/projects/my-project"
        "/locations/us-central1/publishers/google/models/gemini-2.5-flash"
        ":streamGenerateContent?alt=sse");
  CHECK(value_of(request.headers, "authorization") == "Bearer ya29.pass");
  CHECK(value_of(request.headers, "x-goog-user-project") == "my-project");
}

TEST_CASE("Vertex has a place for each family of models") {
  const support::RsaPair pair;
  Channel channel;
  channel.type = 41;
  channel.key = Secret(account(pair));
  channel.other = R"({"default":"global","special":"europe-west1"})";
  const Endpoint to = endpoint(channel);
  const auto url = [&](const Question& question) {
    return asked(to, channel.key, question).url;
  };
  const std::string global =
      "https://aiplatform.googleapis.com/v1/projects/my-project/locations"
      "/global/publishers/";
  CHECK(url({.model = "claude-3-5-sonnet-20241022"}) ==
        global +
            "anthropic/models/claude-3-5-sonnet-v2@20241022"
            ":streamRawPredict?alt=sse");
  CHECK(url({.model = "claude-opus-4-6", .stream = false}) ==
        global + "anthropic/models/claude-opus-4-6:rawPredict");
  CHECK(url({.model = "gemini-x", .public_name = "special", .stream = false}) ==
        "https://europe-west1-aiplatform.googleapis.com/v1/projects/my-project"
        "/locations/europe-west1/publishers/google/models/gemini-x"
        ":generateContent");
  CHECK(url({.kind = Kind::image, .model = "imagen-4"}) ==
        global + "google/models/imagen-4:predict");
  CHECK(url({.model = "meta/llama-3.3-70b-instruct-maas"}) ==
        "https://aiplatform.googleapis.com/v1beta1/projects/my-project"
        "/locations/global/endpoints/openapi/chat/completions");
  CHECK(asked(to, channel.key, {.model = "claude-opus-4-6"}).body ==
        R"({"anthropic_version":"vertex-2023-10-16","max_tokens":16,)"
        R"("messages":[{"role":"user","content":"hi"}],"stream":true})");
}

TEST_CASE("Vertex by a mere key has it in the address, and no login") {
  Channel channel;
  channel.type = 41;
  channel.key = Secret("AIza-key");
  channel.settings = R"({"vertex_key_type":"api_key"})";
  const Endpoint to = endpoint(channel);
  CHECK_FALSE(to.provider->login_request(
      {.endpoint = to, .key = channel.key, .now = now}));
  CHECK(asked(to, channel.key, {.model = "gemini-x"}).url ==
        "https://aiplatform.googleapis.com/v1/publishers/google/models/gemini-x"
        ":streamGenerateContent?alt=sse&key=AIza-key");
}

TEST_CASE("accounts that cannot be used are told, and nothing is asked") {
  Channel channel;
  channel.type = 41;
  channel.key = Secret("no json");
  CHECK(refusal(channel, Product::newapi).is(say::key_of_other_form));
  const support::RsaPair pair;
  channel.key = Secret(account(pair));
  channel.other = "evil.example/x";
  CHECK(refusal(channel, Product::newapi).is(say::no_region));
  channel.type = 42;
  CHECK(refusal(channel, Product::oneapi).is(say::no_region));
  CHECK(refusal(channel, Product::onehub).is(say::no_region));
}

TEST_CASE("a probe logs in once, and again when the pass is over") {
  const support::RsaPair pair;
  Channel channel;
  channel.type = 41;
  channel.other = "us-central1";
  channel.key = Secret(account(pair, "https://login.example/token"));
  core::Enquiry enquiry;
  enquiry.endpoint = endpoint(channel);
  enquiry.keys = {{0, channel.key, true}};
  const std::string alive =
      "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},"
      "\"finishReason\":\"STOP\"}]}\n\n";
  {
    core::ProbeConversation probe(enquiry, {.model = "gemini-x"}, {});
    talk::Talk talk(probe);
    CHECK(talk::wants_send(talk.answer(
        {200, R"({"access_token":"ya29.pass","expires_in":3599})"})));
    CHECK(talk::is_over(talk.answer({200, alive})));
    CHECK(probe.ending().outcome == core::Outcome::ok);
    CHECK(probe.ending().attempts == 2);
    REQUIRE(talk.requests.size() == 2);
    CHECK(talk.requests[0].is_login);
    CHECK(value_of(talk.requests[1].headers, "authorization") ==
          "Bearer ya29.pass");
  }
  core::ProbeConversation again(enquiry, {.model = "gemini-x"}, {});
  CHECK_FALSE(again.request(talk::wall).is_login);
  core::ProbeConversation later(enquiry, {.model = "gemini-x"}, {});
  CHECK(later.request(talk::wall + std::chrono::hours(1)).is_login);
}

TEST_CASE("a refused login is about the key, never about the model") {
  const support::RsaPair pair;
  Channel channel;
  channel.type = 41;
  channel.other = "us-central1";
  channel.key = Secret(account(pair));
  core::Enquiry enquiry;
  enquiry.endpoint = endpoint(channel);
  enquiry.keys = {{0, channel.key, true}};
  struct Row {
    talk::Answer answer;
    core::Outcome outcome;
  };
  for (const Row& row : std::vector<Row>{
           {{400, R"({"error":"invalid_grant","error_description":"gone"})"},
            core::Outcome::auth_failed},
           {{401, R"({"error":"invalid_client"})"}, core::Outcome::auth_failed},
           {{404, "model not found"}, core::Outcome::bad_response},
           {{200, R"({"access_token":""})"}, core::Outcome::bad_response},
           {{307, "", {{"location", "https://login.example/other"}}},
            core::Outcome::bad_response},
           {{503, ""}, core::Outcome::server_error}}) {
    core::ProbeConversation probe(enquiry, {.model = "gemini-x"}, {});
    talk::Talk talk(probe);
    INFO(row.answer.status << row.answer.body);
    CHECK(talk::is_over(talk.answer(row.answer)));
    CHECK(probe.ending().outcome == row.outcome);
  }
}

TEST_CASE("Codex is asked as OpenAI's own client would") {
  Channel channel;
  channel.type = 57;
  channel.key = Secret(R"({"access_token":" at-1 ","account_id":"acc","x":1})");
  const Endpoint to = endpoint(channel);
  CHECK(to.provider->kind_of("text-embedding-x") == Kind::responses);
  const auto request =
      asked(to, channel.key,
            {.kind = Kind::responses, .model = "gpt-5-codex", .stream = false});
  CHECK(request.url == "https://chatgpt.com/backend-api/codex/responses");
  CHECK(value_of(request.headers, "authorization") == "Bearer at-1");
  CHECK(value_of(request.headers, "chatgpt-account-id") == "acc");
  CHECK(value_of(request.headers, "originator") == "codex_cli_rs");
  CHECK(value_of(request.headers, "openai-beta") == "responses=experimental");
  CHECK(value_of(request.headers, "content-type") == "application/json");
  CHECK(
      request.body ==
      R"({"model":"gpt-5-codex","input":[{"role":"user","content":"hi"}],"instructions":"","store":false,"stream":true})");
  for (const auto* key :
       {"sk-x", "{}", R"({"access_token":"a"})", R"({"account_id":"a"})"}) {
    CHECK(to.provider->refuses_key(Secret(key)).is(say::key_of_other_form));
  }
}

TEST_CASE("an advanced channel is asked by its first route that leads there") {
  Channel channel;
  channel.type = 58;
  channel.base_url = "https://h/x";
  channel.settings =
      R"({"advanced_custom":{"advanced_routes":[)"
      R"({"incoming_path":"/v1/models","upstream_path":"/list",)"
      R"("auth":{"type":"none"}},)"
      R"({"incoming_path":"/v1/chat/completions","models":["one","re:^x-"],)"
      R"("upstream_path":"/chat/{model}","converter":"none",)"
      R"("auth":{"type":"header","name":"X-Key","value":"k {api_key}"}},)"
      R"({"incoming_path":"/v1/chat/completions","models":["two"],)"
      R"("upstream_path":"https://other/q?a=1",)"
      R"("auth":{"type":"query","name":"key","value":"{api_key}"}},)"
      R"({"incoming_path":"/v1/messages","models":["claude"],)"
      R"("upstream_path":"/m"},)"
      R"({"incoming_path":"/v1/chat/completions","models":["turned"],)"
      R"("upstream_path":"/t",)"
      R"("converter":"openai_chat_completions_to_openai_responses"}]}})";
  const Endpoint to = endpoint(channel);
  const Secret key("sk-1");
  const auto question = [](const std::string& name) {
    return Question{.model = "up", .public_name = name};
  };
  const auto one = asked(to, key, question("one"));
  CHECK(one.url == "https://h/x/chat/up");
  CHECK(value_of(one.headers, "x-key") == "k sk-1");
  CHECK(value_of(one.headers, "authorization").empty());
  CHECK(asked(to, key, question("x-5")).url == "https://h/x/chat/up");
  CHECK(asked(to, key, question("two")).url == "https://other/q?a=1&key=sk-1");
  const auto claude = asked(to, key, question("claude"));
  CHECK(claude.url == "https://h/x/m");
  CHECK(value_of(claude.headers, "anthropic-version") == "2023-06-01");
  CHECK(value_of(claude.headers, "authorization") == "Bearer sk-1");
  CHECK(claude.body.find("\"max_tokens\":16") != std::string::npos);
  const auto list = to.provider->list_request({to, key}, "");
  CHECK(list.url == "https://h/x/list");
  CHECK(list.headers.empty());
  CHECK(to.provider->refuses(to, question("nobody")).is(say::model_not_routed));
  CHECK(to.provider->refuses(to, question("turned"))
            .is(say::converter_not_emulated));
  CHECK(to.provider->refuses(to, question("one")).empty());
  channel.settings = "{}";
  CHECK(refusal(channel, Product::newapi).is(say::no_routes));
}
