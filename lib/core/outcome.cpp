#include "core/outcome.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace core {

namespace {

constexpr std::array<std::string_view, outcome_count> outcome_names = {
    "ok",           "model_gone",      "forbidden",
    "auth_failed",  "quota_exhausted", "rate_limited",
    "server_error", "timeout",         "network_error",
    "bad_response", "bad_request",     "untestable",
    "inconclusive", "cancelled"};

// A shorter name stands in texts that do not mean it.
constexpr std::size_t shortest_telling_name = 3;

// A limit that is over in a minute or a day.  Gemini says "exceeded your
// current quota" for one, too, so this is asked before the quota.
bool about_rate(int status, std::string_view text) {
  return status == 429 &&
         speaks_of(text,
                   {"per minute",   "per day",    "perminute",
                    "perday",       "per-minute", "per-day",
                    "per_minute",   "per_day",    "requests per",
                    "requests_per", "retrydelay", "try again in",
                    "retry after",  "retry in",   "(rpm)",
                    "(tpm)",        "(rpd)",      "rpm limit",
                    "tpm limit",    "throttling", "allocated quota exceeded",
                    "每分钟",       "每天",       "每日",
                    "分钟内"});
}

bool about_quota(int status, std::string_view text) {
  return status == 402 || speaks_of(text, {"insufficient_quota",
                                           "insufficient_user_quota",
                                           "insufficient_balance",
                                           "insufficient balance",
                                           "insufficient credit",
                                           "exceeded your current quota",
                                           "billing_hard_limit",
                                           "balance is too low",
                                           "balance is insufficient",
                                           "balance not enough",
                                           "balance is not enough",
                                           "not enough balance",
                                           "not enough credit",
                                           "out of credit",
                                           "have no credits",
                                           "no credits left",
                                           "no credits remaining",
                                           "credit balance",
                                           "quota is not enough",
                                           "quota exceeded",
                                           "quota_exceeded",
                                           "quota exhausted",
                                           "arrearage",
                                           "payment required",
                                           "insufficient account balance",
                                           "insufficient funds",
                                           "overdue balance",
                                           "in arrears",
                                           "free trial quota",
                                           "billing_disabled",
                                           "specified api usage limits",
                                           "accountoverdue",
                                           "exceeded_current_quota",
                                           "pre_consume_token_quota_failed",
                                           "doesn't have any credits",
                                           "used all available credits",
                                           "spending limit",
                                           "allocationquota.freetieronly",
                                           "额度不足",
                                           "额度已用完",
                                           "额度已用尽",
                                           "额度失败",
                                           "余额不足",
                                           "余额已用完",
                                           "欠费",
                                           "配额不足",
                                           "配额已用"});
}

bool about_key(int status, std::string_view text) {
  return status == 401 ||
         speaks_of(text, {"invalid_api_key",
                          "invalid api key",
                          "invalid api-key",
                          "incorrect api key",
                          "api key not valid",
                          "api key expired",
                          "api_key_invalid",
                          "invalidapikey",
                          "account_deactivated",
                          "billing_not_active",
                          "authentication_error",
                          "authentication error",
                          "login fail",
                          "access token invalid",
                          "authentication fails",
                          "invalid_authentication",
                          "organization has been disabled",
                          "organization has been restricted",
                          "access was terminated",
                          "account is currently blocked",
                          "security token included in the request is",
                          "request signature we calculated does not match",
                          "account is not authorized",
                          "iam_permission_denied",
                          "service_disabled",
                          "consumer_suspended",
                          "unregistered callers",
                          "unauthenticated",
                          "key was reported as leaked",
                          "无效的令牌",
                          "令牌已过期",
                          "令牌无效",
                          "token非法",
                          "用户已被封禁",
                          "账户已被锁定",
                          "无效的api",
                          "身份验证"});
}

// A limit that is told at status 200, by vendors that keep their own codes and
// by relays that had begun a stream.
bool about_limit(int status, std::string_view text) {
  return status < 300 &&
         speaks_of(text,
                   {"rate limit", "rate_limit", "ratelimit",
                    "request limit reached", "too many requests", "throttling",
                    "并发数过高", "频率过高", "请求过于频繁"});
}

// What was asked is to blame, whatever model was to answer it: the words in it,
// or that a model of another kind was asked so.
bool about_question(int status, std::string_view text) {
  return status >= 400 && status < 500 && status != 408 && status != 429 &&
         speaks_of(text,
                   {"was flagged", "requires moderation", "content moderation",
                    "moderation_blocked", "content_filter", "content policy",
                    "content management policy", "inappropriate content",
                    "sensitive content", "sensitive information",
                    "sensitivecontent", "敏感", "not a chat model",
                    "did you mean to use v1/", "only supported in v1/",
                    "not supported in the v1/", "not supported in v1/"});
}

// `text` without the paths and URLs in it: an answer that repeats what was
// asked for, as /v1beta/models/NAME:generateContent, says nothing about NAME.
std::string without_paths(std::string_view text) {
  std::string rest;
  for (const auto word : base::split(text, ' ')) {
    const auto start = word.find_first_not_of("\"'`(<[");
    const bool path = start != std::string_view::npos && word[start] == '/';
    if (path || word.find("://") != std::string_view::npos) continue;
    rest += word;
    rest += ' ';
  }
  return rest;
}

// Whether a name would stand in an answer that only repeats what was asked:
// "Cannot POST /v1/chat/completions" says nothing about a model called "chat".
bool is_of_every_answer(std::string_view lower_model) {
  constexpr std::string_view repeated =
      "cannot post /v1/chat/completions: 404 page not found";
  return repeated.find(lower_model) != std::string_view::npos;
}

bool names_a_model(std::string_view whole_text, std::string_view lower_model) {
  const std::string text = without_paths(whole_text);
  return speaks_of(text, {"model", "模型", "deployment"}) ||
         (lower_model.size() >= shortest_telling_name &&
          !is_of_every_answer(lower_model) &&
          text.find(lower_model) != std::string_view::npos);
}

// Of a relay that is broken itself: its table of models, or a host behind it,
// is not there.
bool about_machine(int status, std::string_view text) {
  return status >= 500 &&
         speaks_of(text, {"database", "table ", "relation ", "column ",
                          "sqlite", "mysql", "no such host", "host ", "dns"});
}

bool about_absence(int status, std::string_view text,
                   std::string_view lower_model) {
  if (speaks_of(text, {"model_not_found",
                       "modelnotfound",
                       "model not found",
                       "model_not_exist",
                       "model not exist",
                       "no such model",
                       "unknown model",
                       "deploymentnotfound",
                       "model_not_available",
                       "model_not_supported",
                       "not a valid model",
                       "invalid model name",
                       "invalid model: ",
                       "invalid model '",
                       "no available channel",
                       "no endpoints found",
                       "incorrect model id",
                       "invalid model. please",
                       "plan not support model",
                       "model identifier is invalid",
                       "is not supported when using codex",
                       "无可用渠道",
                       "模型不存在",
                       "不支持的模型",
                       "未找到模型",
                       "模型未找到",
                       "没有可用的渠道",
                       "没有可用渠道"})) {
    return true;
  }
  // A parameter that a model does not know is no model that is not there.
  if (speaks_of(text, {"parameter", "argument", "参数"})) return false;
  if (about_machine(status, text)) return false;
  return speaks_of(text, {"does not exist", "doesn't exist", "is not found",
                          "decommissioned", "has been deprecated", "不存在",
                          "已下线", "已停用"}) &&
         names_a_model(text, lower_model);
}

Outcome outcome_of_status(int status, bool names_model) {
  if (status < 400) return Outcome::bad_response;
  if (status >= 500) return Outcome::server_error;
  if (status == 408) return Outcome::timeout;
  if (status == 429) return Outcome::rate_limited;
  if (status == 404) {
    return names_model ? Outcome::model_gone : Outcome::bad_response;
  }
  if (status == 403 && names_model) return Outcome::forbidden;
  return Outcome::bad_request;
}

}  // namespace

