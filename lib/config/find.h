#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/messages.h"
#include "config/tree.h"

namespace config {

// The configuration in `folder`: config.yaml, config.yml or config.json, the
// first that is there.
std::optional<std::filesystem::path> find(const std::filesystem::path& folder);

// Returns what is in the file, or why that cannot be had: it is missing, is a
// folder, may not be read, is larger than a configuration may be.  A pipe is
// read to its end; one that nobody has written to after two seconds is refused.
std::variant<std::string, base::Sentence> read(
    const std::filesystem::path& path);

// By the name of the file; where that tells nothing, JSON is what begins with
// "{" or a comment of JSON.
Format format_of(const std::filesystem::path& path, std::string_view text);

}  // namespace config
