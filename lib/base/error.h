#pragma once

#include <cstdint>
#include <stdexcept>
#include <utility>

#include "base/messages.h"

namespace base {

// An operation that had to be given up, told in one sentence that names the
// thing.  A failing upstream is no error; it is a core::Outcome.
class Error : public std::runtime_error {
 public:
  enum class Cause : std::uint8_t {
    refused,  // doing it again would end the same way
    busy,     // somebody else was first; later it may go well
    lost,     // the connection is gone, and what was not committed with it
    stopped,  // a signal asked to stop while it was waited for
  };

  explicit Error(Sentence sentence, Cause cause = Cause::refused)
      : std::runtime_error(in(Language::en, sentence)),
        sentence_(std::move(sentence)),
        cause_(cause) {}

  const Sentence& sentence() const noexcept { return sentence_; }
  Cause cause() const noexcept { return cause_; }

 private:
  Sentence sentence_;
  Cause cause_;
};

}  // namespace base
