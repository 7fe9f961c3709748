#include "base/pack.h"

#include <bit>
#include <cstring>

namespace base {

namespace {

// How a sentence begins.
constexpr char none = 0;
constexpr char same = 1;
constexpr char new_one = 2;

constexpr unsigned bits = 7;
constexpr std::uint64_t more = 1U << bits;

void put(std::string& bytes, std::uint64_t value) {
  while (value >= more) {
    bytes += static_cast<char>(value | more);
    value >>= bits;
  }
  bytes += static_cast<char>(value);
}

std::uint64_t take(std::string_view& bytes) {
  const auto first = static_cast<unsigned char>(bytes.front());
  if (first < more) {
    bytes.remove_prefix(1);
    return first;
  }
  std::uint64_t value = 0;
  std::size_t at = 0;
  for (unsigned shift = 0;; shift += bits) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    value |= (byte & (more - 1)) << shift;
    if (byte < more) break;
  }
  bytes.remove_prefix(at);
  return value;
}

void put_text(std::string& bytes, std::string_view text) {
  put(bytes, text.size());
  bytes += text;
}

std::string_view take_text(std::string_view& bytes) {
  const std::size_t size = take(bytes);
  const std::string_view text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return text;
}

}  // namespace

// A phrase is where it is for as long as the process lives.
void Sentence::pack(std::string& bytes) const {
  put(bytes, std::bit_cast<std::uintptr_t>(phrase_));
  put(bytes, words_.size());
  for (const Word& word : words_) {
    const bool is_sentence = !word.sentence.empty();
    put(bytes, is_sentence ? 1 : 0);
    if (is_sentence) {
      word.sentence.front().pack(bytes);
    } else {
      put_text(bytes, word.text);
    }
  }
}

Sentence Sentence::unpacked(std::string_view& bytes) {
  Sentence sentence;
  sentence.phrase_ =
      std::bit_cast<const Phrase*>(static_cast<std::uintptr_t>(take(bytes)));
  sentence.words_.resize(take(bytes));
  for (Word& word : sentence.words_) {
    if (take(bytes) != 0) {
      word.sentence.push_back(unpacked(bytes));
    } else {
      word.text = take_text(bytes);
    }
  }
  return sentence;
}

void Packer::number(std::int64_t value) {
  put(bytes_, static_cast<std::uint64_t>(value));
}

void Packer::real(double value) {
  const std::size_t at = bytes_.size();
  bytes_.resize(at + sizeof value);
  std::memcpy(&bytes_[at], &value, sizeof value);
}

void Packer::text(std::string_view text) {
  put_text(bytes_, text);
}

void Packer::sentence(const Sentence& sentence) {
  if (sentence.empty()) {
    bytes_ += none;
    return;
  }
  const std::size_t at = bytes_.size();
  bytes_ += new_one;
  sentence.pack(bytes_);
  const std::string_view all = bytes_;
  if (last_size_ > 0 && all.substr(at + 1) == all.substr(last_, last_size_)) {
    bytes_.resize(at);
    bytes_ += same;
    return;
  }
  last_ = at + 1;
  last_size_ = bytes_.size() - last_;
}

std::int64_t Unpacker::long_number() {
  return static_cast<std::int64_t>(take(rest_));
}

double Unpacker::real() {
  double value = 0;
  std::memcpy(&value, rest_.data(), sizeof value);
  rest_.remove_prefix(sizeof value);
  return value;
}

Sentence Unpacker::sentence() {
  const char how = rest_.front();
  rest_.remove_prefix(1);
  if (how == none) return {};
  if (how == new_one) {
    last_ = rest_;
    return Sentence::unpacked(rest_);
  }
  std::string_view again = last_;
  return Sentence::unpacked(again);
}

}  // namespace base
