#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/provider.h"

namespace core {

// Which ways out were taken already: each is worth one call.
struct FallbacksTaken {
  bool kind = false;
  bool limit_name = false;
  bool limit = false;
  bool stream_options = false;
  bool stream = false;
};

// How to ask again after an answer with `status` and `error` that refuses
// something about the question and not about the model: another kind or name of
// the limit, without a limit, with or without a stream.  Nothing where the
// answer does not say so, or the way was taken already.
std::optional<Question> fallback(const Question& question, int status,
                                 std::string_view error, FallbacksTaken& taken);

// In what `question` is put otherwise than `usual`, as words such as
// "max_completion_tokens,document"; "" where in nothing but the kind.
std::string form_of(const Question& question, const Question& usual);

// `usual`, put as form_of() says; words that it does not know mean nothing.
Question in_form(Question usual, std::string_view form);

}  // namespace core
