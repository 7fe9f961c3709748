#include "core/outcome.h"

#include <set>

#include "catch.h"

using core::Answer;
using core::Evidence;
using core::Outcome;

TEST_CASE("every outcome has a name of its own, which leads back to it") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < core::outcome_count; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    names.insert(core::name_of(outcome));
    CHECK(core::outcome_named(core::name_of(outcome)) == outcome);
  }
  CHECK(names.size() == core::outcome_count);
  CHECK(core::name_of(Outcome::model_gone) == "model_gone");
  CHECK_FALSE(core::outcome_named("gone"));
}

TEST_CASE("outcomes are worth what the table says") {
  const auto worth = [](Outcome outcome) { return core::evidence_of(outcome); };
  CHECK(worth(Outcome::ok) == Evidence::alive);
  for (const auto outcome : {Outcome::model_gone, Outcome::forbidden}) {
    CHECK(worth(outcome) == Evidence::definite);
  }
  for (const auto outcome : {Outcome::server_error, Outcome::timeout,
                             Outcome::network_error, Outcome::bad_response}) {
    CHECK(worth(outcome) == Evidence::passing);
  }
  for (const auto outcome :
       {Outcome::auth_failed, Outcome::quota_exhausted, Outcome::rate_limited,
        Outcome::bad_request, Outcome::untestable, Outcome::inconclusive,
        Outcome::cancelled}) {
    CHECK(worth(outcome) == Evidence::none);
  }
}

TEST_CASE("quota comes before key, key before model, model before status") {
  struct Row {
    int status;
    std::string error;
    Outcome outcome;
    bool retry_hint = false;
  };
  const std::string quota = "insufficient_quota";
  const std::string key = "invalid_api_key";
  const std::string model = "model_not_found";
  for (const Row& row : std::vector<Row>{
           {401, quota, Outcome::quota_exhausted},
           {404, quota + ' ' + model, Outcome::quota_exhausted},
           {200, quota + ' ' + key, Outcome::quota_exhausted},
           {503, key + ' ' + model, Outcome::auth_failed},
           {401, model, Outcome::auth_failed},
           {402, model, Outcome::quota_exhausted},
           {500, model, Outcome::model_gone},
           {429, model, Outcome::model_gone},
           {429, quota, Outcome::quota_exhausted},
           {429, quota, Outcome::rate_limited, true},
           {429, model, Outcome::rate_limited, true},
           {429, quota + " per minute", Outcome::rate_limited},
           {429, quota + " per day", Outcome::rate_limited},
           {403, quota + " per minute", Outcome::quota_exhausted},
           {403, quota, Outcome::quota_exhausted, true},
           {503, "system_memory_overloaded model x", Outcome::server_error},
           {200, "", Outcome::bad_response},
           {302, "", Outcome::bad_response},
           {404, "not found", Outcome::bad_response},
           {404, "no deployment", Outcome::model_gone},
           {404, "cannot find GPT-X here", Outcome::model_gone},
           {403, "no", Outcome::bad_request},
           {403, "gpt-x is closed to you", Outcome::forbidden},
           {400, "model is wrong", Outcome::bad_request},
           {408, "model", Outcome::timeout},
           {409, "", Outcome::bad_request},
           {418, "", Outcome::bad_request},
           {429, "", Outcome::rate_limited},
           {500, "model", Outcome::server_error},
           {524, "", Outcome::server_error},
           {599, "", Outcome::server_error}}) {
    INFO(row.status << ' ' << row.error);
    CHECK(core::outcome_of({.status = row.status,
                            .retry_hint = row.retry_hint,
                            .error = row.error},
                           "gpt-X") == row.outcome);
  }
}

TEST_CASE("only a success of HTTP can be alive") {
  CHECK(core::outcome_of({.status = 200, .alive = true}, "m") == Outcome::ok);
  CHECK(core::outcome_of({.status = 201, .alive = true}, "m") == Outcome::ok);
  CHECK(core::outcome_of({.status = 302, .alive = true}, "m") ==
        Outcome::bad_response);
  CHECK(core::outcome_of({.status = 500, .alive = true}, "m") ==
        Outcome::server_error);
}

TEST_CASE("phrases are found in any case and in both languages") {
  for (const auto* phrase :
       {"Insufficient Balance", "INSUFFICIENT_USER_QUOTA", "账户余额不足",
        "您的账户已欠费", "免费额度已用完", "Insufficient account balance",
        "token quota is not enough", "used all available credits",
        "exceeded_current_quota_error", "pre_consume_token_quota_failed"}) {
    INFO(phrase);
    CHECK(core::outcome_of({.status = 400, .error = phrase}, "m") ==
          Outcome::quota_exhausted);
  }
  for (const auto* phrase :
       {"Incorrect API Key provided", "无效的令牌", "令牌已过期",
        "This organization has been disabled", "AUTHENTICATION_ERROR",
        "billing_not_active"}) {
    INFO(phrase);
    CHECK(core::outcome_of({.status = 400, .error = phrase}, "m") ==
          Outcome::auth_failed);
  }
  for (const auto* phrase :
       {"The model `m` does not exist", "Model Not Found", "无可用渠道",
        "模型不存在", "不支持的模型", "No Available Channel for model m",
        "Invalid model: m", "Invalid model 'm'. Permitted models are"}) {
    INFO(phrase);
    CHECK(core::outcome_of({.status = 400, .error = phrase}, "m") ==
          Outcome::model_gone);
  }
}

