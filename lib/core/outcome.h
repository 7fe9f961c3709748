#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/http.h"

namespace core {

// What a probe showed.
enum class Outcome : std::uint8_t {
  ok,
  model_gone,
  forbidden,
  auth_failed,
  quota_exhausted,
  rate_limited,
  server_error,
  timeout,
  network_error,
  bad_response,
  bad_request,
  untestable,
  inconclusive,
  cancelled,
};
inline constexpr std::size_t outcome_count = 14;

// "ok", "model_gone" and so on, as the report and the state have them.
std::string_view name_of(Outcome outcome);
std::optional<Outcome> outcome_named(std::string_view name);

// What an outcome is worth for or against one model.
enum class Evidence : std::uint8_t {
  alive,
  definite,  // the model is not there
  passing,   // it failed in a way that may pass
  none,      // nothing is proven
};

Evidence evidence_of(Outcome outcome);

// What an outcome is to somebody who wants an answer now: a wrong key and a
// spent quota prove nothing about the model, but nobody is served.
enum class Served : std::uint8_t { yes, no, unknown };

Served served_by(Outcome outcome);

// An answer that ended, as a provider's reader understood it.
struct Answer {
  int status = 0;
  bool alive = false;       // it held what was asked for
  bool retry_hint = false;  // it said when to come back
  std::string error;        // what it said was wrong; codes, types, message
};

// By the order of the specification: a limit by minute or day, quota, key,
// model, then the status.  `model` is the upstream's name that was asked for.
Outcome outcome_of(const Answer& answer, std::string_view model);
Outcome outcome_of(base::http::Failure failure);

// Whether `lower_text`, in lower case already, holds one of the phrases.
bool speaks_of(std::string_view lower_text,
               std::initializer_list<std::string_view> phrases);

}  // namespace core
