#include <string>

#include "config/parse.h"
#include "targets.h"

// Whatever stands in a configuration: it is read, or every complaint
// is a sentence in both languages that tells nothing secret.

namespace {

void check(const base::Sentence& sentence) {
  for (const auto language : {base::Language::en, base::Language::zh}) {
    const std::string text = sentence.in(language);
    fuzz::require(!text.empty());
    fuzz::require(text.find("the-value-of-a-variable") == std::string::npos);
  }
}

}  // namespace

void fuzz::configuration(Input input) {
  const bool is_yaml = input.truth();
  const config::Sources sources{
      .variable = [](const std::string& name) -> std::optional<std::string> {
        if (name.empty()) return std::nullopt;
        return "the-value-of-a-variable";
      },
      .file =
          [](const std::string&) -> std::variant<std::string, base::Sentence> {
        return std::string("the-value-of-a-variable");
      }};
  const auto parsed = config::parse(
      input.rest(), is_yaml ? config::Format::yaml : config::Format::json,
      config::Rounds::one, sources);
  if (const auto* complaints = std::get_if<config::Complaints>(&parsed)) {
    fuzz::require(!complaints->all.empty());
    for (const base::Sentence& complaint : complaints->all)
      check(complaint);
  }
}
