#include "demo/upstream_moods.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace demo {

namespace {

using namespace std::chrono_literals;
using base::json::quote;
using web::Ending;
using web::Piece;
using web::Reply;

std::string text_of(const char* format, const Call& call) {
  return fmt::format(fmt::runtime(format), call.question.model);
}

Reply refused(const Call& call, const char* message, int status = 400,
              std::string_view code = "") {
  return error_reply(status, text_of(message, call), "invalid_request_error",
                     code);
}

bool has_member(const Call& call, std::string_view name) {
  base::json::Document body;
  if (!body.parse(call.request.body)) return false;
  const auto members = body.members("");
  return members && std::ranges::any_of(*members, [&](const auto& member) {
           return member.first == name;
         });
}

Reply gone(const Call& call) {
  return refused(call,
                 "The model `{}` does not exist or you do not have access to "
                 "it.",
                 404, "model_not_found");
}

Reply gone200(const Call& call) {
  Reply reply = gone(call);
  reply.status = 200;
  return reply;
}

Reply no_channel(const Call& call) {
  return error_reply(503,
                     text_of("当前分组 default 下对于模型 {} 无可用渠道", call),
                     "new_api_error", "");
}

Reply forbidden(const Call& call) {
  return refused(call, "You are not allowed to sample from the model `{}`.",
                 403, "permission_denied");
}

Reply limited(const Call& call) {
  Reply reply = error_reply(
      429, text_of("Rate limit reached for {}. Please slow down.", call),
      "requests", "rate_limit_exceeded");
  if (call.number > 0) {
    reply.headers.emplace_back("Retry-After", std::to_string(call.number));
  }
  return reply;
}

Reply limited_daily(const Call& call) {
  return error_reply(
      429,
      text_of("Rate limit reached for {} on requests per day (RPD): Limit 200, "
              "Used 200, Requested 1.",
              call),
      "requests", "rate_limit_exceeded");
}

Reply limited_gemini(const Call&) {
  return json_reply(
      429,
      R"({"error":{"code":429,"message":"You exceeded your current quota, )"
      R"(please check your plan and billing details.","status":)"
      R"("RESOURCE_EXHAUSTED","details":[{"@type":)"
      R"("type.googleapis.com/google.rpc.RetryInfo","retryDelay":"40s"}]}})");
}

Reply pause(const Call& call) {
  return call.before == 0 ? limited(call) : good_answer(call.question);
}

Reply flaky(const Call& call) {
  if (call.before >= call.number) return good_answer(call.question);
  return error_reply(503, "The server is overloaded, try again later.",
                     "server_error", "");
}

Reply bare(Ending ending) {
  Reply reply;
  reply.status = 0;
  reply.ending = ending;
  return reply;
}

Reply reset(const Call&) {
  return bare(Ending::reset);
}

Reply close(const Call&) {
  return bare(Ending::close);
}

Reply hang(const Call&) {
  return bare(Ending::unfinished);
}

// A stream or a JSON text that has begun and does not go on.
Reply begun(const Call& call, std::vector<Piece> body, Ending ending) {
  Reply reply = stream_reply(std::move(body));
  if (!call.question.streamed) {
    reply.headers = {{"Content-Type", "application/json"}};
  }
  reply.ending = ending;
  return reply;
}

Reply hang_body(const Call& call) {
  return begun(call, {}, Ending::unfinished);
}

// A blank before JSON, or the beginning of a comment in a stream.
Reply drip(const Call& call) {
  Reply reply =
      begun(call, {{.after = 1s, .bytes = call.question.streamed ? ":" : " "}},
            Ending::unfinished);
  reply.repeat_from = 0;
  return reply;
}

std::vector<Piece> beginning(const Call& call) {
  const std::string_view model = call.question.model;
  if (!call.question.streamed) return {{.bytes = R"({"id":"chatcmpl-1",)"}};
  return {{.bytes = chat_event(model, R"("role":"assistant","content":"")")}};
}

