#include <string>

#include "config/dsn.h"
#include "config/parse.h"
#include "input.h"

// Whatever stands in a configuration or a DSN: it is read, or every complaint
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

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  fuzz::Input input(data, size);
  const auto which = input.byte() % 6;
  if (which < 3) {
    const auto address =
        config::address_of(static_cast<config::Engine>(which), input.rest());
    if (const auto* why = std::get_if<base::Sentence>(&address)) check(*why);
    return 0;
  }
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
      input.rest(), which == 3 ? config::Format::yaml : config::Format::json,
      config::Rounds::one, sources);
  if (const auto* complaints = std::get_if<config::Complaints>(&parsed)) {
    fuzz::require(!complaints->all.empty());
    for (const base::Sentence& complaint : complaints->all)
      check(complaint);
  }
  return 0;
}
