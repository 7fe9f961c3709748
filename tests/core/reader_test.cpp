#include "core/reader.h"

#include <chrono>

#include "catch.h"
#include "core/providers.h"

namespace {

class Reading {
 public:
  Reading& feed(std::string_view bytes) {
    reader.feed(bytes, core::openai_provider(), question, scratch);
    return *this;
  }
  Reading& end() {
    reader.end(core::openai_provider(), question, scratch);
    return *this;
  }
  const core::Reading& so_far() const { return reader.reading(); }

  core::Reader reader;
  core::Question question;
  base::json::Document scratch;
};

const std::string hello =
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n";

}  // namespace

TEST_CASE("an event counts when it is whole, not when the answer ends") {
  Reading reading;
  CHECK_FALSE(reading.feed(hello).so_far().evidence);
  CHECK(reading.feed("\n").so_far().evidence);
  CHECK(reading.so_far().spoke);
  CHECK_FALSE(reading.so_far().complete);
  CHECK(reading.feed("data: [DONE]\n\n").so_far().complete);
}

TEST_CASE("the last event counts without an empty line after it") {
  CHECK(Reading().feed(hello).end().so_far().evidence);
  CHECK(Reading()
            .feed(hello.substr(0, hello.size() - 1))
            .end()
            .so_far()
            .evidence);
}

TEST_CASE("a document counts at its end only") {
  Reading reading;
  reading.feed(R"({"choices":[{"message":{"content":"Hi"}}]})");
  CHECK_FALSE(reading.so_far().evidence);
  CHECK(reading.end().so_far().evidence);
  CHECK(reading.so_far().complete);
}

TEST_CASE("pages for people are known however they come") {
  for (const std::string page :
       {"<!DOCTYPE html><html>", "\n <HTML>", "<center>502</center>",
        "<?xml version='1'?>"}) {
    Reading whole;
    CHECK(whole.feed(page).end().reader.is_html());
    Reading pieces;
    for (const char c : page)
      pieces.feed({&c, 1});
    CHECK(pieces.end().reader.is_html());
    CHECK(pieces.so_far().error.empty());
  }
  CHECK_FALSE(Reading().feed("{}").end().reader.is_html());
  CHECK_FALSE(Reading().feed("a < b").end().reader.is_html());
}

TEST_CASE("what is no JSON is the error itself") {
  CHECK(Reading().feed("no such model").end().so_far().error ==
        "no such model");
  CHECK(Reading().feed("data: overloaded\n\n").so_far().error == "overloaded");
  CHECK(Reading().feed("").end().so_far().error.empty());
}

TEST_CASE("events that only tell a message tell an error") {
  CHECK(Reading()
            .feed("data: {\"code\":\"Arrearage\",\"message\":\"no money\"}\n\n")
            .so_far()
            .error == "Arrearage no money");
  CHECK(
      Reading()
          .feed(
              "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n")
          .so_far()
          .error.empty());
}

TEST_CASE("size and beginning are those of the body") {
  Reading reading;
  reading.feed("{").feed(std::string(5000, ' '));
  CHECK(reading.reader.size() == 5001);
  CHECK(reading.reader.beginning().size() == 1024);
  CHECK(reading.reader.beginning().front() == '{');
}

TEST_CASE("an answer that drips or repeats itself costs little to read") {
  const auto begun = std::chrono::steady_clock::now();
  constexpr int much = 1 << 19;
  Reading line;
  line.feed("data: ");
  Reading blank;
  Reading broken;
  for (int i = 0; i < much; ++i) {
    line.feed("x");
    blank.feed(" ");
    if (i % 16 == 0) broken.feed("data: {\"a\":\n");
  }
  line.end();
  blank.end();
  broken.end();
  CHECK_FALSE(line.so_far().evidence);
  // Lines that never end, of one who was to send lines.
  core::Reader lines;
  base::json::Document scratch;
  const core::Question question{.model = "m"};
  for (int i = 0; i < much; ++i) {
    lines.feed("{", core::ollama_provider(), question, scratch);
  }
  CHECK_FALSE(lines.reading().evidence);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
}

TEST_CASE("an event that tells nothing does not undo the error before it") {
  CHECK(Reading()
            .feed("data: {\"error\":{\"message\":\"no\"}}\n\ndata: {}\n\n")
            .so_far()
            .error == "no");
}

TEST_CASE("an error in events is no sound, however few bytes come first") {
  core::Question question{.kind = core::Kind::speech};
  REQUIRE(core::openai_provider().framing(question) == core::Framing::bytes);
  core::Reader reader;
  base::json::Document scratch;
  for (const char c : std::string(
           "event: error\ndata: {\"error\":{\"message\":\"no\"}}\n\n")) {
    reader.feed({&c, 1}, core::openai_provider(), question, scratch);
  }
  reader.end(core::openai_provider(), question, scratch);
  CHECK_FALSE(reader.reading().evidence);
  CHECK(reader.reading().error.find("no") != std::string::npos);
}

TEST_CASE(
    "marks and blanks before an answer go, in whatever pieces they come") {
  const std::string page = "\xef\xbb\xbf \xef\xbb\xbf\n<html>";
  for (std::size_t size : {page.size(), std::size_t{1}, std::size_t{4}}) {
    CAPTURE(size);
    Reading reading;
    for (std::size_t at = 0; at < page.size(); at += size) {
      reading.feed(page.substr(at, size));
    }
    CHECK(reading.end().reader.is_html());
  }
}
