#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "demo/upstream_answers.h"

// What vendors say when all is well, in protocols of their own.
namespace demo {

namespace {

using base::json::quote;
using web::Reply;

constexpr std::string_view numbers = "[0.0023,-0.0093,0.0157]";

// JSON texts, each on a line.
Reply lines(std::string_view type, const std::vector<std::string>& texts) {
  Reply reply;
  reply.headers = {{"Content-Type", std::string(type)}};
  for (const std::string& text : texts)
    reply.body.push_back({.bytes = text + "\n"});
  return reply;
}

Reply binary(std::string_view type, std::string bytes) {
  Reply reply;
  reply.headers = {{"Content-Type", std::string(type)}};
  reply.body = {{.bytes = std::move(bytes)}};
  return reply;
}

Reply ollama_chat(const Question& question) {
  const auto text = [&](std::string_view content, std::string_view more) {
    return fmt::format(R"({{"model":{},"created_at":"2025-01-01T00:00:00Z",)"
                       R"("message":{{"role":"assistant","content":{}}},{}}})",
                       quote(question.model), quote(content), more);
  };
  constexpr std::string_view end =
      R"("done":true,"done_reason":"stop","prompt_eval_count":8,)"
      R"("eval_count":2)";
  if (!question.streamed) return json_reply(200, text("Hi!", end));
  return lines("application/x-ndjson",
               {text("Hi", R"("done":false)"), text("!", R"("done":false)"),
                text("", end)});
}

Reply cohere_chat(const Question& question) {
  constexpr std::string_view response =
      R"({"response_id":"r-1","generation_id":"g-1","text":"Hi!",)"
      R"("finish_reason":"COMPLETE","chat_history":[],"meta":{)"
      R"("billed_units":{"input_tokens":8,"output_tokens":2}}})";
  if (!question.streamed) return json_reply(200, std::string(response));
  return lines(
      "application/stream+json",
      {R"({"is_finished":false,"event_type":"stream-start",)"
       R"("generation_id":"g-1"})",
       R"({"is_finished":false,"event_type":"text-generation","text":"Hi!"})",
       fmt::format(R"({{"is_finished":true,"event_type":"stream-end",)"
                   R"("finish_reason":"COMPLETE","response":{}}})",
                   response)});
}

constexpr std::string_view cohere_usage =
    R"({"billed_units":{"input_tokens":8,"output_tokens":2},)"
    R"("tokens":{"input_tokens":70,"output_tokens":2}})";

Reply cohere_chat_2(const Question& question) {
  if (!question.streamed) {
    return json_reply(
        200, fmt::format(R"({{"id":"c-1","finish_reason":"COMPLETE",)"
                         R"("message":{{"role":"assistant","content":)"
                         R"([{{"type":"text","text":"Hi!"}}]}},"usage":{}}})",
                         cohere_usage));
  }
  const auto event = [](std::string_view name, std::string_view more) {
    return web::Piece{
        .after = {},
        .bytes =
            named_sse(name, fmt::format(R"({{"type":"{}"{}}})", name, more))};
  };
  return stream_reply(
      {event("message-start",
             R"(,"id":"c-1","delta":{"message":{"role":"assistant",)"
             R"("content":[],"tool_plan":"","tool_calls":[]}})"),
       event("content-start",
             R"(,"index":0,"delta":{"message":{"content":{"type":"text",)"
             R"("text":""}}})"),
       event("content-delta",
             R"(,"index":0,"delta":{"message":{"content":{"text":"Hi!"}}})"),
       event("content-end", R"(,"index":0)"),
       event(
           "message-end",
           fmt::format(R"(,"delta":{{"finish_reason":"COMPLETE","usage":{}}})",
                       cohere_usage)),
       {.bytes = sse("[DONE]")}});
}

Reply dashscope_chat(const Question& question) {
  const auto text = [](std::string_view content, std::string_view reason) {
    return fmt::format(
        R"({{"output":{{"choices":[{{"message":{{"content":{},"role":)"
        R"("assistant"}},"finish_reason":{}}}]}},"usage":{{)"
        R"("total_tokens":10,"output_tokens":2,"input_tokens":8}},)"
        R"("request_id":"r-1"}})",
        quote(content), quote(reason));
  };
  if (!question.streamed) return json_reply(200, text("Hi!", "stop"));
  const auto event = [&](int id, std::string_view content,
                         std::string_view reason) {
    return web::Piece{
        .after = {},
        .bytes = fmt::format("id:{}\nevent:result\n:HTTP_STATUS/200\ndata:{}"
                             "\n\n",
                             id, text(content, reason))};
  };
  return stream_reply(
      {event(1, "Hi", "null"), event(2, "!", "null"), event(3, "", "stop")});
}

Reply zhipu_invoke(const Question& question) {
  if (!question.streamed) {
    return json_reply(
        200,
        R"({"code":200,"msg":"操作成功","data":{"request_id":"1","task_id":)"
        R"("2","task_status":"SUCCESS","choices":[{"role":"assistant",)"
        R"("content":"\"Hi!\""}],"usage":{"prompt_tokens":8,)"
        R"("completion_tokens":2,"total_tokens":10}},"success":true})");
  }
  return stream_reply(
      {{.bytes = "event: add\nid: 1\ndata: Hi!\n\n"},
       {.bytes = "event: finish\nid: 1\ndata: \nmeta: "
                 R"({"task_status":"SUCCESS","usage":{"total_tokens":10}})"
                 "\n\n"}});
}