Evidence evidence_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return Evidence::alive;
    case Outcome::model_gone:
    case Outcome::forbidden: return Evidence::definite;
    case Outcome::server_error:
    case Outcome::timeout:
    case Outcome::network_error:
    case Outcome::bad_response: return Evidence::passing;
    case Outcome::auth_failed:
    case Outcome::quota_exhausted:
    case Outcome::rate_limited:
    case Outcome::bad_request:
    case Outcome::untestable:
    case Outcome::inconclusive:
    case Outcome::cancelled: return Evidence::none;
  }
  return Evidence::none;
}

Served served_by(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return Served::yes;
    case Outcome::auth_failed:
    case Outcome::quota_exhausted: return Served::no;
    default: break;
  }
  return evidence_of(outcome) == Evidence::none ? Served::unknown : Served::no;
}

std::string_view name_of(Outcome outcome) {
  return outcome_names.at(static_cast<std::size_t>(outcome));
}

std::optional<Outcome> outcome_named(std::string_view name) {
  const auto found =
      std::find(outcome_names.begin(), outcome_names.end(), name);
  if (found == outcome_names.end()) return std::nullopt;
  return static_cast<Outcome>(found - outcome_names.begin());
}

bool speaks_of(std::string_view lower_text,
               std::initializer_list<std::string_view> phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](auto phrase) {
    return lower_text.find(phrase) != std::string_view::npos;
  });
}

Outcome outcome_of(const Answer& answer, std::string_view model) {
  if (answer.alive && answer.status >= 200 && answer.status < 300) {
    return Outcome::ok;
  }
  const std::string text = base::lower(answer.error);
  const std::string lower_model = base::lower(model);
  if ((answer.status == 429 && answer.retry_hint) ||
      about_rate(answer.status, text)) {
    return Outcome::rate_limited;
  }
  if (about_quota(answer.status, text)) return Outcome::quota_exhausted;
  if (about_key(answer.status, text)) return Outcome::auth_failed;
  if (about_limit(answer.status, text)) return Outcome::rate_limited;
  // A machine that says it is overloaded names its models, too.
  if (speaks_of(text, {"system_cpu_overloaded", "system_memory_overloaded",
                       "system_disk_overloaded"})) {
    return Outcome::server_error;
  }
  if (about_absence(answer.status, text, lower_model)) {
    return Outcome::model_gone;
  }
  if (about_question(answer.status, text)) return Outcome::bad_request;
  return outcome_of_status(answer.status, names_a_model(text, lower_model));
}

Outcome outcome_of(base::http::Failure failure) {
  switch (failure) {
    case base::http::Failure::crowded:
    case base::http::Failure::unsendable:
    case base::http::Failure::untrusting: return Outcome::inconclusive;
    case base::http::Failure::connect:
    case base::http::Failure::broken:
    case base::http::Failure::shared: return Outcome::network_error;
    case base::http::Failure::timeout: return Outcome::timeout;
    case base::http::Failure::too_large:
    case base::http::Failure::undecoded: return Outcome::bad_response;
  }
  return Outcome::network_error;
}

}  // namespace core
