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

TEST_CASE("lines of events end with CR, LF or both, in whatever pieces") {
  const std::string end = GENERATE("\n", "\r\n", "\r");
  const std::string event = hello.substr(0, hello.size() - 1) + end + end;
  const std::string text = event + event + "data: [DONE]" + end + end;
  Reading whole;
  CHECK(whole.feed(text).end().so_far().spoke);
  CHECK(whole.so_far().complete);
  Reading in_pieces;
  for (const char c : text)
    in_pieces.feed(std::string_view(&c, 1));
  CHECK(in_pieces.so_far().spoke);
  CHECK(in_pieces.end().so_far().complete);
  CHECK(in_pieces.so_far().error.empty());
}

TEST_CASE("an answer of somebody who is careless with JSON is one") {
  // Cut by the limit of tokens in the middle of a character, and more.
  for (const std::string text :
       {R"({"choices":[{"message":{"content":"Hi \ud83d"}}]})",
        R"({"choices":[{"message":{"content":"Hi \udc00\ud83d"}}]})",
        "{\"choices\":[{\"message\":{\"content\":\"\xe4\xbd\xa0\xe5\xa5\"}}]}",
        R"({"created":99999999999999999999,"choices":[{"message":{}}]})",
        R"({"seed":-99999999999999999999,"choices":[{"message":{}}]})"}) {
    CAPTURE(text);
    Reading reading;
    CHECK(reading.feed(text).end().so_far().evidence);
    CHECK(reading.so_far().error.empty());
  }
}

TEST_CASE("an error in the choice is no answer") {
  const std::string choice =
      R"({"index":0,"delta":{"content":""},"message":{"content":""},)"
      R"("finish_reason":"error","error":{"code":404,)"
      R"("message":"The model does not exist"}})";
  const std::string text =
      R"({"choices":[)" + choice + R"(],"usage":{"prompt_tokens":5}})";
  for (const std::string& body : {text, "data: " + text + "\n\n"}) {
    CAPTURE(body);
    Reading reading;
    CHECK_FALSE(reading.feed(body).end().so_far().evidence);
    CHECK(reading.so_far().failed);
    CHECK(reading.so_far().error == "The model does not exist 404");
  }
}

TEST_CASE("usage that counts nothing is no answer") {
  for (const std::string text :
       {R"({"choices":[],"usage":{}})",
        R"({"choices":[],"usage":{"prompt_tokens":0,"total_tokens":0}})",
        R"({"choices":[],"usage":{"total_tokens":"many"}})"}) {
    for (const std::string& body : {text, "data: " + text + "\n\n"}) {
      CAPTURE(body);
      CHECK_FALSE(Reading().feed(body).end().so_far().evidence);
    }
  }
  const std::string counted = R"({"choices":[],"usage":{"prompt_tokens":5}})";
  CHECK(Reading().feed("data: " + counted + "\n\n").end().so_far().evidence);
}

TEST_CASE("numbers of tokens that cannot be true are none") {
  for (const std::string count :
       {"9223372036854775807", "-1", "1e300", "99999999999999999999"}) {
    CAPTURE(count);
    Reading reading;
    reading
        .feed(R"({"choices":[{"message":{"content":"Hi"}}],"usage":)"
              R"({"completion_tokens":)" +
              count + R"(,"total_tokens":)" + count + "}}")
        .end();
    CHECK(reading.so_far().evidence);
    CHECK(reading.so_far().completion_tokens == 0);
    CHECK(reading.so_far().total_tokens == 0);
  }
}

TEST_CASE("a vector is made of numbers") {
  const auto is_one = [](const std::string& embedding) {
    Reading reading;
    reading.question.kind = core::Kind::embedding;
    return reading.feed(R"({"data":[{"embedding":)" + embedding + "}]}")
        .end()
        .so_far()
        .evidence;
  };
  CHECK(is_one("[0.1]"));
  CHECK(is_one("[0]"));
  CHECK(is_one("[[0.1,0.2]]"));
  CHECK(is_one(R"("AAAAAAAA")"));
  CHECK_FALSE(is_one("[]"));
  CHECK_FALSE(is_one("[null,null]"));
  CHECK_FALSE(is_one(R"(["a"])"));
  CHECK_FALSE(is_one("null"));
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