Reply workers_chat(const Question& question) {
  if (!question.streamed) {
    return json_reply(
        200, R"({"result":{"response":"Hi!","usage":{"prompt_tokens":8,)"
             R"("completion_tokens":2,"total_tokens":10}},"success":true,)"
             R"("errors":[],"messages":[]})");
  }
  return stream_reply({{.bytes = sse(R"({"response":"Hi","p":"abc"})")},
                       {.bytes = sse(R"({"response":"!","p":"abcdef"})")},
                       {.bytes = sse("[DONE]")}});
}

// As OpenAI's, with a verdict of its own at the end.
Reply minimax_chat(Question question) {
  question.endpoint = Endpoint::chat;
  Reply reply = good_answer(question);
  if (question.streamed) return reply;
  std::string& body = reply.body.front().bytes;
  body.pop_back();
  body += R"(,"base_resp":{"status_code":0,"status_msg":""}})";
  return reply;
}

// A frame (RFC 6455 5.2) with the first event of a session.
Reply realtime() {
  constexpr std::string_view event =
      R"({"type":"session.created","event_id":"e-1","session":)"
      R"({"type":"realtime","id":"sess_1"}})";
  static_assert(event.size() < 126);
  Reply reply;
  reply.raw = fmt::format(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Accept: "
      "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81{}{}",
      static_cast<char>(event.size()), event);
  reply.ending = web::Ending::unfinished;
  return reply;
}

Reply text_reply(std::string_view format, std::string_view part) {
  return json_reply(200, fmt::format(fmt::runtime(format), part));
}

// What is no text: media, and Google's embeddings.
Reply media_answer(const Question& question) {
  switch (question.endpoint) {
    case Endpoint::images:
      return json_reply(200, R"({"created":1700000000,"data":[{"url":)"
                             R"("https://images.example/1.png"}]})");
    case Endpoint::speech: return binary("audio/mpeg", "ID3\x04 and so on");
    case Endpoint::transcriptions: return json_reply(200, R"({"text":""})");
    case Endpoint::videos:
      return json_reply(200, R"({"id":"video_1","object":"video","status":)"
                             R"("queued","progress":0})");
    case Endpoint::realtime: return realtime();
    case Endpoint::gemini_embedding:
      return text_reply(R"({{"embedding":{{"values":{}}}}})", numbers);
    case Endpoint::gemini_batch:
      return text_reply(R"({{"embeddings":[{{"values":{}}}]}})", numbers);
    case Endpoint::predict:
      return json_reply(200, R"({"predictions":[{"mimeType":"image/png",)"
                             R"("bytesBase64Encoded":"iVBORw0KGgo="}]})");
    default:
      return error_reply(404, "Invalid URL", "invalid_request_error", "");
  }
}

}  // namespace

Reply vendor_answer(const Question& question) {
  switch (question.endpoint) {
    case Endpoint::ollama_chat: return ollama_chat(question);
    case Endpoint::ollama_embedding:
      return text_reply(R"({{"model":"m","embeddings":[{}],)"
                        R"("prompt_eval_count":2}})",
                        numbers);
    case Endpoint::cohere_chat: return cohere_chat(question);
    case Endpoint::cohere_chat_2: return cohere_chat_2(question);
    case Endpoint::cohere_rerank:
      return json_reply(200, R"({"id":"r-1","results":[{"index":0,)"
                             R"("relevance_score":0.98}],"meta":)"
                             R"({"billed_units":{"search_units":1}}})");
    case Endpoint::cohere_embed:
      return text_reply(R"({{"id":"e-1","embeddings":{{"float":[{}]}}}})",
                        numbers);
    case Endpoint::dashscope_chat: return dashscope_chat(question);
    case Endpoint::dashscope_embedding:
      return text_reply(R"({{"output":{{"embeddings":[{{"text_index":0,)"
                        R"("embedding":{}}}]}},"usage":{{"total_tokens":2}},)"
                        R"("request_id":"r-1"}})",
                        numbers);
    case Endpoint::dashscope_rerank:
      return json_reply(200, R"({"output":{"results":[{"index":0,)"
                             R"("relevance_score":0.98}]},"usage":)"
                             R"({"total_tokens":3},"request_id":"r-1"})");
    case Endpoint::zhipu_invoke: return zhipu_invoke(question);
    case Endpoint::workers_chat: return workers_chat(question);
    case Endpoint::workers_embedding:
      return text_reply(R"({{"result":{{"shape":[1,3],"data":[{}]}},)"
                        R"("success":true,"errors":[],"messages":[]}})",
                        numbers);
    case Endpoint::ark_embedding:
      return text_reply(R"({{"object":"list","data":{{"object":"embedding",)"
                        R"("embedding":{}}},"usage":{{"total_tokens":2}}}})",
                        numbers);
    case Endpoint::bedrock_nova:
      return json_reply(200, R"({"output":{"message":{"content":[{"text":)"
                             R"("Hi!"}],"role":"assistant"}},"stopReason":)"
                             R"("end_turn","usage":{"inputTokens":8,)"
                             R"("outputTokens":2,"totalTokens":10}})");
    case Endpoint::minimax_chat: return minimax_chat(question);
    default: return media_answer(question);
  }
}

}  // namespace demo
