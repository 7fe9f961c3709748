#include "core/conversation.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/messages_probe.h"
#include "base/text.h"
#include "catch.h"
#include "talk.h"

using base::http::Failure;
using core::Kind;
using core::Outcome;
using talk::Talk;

namespace {

const std::string role =
    "data: "
    "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}"
    "\n\n";
const std::string hello =
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n";
const std::string stop =
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const std::string usage =
    "data: {\"choices\":[],\"usage\":{\"completion_tokens\":9,"
    "\"total_tokens\":17}}\n\n";

core::ProbeConversation probe_of(const core::Enquiry& enquiry,
                                 const std::string& model = "gpt-4o-mini",
                                 Kind kind = Kind::chat) {
  return core::ProbeConversation(enquiry, {.model = model, .kind = kind}, {});
}

std::string error(std::string_view message, std::string_view code = "") {
  return "{\"error\":{\"message\":" + base::json::quote(message) +
         ",\"code\":" + base::json::quote(code) + "}}";
}

std::string ids(std::initializer_list<const char*> names,
                std::string_view more = "") {
  std::string list;
  for (const char* name : names) {
    list += (list.empty() ? "" : ",") + std::string(R"({"id":)") +
            base::json::quote(name) + '}';
  }
  return "{\"data\":[" + list + "]" + std::string(more) + "}";
}

// An answer of tests/data/answers.  Its first lines say what it is:
//   # expect: OUTCOME kind=KIND model=MODEL provider=PROVIDER
//   # source: the page that shows it
//   # why: in a line or more, where another outcome could be thought of
// What is answered to what is asked instead follows after a line "# then".
struct Recorded {
  std::map<std::string, std::string> expected;  // "" is the outcome
  std::string source;
  std::vector<talk::Answer> answers;  // the last one to all that follows
};

std::map<std::string, std::string> words_of(std::string_view line) {
  std::map<std::string, std::string> words;
  for (const auto word : base::split(line, ' ')) {
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) {
      words[""] = word;
    } else {
      words[std::string(word.substr(0, equals))] = word.substr(equals + 1);
    }
  }
  return words;
}

talk::Answer answer_in(const std::string& text) {
  std::istringstream lines(text);
  talk::Answer answer;
  std::string line;
  std::getline(lines, line);
  REQUIRE(line.starts_with("HTTP/1.1 "));
  answer.status = std::stoi(line.substr(9));
  while (std::getline(lines, line) && !line.empty()) {
    const auto colon = line.find(": ");
    REQUIRE(colon != std::string::npos);
    answer.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  answer.body.assign(std::istreambuf_iterator<char>(lines), {});
  return answer;
}

Recorded recorded(const std::filesystem::path& path) {
  INFO(path.filename());
  std::ifstream file(path, std::ios::binary);
  std::string line;
  Recorded read;
  while (std::getline(file, line) && line.starts_with("# ")) {
    const auto colon = line.find(": ");
    REQUIRE(colon != std::string::npos);
    const auto name = line.substr(2, colon - 2);
    const auto value = line.substr(colon + 2);
    if (name == "expect") {
      read.expected = words_of(value);
    } else if (name == "source") {
      read.source = value;
    } else {
      REQUIRE(name == "why");
    }
  }
  std::string rest(std::istreambuf_iterator<char>(file), {});
  rest.insert(0, line + '\n');
  const std::string_view then = "# then\n";
  for (std::size_t start = 0; start != std::string::npos;) {
    const auto end = rest.find(then, start);
    read.answers.push_back(answer_in(rest.substr(start, end - start)));
    start = end == std::string::npos ? end : end + then.size();
  }
  return read;
}

std::map<std::string, Recorded> all_recorded() {
  std::map<std::string, Recorded> answers;
  for (const auto& entry :
       std::filesystem::directory_iterator(TEST_DATA "/answers")) {
    answers[entry.path().filename().string()] = recorded(entry.path());
  }
  return answers;
}

// Providers that answers are recorded of, but that are not written yet.
constexpr std::array<std::string_view, 0> not_written_yet = {};

Outcome outcome_after(const Recorded& read, const core::Provider& provider,
                      std::size_t piece) {
  auto enquiry = talk::enquiry_with({"sk-test-0123456789"});
  enquiry.endpoint.provider = &provider;
  auto probe = probe_of(enquiry, read.expected.at("model"),
                        core::kind_named(read.expected.at("kind")).value());
  Talk talk(probe);
  const auto next = [&] {
    return read.answers.at(
        std::min(talk.requests.size(), read.answers.size() - 1));
  };
  while (talk::wants_send(talk.answer(next(), piece))) {
    REQUIRE(talk.requests.size() < 10);
  }
  CHECK(talk.requests.size() >= read.answers.size());
  CHECK(probe.ending().why.empty() == (probe.ending().outcome == Outcome::ok));
  return probe.ending().outcome;
}

}  // namespace

