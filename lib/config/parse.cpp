#include "config/parse.h"

#include <cstdlib>

#include "base/messages_config.h"
#include "config/find.h"
#include "config/keys.h"
#include "config/reading.h"

namespace config {
namespace {

using base::Sentence;
namespace say = base::say;

// What one key asks of another.
void check_together(const Value& root, Rounds rounds, Reading& reading,
                    Config& config) {
  const auto given = [&](const char* key) { return root.find(key) != nullptr; };
  if (!given("db_dsn")) reading.complain("db_dsn", 0, say::config_needed);
  if (!given("time_period") && rounds == Rounds::many) {
    reading.complain("time_period", 0, say::config_needed_period);
  }
  if (!given("rps") && given("rpm")) config.rps = 0;
  if (!config.round_timeout && rounds == Rounds::many) {
    config.round_timeout = config.time_period;
  }
  const Member* force = root.find("force_models");
  if (config.force_models && config.models.empty() &&
      !reading.blamed("models")) {
    reading.complain("force_models", force->line, say::config_force_nothing);
  }
}

}  // namespace

Sources sources_of_process() {
  const auto variable =
      [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  return {variable, [](const std::string& path) { return read(path); }};
}

std::variant<Parsed, Complaints> parse(std::string_view text, Format format,
                                       Rounds rounds, const Sources& sources) {
  auto tree = tree_of(text, format);
  if (const auto* fault = std::get_if<Sentence>(&tree)) {
    return Complaints{{*fault}};
  }
  const Value& root = std::get<Value>(tree);
  if (root.kind == Value::Kind::null) return Complaints{{say::config_empty}};

  Reading reading(sources);
  const Spot all{reading, "", root.line};
  Config config;
  check_repeats(root, all);
  if (whole_config().read(root, all, config)) {
    check_together(root, rounds, reading, config);
  }
  std::vector<Sentence> complaints = reading.complaints();
  if (!complaints.empty()) return Complaints{std::move(complaints)};
  return Parsed{std::move(config), reading.warnings()};
}

}  // namespace config
