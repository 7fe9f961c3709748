#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/secret_index.h"

namespace base {

// Takes secrets out of what others say before anybody may see it.  One thread
// at a time.
class Redactor {
 public:
  // Whether twelve characters in a row of a secret are the secret, too.
  enum class Parts : unsigned char { are_secret, are_not };

  // Secrets shorter than four bytes are only found as whole words.  Of one that
  // has several lines each long line is a secret, too.  Parts of what consists
  // of words (it has blanks, quotes, a "://") are none.
  void add(const Secret& secret, Parts parts = Parts::are_secret);

  // The same of a part of a URL: as it is written, and as it is meant.
  void add_escaped(std::string_view part);

  // User name and password in `url` are secrets, too.
  void add_url(std::string_view url);

  // Returns `text` with every secret taken out, raw, percent-encoded,
  // JSON-escaped, HTML-escaped, in hexadecimal and in base64 (at any
  // alignment), also where blanks and line ends stand in the middle of it, and
  // with everything that looks like a key ("sk-…", "Bearer …") taken out as
  // well, and the beginning of a secret that `text` ends in the middle of; then
  // made printable.
  std::string redact(std::string_view text) const;

  // The same, cut to 200 characters: for what an upstream said.
  std::string excerpt(std::string_view text) const;

  // Whether there is anything in `text` that redact() takes out.
  bool would_change(std::string_view text) const;

  // Whether that is long enough to be a real key: "ollama" is one, too, and
  // says nothing against a model of that name.
  bool tells_secret(std::string_view text) const;

  // `name` as it may be shown, a name that somebody gave to something: redacted
  // where it tells a secret.
  std::string shown(const std::string& name) const;

 private:
  struct Marks;
  struct View;

  std::string without_secrets(std::string_view text, bool guesses) const;
  const SecretIndex& index() const;
  void mark(const View& view, Marks& marks) const;
  void mark_folded(const View& view, Marks& marks) const;
  void mark_words(const View& view, Marks& marks) const;
  void mark_all(const View& view, int decodings, Marks& marks) const;

  struct Known {
    Secret secret;
    Parts parts{};
  };
  std::vector<Known> known_;
  std::vector<std::string> words_;
  // Made of what is known when it is first asked: most channels say nothing.
  mutable std::shared_ptr<const SecretIndex> index_;
};

}  // namespace base
