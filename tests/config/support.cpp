#include "support.h"

#include "base/messages_config.h"
#include "catch.h"
#include "config/find.h"

using config::Complaints;
using config::Config;
using config::Parsed;

namespace {

std::vector<std::string> english(const std::vector<base::Sentence>& all) {
  std::vector<std::string> lines;
  for (const base::Sentence& one : all) {
    lines.push_back(one.in(base::Language::en));
    CHECK_FALSE(one.in(base::Language::zh).empty());
  }
  return lines;
}

}  // namespace

config::Sources World::sources() const {
  const auto variable =
      [all = variables](const std::string& name) -> std::optional<std::string> {
    const auto found = all.find(name);
    if (found == all.end()) return std::nullopt;
    return found->second;
  };
  const auto file = [all = files](const std::string& path)
      -> std::variant<std::string, base::Sentence> {
    const auto found = all.find(path);
    if (found != all.end()) return found->second;
    return base::Sentence(base::say::config_file_missing, path);
  };
  return {variable, file};
}

std::string data(const std::string& path) {
  const std::string folder = TEST_DATA "/config/";
  auto text = config::read(path.starts_with('/') ? path : folder + path);
  REQUIRE(std::holds_alternative<std::string>(text));
  return std::get<std::string>(text);
}

std::variant<Parsed, Complaints> parsed(std::string_view text,
                                        config::Format format,
                                        const World& world) {
  return config::parse(text, format, config::Rounds::many, world.sources());
}

std::string with(std::string_view members) {
  std::string text = R"({"time_period": "1h", "db_dsn": "u:p@tcp(h)/d", )";
  return text.append(members).append("}");
}

std::optional<Config> configured(std::string_view text, const World& world) {
  auto result = parsed(text, config::Format::json, world);
  if (auto* fine = std::get_if<Parsed>(&result)) return fine->config;
  for (const std::string& line : english(std::get<Complaints>(result).all)) {
    UNSCOPED_INFO(line);
  }
  CHECK(false);
  return std::nullopt;
}

std::vector<std::string> complaints(std::string_view text, const World& world) {
  const auto result = parsed(text, config::Format::json, world);
  const auto* all = std::get_if<Complaints>(&result);
  return all == nullptr ? std::vector<std::string>() : english(all->all);
}

std::vector<std::string> warnings(std::string_view text, const World& world) {
  const auto result = parsed(text, config::Format::json, world);
  const auto* fine = std::get_if<Parsed>(&result);
  return fine == nullptr ? std::vector<std::string>() : english(fine->warnings);
}
