#include "notify/call.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/json.h"
#include "base/messages_notify.h"
#include "base/text.h"

namespace notify {

namespace {

namespace http = base::http;
namespace say = base::say;

constexpr int too_many_requests = 429;

bool is_good(int status) {
  return status >= 200 && status < 300;
}

Later unreachable(const http::Failed& failed, const base::Redactor& redactor) {
  return {{say::notify_unreachable, redactor.excerpt(failed.text)}, {}};
}

base::Sentence status_of(const Reply& reply, const base::Redactor& redactor) {
  const std::string said = redactor.excerpt(base::trimmed(reply.body));
  if (said.empty()) return {say::notify_plain_status, reply.status};
  return {say::notify_status, reply.status, said};
}

// "%41" becomes "A".
std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    const bool escape =
        text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    decoded += escape ? static_cast<char>(byte) : text[i];
    if (escape) i += 2;
  }
  return decoded;
}

}  // namespace

http::Request json_post(const std::string& url, std::string body) {
  http::Request request{
      .method = "POST",
      .url = http::without_userinfo(url),
      .headers = {{"Content-Type", "application/json; charset=utf-8"}},
      .body = std::move(body),
      .timeout = time_limit,
      .most_body = std::size_t{64} << 10};
  const std::string_view user = http::userinfo_of(url);
  if (!user.empty()) {
    request.headers.emplace_back(
        "Authorization", "Basic " + base::base64(percent_decoded(user)));
  }
  return request;
}

std::string at(const base::Secret& server, std::string_view path) {
  std::string_view there = server.reveal();
  while (there.ends_with('/'))
    there.remove_suffix(1);
  return std::string(there).append(path);
}

void add_url(base::Redactor& redactor, const base::Secret& url) {
  constexpr std::size_t shortest = 8;
  const std::string_view all = url.reveal();
  redactor.add(url);
  redactor.add_url(all);
  const std::size_t scheme = all.find("://");
  if (scheme == all.npos) return;
  const std::size_t path = all.find_first_of("/?", scheme + 3);
  if (path == all.npos) return;
  const auto add = [&](std::string_view part) {
    if (part.size() >= shortest) redactor.add(base::Secret(std::string(part)));
  };
  const std::string_view rest = all.substr(path);
  add(rest);
  const std::size_t question = std::min(rest.find('?'), rest.size());
  for (const std::string_view part : base::split(rest.substr(0, question), '/'))
    add(part);
  for (const std::string_view pair : base::split(rest.substr(question), '&'))
    add(pair.substr(std::min(pair.find('=') + 1, pair.size())));
}

std::optional<std::chrono::seconds> patience(double seconds) {
  constexpr double longest = 3600;
  if (!(seconds > 0)) return std::nullopt;
  return std::chrono::seconds(
      std::llround(std::ceil(std::min(seconds, longest))));
}

Answer by_status(const Reply& reply, const base::Redactor& redactor) {
  if (reply.failed) return unreachable(*reply.failed, redactor);
  if (is_good(reply.status)) return Sent{};
  if (reply.status >= 300 && reply.status < 400) {
    return Later{{say::notify_redirect, reply.status}, {}};
  }
  if (reply.status == too_many_requests) {
    const auto header = base::whole_number(
        base::trimmed(http::value_of(reply.headers, "Retry-After")));
    return Later{status_of(reply, redactor),
                 patience(static_cast<double>(header.value_or(60)))};
  }
  const bool about_message =
      reply.status == 400 || reply.status == 413 || reply.status == 422;
  if (about_message) return Refused{status_of(reply, redactor)};
  return Later{status_of(reply, redactor), {}};
}

Answer by_code(const Reply& reply, const base::Redactor& redactor,
               const Codes& codes) {
  if (reply.failed) return unreachable(*reply.failed, redactor);
  base::json::Document json;
  const bool is_json = json.parse(reply.body);
  const auto code = is_json ? json.number(codes.code) : std::nullopt;
  if (!code) {
    if (!is_good(reply.status)) {
      // A page of somebody on the way is not about the message.
      const Answer answer = by_status(reply, redactor);
      const auto* refused = std::get_if<Refused>(&answer);
      return refused != nullptr ? Later{refused->why, {}} : answer;
    }
    return Later{{say::notify_odd, redactor.excerpt(reply.body)}, {}};
  }
  if (*code == codes.good && is_good(reply.status)) return Sent{};
  const base::Sentence why{
      say::notify_code, *code,
      redactor.excerpt(json.text(codes.message).value_or(""))};
  const bool busy = reply.status == too_many_requests ||
                    std::find(codes.busy.begin(), codes.busy.end(), *code) !=
                        codes.busy.end();
  return Later{why, busy ? patience(60) : std::nullopt};
}

Service service(
    std::string name, const base::Redactor& redactor, Reader read,
    std::function<http::Request(const core::Message&, const Moment&)> render) {
  return {.name = std::move(name),
          .render = std::move(render),
          .read = [redactor, read](const Reply& reply) {
            return read(reply, redactor);
          }};
}

}  // namespace notify
