#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace fuzz {

// The bytes of one run, from front to back.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : left_(reinterpret_cast<const char*>(data), size) {}

  std::uint8_t byte() {
    if (left_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return value;
  }
  bool truth() { return (byte() & 1U) != 0; }

  // Up to the next NUL.
  std::string_view text() {
    const std::string_view text = left_.substr(0, left_.find('\0'));
    left_.remove_prefix(text.size() < left_.size() ? text.size() + 1
                                                   : text.size());
    return text;
  }
  std::string_view rest() const { return left_; }

 private:
  std::string_view left_;
};

// What does not hold is a finding.
inline void require(bool claim) {
  if (!claim) std::abort();
}

}  // namespace fuzz