// What was sent is there before the end is.
constexpr base::Milliseconds ahead = 20ms;

Reply cut(const Call& call) {
  auto body = beginning(call);
  body.push_back({.after = ahead, .bytes = ""});
  return begun(call, std::move(body), Ending::reset);
}

Reply cut_late(const Call& call) {
  auto body = beginning(call);
  body.push_back(
      {.bytes = chat_event(call.question.model, R"("content":"Hi")")});
  body.push_back({.after = ahead, .bytes = ""});
  return begun(call, std::move(body), Ending::reset);
}

Reply endless(const Call& call) {
  auto body = beginning(call);
  if (call.question.streamed) {
    body.push_back(
        {.after = 20ms,
         .bytes = chat_event(call.question.model, R"("content":"more ")")});
  } else {
    body.push_back({.bytes = R"("choices":[{"message":{"content":")"});
    body.push_back({.after = 20ms, .bytes = std::string(64, 'x')});
  }
  const auto last = static_cast<int>(body.size()) - 1;
  Reply reply = begun(call, std::move(body), Ending::unfinished);
  reply.repeat_from = last;
  return reply;
}

Reply big(const Call&) {
  std::string body = R"({"choices":[{"index":0,"message":{"content":")";
  body.append(std::size_t{8} << 20U, 'x');
  body += R"("}}]})";
  return json_reply(200, std::move(body));
}

