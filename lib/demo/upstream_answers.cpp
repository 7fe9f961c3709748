#include "demo/upstream_answers.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"

namespace demo {

namespace {

using base::json::quote;

constexpr std::string_view chat_usage =
    R"({"prompt_tokens":8,"completion_tokens":2,"total_tokens":10})";

web::Reply chat(const Question& question) {
  const std::string model = quote(question.model);
  if (!question.streamed) {
    return json_reply(
        200,
        fmt::format(R"({{"id":"chatcmpl-1","object":"chat.completion",)"
                    R"("created":1700000000,"model":{},"choices":[{{"index":0,)"
                    R"("message":{{"role":"assistant","content":"Hi!"}},)"
                    R"("finish_reason":"stop"}}],"usage":{}}})",
                    model, chat_usage));
  }
  std::vector<web::Piece> body;
  body.push_back({.bytes = chat_event(question.model, R"("role":"assistant",)"
                                                      R"("content":"")")});
  body.push_back({.bytes = chat_event(question.model, R"("content":"Hi")")});
  body.push_back({.bytes = chat_event(question.model, R"("content":"!")")});
  body.push_back({.bytes = chat_event(question.model, "", "stop")});
  if (question.wants_usage) {
    body.push_back(
        {.bytes = sse(fmt::format(
             R"({{"id":"chatcmpl-1","object":"chat.completion.chunk",)"
             R"("created":1700000000,"model":{},"choices":[],"usage":{}}})",
             model, chat_usage))});
  }
  body.push_back({.bytes = sse("[DONE]")});
  return stream_reply(std::move(body));
}

std::string response_object(std::string_view model) {
  return fmt::format(
      R"({{"id":"resp_1","object":"response","created_at":1700000000,)"
      R"("status":"completed","model":{},"output":[{{"type":"message",)"
      R"("id":"msg_1","role":"assistant","status":"completed","content":)"
      R"([{{"type":"output_text","text":"Hi!","annotations":[]}}]}}],)"
      R"("usage":{{"input_tokens":8,"output_tokens":2,"total_tokens":10}}}})",
      quote(model));
}

web::Reply responses(const Question& question) {
  if (!question.streamed) {
    return json_reply(200, response_object(question.model));
  }
  return stream_reply(
      {{.bytes = named_sse("response.created",
                           R"({"type":"response.created","response":)"
                           R"({"id":"resp_1","status":"in_progress"}})")},
       {.bytes = named_sse("response.output_text.delta",
                           R"({"type":"response.output_text.delta",)"
                           R"("item_id":"msg_1","delta":"Hi!"})")},
       {.bytes = named_sse(
            "response.completed",
            fmt::format(R"({{"type":"response.completed","response":{}}})",
                        response_object(question.model)))}});
}

web::Reply completions(const Question& question) {
  const std::string body = fmt::format(
      R"({{"id":"cmpl-1","object":"text_completion","created":1700000000,)"
      R"("model":{},"choices":[{{"text":"Hi!","index":0,)"
      R"("finish_reason":"stop"}}],"usage":{}}})",
      quote(question.model), chat_usage);
  if (!question.streamed) return json_reply(200, body);
  return stream_reply({{.bytes = sse(body)}, {.bytes = sse("[DONE]")}});
}

web::Reply embeddings(const Question& question) {
  return json_reply(
      200, fmt::format(
               R"({{"object":"list","data":[{{"object":"embedding","index":0,)"
               R"("embedding":[0.0023,-0.0093,0.0157]}}],"model":{},)"
               R"("usage":{{"prompt_tokens":1,"total_tokens":1}}}})",
               quote(question.model)));
}

web::Reply rerank(const Question& question) {
  return json_reply(
      200,
      fmt::format(R"({{"id":"rr-1","model":{},"results":[{{"index":0,)"
                  R"("relevance_score":0.98}}],"usage":{{"total_tokens":3}}}})",
                  quote(question.model)));
}

web::Reply moderations(const Question& question) {
  return json_reply(
      200,
      fmt::format(R"({{"id":"modr-1","model":{},"results":[{{"flagged":false,)"
                  R"("categories":{{"violence":false}},)"
                  R"("category_scores":{{"violence":0.0001}}}}]}})",
                  quote(question.model)));
}

web::Reply messages(const Question& question) {
  const std::string model = quote(question.model);
  if (!question.streamed) {
    return json_reply(
        200,
        fmt::format(R"({{"id":"msg_1","type":"message","role":"assistant",)"
                    R"("model":{},"content":[{{"type":"text","text":"Hi!"}}],)"
                    R"("stop_reason":"end_turn","usage":{{"input_tokens":8,)"
                    R"("output_tokens":2}}}})",
                    model));
  }
  return stream_reply(
      {{.bytes = named_sse(
            "message_start",
            fmt::format(R"({{"type":"message_start","message":{{"id":"msg_1",)"
                        R"("type":"message","role":"assistant","model":{},)"
                        R"("content":[],"usage":{{"input_tokens":8,)"
                        R"("output_tokens":1}}}}}})",
                        model))},
       {.bytes = named_sse("content_block_start",
                           R"({"type":"content_block_start","index":0,)"
                           R"("content_block":{"type":"text","text":""}})")},
       {.bytes = named_sse("content_block_delta",
                           R"({"type":"content_block_delta","index":0,)"
                           R"("delta":{"type":"text_delta","text":"Hi!"}})")},
       {.bytes = named_sse("message_delta",
                           R"({"type":"message_delta","delta":{"stop_reason":)"
                           R"("end_turn"},"usage":{"output_tokens":2}})")},
       {.bytes = named_sse("message_stop", R"({"type":"message_stop"})")}});
}

web::Reply generate(const Question& question) {
  const std::string body = fmt::format(
      R"({{"candidates":[{{"content":{{"role":"model","parts":)"
      R"([{{"text":"Hi!"}}]}},"finishReason":"STOP","index":0}}],)"
      R"("usageMetadata":{{"promptTokenCount":8,"candidatesTokenCount":2,)"
      R"("totalTokenCount":10}},"modelVersion":{}}})",
      quote(question.model));
  if (question.in_array) return json_reply(200, "[" + body + "]");
  if (!question.streamed) return json_reply(200, body);
  return stream_reply({{.bytes = sse(body)}});
}

}  // namespace

web::Reply json_reply(int status, std::string body) {
  web::Reply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "application/json"}};
  reply.body.push_back({.bytes = std::move(body)});
  return reply;
}

