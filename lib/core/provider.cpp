#include "core/provider.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace core {

namespace {

using base::json::Document;

base::http::Request begun(const Asking& asking) {
  const Endpoint& endpoint = asking.endpoint;
  base::http::Request request;
  for (const auto& [name, value] : endpoint.first_headers) {
    set_header(request, name, value.reveal());
  }
  request.proxy = proxy_for(endpoint, asking.key);
  request.http1 = endpoint.http1;
  return request;
}

void finish(const Asking& asking, base::http::Request& request) {
  for (const auto& [name, value] : asking.endpoint.last_headers) {
    set_header(
        request, name,
        base::replaced(value.reveal(), "{api_key}", asking.key.reveal()));
  }
}

}  // namespace

base::Sentence Provider::prepare(const Channel& /*channel*/,
                                 const Schema& /*schema*/,
                                 Endpoint& /*endpoint*/) const {
  return {};
}

std::optional<Kind> Provider::kind_of(std::string_view /*model*/) const {
  return std::nullopt;
}

base::Sentence Provider::refuses_key(const base::Secret& /*key*/) const {
  return {};
}

base::Sentence Provider::refuses(const Endpoint& /*endpoint*/,
                                 const Question& /*question*/) const {
  return {};
}

std::size_t Provider::list_places(const Endpoint& /*endpoint*/) const {
  return 1;
}

base::http::Request Provider::list_request(const Asking& asking,
                                           std::string_view cursor,
                                           std::size_t place) const {
  base::http::Request request = begun(asking);
  ask_list(asking, cursor, place, request);
  finish(asking, request);
  sign(asking, request);
  return request;
}

// OpenAI's, and that of most who followed.
ListPage Provider::read_list(const Document& page,
                             const Endpoint& /*endpoint*/) const {
  ListPage list;
  list.ids = page.texts(page.is_array("") ? "" : "/data", "id");
  if (page.truth("/has_more").value_or(false)) {
    list.next = page.text("/last_id").value_or("");
    if (list.next.empty() && !list.ids.empty()) list.next = list.ids.back();
  }
  return list;
}

base::http::Request Provider::probe_request(const Asking& asking,
                                            const Question& question) const {
  base::http::Request request = begun(asking);
  request.method = "POST";
  ask(asking, question, request);
  const auto& edits = asking.endpoint.body_edits;
  if (!edits.empty() && request.body.starts_with('{')) {
    request.body = edited(request.body, edits, question.model);
  }
  finish(asking, request);
  sign(asking, request);
  return request;
}

Framing Provider::framing(const Question& question) const {
  switch (question.kind) {
    case Kind::speech: return Framing::bytes;
    case Kind::realtime: return Framing::frames;
    default: return Framing::text;
  }
}

std::optional<base::http::Request> Provider::login_request(
    const Asking& /*asking*/) const {
  return std::nullopt;
}

std::optional<Pass> Provider::read_login(const Document& /*answer*/,
                                         base::WallTime /*now*/) const {
  return std::nullopt;
}

std::string_view Provider::usual_end() const {
  return {};
}

void Provider::sign(const Asking& /*asking*/,
                    base::http::Request& /*request*/) const {}

void set_header(base::http::Request& request, std::string_view name,
                std::string_view value) {
  std::erase_if(request.headers, [&](const auto& header) {
    return base::same_but_for_case(header.first, name);
  });
  request.headers.emplace_back(name, value);
}

