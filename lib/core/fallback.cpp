#include "core/fallback.h"

#include <string>

#include "base/text.h"
#include "core/outcome.h"

namespace core {

namespace {

// Statuses that speak of a key, a limit or a broken machine are no answer to
// the question.
bool may_refuse_question(int status) {
  return status == 200 || status == 400 || status == 404 || status == 405 ||
         status == 415 || status == 422 || status == 500 || status == 501;
}

std::optional<Kind> other_kind(const Question& question,
                               std::string_view text) {
  if (question.kind != Kind::chat) {
    const bool chat =
        speaks_of(text, {"chat/completions", "chat completions", "use chat",
                         "not an embedding model", "not a rerank model"});
    return chat ? std::optional(Kind::chat) : std::nullopt;
  }
  if (speaks_of(text,
                {"v1/responses", "responses api", "responses endpoint"})) {
    return Kind::responses;
  }
  if (speaks_of(text,
                {"v1/embeddings", "embedding model", "embeddings endpoint",
                 "embeddings api", "does not support chat, use embed"})) {
    return Kind::embedding;
  }
  if (speaks_of(text, {"v1/rerank", "rerank model", "reranker model",
                       "rerank endpoint"})) {
    return Kind::rerank;
  }
  if (speaks_of(text, {"v1/moderations", "moderation model"})) {
    return Kind::moderation;
  }
  return std::nullopt;
}

bool other_endpoint(Question& question, std::string_view text) {
  if (const auto kind = other_kind(question, text)) {
    question.kind = *kind;
    question.legacy = false;
    return true;
  }
  if (question.kind == Kind::chat && !question.legacy &&
      speaks_of(text, {"v1/completions", "completions endpoint instead"})) {
    question.legacy = true;
    return true;
  }
  return false;
}

// Chat and responses have a limit of tokens and may be streamed.
bool is_written(const Question& question) {
  return question.kind == Kind::chat || question.kind == Kind::responses;
}

bool other_limit(Question& question, std::string_view text,
                 FallbacksTaken& taken) {
  if (!is_written(question)) return false;
  const bool completion = speaks_of(text, {"max_completion_tokens"});
  if (!completion && !speaks_of(text, {"max_tokens", "max_output_tokens",
                                       "maxtokens", "maxoutputtokens"})) {
    return false;
  }
  // The responses API has but one name for it.
  if (!taken.limit_name && question.kind == Kind::chat) {
    taken.limit_name = true;
    if (question.limit == TokenLimit::max_tokens && completion) {
      question.limit = TokenLimit::max_completion_tokens;
      return true;
    }
    if (question.limit == TokenLimit::max_completion_tokens) {
      question.limit = TokenLimit::max_tokens;
      return true;
    }
  }
  if (taken.limit || question.limit == TokenLimit::none) return false;
  taken.limit = true;
  question.limit = TokenLimit::none;
  return true;
}

// "Upstream" is no word about streams.
bool speaks_of_stream(std::string_view text) {
  constexpr std::string_view word = "stream";
  for (auto at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    if (before < 'a' || before > 'z') return true;
  }
  return speaks_of(text, {"流式"});
}

bool other_stream(Question& question, std::string_view text,
                  FallbacksTaken& taken) {
  if (!is_written(question)) return false;
  if (!taken.stream_options && question.streams() && question.stream_options &&
      speaks_of(text, {"stream_options", "stream options", "include_usage"})) {
    taken.stream_options = true;
    question.stream_options = false;
    return true;
  }
  if (taken.stream || !speaks_of_stream(text)) return false;
  taken.stream = true;
  question.stream = !question.stream;
  return true;
}

}  // namespace

std::optional<Question> fallback(const Question& question, int status,
                                 std::string_view error,
                                 FallbacksTaken& taken) {
  if (!may_refuse_question(status)) return std::nullopt;
  const std::string text = base::lower(error);
  Question other = question;
  if (!taken.kind && other_endpoint(other, text)) {
    taken.kind = true;
    return other;
  }
  if (other_limit(other, text, taken)) return other;
  if (other_stream(other, text, taken)) return other;
  return std::nullopt;
}

}  // namespace core
