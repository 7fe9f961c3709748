#include "config/key_page.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "base/text.h"
#include "catch.h"
#include "config/parse.h"

using base::Language;

// docs/configuration.md says what the parser does.  UPDATE_DOCS=1 in the
// environment writes it anew.

namespace {

std::string file_of(Language language) {
  return language == Language::zh ? DOCS "/configuration.zh-CN.md"
                                  : DOCS "/configuration.md";
}

std::string page_in(Language language) {
  const std::ifstream stream(file_of(language));
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the page of keys is what the table makes of it") {
  const auto language = GENERATE(Language::en, Language::zh);
  const std::string made = config::key_page(language);
  const char* const wish = std::getenv("UPDATE_DOCS");
  if (wish != nullptr && std::string_view(wish) == "1") {
    std::ofstream(file_of(language)) << made;
  }
  const std::string there = page_in(language);
  for (const std::string_view line : base::split(made, '\n')) {
    INFO(line);
    CHECK(there.find(std::string(line) + "\n") != std::string::npos);
  }
  CHECK((there == made));
}

TEST_CASE("each key has one row of four cells, in one of six tables") {
  const auto language = GENERATE(Language::en, Language::zh);
  const std::string page = page_in(language);
  std::multiset<std::string> rows;
  int titles = 0;
  for (const std::string_view line : base::split(page, '\n')) {
    if (line.starts_with("## ")) ++titles;
    if (titles == 0 || !line.starts_with("| `")) continue;
    // A bar within a cell is written "\|".
    const std::string plain = base::replaced(std::string(line), "\\|", "");
    const auto cells = base::split(plain, '|');
    INFO(line);
    CHECK(cells.size() == 6);
    const std::string_view path = base::trimmed(cells.at(1));
    rows.insert(std::string(path.substr(1, path.size() - 2)));
  }
  CHECK(titles == 6);
  CHECK(rows.size() == config::known_keys().size());
  for (const config::KeyInfo& key : config::known_keys()) {
    INFO(key.path);
    CHECK(rows.count(key.path) == 1);
  }
}