bool is_region(std::string_view text) {
  constexpr std::size_t longest = 24;
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

void set_bearer(base::http::Request& request, const base::Secret& key) {
  set_header(request, "Authorization", "Bearer " + key.reveal());
}

void set_json(base::http::Request& request, std::string body) {
  set_header(request, "Content-Type", "application/json");
  request.body = std::move(body);
}

namespace {

// Puts `part` behind what was said before.
void add_to(std::string& error, std::string_view part) {
  if (part.empty()) return;
  if (!error.empty()) error += ' ';
  error += part;
}

// Google tells in details which limit it was and when it is over.
void add_details(const Document& text, const std::string& at,
                 std::string& error) {
  constexpr std::size_t most = 8;
  for (std::size_t i = 0; i < std::min(most, text.size(at)); ++i) {
    const std::string detail = fmt::format("{}/{}", at, i);
    add_to(error, text.text(detail + "/reason").value_or(""));
    const std::string violations = detail + "/violations";
    for (std::size_t j = 0; j < std::min(most, text.size(violations)); ++j) {
      add_to(
          error,
          text.text(fmt::format("{}/{}/quotaId", violations, j)).value_or(""));
    }
    if (const auto delay = text.text(detail + "/retryDelay")) {
      add_to(error, "retryDelay");
      add_to(error, *delay);
    }
  }
}

// What checked the request tells which part of it is wrong, as
// {"loc": ["body", "stream_options"], "msg": "not permitted"}.
void add_complaints(const Document& text, const std::string& at,
                    std::string& error) {
  constexpr std::size_t most = 8;
  for (std::size_t i = 0; i < std::min(most, text.size(at)); ++i) {
    const std::string complaint = fmt::format("{}/{}", at, i);
    const std::string place = complaint + "/loc";
    for (std::size_t j = 0; j < std::min(most, text.size(place)); ++j) {
      add_to(error, text.text(fmt::format("{}/{}", place, j)).value_or(""));
    }
    add_to(error, text.text(complaint + "/msg").value_or(""));
  }
}

// Some relays put an empty "error" into what is none.
bool has_error(const Document& text, bool is_event) {
  for (const auto* at : {"/error", "/0/error"}) {
    if (text.size(at) > 0 || !text.text(at).value_or("").empty()) return true;
  }
  // MiniMax tells them beside an answer of nothing, usage and all.
  if (text.number("/base_resp/status_code").value_or(0) != 0) return true;
  return is_event && text.text("/type").value_or("") == "error";
}

}  // namespace

std::string error_in(const Document& text) {
  // Gemini's OpenAI-compatible answers have the error in an array.
  return error_in(text, text.is_array("") ? "/0" : "");
}

std::string error_in(const Document& text, const std::string& root) {
  std::string error;
  for (const auto* at : {"/error",
                         "/error/code",
                         "/error/type",
                         "/error/status",
                         "/error/param",
                         "/error/message",
                         "/error/metadata/raw",
                         "/code",
                         "/type",
                         "/message",
                         "/Message",
                         "/msg",
                         "/detail",
                         "/errors/message",
                         "/errors/0/message",
                         "/error_code",
                         "/error_msg",
                         "/base_resp/status_msg",
                         "/errorMessage",
                         "/error_description"}) {
    add_to(error, text.text(root + at).value_or(""));
  }
  add_details(text, root + "/error/details", error);
  for (const auto* at : {"/detail", "/message/detail", "/message"}) {
    add_complaints(text, root + at, error);
  }
  for (const auto* at : {"/error/code", "/code", "/base_resp/status_code",
                         "/errors/0/code", "/error_code"}) {
    if (const auto number = text.number(root + at)) {
      add_to(error, std::to_string(*number));
    }
  }
  return error;
}

bool read_error(const Document& text, bool is_event, Reading& reading) {
  if (reading.evidence || !has_error(text, is_event)) return false;
  reading.failed = true;
  reading.error = error_in(text);
  return true;
}

std::optional<std::int64_t> tokens_in(const Document& text,
                                      std::string_view at) {
  constexpr double most = 1e9;
  const auto count = text.real(at);
  if (!count || !(*count >= 0 && *count <= most)) return std::nullopt;
  return std::llround(*count);
}

bool has_number(const Document& text,
                std::initializer_list<std::string_view> places) {
  return std::any_of(places.begin(), places.end(),
                     [&](auto place) { return text.real(place).has_value(); });
}

void read_usage(const Document& text, std::string_view at, Reading& reading) {
  const std::string path(at);
  for (const auto* name : {"/completion_tokens", "/output_tokens"}) {
    if (const auto count = tokens_in(text, path + name)) {
      reading.completion_tokens = *count;
    }
  }
  if (const auto count = tokens_in(text, path + "/total_tokens")) {
    reading.total_tokens = *count;
  }
}

}  // namespace core
