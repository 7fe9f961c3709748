#include "base/json.h"

#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>
#include <random>
#include <string>
#include <string_view>

#include "base/text.h"
#include "catch.h"

namespace {

std::atomic<std::size_t> allocations = 0;

}  // namespace

// Every operator is replaced, as memory goes from one to the other.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) {
  return operator new(size);
}
void* operator new[](std::size_t size, const std::nothrow_t& none) noexcept {
  return operator new(size, none);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

using base::json::Document;
using base::json::quote;
using base::json::Writer;
using namespace std::string_view_literals;

using Members = std::vector<std::pair<std::string, std::string>>;
using Texts = std::vector<std::string>;

Document parsed(std::string_view text) {
  Document document;
  REQUIRE(document.parse(text));
  return document;
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + "1" + std::string(levels, ']');
}

TEST_CASE("a text is quoted so that any reader gets it back") {
  struct {
    std::string_view text;
    std::string_view quoted;
  } const cases[] = {{"", R"("")"},
                     {"plain", R"("plain")"},
                     {R"(a"b\c/d)", R"("a\"b\\c/d")"},
                     {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
                     {"\0\x1f"sv, R"("\u0000\u001f")"},
                     {"\x7f", "\"\x7f\""},
                     {"模型🎉", R"("模型🎉")"},
                     {"a\xFF\"\xE4\xBD", "\"a\uFFFD\\\"\uFFFD\""}};
  for (const auto& [text, quoted] : cases) {
    CHECK(quote(text) == quoted);
    CHECK(parsed(quoted).text("") == base::as_utf8(text));
  }
}

TEST_CASE("what is JSON is parsed, and nothing else") {
  Document document;
  for (const std::string_view good :
       {"{}", "[]", "0", "-1.5e3", "\"\"", "null", " true ", "\n[1,\t2]\r\n",
        "\xEF\xBB\xBF{}", R"({"a":[{"b":null}]})", R"("\ud83c\udf89")"}) {
    CAPTURE(good);
    CHECK(document.parse(good));
  }
  for (const std::string_view bad : {""sv,
                                     " "sv,
                                     "\xEF\xBB\xBF"sv,
                                     "\xEF\xBB\xBF\xEF\xBB\xBF{}"sv,
                                     "{"sv,
                                     "[1,]"sv,
                                     "[1 2]"sv,
                                     "{} {}"sv,
                                     "{}x"sv,
                                     "{a:1}"sv,
                                     "{'a':1}"sv,
                                     "01"sv,
                                     "+1"sv,
                                     ".5"sv,
                                     "1."sv,
                                     "NaN"sv,
                                     "nul"sv,
                                     "\"a"sv,
                                     "\"\t\""sv,
                                     "\"\\x\""sv,
                                     "\"\\u12\""sv,
                                     "\"\xFF\""sv,
                                     "[1]\0"sv,
                                     "// a\n1"sv,
                                     "data: {}"sv}) {
    CAPTURE(bad);
    CHECK_FALSE(document.parse(bad));
    CHECK_FALSE(document.is_object(""));
    CHECK_FALSE(document.text(""));
  }
}

TEST_CASE("64 levels are read, one more is not") {
  Document document;
  CHECK(document.parse(nested(64)));
  CHECK_FALSE(document.parse(nested(65)));
  CHECK_FALSE(document.parse(nested(1'000'000)));
  CHECK_FALSE(document.parse(std::string(100'000, '[')));
  std::string objects;
  for (int i = 0; i < 65; ++i)
    objects += "{\"a\":";
  CHECK_FALSE(document.parse(objects + "1" + std::string(65, '}')));
  CHECK(document.parse(objects.substr(5) + "1" + std::string(64, '}')));
}

TEST_CASE("the levels stay the same when a document grows") {
  Document document;
  CHECK(document.parse("1"));
  CHECK(document.parse(nested(64)));
  CHECK(document.parse(nested(64) + std::string(100'000, ' ')));
  CHECK_FALSE(document.parse(nested(65)));
}

TEST_CASE("a pointer finds values of its type only") {
  const Document document = parsed(
      R"({"text":"a","int":-7,"real":1.5,"whole":5.0,"yes":true,"no":false,
          "none":null,"object":{"a/b":{"~":1}},"array":[10,{"x":"y"},[]],
          "":"empty","max":9223372036854775807,"more":9223372036854775808,
          "huge":1e300})");
  CHECK(document.text("/text") == "a");
  CHECK(document.text("/array/1/x") == "y");
  CHECK(document.text("/") == "empty");
  CHECK(document.number("/int") == -7);
  CHECK(document.number("/whole") == 5);
  CHECK(document.number("/array/0") == 10);
  CHECK(document.number("/object/a~1b/~0") == 1);
  CHECK(document.number("/max") == std::numeric_limits<std::int64_t>::max());
  CHECK(document.real("/real") == 1.5);
  CHECK(document.real("/int") == -7.0);
  CHECK(document.truth("/yes") == true);
  CHECK(document.truth("/no") == false);
  CHECK(document.is_null("/none"));
  CHECK(document.is_object(""));
  CHECK(document.is_object("/object"));
  CHECK(document.is_array("/array"));
  CHECK(document.size("/array") == 3);
  CHECK(document.size("/object") == 1);
  CHECK(document.size("") == 13);

  CHECK_FALSE(document.text("/int"));
  CHECK_FALSE(document.text("/none"));
  CHECK_FALSE(document.text("/missing"));
  CHECK_FALSE(document.text("/text/deeper"));
  CHECK_FALSE(document.text("text"));
  CHECK_FALSE(document.text("/~2"));
  CHECK_FALSE(document.text("/array/1/x/"));
  CHECK_FALSE(document.number("/text"));
  CHECK_FALSE(document.number("/real"));
  CHECK_FALSE(document.number("/more"));
  CHECK_FALSE(document.number("/huge"));
  CHECK_FALSE(document.number("/yes"));
  CHECK_FALSE(document.number("/array/3"));
  CHECK_FALSE(document.number("/array/00"));
  CHECK_FALSE(document.number("/array/-"));
  CHECK_FALSE(document.number("/array/a"));
  CHECK_FALSE(document.real("/text"));
  CHECK_FALSE(document.truth("/int"));
  CHECK_FALSE(document.is_null("/missing"));
  CHECK_FALSE(document.is_null("/no"));
  CHECK_FALSE(document.is_object("/array"));
  CHECK_FALSE(document.is_array("/object"));
  CHECK(document.size("/text") == 0);
  CHECK(document.size("/missing") == 0);
}

TEST_CASE("a document that was never parsed holds nothing") {
  const Document document;
  CHECK_FALSE(document.text(""));
  CHECK_FALSE(document.is_null(""));
  CHECK_FALSE(document.members(""));
  CHECK(document.texts("", "id").empty());
}

TEST_CASE("escapes in texts and names are read") {
  const Document document =
      parsed(R"({"\u0061":"\ud83c\udf89\n\/","z\u0000":"\u0000"})");
  CHECK(document.text("/a") == "🎉\n/");
  CHECK(document.text("/z\0"sv) == "\0"sv);
}

TEST_CASE("members and elements come in order, as smallest JSON") {
  const Document document = parsed(
      R"( { "z" : [ 1 , 2.5 ] , "a" : { "x" : "é\n" } , "n" : null , "z" : "again" } )");
  CHECK(document.members("") == Members{{"z", "[1,2.5]"},
                                        {"a", R"({"x":"é\n"})"},
                                        {"n", "null"},
                                        {"z", "\"again\""}});
  CHECK(document.elements("/z") == Texts{"1", "2.5"});
  CHECK(document.members("/z") == std::nullopt);
  CHECK(document.elements("/a") == std::nullopt);
  CHECK(document.elements("/missing") == std::nullopt);
  CHECK(parsed("{}").members("") == Members{});
  CHECK(parsed("[]").elements("") == Texts{});
}

TEST_CASE("strings are all strings or nothing") {
  CHECK(parsed(R"({"b":"1","a":"2"})").strings("") ==
        Members{{"b", "1"}, {"a", "2"}});
  CHECK(parsed("{}").strings("") == Members{});
  CHECK(parsed(R"({"b":"1","a":2})").strings("") == std::nullopt);
  CHECK(parsed("[]").strings("") == std::nullopt);
}

TEST_CASE("texts are picked out of strings and of objects") {
  const Document document =
      parsed(R"({"data":[{"id":"a"},"b",{"x":"-"},{"id":1},[],{"id":"c"}]})");
  CHECK(document.texts("/data", "id") == Texts{"a", "b", "c"});
  CHECK(document.texts("", "id").empty());
  CHECK(document.texts("/missing", "id").empty());
}

TEST_CASE("a text outlives a move of its document, until the next parse") {
  Document first =
      parsed(R"({"a":"long enough to live on the heap somewhere"})");
  const auto text = first.text("/a");
  const Document second = std::move(first);
  CHECK(text == "long enough to live on the heap somewhere");
  CHECK(second.text("/a") == text);
}

TEST_CASE("what was parsed before is forgotten, even by a failure") {
  Document document = parsed(R"({"a":1})");
  CHECK_FALSE(document.parse("{"));
  CHECK_FALSE(document.number("/a"));
  REQUIRE(document.parse(R"({"b":2})"));
  CHECK_FALSE(document.number("/a"));
  CHECK(document.number("/b") == 2);
}

TEST_CASE("reading the events of a stream allocates nothing") {
  constexpr std::string_view event =
      R"({"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"hi"},)"
      R"("finish_reason":null}],"usage":{"completion_tokens":3},"ok":true})";
  Document document = parsed(event);
  const std::size_t before = allocations;
  REQUIRE(before > 0);
  bool all_found = true;
  for (int i = 0; i < 100; ++i) {
    all_found = all_found && document.parse(event) &&
                document.text("/choices/0/delta/content") == "hi" &&
                document.number("/usage/completion_tokens") == 3 &&
                document.truth("/ok") == true && document.size("/choices") == 1;
  }
  CHECK(all_found);
  CHECK(allocations == before);
}

TEST_CASE("no bytes bring the parser down") {
  constexpr std::string_view pieces[] = {
      "{",    "}",     "[",    "]",   ",",  ":",    "\"a\"",        "1",
      "-",    "1e999", "null", "\\",  "\"", "\xFF", "\xEF\xBB\xBF", "\\u",
      "d800", " ",     "\0"sv, "true"};
  std::minstd_rand dice(1);  // the same bytes every time
  Document document;
  int good = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (auto size = dice() % 12; size > 0; --size) {
      text += pieces[dice() % std::size(pieces)];
    }
    if (!document.parse(text)) continue;
    ++good;
    if (const auto elements = document.elements("")) {
      CHECK(elements->size() == document.size(""));
    }
  }
  CHECK(good > 0);
}

TEST_CASE("a writer puts commas and colons") {
  Writer writer;
  writer.begin_object()
      .member("text", "a\"b")
      .member("view", "v"sv)
      .member("string", std::string("s"))
      .member("yes", true)
      .key("list")
      .begin_array()
      .value(1)
      .begin_object()
      .end_object()
      .begin_array()
      .value(false)
      .end_array()
      .raw("null")
      .end_array()
      .key("empty")
      .begin_array()
      .end_array()
      .end_object();
  CHECK(writer.take() == R"({"text":"a\"b","view":"v","string":"s","yes":true,)"
                         R"("list":[1,{},[false],null],"empty":[]})");
  CHECK(writer.begin_array().value("again").end_array().take() ==
        R"(["again"])");
}

TEST_CASE("a writer takes whole numbers of any type") {
  CHECK(Writer()
            .begin_array()
            .value(std::numeric_limits<std::int64_t>::min())
            .value(std::numeric_limits<std::uint64_t>::max())
            .value(short{-1})
            .value(1U)
            .value(std::size_t{2})
            .value(3LL)
            .end_array()
            .take() == "[-9223372036854775808,18446744073709551615,-1,1,2,3]");
}

TEST_CASE("a writer keeps three decimals at most") {
  struct {
    double number;
    std::string_view text;
  } const cases[] = {{0, "0"},
                     {1.5, "1.5"},
                     {100, "100"},
                     {0.1, "0.1"},
                     {12.3456, "12.346"},
                     {-0.0001, "0"},
                     {-2.25, "-2.25"},
                     {1e20, "100000000000000000000"},
                     {std::numeric_limits<double>::infinity(), "null"},
                     {std::numeric_limits<double>::quiet_NaN(), "null"}};
  for (const auto& [number, text] : cases) {
    CHECK(Writer().value(number).take() == text);
  }
}

}  // namespace
