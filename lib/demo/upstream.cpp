#include "demo/upstream.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "demo/upstream_answers.h"
#include "demo/upstream_moods.h"
#include "demo/vendor.h"
#include "net/loop.h"

namespace demo {

namespace {

using base::http::value_of;
using base::json::quote;
using web::Reply;

std::string_view before(std::string_view text, char end) {
  return text.substr(0, text.find(end));
}

// The value of a query's `name` in `path`, or "".
std::string_view query_of(std::string_view path, std::string_view name) {
  const std::size_t mark = path.find('?');
  if (mark == std::string_view::npos) return {};
  for (const std::string_view pair : base::split(path.substr(mark + 1), '&')) {
    if (before(pair, '=') != name) continue;
    return pair.substr(std::min(name.size() + 1, pair.size()));
  }
  return {};
}

std::string_view key_of(const base::http::Request& request) {
  std::string_view bearer = value_of(request.headers, "Authorization");
  if (bearer.starts_with("Bearer ")) return bearer.substr(7);
  for (const char* name : {"x-api-key", "api-key", "x-goog-api-key"}) {
    const std::string_view key = value_of(request.headers, name);
    if (!key.empty()) return key;
  }
  return query_of(request.url, "key");
}

bool holds(const std::vector<std::string>& keys, std::string_view key) {
  return std::ranges::find(keys, key) != keys.end();
}

// `model` with the mood that it has at `site`, if it has one there.
std::string in_its_mood(const Site& site, const std::string& model) {
  if (holds(site.missing, model)) return model + "@gone";
  const auto found = site.moods.find(model);
  return found == site.moods.end() ? model : model + '@' + found->second;
}

// What is wrong with `key`, if anything is.
std::optional<Reply> trouble_with(std::string_view key, const Site& site) {
  if (key.empty()) {
    return error_reply(401,
                       "You didn't provide an API key. You need to provide "
                       "your API key in an Authorization header.",
                       "invalid_request_error", "");
  }
  if (holds(site.poor_keys, key)) return quota_reply();
  if (site.keys.empty() || holds(site.keys, key)) return std::nullopt;
  const std::string_view tail = key.substr(key.size() - key.size() / 4);
  return error_reply(401,
                     fmt::format("Incorrect API key provided: ****{}.", tail),
                     "invalid_request_error", "invalid_api_key");
}

constexpr std::array<std::pair<std::string_view, Endpoint>, 10> endpoints = {{
    {"/models", Endpoint::list},
    {"/api/tags", Endpoint::list},
    {"/chat/completions", Endpoint::chat},
    {"/completions", Endpoint::completions},
    {"/responses", Endpoint::responses},
    {"/embeddings", Endpoint::embeddings},
    {"/rerank", Endpoint::rerank},
    {"/moderations", Endpoint::moderations},
    {"/messages", Endpoint::messages},
    {"enerateContent", Endpoint::generate},
}};

Endpoint endpoint_of(std::string_view path) {
  path = before(path, '?');
  for (const auto& [end, endpoint] : endpoints) {
    if (path.ends_with(end)) return endpoint;
  }
  return Endpoint::unknown;
}

// A model that stands in the path: ".../deployments/NAME/..." of Azure,
// ".../models/NAME:generateContent" of Gemini.
std::string model_in(std::string_view path) {
  for (const std::string_view folder : {"/deployments/", "/models/"}) {
    const std::size_t start = path.find(folder);
    if (start == std::string_view::npos) continue;
    const std::string_view rest = path.substr(start + folder.size());
    return percent_decoded(rest.substr(0, rest.find_first_of("/:?")));
  }
  return {};
}

Question question_in(std::string_view path, const std::string& body) {
  Question question{.endpoint = endpoint_of(path), .model = model_in(path)};
  question.streamed = path.find(":streamGenerate") != std::string_view::npos;
  base::json::Document document;
  if (!document.parse(body)) return question;
  if (const auto model = document.text("/model")) question.model = *model;
  if (document.truth("/stream").value_or(false)) question.streamed = true;
  question.wants_usage =
      document.truth("/stream_options/include_usage").value_or(false);
  return question;
}

// The list of a provider, in the words of that provider.
struct ListStyle {
  std::string_view members;     // what the models are called
  std::string_view name;        // what a model's name is called
  std::string_view prefix;      // what stands before it
  std::string_view page_query;  // where a page begins
};

ListStyle list_style_of(std::string_view path) {
  if (before(path, '?').ends_with("/api/tags")) {
    return {"models", "name", "", "after"};
  }
  if (path.find("/v1beta/") != std::string_view::npos) {
    return {"models", "name", "models/", "pageToken"};
  }
  const bool anthropic = !query_of(path, "after_id").empty();
  return {"data", "id", "", anthropic ? "after_id" : "after"};
}

std::string list_text(const std::vector<std::string>& models,
                      const ListStyle& style, bool has_more) {
  std::string text = fmt::format(R"({{"object":"list","{}":[)", style.members);
  for (const std::string& model : models) {
    if (&model != &models.front()) text += ',';
    text += fmt::format(R"({{"{}":{},"object":"model","created":1700000000,)"
                        R"("owned_by":"demo","supportedGenerationMethods":)"
                        R"(["generateContent"]}})",
                        style.name,
                        quote(fmt::format("{}{}", style.prefix, model)));
  }
  text += "]";
  if (has_more) {
    const std::string last = quote(models.back());
    text += fmt::format(R"(,"has_more":true,"last_id":{},"nextPageToken":{})",
                        last, last);
  } else {
    text += R"(,"has_more":false)";
  }
  return text + "}";
}

Reply page_of(const Site& site, std::string_view path) {
  constexpr std::ptrdiff_t size = 2;
  const ListStyle style = list_style_of(path);
  const auto& models = site.models;
  const std::string after = percent_decoded(query_of(path, style.page_query));
  auto first = models.begin();
  if (!after.empty()) {
    first = std::ranges::find(models, after);
    if (first != models.end()) ++first;
  }
  const auto last = first + std::min(size, models.end() - first);
  return json_reply(200, list_text({first, last}, style, last != models.end()));
}

Reply huge_list(std::string_view path) {
  constexpr int count = 80'000;
  std::vector<std::string> models;
  models.reserve(count);
  for (int i = 0; i < count; ++i)
    models.push_back(fmt::format("filler-model-{}", i));
  return json_reply(200, list_text(models, list_style_of(path), false));
}

Reply list_of(const Site& site, std::string_view path,
              const base::http::Request& request) {
  if (site.list == "huge") return huge_list(path);
  if (site.list == "pages") return page_of(site, path);
  if (site.list == "empty") {
    return json_reply(200, list_text({}, list_style_of(path), false));
  }
  if (site.list.empty() || (site.list == "redirect" &&
                            request.url.find("hop=") != std::string::npos)) {
    return json_reply(200, list_text(site.models, list_style_of(path), false));
  }
  // The others are moods of models, too.
  const std::string mood =
      site.list == "redirect" ? "redirect-same" : site.list;
  const Question question{.endpoint = Endpoint::list};
  const std::string model = "list@" + mood;
  return answer_in_mood(mood_of(model), {.question = question,
                                         .request = request,
                                         .key = key_of(request),
                                         .number = mood_of(model).number});
}

constexpr std::string_view json_type = "application/json";

// What a model is for, as far as its name says: nobody chats with a model for
// embeddings, nor asks one for chat to embed.
bool suits(std::string_view model, Endpoint endpoint) {
  const std::string name = base::lower(model);
  const auto has = [&](std::string_view part) {
    return name.find(part) != std::string::npos;
  };
  switch (endpoint) {
    case Endpoint::chat:
    case Endpoint::responses:
    case Endpoint::messages:
    case Endpoint::cohere_chat:
    case Endpoint::cohere_chat_2:
    case Endpoint::dashscope_chat:
    case Endpoint::workers_chat:
    case Endpoint::minimax_chat:
      return !has("embed") && !has("rerank") && !has("bge-");
    case Endpoint::rerank:
    case Endpoint::cohere_rerank:
    case Endpoint::dashscope_rerank: return has("rerank");
    case Endpoint::embeddings:
    case Endpoint::ollama_embedding:
    case Endpoint::cohere_embed:
    case Endpoint::dashscope_embedding:
    case Endpoint::workers_embedding:
      return !has("rerank") && (has("embed") || has("bge-") || has("m3e"));
    default: return true;
  }
}

}  // namespace

Upstream::Upstream(const UpstreamOptions& options)
    : options_(options), dice_(options.seed) {}

void Upstream::set(const std::string& name, Site site) {
  sites_[name] = std::move(site);
}

Reply Upstream::answer(const base::http::Request& request) {
  std::string_view path = request.url;
  const std::string_view first =
      before(path.substr(path.starts_with('/') ? 1 : 0), '/');
  std::string name;
  if (!first.empty() && sites_.find(first) != sites_.end()) {
    name = first;
    path.remove_prefix(first.size() + 1);
  }
  if (options_.keeps_log) {
    log_.push_back({.site = name,
                    .method = request.method,
                    .path = std::string(path),
                    .headers = request.headers,
                    .body = request.body,
                    .at = net::Loop::now()});
  }
  Reply reply = reply_to(name, path, request);
  reply.after += latency();
  return reply;
}

Reply Upstream::reply_to(const std::string& name, std::string_view path,
                         const base::http::Request& request) {
  const auto found = sites_.find(name);
  if (found == sites_.end()) {
    return error_reply(404, "Not Found", "invalid_request_error", "");
  }
  const Site& site = found->second;
  if (!site.vendor.empty()) return vendors_reply(name, site, path, request);
  const std::string_view key = key_of(request);
  if (auto trouble = trouble_with(key, site)) return *std::move(trouble);

  const Question question = question_in(path, request.body);
  if (question.endpoint == Endpoint::list) return list_of(site, path, request);
  return modeled(name, site, question, request);
}

Reply Upstream::modeled(const std::string& name, const Site& site,
                        const Question& question,
                        const base::http::Request& request) {
  const std::string told = in_its_mood(site, question.model);
  const Mood mood = mood_of(told);
  Call call{.question = question,
            .request = request,
            .key = key_of(request),
            .number = mood.number};
  if (counts(mood)) call.before = calls_[name + '/' + question.model]++;
  return answer_in_mood(mood, call);
}

Reply Upstream::vendors_reply(const std::string& name, const Site& site,
                              std::string_view path,
                              const base::http::Request& request) {
  const Vendor* const vendor = vendor_named(site.vendor);
  if (vendor == nullptr) {
    return error_reply(500, "there is no such vendor", "simulated_error", "");
  }
  base::json::Document body;
  const bool is_json =
      value_of(request.headers, "Content-Type").starts_with(json_type) &&
      body.parse(request.body);
  const std::size_t mark = std::min(path.find('?'), path.size());
  const Heard heard = vendor->hear(
      {.site = site,
       .request = request,
       .path = site.at + std::string(path.substr(0, mark)),
       .query = std::string(path.substr(std::min(mark + 1, path.size()))),
       .body = body,
       .is_json = is_json,
       .now = now()});
  if (heard.reply) return *heard.reply;
  if (holds(site.poor_keys, key_of(request))) return quota_reply();
  const std::string& model = heard.question.model;
  const bool is_known = holds(site.models, model) || site.moods.contains(model);
  if (!is_known || mood_of(in_its_mood(site, model)).name == "gone") {
    return vendor->unknown(heard.question);
  }
  if (!suits(model, heard.question.endpoint)) {
    return error_reply(400,
                       fmt::format("The operation does not work with the "
                                   "specified model, {}.",
                                   model),
                       "invalid_request_error", "OperationNotSupported");
  }
  return modeled(name, site, heard.question, request);
}

// Milliseconds since 1970.
std::int64_t Upstream::now() const {
  if (options_.now != base::WallTime{}) {
    return base::seconds_of(options_.now) * 1000;
  }
  return std::chrono::duration_cast<base::Milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

base::Milliseconds Upstream::latency() {
  if (options_.most.count() <= 0) return options_.least;
  std::uniform_int_distribution<base::Milliseconds::rep> any(
      options_.least.count(), options_.most.count());
  return base::Milliseconds(any(dice_));
}

std::unique_ptr<web::HttpServer> make_upstream_server(net::Loop& loop, int port,
                                                      Upstream& upstream) {
  return web::make_http_server(loop, port, [&](const auto& request) {
    return upstream.answer(request);
  });
}

}  // namespace demo
