#include "demo/vendor_shop.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "demo/vendor_bodies.h"

namespace demo {

namespace {

// A form with a recording and a model's name (RFC 7578).  Returns the name, or
// nothing where a part is missing.
std::optional<std::string> model_of_form(const Visit& visit) {
  const std::string_view type = visit.header("Content-Type");
  const std::size_t mark = type.find("boundary=");
  if (!type.starts_with("multipart/form-data") ||
      mark == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string line = fmt::format("--{}", type.substr(mark + 9));
  const std::string_view body = visit.request.body;
  if (!body.starts_with(line + "\r\n") ||
      body.find(line + "--") == std::string_view::npos) {
    return std::nullopt;
  }
  const auto part = [&](std::string_view begin) {
    const std::size_t at = body.find(begin);
    if (at == std::string_view::npos) return std::string_view();
    const std::size_t head = body.find("\r\n\r\n", at);
    if (head == std::string_view::npos) return std::string_view();
    return body.substr(head + 4, body.find("\r\n" + line, head) - head - 4);
  };
  // Less than a tenth of a second is too short to be heard.
  const std::string_view file = part("name=\"file\"; filename=\"");
  const std::string_view model = part("name=\"model\"");
  if (!file.starts_with("RIFF") || file.size() < 3200) return std::nullopt;
  if (model.empty()) return std::nullopt;
  return std::string(model);
}

}  // namespace

Heard hear_question(const Visit& visit, Endpoint endpoint, std::string model,
                    web::Reply (*bad)(std::string_view fault)) {
  Heard heard{.question = {.endpoint = endpoint, .model = std::move(model)},
              .reply = std::nullopt};
  Question& question = heard.question;
  if (endpoint == Endpoint::transcriptions) {
    const auto told = model_of_form(visit);
    if (!told) return says(bad("a form with a file and a model is missing"));
    if (question.model.empty()) question.model = *told;
    return heard;
  }
  if (!visit.is_json) {
    return says(bad("We could not parse the JSON body of your request."));
  }
  const std::string fault =
      openai_fault(visit.body, endpoint, question.model.empty());
  if (!fault.empty()) return says(bad(fault));
  if (question.model.empty()) {
    question.model = visit.body.text("/model").value_or("");
  }
  question.streamed = visit.body.truth("/stream").value_or(false);
  question.wants_usage =
      visit.body.truth("/stream_options/include_usage").value_or(false);
  return heard;
}

Heard hear_customer(const Visit& visit, const Shop& shop) {
  if (!visit.path.starts_with(shop.prefix)) return says(shop.nowhere(visit));
  const std::string_view path =
      std::string_view(visit.path).substr(shop.prefix.size());
  if (!shop.list.empty() && path == shop.list) {
    if (visit.request.method != "GET") return says(shop.nowhere(visit));
    return says(openai_list(visit.site));
  }
  const auto place = std::ranges::find(shop.places, path, &Place::path);
  if (place == shop.places.end() || visit.request.method != "POST") {
    return says(shop.nowhere(visit));
  }
  return hear_question(visit, place->endpoint, "", shop.bad);
}

Heard hear_shop(const Visit& visit, const Shop& shop) {
  if (!visit.takes(visit.bearer())) return says(shop.no_key());
  return hear_customer(visit, shop);
}

Heard hear_opening(const Visit& visit, std::string model,
                   web::Reply (*bad)(std::string_view fault)) {
  const bool opens = visit.request.method == "GET" &&
                     base::lower(visit.header("Upgrade")) == "websocket" &&
                     base::lower(visit.header("Connection")).find("upgrade") !=
                         std::string::npos &&
                     visit.header("Sec-WebSocket-Version") == "13" &&
                     visit.header("Sec-WebSocket-Key").size() == 24;
  if (!opens) return says(bad("this is no opening of a WebSocket"));
  return {
      .question = {.endpoint = Endpoint::realtime, .model = std::move(model)},
      .reply = std::nullopt};
}

web::Reply openai_no_key() {
  return error_reply(401, "Incorrect API key provided: ****.",
                     "invalid_request_error", "invalid_api_key");
}

web::Reply openai_bad(std::string_view fault) {
  return error_reply(400, fault, "invalid_request_error", "");
}

web::Reply openai_nowhere(const Visit& visit) {
  return error_reply(
      404, fmt::format("Invalid URL ({} {})", visit.request.method, visit.path),
      "invalid_request_error", "");
}

web::Reply openai_unknown(const Question& question) {
  return error_reply(
      404,
      fmt::format("The model `{}` does not exist or you do not have access to "
                  "it.",
                  question.model),
      "invalid_request_error", "model_not_found");
}

std::optional<web::Reply> old_limit(const Visit& visit,
                                    const Question& question) {
  const bool is_new = std::ranges::any_of(
      std::array<std::string_view, 4>{"o1", "o3", "o4", "gpt-5"},
      [&](std::string_view begin) {
        return question.model.starts_with(begin);
      });
  if (!is_new || question.endpoint != Endpoint::chat ||
      !visit.body.number("/max_tokens")) {
    return std::nullopt;
  }
  return error_reply(400,
                     "Unsupported parameter: 'max_tokens' is not supported "
                     "with this model. Use 'max_completion_tokens' instead.",
                     "invalid_request_error", "unsupported_parameter");
}

}  // namespace demo