TEST_CASE("recorded answers of vendors and relays mean what they say") {
  for (const auto& [file, read] : all_recorded()) {
    const std::string& name = read.expected.at("provider");
    INFO(file << " of " << name);
    const auto* provider = core::provider_named(name);
    const auto missing =
        std::count(not_written_yet.begin(), not_written_yet.end(), name);
    CHECK(missing == (provider == nullptr ? 1 : 0));
    if (provider == nullptr) continue;
    for (const std::size_t piece : {1U << 20, 100U, 7U, 3U, 1U}) {
      INFO("in pieces of " << piece);
      CHECK(core::name_of(outcome_after(read, *provider, piece)) ==
            read.expected.at(""));
    }
  }
}

TEST_CASE("vendors who speak as OpenAI does are heard as OpenAI is") {
  for (const auto& [file, read] : all_recorded()) {
    if (read.expected.at("provider") != "openai" || read.answers.size() > 1) {
      continue;
    }
    for (const auto* name :
         {"ali_compatible", "azure", "baidu_v2", "cloudflare", "github",
          "openai_bare", "openrouter", "perplexity", "volcengine",
          "zhipu_v4"}) {
      const auto* provider = core::provider_named(name);
      REQUIRE(provider != nullptr);
      const auto kind = core::kind_named(read.expected.at("kind")).value();
      if (!provider->can({}, kind)) continue;
      INFO(file << " of " << name);
      CHECK(core::name_of(outcome_after(read, *provider, 1000)) ==
            read.expected.at(""));
    }
  }
}

// A relay passes on what its own upstream said, in whatever shape.
TEST_CASE("a refusal means the same to whoever hears it") {
  for (const auto& [file, read] : all_recorded()) {
    const auto kind = core::kind_named(read.expected.at("kind")).value();
    if (read.answers.size() > 1 || read.answers.front().status < 400) continue;
    for (const core::Provider* provider : core::all_providers()) {
      if (!provider->can({}, kind)) continue;
      INFO(file << " of " << provider->name());
      CHECK(core::name_of(outcome_after(read, *provider, 1000)) ==
            read.expected.at(""));
    }
  }
}

TEST_CASE("every recorded answer names the page that shows it") {
  for (const auto& [file, read] : all_recorded()) {
    INFO(file);
    CHECK(read.source.starts_with("https://"));
    CHECK(read.source.find(' ') == std::string::npos);
  }
}

TEST_CASE("there are recorded answers of every outcome an answer can have") {
  const auto answers = all_recorded();
  CHECK(answers.size() >= 230);
  std::set<std::string> outcomes;
  for (const auto& [file, read] : answers) {
    outcomes.insert(read.expected.at(""));
  }
  // No answer tells the others: they are ours, or there was none.
  CHECK(outcomes == std::set<std::string>{
                        "auth_failed", "bad_request", "bad_response",
                        "forbidden", "model_gone", "ok", "quota_exhausted",
                        "rate_limited", "server_error", "timeout"});
}

TEST_CASE("a probe asks as the gateway does") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  talk.send();
  const auto& request = talk.requests.at(0);
  CHECK(request.method == "POST");
  CHECK(request.url == "https://up.example/v1/chat/completions");
  CHECK(base::http::value_of(request.headers, "authorization") ==
        "Bearer sk-one");
  CHECK(
      request.body ==
      R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],)"
      R"("max_tokens":16,"stream":true,"stream_options":{"include_usage":true}})");
  CHECK(request.timeout == base::Milliseconds(10'000));
  CHECK(request.most_body == 1U << 20);
}

TEST_CASE("the policy says what is asked and how long it may take") {
  auto enquiry = talk::enquiry_with({"sk-one"});
  enquiry.policy = {.timeout = base::Milliseconds(3000),
                    .prompt = "say \"x\"",
                    .max_tokens = 20,
                    .stream = false};
  auto probe = probe_of(enquiry, "o3-mini");
  Talk talk(probe);
  talk.send();
  CHECK(talk.requests.at(0).timeout == base::Milliseconds(3000));
  CHECK(
      talk.requests.at(0).body ==
      R"({"model":"o3-mini","messages":[{"role":"user","content":"say \"x\""}],)"
      R"("max_completion_tokens":20})");
}