web::Reply error_reply(int status, std::string_view message,
                       std::string_view type, std::string_view code) {
  return json_reply(
      status,
      fmt::format(
          R"({{"error":{{"message":{},"type":{},"param":null,"code":{}}}}})",
          quote(message), quote(type), code.empty() ? "null" : quote(code)));
}

web::Reply quota_reply() {
  return error_reply(429,
                     "You exceeded your current quota, please check your plan "
                     "and billing details.",
                     "insufficient_quota", "insufficient_quota");
}

std::string sse(std::string_view json) {
  return fmt::format("data: {}\n\n", json);
}

std::string named_sse(std::string_view event, std::string_view json) {
  return fmt::format("event: {}\ndata: {}\n\n", event, json);
}

std::string chat_event(std::string_view model, std::string_view delta,
                       std::string_view finish_reason) {
  return sse(
      fmt::format(R"({{"id":"chatcmpl-1","object":"chat.completion.chunk",)"
                  R"("created":1700000000,"model":{},"choices":[{{"index":0,)"
                  R"("delta":{{{}}},"finish_reason":{}}}]}})",
                  quote(model), delta,
                  finish_reason.empty() ? "null" : quote(finish_reason)));
}

web::Reply stream_reply(std::vector<web::Piece> body) {
  web::Reply reply;
  reply.headers = {{"Content-Type", "text/event-stream"},
                   {"Cache-Control", "no-cache"}};
  reply.body = std::move(body);
  return reply;
}

web::Reply good_answer(const Question& question) {
  switch (question.endpoint) {
    case Endpoint::chat: return chat(question);
    case Endpoint::responses: return responses(question);
    case Endpoint::completions: return completions(question);
    case Endpoint::embeddings: return embeddings(question);
    case Endpoint::rerank: return rerank(question);
    case Endpoint::moderations: return moderations(question);
    case Endpoint::messages: return messages(question);
    case Endpoint::generate: return generate(question);
    default: return vendor_answer(question);
  }
}

}  // namespace demo
