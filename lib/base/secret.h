#pragma once

#include <string>
#include <utility>

namespace base {

// A text that is never shown: a key, a password, a token.  No formatter takes
// one; see redact.h for texts of others that may hold one.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  // For the wire, and to find it in what others say.
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

}  // namespace base