TEST_CASE("reasoning models of OpenAI get their own name of the limit") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  for (const auto& [model, completion] :
       std::map<std::string, bool>{{"o1", true},
                                   {"o4-mini", true},
                                   {"gpt-5-mini", true},
                                   {"openai/gpt-5", true},
                                   {"GPT-5", true},
                                   {"gpt-4o", false},
                                   {"omni-x", false},
                                   {"ollama3", false},
                                   {"o", false}}) {
    auto probe = probe_of(enquiry, model);
    INFO(model);
    CHECK((probe.request({}).body.find("max_completion_tokens") !=
           std::string::npos) == completion);
  }
}

TEST_CASE("the times of a stream count from the moment it was sent") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  CHECK(talk::waits_until(talk.send(1000)) == base::never);
  CHECK(talk::waits_until(talk.head(200, 1100)) == base::never);
  CHECK(talk::waits_until(talk.chunk(role, 1200)) == base::never);
  CHECK(talk::waits_until(talk.chunk(hello, 1400)) == talk::at(3400));
  talk.chunk(stop, 1800);
  CHECK(talk::waits_until(talk.chunk(usage, 1900)) == talk::at(2000));
  CHECK(talk::is_over(talk.done(1910)));
  const core::Ending& ending = probe.ending();
  CHECK(ending.outcome == Outcome::ok);
  CHECK(ending.why.empty());
  CHECK(ending.reached);
  CHECK(ending.http_status == 200);
  CHECK(ending.attempts == 1);
  CHECK(ending.times.headers == Approx(100));
  CHECK(ending.times.first_token == Approx(400));
  CHECK(ending.times.total == Approx(910));
  CHECK(ending.completion_tokens == 9);
  CHECK(ending.total_tokens == 17);
  CHECK(ending.tokens_per_second == Approx(9 / 0.51));
}

TEST_CASE("a call that was never sent took no time") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  CHECK(talk::is_over(talk.failed(Failure::connect, 900)));
  CHECK(probe.ending().times.total < 0);
}

TEST_CASE("waiting for the end of a stream is no part of its time") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  talk.send();
  talk.head(200, 100);
  talk.chunk(hello, 200);
  CHECK(talk::waits_until(talk.chunk(stop + usage, 400)) == talk::at(500));
  CHECK(talk::waits_until(talk.tick(450)) == talk::at(500));
  CHECK(talk::is_over(talk.tick(500)));
  CHECK(probe.ending().times.total == Approx(400));
  CHECK(probe.ending().tokens_per_second == Approx(9 / 0.2));
}

TEST_CASE("reasoning and legacy text are first tokens, a document has none") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  for (const auto* event :
       {R"({"choices":[{"delta":{"reasoning_content":"The"}}]})",
        R"({"choices":[{"delta":{"reasoning":"The"}}]})",
        R"({"choices":[{"text":"The"}]})"}) {
    auto probe = probe_of(enquiry);
    Talk talk(probe);
    talk.send();
    talk.head(200, 1);
    talk.chunk("data: " + std::string(event) + "\n\n", 50);
    talk.done(60);
    CHECK(probe.ending().times.first_token == Approx(50));
    CHECK(probe.ending().tokens_per_second < 0);
  }
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  talk.answer({200, R"({"choices":[{"message":{"content":"Hi"}}]})"});
  CHECK(probe.ending().outcome == Outcome::ok);
  CHECK(probe.ending().times.first_token < 0);
}

TEST_CASE("a usage in every event hides neither first token nor end") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  talk.send();
  talk.head(200, 1);
  const auto step = talk.chunk(
      "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}],"
      "\"usage\":{\"completion_tokens\":0,\"total_tokens\":5}}\n\n",
      100);
  CHECK(talk::waits_until(step) == talk::at(2100));
  talk.chunk(hello, 300);
  const auto last = talk.chunk(
      "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}],"
      "\"usage\":{\"completion_tokens\":16,\"total_tokens\":21}}\n\n",
      500);
  CHECK(talk::waits_until(last) == talk::at(600));
  CHECK(talk::is_over(talk.done(500)));
  CHECK(probe.ending().times.first_token == Approx(300));
  CHECK(probe.ending().tokens_per_second == Approx(16 / 0.2));
}

TEST_CASE("a model that talks on is hung up on after two seconds") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  talk.send();
  talk.head(200, 10);
  CHECK(talk::waits_until(talk.chunk(hello, 100)) == talk::at(2100));
  CHECK(talk::waits_until(talk.chunk(hello, 2000)) == talk::at(2100));
  CHECK(talk::is_over(talk.tick(2100)));
  CHECK(probe.ending().outcome == Outcome::ok);
}

