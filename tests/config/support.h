#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/parse.h"

// An environment and files that only a test has.
struct World {
  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> files;

  config::Sources sources() const;
};

// The content of a file under tests/data/config, or of any file by its path.
std::string data(const std::string& path);

std::variant<config::Parsed, config::Complaints> parsed(
    std::string_view text, config::Format format = config::Format::json,
    const World& world = {});

// `members` of an object beside a time_period and a db_dsn.
std::string with(std::string_view members);

// What comes out of JSON; nothing, with a failed check, where there are
// complaints.
std::optional<config::Config> configured(std::string_view text,
                                         const World& world = {});

// In English, one line each, those that there are.
std::vector<std::string> complaints(std::string_view text,
                                    const World& world = {});
std::vector<std::string> warnings(std::string_view text,
                                  const World& world = {});
