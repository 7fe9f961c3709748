#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "demo/vendor.h"
#include "demo/vendor_shop.h"

// Azure's two forms of OpenAI's protocol:
// https://learn.microsoft.com/azure/ai-services/openai/reference
namespace demo {

namespace {

// Those that are, or were, answered at its data plane.
constexpr auto dated = std::to_array<std::string_view>(
    {"2022-12-01", "2023-05-15", "2024-02-01", "2024-06-01", "2024-10-21",
     "2023-03-15-preview", "2024-02-15-preview", "2024-08-01-preview",
     "2024-09-01-preview", "2024-10-01-preview", "2024-12-01-preview",
     "2025-01-01-preview", "2025-03-01-preview", "2025-04-01-preview"});

constexpr auto tasks =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/completions", Endpoint::completions},
                          {"/embeddings", Endpoint::embeddings},
                          {"/images/generations", Endpoint::images},
                          {"/audio/speech", Endpoint::speech},
                          {"/audio/transcriptions", Endpoint::transcriptions}});

web::Reply azure_error(int status, std::string_view code,
                       std::string_view message) {
  return json_reply(
      status, fmt::format(R"({{"error":{{"code":{},"message":{}}}}})",
                          base::json::quote(code), base::json::quote(message)));
}

web::Reply no_resource() {
  return azure_error(404, "404", "Resource not found");
}

web::Reply denied() {
  return azure_error(401, "401",
                     "Access denied due to invalid subscription key or wrong "
                     "API endpoint. Make sure to provide a valid key for an "
                     "active subscription.");
}

web::Reply bad(std::string_view fault) {
  return azure_error(400, "BadRequest", fault);
}

web::Reply unknown(const Question&) {
  return azure_error(404, "DeploymentNotFound",
                     "The API deployment for this resource does not exist. If "
                     "you created the deployment within the last 5 minutes, "
                     "please wait a moment and try again.");
}

web::Reply deployments(const Site& site) {
  return json_reply(
      200,
      fmt::format(R"({{"data":[{}],"object":"list"}})",
                  joined_models(site, [](const std::string& model) {
                    const std::string name = base::json::quote(model);
                    return fmt::format(
                        R"({{"scale_settings":{{"scale_type":"standard"}},)"
                        R"("model":{},"owner":"organization-owner",)"
                        R"("id":{},"status":"succeeded",)"
                        R"("object":"deployment"}})",
                        name, name);
                  })));
}

// What came with a later version is not known to an earlier one.
bool is_too_old(const Visit& visit, std::string_view version,
                Endpoint endpoint) {
  const bool asks_new = visit.body.is_object("/stream_options") ||
                        visit.body.number("/max_completion_tokens");
  if (endpoint == Endpoint::chat && asks_new) return version < "2024-09-01";
  return endpoint == Endpoint::images && version < "2024-02-01";
}

Heard hear_deployment(const Visit& visit, std::string_view rest,
                      std::string_view version) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const auto task = std::ranges::find(tasks, rest.substr(slash), &Place::path);
  const std::string name = percent_decoded(rest.substr(0, slash));
  if (task == tasks.end() || name.empty() || visit.request.method != "POST") {
    return says(no_resource());
  }
  Heard heard = hear_question(visit, task->endpoint, name, bad);
  if (heard.reply) return heard;
  if (is_too_old(visit, version, task->endpoint)) {
    return says(bad("Unrecognized request argument supplied"));
  }
  heard.reply = old_limit(visit, heard.question);
  return heard;
}

Heard hear_azure(const Visit& visit) {
  if (!visit.takes(visit.header("api-key"))) return says(denied());
  const auto version = in_query(visit.query, "api-version");
  if (visit.is("POST", "/openai/v1/responses")) {
    if (version && *version != "preview" && *version != "latest") {
      return says(azure_error(400, "BadRequest", "API version not supported"));
    }
    return hear_question(visit, Endpoint::responses, "", bad);
  }
  if (std::ranges::find(dated, version.value_or("")) == dated.end()) {
    return says(no_resource());
  }
  if (visit.is("POST", "/openai/responses")) {
    if (*version < "2025-03-01") return says(no_resource());
    return hear_question(visit, Endpoint::responses, "", bad);
  }
  if (visit.path == "/openai/realtime") {
    // Only these two know it.
    if (version != "2024-10-01-preview" && version != "2025-04-01-preview") {
      return says(no_resource());
    }
    return hear_opening(visit, in_query(visit.query, "deployment").value_or(""),
                        bad);
  }
  if (visit.is("GET", "/openai/deployments")) {
    return says(deployments(visit.site));
  }
  constexpr std::string_view folder = "/openai/deployments/";
  if (!visit.path.starts_with(folder)) return says(no_resource());
  return hear_deployment(
      visit, std::string_view(visit.path).substr(folder.size()), *version);
}

// https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
constexpr auto v1_places =
    std::to_array<Place>({{"/chat/completions", Endpoint::chat},
                          {"/completions", Endpoint::completions},
                          {"/responses", Endpoint::responses},
                          {"/embeddings", Endpoint::embeddings},
                          {"/images/generations", Endpoint::images},
                          {"/audio/speech", Endpoint::speech},
                          {"/audio/transcriptions", Endpoint::transcriptions}});

constexpr Shop v1_shop{.prefix = "/openai/v1",
                       .list = "/models",
                       .places = v1_places,
                       .no_key = denied,
                       .bad = bad,
                       .nowhere = [](const Visit&) { return no_resource(); }};

// A version with a date is one of the other form's.
Heard hear_v1(const Visit& visit) {
  if (!visit.takes(visit.header("api-key"))) return says(denied());
  const auto version = in_query(visit.query, "api-version");
  if (version && *version != "v1" && *version != "preview" &&
      *version != "latest") {
    return says(azure_error(400, "BadRequest", "API version not supported"));
  }
  Heard heard = hear_customer(visit, v1_shop);
  if (!heard.reply) heard.reply = old_limit(visit, heard.question);
  return heard;
}

constexpr auto vendors = std::to_array<Vendor>(
    {{"azure", hear_azure, unknown}, {"azure_v1", hear_v1, unknown}});

}  // namespace

std::span<const Vendor> azure_vendors() {
  return vendors;
}

}  // namespace demo