TEST_CASE("a model that talks on is hung up on after 64 KiB") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  talk.send();
  talk.head(200, 10);
  // What came before the evidence does not count.
  const std::string comment = ": " + std::string(1000, 'x') + "\n\n";
  for (int i = 0; i < 100; ++i) {
    REQUIRE(talk::waits_until(talk.chunk(comment, 50)) == base::never);
  }
  REQUIRE(talk::waits_until(talk.chunk(hello, 100)) == talk::at(2100));
  int more = 0;
  while (!talk::is_over(talk.chunk(comment, 200)))
    REQUIRE(++more < 100);
  CHECK(more == 65);
  CHECK(probe.ending().outcome == Outcome::ok);
}

TEST_CASE("an endless error is read no further than it says something") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  talk.send();
  talk.head(500, 10);
  int chunks = 0;
  while (!talk::is_over(talk.chunk(std::string(1000, 'x'), 20))) {
    REQUIRE(++chunks < 100);
  }
  CHECK(probe.ending().outcome == Outcome::server_error);
}

TEST_CASE("what fails before any evidence says how, and nothing after it") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  for (const auto& [kind, outcome] : std::map<Failure, Outcome>{
           {Failure::connect, Outcome::network_error},
           {Failure::broken, Outcome::network_error},
           {Failure::timeout, Outcome::timeout},
           {Failure::too_large, Outcome::bad_response}}) {
    auto before_head = probe_of(enquiry);
    Talk first(before_head);
    first.send();
    CHECK(talk::is_over(first.failed(kind, 10'000)));
    CHECK(before_head.ending().outcome == outcome);
    CHECK_FALSE(before_head.ending().why.empty());
    CHECK_FALSE(before_head.ending().reached);
    CHECK(before_head.ending().http_status == 0);

    auto after_role = probe_of(enquiry);
    Talk second(after_role);
    second.send();
    second.head(200, 1);
    second.chunk(role, 2);
    CHECK(talk::is_over(second.failed(kind, 10'000)));
    CHECK(after_role.ending().outcome == outcome);

    auto after_evidence = probe_of(enquiry);
    Talk third(after_evidence);
    third.send();
    third.head(200, 1);
    third.chunk(hello, 2);
    CHECK(talk::is_over(third.failed(kind, 10'000)));
    CHECK(after_evidence.ending().outcome == Outcome::ok);
    CHECK(after_evidence.ending().why.empty());

    auto after_error = probe_of(enquiry);
    Talk fourth(after_error);
    fourth.send();
    fourth.head(401, 1);
    CHECK(talk::is_over(fourth.failed(kind, 10'000)));
    CHECK(after_error.ending().outcome == Outcome::auth_failed);
  }
}

TEST_CASE("what broke a connection of many is no call's fault the first time") {
  const core::Enquiry enquiry = talk::enquiry_with({"sk-one"});
  core::ProbeConversation probe = probe_of(enquiry);
  Talk talk(probe);
  talk.send();
  REQUIRE(talk::wants_send(talk.failed(Failure::shared, 10)));
  talk.send(20);
  CHECK(talk.requests[0].url == talk.requests[1].url);
  REQUIRE(talk::is_over(talk.failed(Failure::shared, 30)));
  CHECK(probe.ending().outcome == Outcome::network_error);
  CHECK(probe.ending().attempts == 2);

  core::ListConversation list(enquiry, 0);
  Talk other(list);
  other.send();
  REQUIRE(talk::wants_send(other.failed(Failure::shared, 10)));
  other.send(20);
  CHECK(talk::is_over(other.failed(Failure::shared, 30)));
}

TEST_CASE("a redirect on the same host is followed as the gateway does") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  for (const int status : {301, 302, 303, 307, 308}) {
    auto probe = probe_of(enquiry);
    Talk talk(probe);
    talk.send();
    CHECK(talk::wants_send(talk.head(status, 10, {{"Location", "/other"}})));
    talk.send();
    const auto& again = talk.requests.at(1);
    CHECK(again.url == "https://up.example/other");
    const bool keeps = status >= 307;
    CHECK(again.method == (keeps ? "POST" : "GET"));
    CHECK(again.body.empty() != keeps);
    CHECK(probe.ending().attempts == 2);
  }
}

TEST_CASE("a key is never carried to another host") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  for (const auto* to :
       {"https://evil.example/v1", "https://up.example:8443/v1",
        "http://up.example/v1", "//evil.example/", "ftp://up.example/", ""}) {
    auto probe = probe_of(enquiry);
    Talk talk(probe);
    talk.send();
    CHECK(talk::is_over(talk.head(307, 10, {{"Location", to}})));
    CHECK(probe.ending().outcome == Outcome::bad_response);
    CHECK(probe.ending().why.is(base::say::told_redirect));
    core::ListConversation list(enquiry, 0);
    Talk other(list);
    other.send();
    CHECK(talk::is_over(other.head(302, 10, {{"Location", to}})));
    CHECK(list.ending().outcome == Outcome::bad_response);
  }
}

TEST_CASE("redirects share the time of one call") {
  auto enquiry = talk::enquiry_with({"sk-1"});
  enquiry.policy.timeout = base::Milliseconds(2000);
  const base::http::Headers to = {{"Location", "/elsewhere"}};
  SECTION("of a probe, and it is timed as a whole") {
    core::ProbeConversation probe(enquiry, {.model = "m"}, {});
    Talk talk(probe);
    talk.send(0);
    CHECK(talk.requests.back().timeout == base::Milliseconds(2000));
    CHECK(talk::wants_send(talk.head(307, 1500, to)));
    // What it waits for in our own queue is not counted.
    talk.send(10'000);
    CHECK(talk.requests.back().timeout == base::Milliseconds(500));
    CHECK(talk::wants_send(talk.head(307, 10'300, to)));
    talk.send(20'000);
    CHECK(talk.requests.back().timeout == base::Milliseconds(200));
    talk.head(404, 20'100);
    talk.done(20'150);
    CHECK(probe.ending().times.headers == 1900);
    CHECK(probe.ending().times.total == 1950);
  }
  SECTION("of a list") {
    core::ListConversation list(enquiry, 0);
    Talk talk(list);
    talk.send(0);
    CHECK(talk::wants_send(talk.head(307, 1800, to)));
    talk.send(5000);
    CHECK(talk.requests.back().timeout == base::Milliseconds(200));
  }
}

TEST_CASE("redirects are followed three times at most") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  core::Step step = talk.send();
  for (int i = 0; i < 3; ++i) {
    step = talk.head(307, 10, {{"Location", "/again"}});
    REQUIRE(talk::wants_send(step));
    talk.send();
  }
  CHECK(talk::is_over(talk.head(307, 10, {{"Location", "/again"}})));
  CHECK(probe.ending().outcome == Outcome::bad_response);
  CHECK(talk.requests.size() == 4);
}

TEST_CASE("each refusal is answered by one question without what was refused") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  const auto body = [&] { return talk.requests.back().body; };
  const auto has = [&](const char* text) {
    return body().find(text) != std::string::npos;
  };
  CHECK(talk::wants_send(
      talk.answer({400, error("Unrecognized argument: stream_options")})));
  CHECK(talk::wants_send(talk.answer(
      {400, error("Unsupported parameter: 'max_tokens' is not supported with "
                  "this model. Use 'max_completion_tokens' instead.")})));
  CHECK_FALSE(has("stream_options"));
  CHECK(talk::wants_send(
      talk.answer({400, error("max_completion_tokens is not permitted")})));
  CHECK(has("max_completion_tokens"));
  CHECK(talk::wants_send(talk.answer({400, error("does not support stream")})));
  CHECK_FALSE(has("max_"));
  CHECK(has("\"stream\":true"));
  CHECK(talk::is_over(talk.answer({400, error("stream must be true")})));
  CHECK_FALSE(has("\"stream\":true"));
  CHECK(probe.ending().outcome == Outcome::bad_request);
  CHECK(probe.ending().attempts == 5);
}

TEST_CASE("a model of another kind is asked as what it says it is") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  struct Row {
    std::string error;
    std::string path;
    Kind kind;
    std::string body;
  };
  for (const Row& row : std::vector<Row>{
           {"This model is only supported in v1/responses and not in "
            "v1/chat/completions.",
            "/v1/responses", Kind::responses,
            R"({"output":[{"type":"message"}]})"},
           {"This is not a chat model and thus not supported in the "
            "v1/chat/completions endpoint. Did you mean to use v1/completions?",
            "/v1/completions", Kind::chat, R"({"choices":[{"text":"x"}]})"},
           {"This is an embedding model, use v1/embeddings", "/v1/embeddings",
            Kind::embedding, R"({"data":[{"embedding":[0.5]}]})"},
           {"this is a rerank model", "/v1/rerank", Kind::rerank,
            R"({"results":[{"relevance_score":0.5}]})"}}) {
    auto probe = probe_of(enquiry, "davinci-002");
    Talk talk(probe);
    CHECK(talk::wants_send(talk.answer({404, error(row.error)})));
    CHECK(talk::is_over(talk.answer({200, row.body})));
    CHECK(talk.requests.back().url == "https://up.example" + row.path);
    CHECK(probe.ending().outcome == Outcome::ok);
    CHECK(probe.ending().kind == row.kind);
    CHECK(probe.ending().attempts == 2);
  }
}

TEST_CASE("an upstream's error is no refusal of streams") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  CHECK(talk::is_over(talk.answer({500, error("upstream error")})));
  CHECK(probe.ending().outcome == Outcome::server_error);
  CHECK(probe.ending().attempts == 1);
}

TEST_CASE("a key's failure is not asked away") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  CHECK(talk::is_over(talk.answer(
      {400, error("insufficient balance: lower max_tokens or stream less")})));
  CHECK(probe.ending().outcome == Outcome::quota_exhausted);
}

TEST_CASE("the next key is tried after a key's failure and nothing else") {
  const auto enquiry = talk::enquiry_with(
      {"sk-first-0000000", "sk-second-111111", "sk-third-2222222"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  CHECK(talk::wants_send(talk.answer({401, error("no")})));
  CHECK(talk::wants_send(talk.answer({402, error("no money")})));
  CHECK(talk::is_over(talk.answer({429, error("slow down")})));
  CHECK(base::http::value_of(talk.requests[2].headers, "authorization") ==
        "Bearer sk-third-2222222");
  const core::Ending& ending = probe.ending();
  CHECK(ending.outcome == Outcome::rate_limited);
  CHECK(ending.key == 2);
  CHECK(ending.attempts == 3);
  REQUIRE(ending.keys.size() == 2);
  CHECK(ending.keys[0].outcome == Outcome::auth_failed);
  CHECK(ending.keys[1].outcome == Outcome::quota_exhausted);
}

TEST_CASE("the last key's failure is the probe's") {
  const auto enquiry =
      talk::enquiry_with({"sk-first-0000000", "sk-second-111111"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  CHECK(talk::wants_send(talk.answer({402, error("no money")})));
  CHECK(talk::is_over(talk.answer({401, error("key sk-second-111111 bad")})));
  CHECK(probe.ending().outcome == Outcome::auth_failed);
  CHECK(probe.ending().keys.size() == 2);
  CHECK(probe.ending().why.in(base::Language::en).find("sk-second") ==
        std::string::npos);
}

TEST_CASE("what an earlier call said does not stick to the last") {
  const auto enquiry =
      talk::enquiry_with({"sk-first-0000000", "sk-second-111111"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  talk.answer({401, error("no"), {{"Retry-After", "3"}}});
  talk.send();
  CHECK(talk::is_over(talk.failed(Failure::connect, 50)));
  CHECK(probe.ending().outcome == Outcome::network_error);
  CHECK(probe.ending().http_status == 0);
  CHECK_FALSE(probe.ending().retry_after);
  CHECK(probe.ending().reached);
}

TEST_CASE("Retry-After is read as seconds and as a date") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  struct Row {
    std::string text;
    std::string date;
    std::optional<base::Milliseconds> pause;
  };
  using base::Milliseconds;
  for (const Row& row :
       std::vector<Row>{{"20", "", Milliseconds(20'000)},
                        {" 1.5 ", "", Milliseconds(1500)},
                        {"0", "", Milliseconds(0)},
                        {"-3", "", Milliseconds(0)},
                        {"1e300", "", Milliseconds(1'000'000'000)},
                        {"nan", "", {}},
                        {"inf", "", {}},
                        {"soon", "", {}},
                        {"Sun, 06 Nov 1994 08:50:00 GMT",
                         "Sun, 06 Nov 1994 08:49:37 GMT", Milliseconds(23'000)},
                        {"Sun, 06 Nov 1994 08:49:00 GMT",
                         "Sun, 06 Nov 1994 08:49:37 GMT", Milliseconds(0)},
                        {"Sun, 06 Nov 1994 08:50:00 GMT", "", {}}}) {
    auto probe = probe_of(enquiry);
    Talk talk(probe);
    talk.answer({429, "", {{"Retry-After", row.text}, {"Date", row.date}}});
    INFO(row.text);
    CHECK(probe.ending().outcome == Outcome::rate_limited);
    CHECK(probe.ending().retry_after == row.pause);
  }
}

TEST_CASE("only a 404 that is not about the model speaks of the address") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  for (const auto& [body, not_there] :
       std::map<std::string, bool>{{"404 page not found", true},
                                   {error("Invalid URL"), true},
                                   {error("no such model: x"), false}}) {
    auto probe = probe_of(enquiry);
    Talk talk(probe);
    talk.answer({404, body});
    CHECK(probe.ending().not_there == not_there);
  }
}

TEST_CASE("reasons are said in one line and cut") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  auto probe = probe_of(enquiry);
  Talk talk(probe);
  talk.answer(
      {500, error("line one\nline two \x1b[31m" + std::string(900, 'x'))});
  const auto why = probe.ending().why.in(base::Language::en);
  CHECK(why.starts_with("HTTP 500: line one line two \\x1b"));
  CHECK(why.size() < 240);
  CHECK_FALSE(base::has_control(why));
}

TEST_CASE("a list is read over its pages") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  core::ListConversation list(enquiry, 0);
  Talk talk(list);
  CHECK(talk::wants_send(talk.answer(
      {200, ids({"a", "b"}, R"(,"has_more":true,"last_id":"b x")")})));
  CHECK(talk::is_over(talk.answer({200, ids({"c"}, R"(,"has_more":false)")})));
  CHECK(talk.requests.at(0).url == "https://up.example/v1/models");
  CHECK(talk.requests.at(0).method == "GET");
  CHECK(talk.requests.at(1).url ==
        "https://up.example/v1/models?after=b%20x&after_id=b%20x");
  CHECK(list.ending().outcome == Outcome::ok);
  CHECK(list.ids() == std::vector<std::string>{"a", "b", "c"});
  CHECK_FALSE(list.was_cut());
}

TEST_CASE("one broken name does not spoil a list") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  core::ListConversation list(enquiry, 0);
  Talk talk(list);
  CHECK(talk::is_over(talk.answer({200, ids({"a", "b\xff", "c"})})));
  CHECK(list.ending().outcome == Outcome::ok);
  CHECK(list.ids() == std::vector<std::string>{"a", "b\ufffd", "c"});
}

TEST_CASE("a list that leads round ends where nothing new comes") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  core::ListConversation list(enquiry, 0);
  Talk talk(list);
  const talk::Answer one{200, ids({"a"}, R"(,"has_more":true,"last_id":"1")")};
  const talk::Answer two{200, ids({"b"}, R"(,"has_more":true,"last_id":"2")")};
  CHECK(talk::wants_send(talk.answer(one)));
  CHECK(talk::wants_send(talk.answer(two)));
  CHECK(talk::is_over(talk.answer(one)));
  CHECK(list.ids() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a list without an end is cut after fifty pages") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  core::ListConversation list(enquiry, 0);
  Talk talk(list);
  int page = 0;
  while (talk::wants_send(talk.answer(
      {200, ids({std::to_string(page).c_str()}, R"(,"has_more":true)")}))) {
    REQUIRE(++page < 100);
  }
  CHECK(talk.requests.size() == 50);
  CHECK(list.ids().size() == 50);
  CHECK(list.was_cut());
  CHECK(list.ending().outcome == Outcome::ok);
}

TEST_CASE("a list whose pages take too long together is cut") {
  for (const int seconds : {10, 20}) {
    CAPTURE(seconds);
    auto enquiry = talk::enquiry_with({"sk-one"});
    enquiry.policy.timeout = std::chrono::seconds(seconds);
    core::ListConversation list(enquiry, 0);
    Talk talk(list);
    int page = 0;
    core::Step step = core::Send{};
    while (talk::wants_send(step)) {
      REQUIRE(++page < 40);
      // Between pages it waits in our own queue.
      talk.send(page * 60'000);
      talk.head(200, page * 60'000 + 10);
      talk.chunk(ids({std::to_string(page).c_str()}, R"(,"has_more":true)"),
                 page * 60'000 + 8000);
      step = talk.done(page * 60'000 + 8000);
    }
    CHECK(page == (seconds == 10 ? 8 : 13));  // 60 s, 5 times 20 s
    CHECK(list.was_cut());
    CHECK(list.ids().size() == static_cast<std::size_t>(page));
    CHECK(list.ending().outcome == Outcome::ok);
  }
}

TEST_CASE("a list of more than 8 MiB is cut where it had pages, else refused") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  const std::string much(std::size_t{9} << 20, ' ');
  core::ListConversation one(enquiry, 0);
  Talk first(one);
  CHECK(talk::is_over(first.answer({200, much})));
  CHECK(one.ending().outcome == Outcome::bad_response);
  CHECK(one.ids().empty());

  core::ListConversation two(enquiry, 0);
  Talk second(two);
  second.answer({200, ids({"a"}, R"(,"has_more":true)")});
  CHECK(talk::is_over(second.answer({200, much})));
  CHECK(two.ending().outcome == Outcome::ok);
  CHECK(two.was_cut());
  CHECK(two.ids() == std::vector<std::string>{"a"});
}

TEST_CASE("hundreds of endless lists share the memory of a few") {
  const core::Enquiry enquiry = talk::enquiry_with({"sk-one"});
  const std::string piece(std::size_t{64} << 10, ' ');
  std::vector<std::unique_ptr<core::ListConversation>> floods;
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    floods.push_back(std::make_unique<core::ListConversation>(enquiry, 0));
    Talk talk(*floods.back());
    talk.send();
    talk.head(200, 1);
    for (int sent = 0; sent < 112; ++sent) {  // 7 MiB
      if (!talk::is_over(talk.chunk(piece, 2))) continue;
      CHECK(floods.back()->ending().outcome == Outcome::bad_response);
      ++refused;
      break;
    }
  }
  CHECK(refused >= 20);
  CHECK(refused < 30);

  // A list of the usual length is none of those, and there is room again when
  // they are over.
  const auto reads = [&](int pieces) {
    core::ListConversation list(enquiry, 0);
    Talk talk(list);
    talk.send();
    talk.head(200, 1);
    for (int i = 0; i < pieces; ++i)
      if (talk::is_over(talk.chunk(piece, 2))) return false;
    talk.chunk(ids({"a"}), 3);
    return talk::is_over(talk.done(4)) && list.ending().outcome == Outcome::ok;
  };
  CHECK(reads(12));
  floods.clear();
  CHECK(reads(112));
}

TEST_CASE("what fails on a later page does not undo the earlier ones") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  core::ListConversation list(enquiry, 0);
  Talk talk(list);
  talk.answer({200, ids({"a"}, R"(,"has_more":true)")});
  talk.send();
  CHECK(talk::is_over(talk.failed(Failure::timeout, 10'000)));
  CHECK(list.ending().outcome == Outcome::ok);
  CHECK(list.was_cut());
}

TEST_CASE("what is no list says why") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  struct Row {
    talk::Answer answer;
    Outcome outcome;
    bool not_there = false;
  };
  for (const Row& row : std::vector<Row>{
           {{200, "<!doctype html><title>New API</title>"},
            Outcome::bad_response},
           {{200, ids({})}, Outcome::bad_response},
           {{200, R"({"data":null})"}, Outcome::bad_response},
           {{200, ""}, Outcome::bad_response},
           {{200, error("无效的令牌")}, Outcome::auth_failed},
           {{404, "404 page not found"}, Outcome::bad_response, true},
           {{404, error("Invalid URL (GET /v1/v1/models)")},
            Outcome::bad_response,
            true},
           {{401, ""}, Outcome::auth_failed},
           {{402, ""}, Outcome::quota_exhausted},
           {{429, ""}, Outcome::rate_limited},
           {{503, ""}, Outcome::server_error},
           {{204, ""}, Outcome::bad_response}}) {
    core::ListConversation list(enquiry, 0);
    Talk talk(list);
    INFO(row.answer.status << ' ' << row.answer.body);
    CHECK(talk::is_over(talk.answer(row.answer)));
    CHECK(list.ending().outcome == row.outcome);
    CHECK(list.ending().not_there == row.not_there);
    CHECK_FALSE(list.ending().why.empty());
    CHECK(list.ids().empty());
  }
}

TEST_CASE("a list is asked for with key after key") {
  const auto enquiry =
      talk::enquiry_with({"sk-first-0000000", "sk-second-111111"});
  core::ListConversation list(enquiry, 0);
  Talk talk(list);
  CHECK(talk::wants_send(talk.answer({401, ""})));
  CHECK(talk::is_over(talk.answer({200, ids({"a"})})));
  CHECK(list.ending().outcome == Outcome::ok);
  CHECK(list.ending().key == 1);
  CHECK(list.ending().keys.size() == 1);
}

TEST_CASE("a list is followed over a redirect on its host") {
  const auto enquiry = talk::enquiry_with({"sk-one"});
  core::ListConversation list(enquiry, 0);
  Talk talk(list);
  talk.send();
  CHECK(talk::wants_send(talk.head(308, 10, {{"location", "/models"}})));
  CHECK(talk::is_over(talk.answer({200, ids({"a"})})));
  CHECK(talk.requests.back().url == "https://up.example/models");
  CHECK(list.ids() == std::vector<std::string>{"a"});
}
