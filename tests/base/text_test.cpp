#include "base/text.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"

namespace {

using namespace std::string_view_literals;

struct Case {
  std::string_view given;
  std::string_view expected;
};

TEST_CASE("only ASCII letters are put in lower case") {
  CHECK(base::lower("GPT-4o Ä模") == "gpt-4o Ä模");
  CHECK(base::lower("@AZ[`az{") == "@az[`az{");
}

TEST_CASE("names of headers are compared without regard to case") {
  CHECK(base::same_but_for_case("Retry-After", "rETRY-aFTER"));
  CHECK(base::same_but_for_case("", ""));
  CHECK_FALSE(base::same_but_for_case("a", "ab"));
  CHECK_FALSE(base::same_but_for_case("@[", "`{"));
  CHECK_FALSE(base::same_but_for_case("Ä", "ä"));
}

TEST_CASE("blanks and line ends are trimmed at both ends, not within") {
  for (const auto& [given, expected] :
       {Case{" \t\r\na b\n", "a b"}, Case{"a", "a"}, Case{" \t ", ""},
        Case{"", ""}, Case{"\u00a0a", "\u00a0a"}}) {
    CHECK(base::trimmed(given) == expected);
  }
}

TEST_CASE("splitting keeps empty pieces") {
  using Pieces = std::vector<std::string_view>;
  CHECK(base::split("a,,b,", ',') == Pieces{"a", "", "b", ""});
  CHECK(base::split("", ',') == Pieces{""});
  CHECK(base::split("a", ',') == Pieces{"a"});
}

TEST_CASE("joining puts the separator between, not around") {
  CHECK(base::joined({"a", "", "b"}, ", ") == "a, , b");
  CHECK(base::joined({"a"}, ", ") == "a");
  CHECK(base::joined({}, ", ").empty());
}

TEST_CASE("UTF-8 is what RFC 3629 says it is") {
  for (const std::string_view good :
       {""sv, "\0"sv, "plain and longer than eight"sv, "\x7F"sv, "\xC2\x80"sv,
        "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv,
        "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv}) {
    CAPTURE(good);
    CHECK(base::is_utf8(good));
    CHECK(base::as_utf8(good) == good);
    CHECK(base::is_utf8(std::string("12345678") + std::string(good)));
  }
  for (const std::string_view bad :
       {"\x80"sv, "\xBF"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xC2"sv,
        "\xE0\x9F\xBF"sv, "\xE0\xA0"sv, "\xED\xA0\x80"sv, "\xED\xBF\xBF"sv,
        "\xF0\x8F\xBF\xBF"sv, "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv,
        "\xFF"sv, "\xE4\xBD\x20"sv, "12345678\xFF"sv}) {
    CAPTURE(bad);
    CHECK_FALSE(base::is_utf8(bad));
    CHECK(base::is_utf8(base::as_utf8(bad)));
  }
}

TEST_CASE("each piece that is no UTF-8 is replaced once") {
  for (const auto& [given, expected] :
       {Case{"a\xFFz", "a\uFFFDz"}, Case{"\xE4\xBD", "\uFFFD"},
        Case{"\xE4\xBD z", "\uFFFD z"}, Case{"\xF0\x9F\x98模", "\uFFFD模"},
        Case{"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
        Case{"\xC0\xAF", "\uFFFD\uFFFD"}}) {
    CHECK(base::as_utf8(given) == expected);
  }
}

TEST_CASE("control characters and direction marks are noticed") {
  for (const std::string_view bad :
       {"\0"sv, "a\tb"sv, "\n"sv, "\x1b[31m"sv, "\x7F"sv, "\u0080"sv,
        "\u009B"sv, "\u061C"sv, "\u200E"sv, "\u202E"sv, "\u2069"sv}) {
    CAPTURE(bad);
    CHECK(base::has_control(bad));
  }
  for (const std::string_view good :
       {""sv, " ~"sv, "模型"sv, "\u00A0"sv, "\u200D"sv, "\u2065"sv, "\u202F"sv,
        "\xFF"sv}) {
    CAPTURE(good);
    CHECK_FALSE(base::has_control(good));
  }
}

TEST_CASE("what is printable cannot move the cursor or the reader") {
  for (const auto& [given, expected] :
       {Case{"plain 模型 🎉", "plain 模型 🎉"}, Case{"\x1b[2Jx", "\\x1b[2Jx"},
        Case{"\0"sv, "\\x00"}, Case{"\x7F\u009B", "\\x7f\\x9b"},
        Case{"a\u202Eb", "a\\u202eb"},
        Case{"one\r\ntwo\nthree\rfour\u2028five", "one two three four five"},
        Case{"\n\n", "  "}, Case{"a\tb", "a\\x09b"},
        Case{"\xE4\xBDx\xFF", "\uFFFDx\uFFFD"}}) {
    CHECK(base::printable(given) == expected);
  }
}

TEST_CASE("a text is shortened by characters, and says so") {
  CHECK(base::shortened("abc", 3) == "abc");
  CHECK(base::shortened("abcd", 3) == "abc…");
  CHECK(base::shortened("模型名称", 3) == "模型名…");
  CHECK(base::shortened("模型名", 3) == "模型名");
  CHECK(base::shortened("🎉🎉", 1) == "🎉…");
  CHECK(base::shortened("a", 0) == "…");
  CHECK(base::shortened("", 0).empty());
  CHECK(base::shortened("\xFF\xFF\xFF", 2) == "\xFF\xFF…");
}

TEST_CASE("columns are counted as a terminal does") {
  struct {
    std::string_view text;
    std::size_t columns;
  } const cases[] = {{"", 0},           {"abc", 3},    {"é", 1},
                     {"e\u0301", 1},    {"模型", 4},   {"ﾊﾝ", 2},
                     {"ハン", 4},       {"한국", 4},   {"ＡＢ", 4},
                     {"🎉", 2},          {"✅", 2},      {"✓", 1},
                     {"✔\uFE0F", 1},    {"\u200B", 0}, {"…", 1},
                     {"，。", 4},       {"─│", 2},     {"\u302A", 0},
                     {"\U00020000", 2}, {"\xFF", 1},   {"\u1100\u1161", 2}};
  for (const auto& [text, columns] : cases) {
    CAPTURE(text);
    CHECK(base::width(text) == columns);
  }
}

TEST_CASE("a glob is held against the whole text") {
  struct {
    std::string_view glob;
    std::string_view text;
    bool matches;
  } const cases[] = {{"gpt-4", "gpt-4", true},
                     {"gpt-4", "gpt-4o", false},
                     {"gpt-4", "xgpt-4", false},
                     {"gpt-4", "GPT-4", false},
                     {"", "", true},
                     {"", "a", false},
                     {"*", "", true},
                     {"**", "abc", true},
                     {"gpt-*", "gpt-", true},
                     {"gpt-*", "gpt-4o", true},
                     {"*-image*", "gpt-image-1", true},
                     {"*-image", "gpt-image-1", false},
                     {"*a*b*c", "xaxbxbxc", true},
                     {"*a*b*c", "xaxcxb", false},
                     {"*ab", "aab", true},
                     {"?", "模", true},
                     {"?", "", false},
                     {"??", "模", false},
                     {"a?c", "a🎉c", true},
                     {"*?模", "模模", true},
                     {"*?模", "模", false},
                     {"[a]", "[a]", true},
                     {"[a]", "a", false},
                     {"\\*", "*", false}};
  for (const auto& [glob, text, matches] : cases) {
    CAPTURE(glob, text);
    CHECK(base::matches(glob, text) == matches);
  }
}

TEST_CASE("no glob takes long") {
  const std::string text(20'000, 'a');
  std::string glob;
  for (int i = 0; i < 50; ++i)
    glob += "*a";
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(base::matches(glob + "*b", text));
  CHECK(base::matches(glob, text));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
}

TEST_CASE("everything but unreserved characters is percent-encoded") {
  CHECK(base::percent_encoded("aZ09-._~") == "aZ09-._~");
  CHECK(base::percent_encoded("a b/c:%+") == "a%20b%2Fc%3A%25%2B");
  CHECK(base::percent_encoded("模") == "%E6%A8%A1");
}

TEST_CASE("what is put in the place of something is not looked at again") {
  CHECK(base::replaced("a{k}b{k}", "{k}", "{k}{k}") == "a{k}{k}b{k}{k}");
  CHECK(base::replaced("abc", "x", "y") == "abc");
  CHECK(base::replaced("aaa", "a", "").empty());
}

TEST_CASE("base64 of addresses has neither plus, slash nor padding") {
  CHECK(base::base64url("\xfb\xff\xfe?") == "-__-Pw");
  CHECK(base::base64url("").empty());
  CHECK(base::base64url("ab") == "YWI");
}

TEST_CASE("base64 is that of RFC 4648") {
  for (const auto& [given, expected] :
       {Case{"", ""}, Case{"f", "Zg=="}, Case{"fo", "Zm8="},
        Case{"foo", "Zm9v"}, Case{"foob", "Zm9vYg=="},
        Case{"fooba", "Zm9vYmE="}, Case{"foobar", "Zm9vYmFy"},
        Case{"\xFB\xEF\xFF", "++//"}}) {
    CHECK(base::base64(given) == expected);
  }
}

TEST_CASE("hexadecimal is in lower case") {
  CHECK(base::hex("\x00\x0f\xA5\xff"sv) == "000fa5ff");
  CHECK(base::hex("").empty());
}

}  // namespace

TEST_CASE("a whole number is digits and nothing else") {
  CHECK(base::whole_number("42") == 42);
  CHECK(base::whole_number("-7") == -7);
  for (const char* text :
       {"", "4 ", " 4", "+4", "4.0", "4x", "0x4", "9223372036854775808"}) {
    CAPTURE(text);
    CHECK_FALSE(base::whole_number(text));
  }
}
