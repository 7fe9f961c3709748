#include "base/log.h"

#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "catch.h"

namespace {

using base::Language;
using base::Log;

constexpr base::Phrase greeting = {"hello {0}", "你好 {0}"};

struct Written {
  std::vector<std::string> lines;

  Log log(Log::Level level, Log::Format format,
          Language language = Language::en) {
    return {level, format, language,
            [this](std::string_view line) { lines.emplace_back(line); }};
  }
};

TEST_CASE("a line of text is time, level and sentence, written at once") {
  Written written;
  Log log = written.log(Log::Level::debug, Log::Format::text);
  log.debug({greeting, 1});
  log.info({greeting, 2});
  log.warning({greeting, 3});
  log.error({greeting, 4});
  const std::vector<std::string> expected = {
      " DEBUG hello 1\n", " INFO  hello 2\n", " WARN  hello 3\n",
      " ERROR hello 4\n"};
  REQUIRE(written.lines.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(written.lines[i].substr(20) == expected[i]);
    CHECK(base::rfc3339(written.lines[i].substr(0, 20)));
  }
}

TEST_CASE("a line of JSON is an object with the same") {
  Written written;
  written.log(Log::Level::info, Log::Format::json, Language::zh)
      .warning({greeting, "\"a\"\x1b"});
  REQUIRE(written.lines.size() == 1);
  CHECK(written.lines[0].ends_with("}\n"));
  base::json::Document line;
  REQUIRE(line.parse(written.lines[0]));
  CHECK(line.size("") == 3);
  CHECK(line.text("/level") == "warning");
  CHECK(line.text("/message") == "你好 \"a\"\\x1b");
  CHECK(base::rfc3339(line.text("/time").value()));
}

TEST_CASE("what is below the level is not said") {
  Written written;
  Log log = written.log(Log::Level::warning, Log::Format::text);
  log.debug({greeting, 1});
  log.info({greeting, 2});
  CHECK(written.lines.empty());
  log.warning({greeting, 3});
  log.error({greeting, 4});
  CHECK(written.lines.size() == 2);
}

TEST_CASE("a line stays one line and harmless, whatever its words") {
  Written written;
  written.log(Log::Level::info, Log::Format::text)
      .info({greeting, "a\nb\x1b[2J\u202E"});
  REQUIRE(written.lines.size() == 1);
  CHECK(written.lines[0].substr(20) == " INFO  hello a b\\x1b[2J\\u202e\n");
}

TEST_CASE("lines go to standard error where nothing else is asked for") {
  std::array<int, 2> pipe_ends{};
  REQUIRE(::pipe(pipe_ends.data()) == 0);
  const int standard_error = ::dup(STDERR_FILENO);
  ::dup2(pipe_ends[1], STDERR_FILENO);
  Log(Log::Level::info, Log::Format::text, Language::en).info({greeting, 1});
  ::dup2(standard_error, STDERR_FILENO);
  ::close(standard_error);
  ::close(pipe_ends[1]);
  std::array<char, 100> bytes{};
  const ssize_t size = ::read(pipe_ends[0], bytes.data(), bytes.size());
  ::close(pipe_ends[0]);
  REQUIRE(size > 20);
  CHECK(std::string_view(bytes.data(), static_cast<std::size_t>(size))
            .substr(20) == " INFO  hello 1\n");
}

}  // namespace
