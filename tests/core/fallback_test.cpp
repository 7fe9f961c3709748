#include "core/fallback.h"

#include <string>
#include <vector>

#include "catch.h"

using core::FallbacksTaken;
using core::Kind;
using core::Question;
using core::TokenLimit;

namespace {

std::optional<Question> after(const Question& question, const char* error,
                              int status = 400) {
  FallbacksTaken taken;
  return core::fallback(question, status, error, taken);
}

}  // namespace

TEST_CASE("a refused stream is asked without one, a demanded one with it") {
  CHECK_FALSE(after({}, "Streaming is not supported by this model")->stream);
  CHECK_FALSE(after({}, "该模型不支持流式输出")->stream);
  CHECK(after({.stream = false}, "stream must be true")->stream);
  CHECK(after({}, "unknown field stream_options")->stream);
  CHECK_FALSE(after({}, "unknown field stream_options")->stream_options);
  CHECK_FALSE(after({.stream_options = false}, "stream_options")->stream);
}

TEST_CASE("upstream is no word about streams") {
  CHECK_FALSE(after({}, "upstream error: do request failed", 500));
  CHECK_FALSE(after({}, "Upstream_error"));
  CHECK_FALSE(after({}, "upstream says: stream refused")->stream);
}

TEST_CASE("the limit's name is swapped once, then it is left out") {
  const auto swapped =
      after({}, "'max_tokens' is unsupported, use 'max_completion_tokens'");
  CHECK(swapped->limit == TokenLimit::max_completion_tokens);
  CHECK(after({.limit = TokenLimit::max_completion_tokens},
              "unknown field max_completion_tokens")
            ->limit == TokenLimit::max_tokens);
  CHECK(after({}, "max_tokens is not allowed")->limit == TokenLimit::none);
  CHECK_FALSE(after({.limit = TokenLimit::none}, "max_tokens"));
  CHECK(after({.kind = Kind::responses,
               .limit = TokenLimit::max_completion_tokens},
              "unsupported parameter: max_output_tokens")
            ->limit == TokenLimit::none);
}

TEST_CASE(
    "questions without a limit or a stream are not asked again for them") {
  for (const auto kind : {Kind::embedding, Kind::rerank, Kind::moderation}) {
    CHECK_FALSE(after({.kind = kind}, "max_tokens is too large"));
    CHECK_FALSE(after({.kind = kind}, "stream is not supported"));
  }
}

TEST_CASE("a model that is no chat model says what it is") {
  CHECK(after({}, "only supported in v1/responses")->kind == Kind::responses);
  CHECK(after({}, "use the v1/embeddings endpoint")->kind == Kind::embedding);
  CHECK(after({}, "It is a reranker model")->kind == Kind::rerank);
  CHECK(after({}, "use v1/moderations")->kind == Kind::moderation);
  CHECK(after({}, "use v1/completions")->legacy);
  CHECK(after({.kind = Kind::embedding}, "use v1/chat/completions")->kind ==
        Kind::chat);
  CHECK_FALSE(after({}, "v1/chat/completions has no such route"));
}

TEST_CASE("every way out is taken once at most") {
  struct Row {
    const char* error;
    int times;
  };
  for (const Row& row : std::vector<Row>{
           {"v1/responses or v1/chat/completions", 1},
           {"v1/completions", 1},
           {"max_tokens and max_completion_tokens", 2},
           {"max_tokens", 1},
           {"stream", 1},
           {"stream_options", 2},
           {"v1/completions max_completion_tokens stream_options", 5}}) {
    FallbacksTaken taken;
    Question question;
    int times = 0;
    while (auto other = core::fallback(question, 400, row.error, taken)) {
      question = *other;
      REQUIRE(++times < 10);
    }
    INFO(row.error);
    CHECK(times == row.times);
  }
}

TEST_CASE("only statuses that may be about the question are answered by one") {
  for (const int status : {200, 400, 404, 405, 415, 422, 500, 501}) {
    CHECK(after({}, "stream", status));
  }
  for (const int status : {0, 204, 301, 401, 402, 403, 408, 429, 502, 503}) {
    CHECK_FALSE(after({}, "stream", status));
  }
}

TEST_CASE("a form tells what is unusual about a question, and makes it so") {
  const core::Question usual{.model = "m"};
  for (const auto* form : {"", "max_completion_tokens", "no_limit", "document",
                           "no_stream_options", "legacy",
                           "no_limit,document,no_stream_options,legacy"}) {
    INFO(form);
    CHECK(core::form_of(core::in_form(usual, form), usual) == form);
  }
  core::Question whole = usual;
  whole.stream = false;
  CHECK(core::form_of(core::in_form(whole, "stream"), whole) == "stream");
  CHECK(core::form_of(core::in_form(usual, "unheard-of,,x"), usual).empty());
}