TEST_CASE("what does not exist has to be the model") {
  for (const auto* text :
       {"user does not exist", "路径不存在", "endpoint is not found",
        "The parameter stop does not exist for this model",
        "模型参数 stop 不存在"}) {
    INFO(text);
    CHECK(core::outcome_of({.status = 400, .error = text}, "gpt-x") ==
          Outcome::bad_request);
  }
}

TEST_CASE("a relay that is broken itself says nothing about its models") {
  for (const auto* text :
       {"database error: table 'models' doesn't exist",
        "ERROR: relation \"models\" does not exist",
        "host api.model-x.com does not exist",
        "dial tcp: lookup model.example: no such host, 模型服务不存在"}) {
    INFO(text);
    CHECK(core::outcome_of({.status = 503, .error = text}, "gpt-x") ==
          Outcome::server_error);
  }
  CHECK(core::outcome_of(
            {.status = 503, .error = "The model gpt-x does not exist"},
            "gpt-x") == Outcome::model_gone);
}

TEST_CASE("a name that stands in every 404 tells nothing") {
  for (const auto* model : {"chat", "completions", "page", "v1", "x"}) {
    INFO(model);
    CHECK(core::outcome_of({.status = 404,
                            .error = "Cannot POST /v1/chat/completions: x page "
                                     "not found"},
                           model) == Outcome::bad_response);
  }
}

TEST_CASE("a path that is repeated blames no model in it") {
  for (const auto* text :
       {"Cannot POST /v1beta/models/gem-1:generateContent",
        "Invalid URL (POST /v1beta/models/gem-1:generateContent)",
        "Not here: 'https://up.example/openai/deployments/gem-1/x'",
        "Could not route to /accounts/a/ai/run/gem-1, perhaps"}) {
    INFO(text);
    CHECK(core::outcome_of({.status = 404, .error = text}, "gem-1") ==
          Outcome::bad_response);
    CHECK(core::outcome_of({.status = 403, .error = text}, "gem-1") ==
          Outcome::bad_request);
  }
  CHECK(core::outcome_of({.status = 404, .error = "no gem-1 at /v1beta/x"},
                         "gem-1") == Outcome::model_gone);
  CHECK(core::outcome_of(
            {.status = 404, .error = "The model `/data/gem-1` is not loaded"},
            "/data/gem-1") == Outcome::model_gone);
}

TEST_CASE("flagged words blame no model") {
  CHECK(core::outcome_of(
            {.status = 403,
             .error = "gem-1 requires moderation. Your input was flagged. "
                      "No credits were charged."},
            "gem-1") == Outcome::bad_request);
  CHECK(core::outcome_of({.status = 403, .error = "omni-moderation is closed"},
                         "omni-moderation") == Outcome::forbidden);
}

TEST_CASE("a model that was asked as what it is not is there") {
  for (const int status : {400, 403, 404}) {
    for (const auto* text :
         {"This is not a chat model and thus not supported in the "
          "v1/chat/completions endpoint. Did you mean to use v1/completions?",
          "This model is only supported in v1/responses and not in "
          "v1/chat/completions."}) {
      INFO(status << ' ' << text);
      CHECK(core::outcome_of({.status = status, .error = text}, "gpt-x") ==
            Outcome::bad_request);
    }
  }
}

TEST_CASE("a limit at status 200 is one") {
  for (const auto* text :
       {"Rate limit exceeded", "rate_limit_error",
        "Open api qps request limit reached", "您当前使用该API的并发数过高"}) {
    INFO(text);
    CHECK(core::outcome_of({.status = 200, .error = text}, "m") ==
          Outcome::rate_limited);
    CHECK(core::outcome_of({.status = 500, .error = text}, "m") ==
          Outcome::server_error);
  }
}

TEST_CASE("failures of the network are told apart") {
  using base::http::Failure;
  CHECK(core::outcome_of(Failure::untrusting) == Outcome::inconclusive);
  CHECK(core::outcome_of(Failure::crowded) == Outcome::inconclusive);
  CHECK(core::outcome_of(Failure::unsendable) == Outcome::inconclusive);
  CHECK(core::outcome_of(Failure::connect) == Outcome::network_error);
  CHECK(core::outcome_of(Failure::broken) == Outcome::network_error);
  CHECK(core::outcome_of(Failure::timeout) == Outcome::timeout);
  CHECK(core::outcome_of(Failure::too_large) == Outcome::bad_response);
  CHECK(core::outcome_of(Failure::undecoded) == Outcome::bad_response);
}
