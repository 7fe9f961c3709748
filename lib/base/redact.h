#pragma once

#include <bitset>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace base {

// Takes secrets out of what others say before anybody may see it.
class Redactor {
 public:
  // Secrets shorter than four bytes are only found as whole words.  Of one that
  // has several lines each long line is a secret, too.
  void add(const Secret& secret);

  // User name and password in `url` are secrets, too.
  void add_url(std::string_view url);

  // Returns `text` with every secret taken out, raw, percent-encoded,
  // JSON-escaped and in base64 (at any alignment), and with everything that
  // looks like a key ("sk-…", "Bearer …") taken out as well, and the beginning
  // of a secret that `text` ends in the middle of; then made printable.
  std::string redact(std::string_view text) const;

  // The same, cut to 200 characters: for what an upstream said.
  std::string excerpt(std::string_view text) const;

 private:
  struct Marks;
  struct View;

  std::string without_secrets(std::string_view text, bool guesses) const;
  void add_form(std::string_view form);
  void add_whole(const std::string& raw);
  std::size_t form_at(std::string_view text) const;
  std::size_t start_of_torn_form(std::string_view text) const;
  void mark(const View& view, Marks& marks) const;
  void mark_words(const View& view, Marks& marks) const;
  void mark_all(const View& view, int decodings, Marks& marks) const;

  std::set<std::string, std::less<>> forms_;
  std::size_t longest_form_ = 0;
  // Hashes of the first bytes of all forms.  Small: each channel has one.
  std::bitset<1U << 12U> starts_;
  std::vector<std::string> words_;
};

}  // namespace base
