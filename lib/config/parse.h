#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/messages.h"
#include "config/config.h"
#include "config/tree.h"

namespace config {

// Where values come from that the file only names.
struct Sources {
  // The value of a variable of the environment; nothing where it is not set.
  std::function<std::optional<std::string>(const std::string& name)> variable;

  // What is in a file, or why that cannot be had.
  std::function<std::variant<std::string, base::Sentence>(
      const std::string& path)>
      file;
};

// The environment of this process, and files.
Sources sources_of_process();

enum class Rounds : std::uint8_t {
  one,  // time_period may be missing
  many,
};

struct Parsed {
  Config config;
  std::vector<base::Sentence> warnings;  // unknown keys and the like
};

// Everything that is wrong, in the order of the file; what is missing comes
// last.
struct Complaints {
  std::vector<base::Sentence> all;
};

// Reads a configuration.  Each sentence begins with the path of a key and its
// line and says what was expected and what was found; values of secret keys, of
// the environment and of files are never in it.  More than 200 of a sort are
// cut short.
std::variant<Parsed, Complaints> parse(std::string_view text, Format format,
                                       Rounds rounds, const Sources& sources);

// A key as the documentation shows it.
struct KeyInfo {
  std::string path;         // "guard.min_models", "limits[].rps"
  base::Sentence expected;  // type and range: "a whole number from 0 to 100"
  std::string fallback;     // the default as JSON; "" where there is none
  base::Phrase meaning;
};

// Every key there is, an object's own key before those in it.
const std::vector<KeyInfo>& known_keys();

}  // namespace config
