#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/messages.h"

namespace base {

// Values one after the other in few bytes: of what is held by the hundred
// thousand until it is looked at once more.  Only this process can read them,
// in their order.
class Packer {
 public:
  // Small ones take one byte; below 0 is as if it were very large.
  void number(std::int64_t value);
  void count(std::size_t value) { number(static_cast<std::int64_t>(value)); }
  void real(double value);
  void text(std::string_view text);
  // One that is the same as the last that was not empty takes one byte.
  void sentence(const Sentence& sentence);

  // All of it, with no room to spare.
  std::string bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::size_t last_ = 0;  // where the last sentence is
  std::size_t last_size_ = 0;
};

// A set of flags is a number: `flag`, or nothing, to be put together with |.
template <typename Flag>
constexpr int flag_if(bool given, Flag flag) {
  return given ? static_cast<int>(flag) : 0;
}

// Reads what a Packer wrote; `bytes` outlive it.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  std::int64_t number() {
    const auto first = static_cast<unsigned char>(rest_.front());
    if (first >= long_from) return long_number();
    rest_.remove_prefix(1);
    return first;
  }
  std::size_t count() { return static_cast<std::size_t>(number()); }
  double real();
  std::string_view text() {
    const std::size_t size = count();
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }
  Sentence sentence();

 private:
  static constexpr unsigned char long_from = 0x80;

  std::int64_t long_number();

  std::string_view rest_;
  std::string_view last_;
};

}  // namespace base
