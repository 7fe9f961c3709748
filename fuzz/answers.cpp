#include <algorithm>
#include <string>
#include <vector>

#include "base/http.h"
#include "core/channel_type.h"
#include "core/conversation.h"
#include "core/fallback.h"
#include "targets.h"

// Whatever an upstream answers to whatever was asked of whomever: a probe comes
// to an end, costs but a few calls, and repeats no key.

namespace {

namespace http = base::http;

constexpr std::string_view secret = "secret-0123456789";
constexpr std::string_view key =
    R"({"access_token":"secret-0123456789","account_id":"a|b.c"})";

core::Enquiry enquiry_with(const core::Provider& provider, std::uint8_t how) {
  core::Enquiry enquiry;
  enquiry.endpoint.provider = &provider;
  enquiry.endpoint.base = "https://up.example";
  enquiry.endpoint.prefix = "/v1";
  enquiry.endpoint.product = static_cast<core::Product>(how % 3);
  enquiry.policy.stream = (how & 4U) != 0;
  enquiry.keys = {{0, base::Secret(std::string(key)), true}};
  enquiry.redactor.add(enquiry.keys.front().secret);
  enquiry.redactor.add(base::Secret(std::string(secret)));
  return enquiry;
}

core::Step answered(core::Conversation& talk, fuzz::Input& input,
                    base::json::Document& scratch) {
  const base::Time now = base::Time(std::chrono::hours(1));
  talk.next(http::Sent{now}, scratch);
  const int status = 100 + input.byte() * 2;
  http::Headers headers = {
      {"Retry-After", std::string(input.truth() ? "5" : "x")}};
  core::Step step = talk.next(http::Head{status, headers, now}, scratch);
  const std::string_view body = input.rest();
  const std::size_t piece = 1 + input.byte() % 64U;
  for (std::size_t at = 0;
       at < body.size() && std::holds_alternative<core::Wait>(step);
       at += piece) {
    // A copy of its own size, so that a read beyond its end is noticed.
    const std::string_view part = body.substr(at, piece);
    const std::vector<char> copy(part.begin(), part.end());
    step = talk.next(http::Chunk{{copy.data(), copy.size()}, now}, scratch);
  }
  if (!std::holds_alternative<core::Wait>(step)) return step;
  if (input.truth()) return talk.next(http::Done{now}, scratch);
  return talk.next(http::Failed{http::Failure::broken, "gone", now}, scratch);
}

void check(const core::Ending& ending) {
  fuzz::require(ending.attempts > 0 && ending.attempts < 12);
  fuzz::require(ending.why.empty() == (ending.outcome == core::Outcome::ok));
  for (const auto language : {base::Language::en, base::Language::zh}) {
    fuzz::require(ending.why.in(language).find(secret) == std::string::npos);
  }
}

}  // namespace

void fuzz::answers(Input input) {
  static const auto providers = core::all_providers();
  const core::Provider& provider = *providers[input.byte() % providers.size()];
  const auto kind = static_cast<core::Kind>(input.byte() % 11);
  const core::Enquiry enquiry = enquiry_with(provider, input.byte());
  if (!provider.can(enquiry.endpoint, kind)) return;
  core::ProbeConversation probe(
      enquiry, {.model = "claude-m", .public_name = "m", .kind = kind}, {});
  base::json::Document scratch;
  core::Step step = core::Send{};
  for (int calls = 0; std::holds_alternative<core::Send>(step); ++calls) {
    fuzz::require(calls < 12);
    probe.request(base::wall_time(1'790'000'000));
    fuzz::Input again = input;  // the same to each call
    step = answered(probe, again, scratch);
  }
  if (std::holds_alternative<core::Finished>(step)) check(probe.ending());
}
