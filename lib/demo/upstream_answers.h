#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "web/http_server.h"

// What a provider says when all is well, and how it words what is not.
namespace demo {

// What is asked of it, by path.
enum class Endpoint : std::uint8_t {
  list,
  chat,
  responses,
  completions,
  embeddings,
  rerank,
  moderations,
  messages,  // Anthropic's
  generate,  // Gemini's, streamed or not
  // What only strict vendors take, see vendor.h.
  images,
  speech,
  transcriptions,
  videos,
  realtime,
  gemini_embedding,
  gemini_batch,
  predict,
  ollama_chat,
  ollama_embedding,
  cohere_chat,
  cohere_chat_2,
  cohere_rerank,
  cohere_embed,
  dashscope_chat,
  dashscope_embedding,
  dashscope_rerank,
  zhipu_invoke,
  workers_chat,
  workers_embedding,
  ark_embedding,
  bedrock_nova,
  minimax_chat,
  unknown
};

struct Question {
  Endpoint endpoint = Endpoint::unknown;
  std::string model;
  bool streamed = false;
  bool wants_usage = false;  // in a stream of chat
  bool in_array = false;     // Gemini's: the events of a stream, in one text
};

web::Reply json_reply(int status, std::string body);

// The error object of OpenAI, which most others copy.  `code` "" is null.
web::Reply error_reply(int status, std::string_view message,
                       std::string_view type, std::string_view code);

// 429, that of a key whose quota is used up.
web::Reply quota_reply();

// One event of a stream.
std::string sse(std::string_view json);
std::string chat_event(std::string_view model, std::string_view delta,
                       std::string_view finish_reason = "");

web::Reply stream_reply(std::vector<web::Piece> body);

// An event of a stream whose events have names.
std::string named_sse(std::string_view event, std::string_view json);

// The answer of a living model.
web::Reply good_answer(const Question& question);

// The same in the words of a vendor's own protocol, and for media.
web::Reply vendor_answer(const Question& question);

}  // namespace demo
