#pragma once

#include <string>
#include <string_view>

#include "base/http.h"
#include "demo/upstream_answers.h"
#include "web/http_server.h"

namespace demo {

// How a model behaves: what stands after the last "@" of its name, unless that
// is where the name begins.
struct Mood {
  std::string_view name;  // "limited" of "gpt@limited-3"; "" is none
  int number = 0;         // 3; of "gpt@503", 503
};

Mood mood_of(std::string_view model);

// A call of a model.
struct Call {
  const Question& question;
  const base::http::Request& request;
  std::string_view key;
  int number = 0;  // of its mood
  int before = 0;  // calls of this model
};

// Whether the answer depends on how often the model was called before.
bool counts(const Mood& mood);

web::Reply answer_in_mood(const Mood& mood, const Call& call);

}  // namespace demo
