#include "config/starting.h"

#include <string>

#include "catch.h"
#include "support.h"

using base::Language;

TEST_CASE("a first configuration says what was asked for, and else nothing") {
  const auto language = GENERATE(Language::en, Language::zh);
  const config::Start start{
      .db_type = "postgres",
      .dsn = base::Secret("host=h user=u password='a\"\\b' dbname=d"),
      .period = "30m",
      .language = "zh"};
  const std::string text = config::starting_file(start, language);
  INFO(text);
  CHECK(warnings(text).empty());
  const auto made = configured(text);
  const auto plain = configured(
      R"({"db_type": "postgres", "time_period": "30m", "language": "zh",
          "db_dsn": "host=h user=u password='a\"\\b' dbname=d"})");
  REQUIRE(made);
  REQUIRE(plain);
  CHECK((*made == *plain));
}

TEST_CASE("a first configuration leaves a named secret where it is") {
  const std::string text =
      config::starting_file({.dsn = base::Secret("${WHERE}")}, Language::en);
  CHECK(text.find(R"("db_dsn": "${WHERE}")") != std::string::npos);
  const auto made =
      configured(text, {.variables = {{"WHERE", "u:p@tcp(h)/d"}}, .files = {}});
  REQUIRE(made);
  CHECK(made->database.host == "h");
}

TEST_CASE("a first configuration has a comment before every key") {
  const std::string text =
      config::starting_file({.dsn = base::Secret("x")}, Language::zh);
  std::string before;
  std::string line;
  int keys = 0;
  for (const char c : text) {
    if (c != '\n') {
      line += c;
      continue;
    }
    if (line.starts_with("  \"")) {
      INFO(line);
      CHECK(before.starts_with("  // "));
      ++keys;
    }
    before = line;
    line.clear();
  }
  CHECK(keys == 17);
}
