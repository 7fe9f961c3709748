#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/messages.h"

namespace base {

// Lines for the operator on standard error, or wherever `write` puts them; it
// is called once for each line, line end included. Takes only sentences, which
// hold no secrets; control characters are made visible here.  Belongs to one
// thread.
class Log {
 public:
  enum class Level : std::uint8_t { debug, info, warning, error };
  // `journal` is text with its level as the journal of systemd has it ("<4>"),
  // and without a time, which it has itself.
  enum class Format : std::uint8_t { text, json, journal };
  using Write = std::function<void(std::string_view line)>;

  Log(Level level, Format format, Language language, Write write = nullptr);

  void debug(const Sentence& sentence) { say(Level::debug, sentence); }
  void info(const Sentence& sentence) { say(Level::info, sentence); }
  void warning(const Sentence& sentence) { say(Level::warning, sentence); }
  void error(const Sentence& sentence) { say(Level::error, sentence); }

  Language language() const { return language_; }

 private:
  void say(Level level, const Sentence& sentence);

  Level level_;
  Format format_;
  Language language_;
  Write write_;
};

}  // namespace base
