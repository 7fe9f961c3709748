#include "core/reload.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/messages_core.h"
#include "base/messages_report.h"
#include "base/redact.h"
#include "core/report.h"

namespace core {

namespace {

namespace say = base::say;

std::string excerpt(const AdminApi& api, std::string_view text) {
  base::Redactor redactor;
  redactor.add(api.token);
  redactor.add_url(api.base_url);
  return redactor.excerpt(text);
}

// What is answered with 200, and is either way in its "success".
base::Sentence refused_in(const AdminApi& api, std::string_view body) {
  base::json::Document document;
  const bool is_json = document.parse(body);
  const auto success =
      is_json ? document.truth("/success") : std::optional<bool>();
  if (!success) return {say::reload_no_onehub, excerpt(api, body)};
  if (*success) return {};
  return {say::reload_denied,
          excerpt(api, document.text("/message").value_or(""))};
}

}  // namespace

base::http::Request reload_request(const AdminApi& api, ChannelId nobody) {
  std::string_view base = api.base_url;
  while (base.ends_with('/'))
    base.remove_suffix(1);
  return {.method = "DELETE",
          .url = fmt::format("{}/api/channel/{}", base,
                             static_cast<std::int64_t>(nobody)),
          .headers = {{"Accept", "application/json"},
                      {"Authorization", "Bearer " + api.token.reveal()}},
          .timeout = api.timeout};
}

base::Sentence reload_refused(const AdminApi& api, int status,
                              std::string_view body) {
  constexpr int ok = 200;
  constexpr int failed = 500;
  switch (status) {
    case ok: return refused_in(api, body);
    case 401:
    case 403: {
      base::json::Document document;
      const bool is_json = document.parse(body);
      return {say::reload_denied,
              is_json ? excerpt(api, document.text("/message").value_or(""))
                      : std::to_string(status)};
    }
    case failed:
      if (body.empty()) return {say::reload_met_null};
      break;
    default: break;
  }
  if (status >= 300 && status < 400) return {say::reload_redirected, status};
  return {say::reload_status, status};
}

base::Sentence seen_after(const Report& report) {
  if (!report.wrote || report.dry_run || !report.product) return {};
  switch (*report.product) {
    case Product::oneapi: return {say::seen_by, "One API", 600};
    case Product::newapi: return {say::seen_by, "New API", 60};
    case Product::onehub: break;
  }
  return {};
}

}  // namespace core