// Gzipped blanks, 64 MiB of them: one literal, then copies of the 258 bytes
// before.  The code of a copy has 13 bits, so that a row of 8 has 13 bytes.
std::string gzipped_blanks() {
  std::string bytes("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);
  std::uint32_t bits = 0;
  unsigned count = 0;
  const auto put = [&](std::uint32_t code, unsigned length) {
    for (unsigned i = length; i-- > 0;) {
      bits |= ((code >> i) & 1U) << count;
      if (++count < 8) continue;
      bytes += static_cast<char>(bits);
      bits = count = 0;
    }
  };
  put(0b110, 3);       // the last block, with the codes of RFC 1951 3.2.6
  put(0x30 + ' ', 8);  // a blank
  constexpr std::size_t copies = (std::size_t{64} << 20U) / 258;
  for (std::size_t i = 0; i < copies; ++i)
    put(0b1100'0101U << 5U, 13);  // 258 bytes from one byte back
  put(0, 7);                      // the end
  while (count != 0)
    put(0, 1);
  return bytes;
}

Reply bomb(const Call&) {
  Reply reply = json_reply(200, gzipped_blanks());
  reply.headers.emplace_back("Content-Encoding", "gzip");
  return reply;
}

Reply many_headers(const Call& call) {
  Reply reply = good_answer(call.question);
  for (int i = 0; i < 5000; ++i) {
    reply.headers.emplace_back(fmt::format("X-Filler-{}", i),
                               "a header that nobody needs");
  }
  return reply;
}

Reply empty(const Call&) {
  Reply reply;
  reply.headers = {{"Content-Type", "application/json"}};
  return reply;
}

Reply html(const Call&) {
  Reply reply;
  reply.headers = {{"Content-Type", "text/html; charset=utf-8"}};
  reply.body = {{.bytes = "<!doctype html><html><head><title>Welcome</title>"
                          "</head><body><h1>It works!</h1></body></html>"}};
  return reply;
}

Reply broken_json(const Call&) {
  return json_reply(200, R"({"id":"chatcmpl-1","choices":[{"message":{"con)");
}

Reply latin1(const Call&) {
  return json_reply(200,
                    "{\"choices\":[{\"index\":0,\"message\":{\"role\":"
                    "\"assistant\",\"content\":\"caf\xe9\"}}]}");
}

Reply lie(const Call& call) {
  constexpr std::string_view body =
      R"({"id":"chatcmpl-1","object":"chat.completion","choices":[]})";
  if (!call.question.streamed) return json_reply(200, std::string(body));
  return stream_reply({{.bytes = sse(body)}, {.bytes = sse("[DONE]")}});
}

Reply error_event(const Call& call) {
  Reply error =
      error_reply(200, "The server had an error while processing your request.",
                  "server_error", "");
  if (!call.question.streamed) return error;
  auto body = beginning(call);
  body.push_back({.bytes = sse(error.body.front().bytes)});
  return stream_reply(std::move(body));
}

Reply reasoning(const Call& call) {
  const std::string& model = call.question.model;
  if (call.question.endpoint != Endpoint::chat) {
    return good_answer(call.question);
  }
  if (!call.question.streamed) {
    return json_reply(
        200, fmt::format(R"({{"id":"chatcmpl-1","object":"chat.completion",)"
                         R"("model":{},"choices":[{{"index":0,"message":)"
                         R"({{"role":"assistant","content":"",)"
                         R"("reasoning_content":"Okay, the user"}},)"
                         R"("finish_reason":"length"}}],"usage":)"
                         R"({{"prompt_tokens":8,"completion_tokens":16,)"
                         R"("total_tokens":24}}}})",
                         quote(model)));
  }
  auto body = beginning(call);
  for (const char* thought : {"Okay,", " the", " user"}) {
    body.push_back(
        {.bytes = chat_event(
             model, fmt::format(R"("content":null,"reasoning_content":"{}")",
                                thought))});
  }
  body.push_back({.bytes = chat_event(model, "", "length")});
  body.push_back({.bytes = sse("[DONE]")});
  return stream_reply(std::move(body));
}

Reply slow_first(const Call& call) {
  Reply reply = good_answer(call.question);
  if (reply.body.size() > 1) reply.body[1].after = 300ms;
  return reply;
}

Reply no_stream(const Call& call) {
  if (!call.question.streamed) return good_answer(call.question);
  return refused(call, "Streaming is not supported for the model {}.", 400,
                 "unsupported_value");
}

Reply stream_only(const Call& call) {
  if (call.question.streamed) return good_answer(call.question);
  return refused(call,
                 "The model {} only supports stream mode, please enable the "
                 "stream parameter to access it.");
}

Reply without(const Call& call, std::string_view member, const char* message,
              std::string_view code) {
  if (has_member(call, member)) return refused(call, message, 400, code);
  return good_answer(call.question);
}

Reply no_options(const Call& call) {
  return without(call, "stream_options",
                 "Unrecognized request argument supplied: stream_options", "");
}

Reply completion_tokens(const Call& call) {
  return without(call, "max_tokens",
                 "Unsupported parameter: 'max_tokens' is not supported with "
                 "this model. Use 'max_completion_tokens' instead.",
                 "unsupported_parameter");
}

Reply max_tokens(const Call& call) {
  return without(
      call, "max_completion_tokens",
      "Unrecognized request argument supplied: max_completion_tokens", "");
}

Reply only_at(const Call& call, Endpoint endpoint, const char* message) {
  if (call.question.endpoint == endpoint) return good_answer(call.question);
  return refused(call, message, 404);
}

Reply not_chat_responses(const Call& call) {
  return only_at(call, Endpoint::responses,
                 "This model is only supported in v1/responses and not in "
                 "v1/chat/completions.");
}

Reply not_chat_completions(const Call& call) {
  return only_at(call, Endpoint::completions,
                 "This is not a chat model and thus not supported in the "
                 "v1/chat/completions endpoint. Did you mean to use "
                 "v1/completions?");
}

Reply not_chat_embedding(const Call& call) {
  return only_at(call, Endpoint::embeddings,
                 "This is not a chat model; it is only served at "
                 "v1/embeddings.");
}

Reply redirected(std::string location) {
  Reply reply;
  reply.status = 307;
  reply.headers = {{"Location", std::move(location)}};
  return reply;
}

std::string next_hop(const Call& call) {
  const std::string& url = call.request.url;
  return fmt::format("{}{}hop=1", url,
                     url.find('?') == std::string::npos ? '?' : '&');
}

Reply redirect_same(const Call& call) {
  const bool came_back = call.request.url.find("hop=") != std::string::npos;
  return came_back ? good_answer(call.question) : redirected(next_hop(call));
}

Reply redirect_loop(const Call& call) {
  return redirected(next_hop(call));
}

Reply redirect_other(const Call& call) {
  const auto host = base::http::value_of(call.request.headers, "Host");
  const std::size_t colon = std::min(host.rfind(':'), host.size());
  return redirected(fmt::format("http://127.0.0.2{}{}", host.substr(colon),
                                call.request.url));
}

Reply echo_key(const Call& call) {
  return error_reply(
      500,
      fmt::format("upstream said no to Authorization: Bearer {} ({}, {})",
                  call.key, base::base64(call.key),
                  base::percent_encoded(call.key)),
      "server_error", "");
}

using Answer = Reply (*)(const Call&);

constexpr auto answers = std::to_array<std::pair<std::string_view, Answer>>({
    {"gone", gone},
    {"gone200", gone200},
    {"nochannel", no_channel},
    {"forbidden", forbidden},
    {"quota", [](const Call&) { return quota_reply(); }},
    {"limited", limited},
    {"limited-daily", limited_daily},
    {"limited-gemini", limited_gemini},
    {"pause", pause},
    {"flaky", flaky},
    {"reset", reset},
    {"close", close},
    {"hang", hang},
    {"hang-body", hang_body},
    {"drip", drip},
    {"cut", cut},
    {"cut-late", cut_late},
    {"endless", endless},
    {"big", big},
    {"bomb", bomb},
    {"headers", many_headers},
    {"empty", empty},
    {"html", html},
    {"badjson", broken_json},
    {"latin1", latin1},
    {"lie", lie},
    {"error-event", error_event},
    {"reasoning", reasoning},
    {"slow-first", slow_first},
    {"nostream", no_stream},
    {"streamonly", stream_only},
    {"nooptions", no_options},
    {"completion-tokens", completion_tokens},
    {"max-tokens", max_tokens},
    {"not-chat-responses", not_chat_responses},
    {"not-chat-completions", not_chat_completions},
    {"not-chat-embedding", not_chat_embedding},
    {"redirect-same", redirect_same},
    {"redirect-other", redirect_other},
    {"redirect-loop", redirect_loop},
    {"echo-key", echo_key},
    {"", [](const Call& call) { return good_answer(call.question); }},
});

int number_in(std::string_view text) {
  int number = -1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? number : -1;
}

}  // namespace

Mood mood_of(std::string_view model) {
  const std::size_t at = model.rfind('@');
  if (at == std::string_view::npos || at == 0) return {};
  const std::string_view text = model.substr(at + 1);
  // The names of some clouds end so in a date.
  if (number_in(text) > 999) return {};
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos) {
    return {.name = text, .number = std::max(number_in(text), 0)};
  }
  const int number = number_in(text.substr(dash + 1));
  if (number < 0) return {.name = text, .number = 0};
  return {.name = text.substr(0, dash), .number = number};
}

bool counts(const Mood& mood) {
  return mood.name == "flaky" || mood.name == "pause";
}

Reply answer_in_mood(const Mood& mood, const Call& call) {
  const auto* const found = std::ranges::find_if(
      answers, [&](const auto& known) { return known.first == mood.name; });
  if (found != answers.end()) return found->second(call);
  if (number_in(mood.name) >= 200 && mood.number < 600) {
    return error_reply(mood.number, "Something is not as it should be.",
                       "simulated_error", "");
  }
  return error_reply(500, fmt::format("there is no mood \"{}\"", mood.name),
                     "simulated_error", "");
}

}  // namespace demo
