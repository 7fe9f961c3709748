#include "core/fallback.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"
#include "core/outcome.h"

namespace core {

namespace {

constexpr std::array<std::string_view, 3> limit_words = {
    "max_tokens", "max_completion_tokens", "no_limit"};
constexpr std::string_view word_stream = "stream";
constexpr std::string_view word_document = "document";
constexpr std::string_view word_no_options = "no_stream_options";
constexpr std::string_view word_legacy = "legacy";

// Statuses that speak of a key, a limit or a broken machine are no answer to
// the question.
bool may_refuse_question(int status) {
  return status == 200 || status == 400 || status == 404 || status == 405 ||
         status == 415 || status == 422 || status == 500 || status == 501;
}

std::optional<Kind> other_kind(const Question& question,
                               std::string_view text) {
  if (question.kind != Kind::chat && question.kind != Kind::research) {
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

bool other_limit(Question& question, std::string_view text,
                 FallbacksTaken& taken) {
  if (!question.is_written()) return false;
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
  if (!question.is_written()) return false;
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

std::string form_of(const Question& question, const Question& usual) {
  const bool is_usual =
      question.limit == usual.limit && question.stream == usual.stream &&
      question.stream_options == usual.stream_options && !question.legacy;
  if (is_usual) return {};
  std::vector<std::string> words;
  if (question.limit != usual.limit) {
    words.emplace_back(
        limit_words.at(static_cast<std::size_t>(question.limit)));
  }
  if (question.stream != usual.stream) {
    words.emplace_back(question.stream ? word_stream : word_document);
  }
  if (question.stream_options != usual.stream_options) {
    words.emplace_back(word_no_options);
  }
  if (question.legacy) words.emplace_back(word_legacy);
  return base::joined(words, ",");
}

Question in_form(Question usual, std::string_view form) {
  if (form.empty()) return usual;
  for (const std::string_view word : base::split(form, ',')) {
    const auto limit = std::find(limit_words.begin(), limit_words.end(), word);
    if (limit != limit_words.end()) {
      usual.limit = static_cast<TokenLimit>(limit - limit_words.begin());
    } else if (word == word_stream || word == word_document) {
      usual.stream = word == word_stream;
    } else if (word == word_no_options) {
      usual.stream_options = false;
    } else if (word == word_legacy) {
      usual.legacy = true;
    }
  }
  return usual;
}

}  // namespace core
