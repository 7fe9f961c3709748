#include "config/tree.h"

#include <chrono>
#include <string>

#include "catch.h"

using config::Format;
using config::Value;
using Kind = config::Value::Kind;

namespace {

Value tree(std::string_view text, Format format) {
  auto result = config::tree_of(text, format);
  REQUIRE(std::holds_alternative<Value>(result));
  return std::get<Value>(result);
}

std::string fault(std::string_view text, Format format) {
  const auto result = config::tree_of(text, format);
  const auto* why = std::get_if<base::Sentence>(&result);
  return why == nullptr ? "" : why->in(base::Language::en);
}

}  // namespace

TEST_CASE("JSON keeps the order, the text of numbers, and the lines") {
  const Value root = tree(
      "// first\n{\n\"b\": 1.50, /* two\nlines */ \"a\": "
      "[true,\n\"\\u00e9\"]\n}",
      Format::json);
  REQUIRE(root.members.size() == 2);
  CHECK(root.line == 2);
  CHECK(root.members[0].name == "b");
  CHECK(root.members[0].value.kind == Kind::number);
  CHECK(root.members[0].value.text == "1.50");
  CHECK(root.members[0].line == 3);
  CHECK(root.members[1].line == 4);
  REQUIRE(root.members[1].value.elements.size() == 2);
  CHECK(root.members[1].value.elements[0].truth);
  CHECK(root.members[1].value.elements[1].text == "\xc3\xa9");
  CHECK(root.members[1].value.elements[1].line == 5);
}

TEST_CASE("scalars of YAML are what they look like, unless quoted") {
  struct Row {
    std::string text;
    Kind kind;
  };
  const auto [text, kind] = GENERATE(values<Row>({
      {"", Kind::null},      {"~", Kind::null},      {"null", Kind::null},
      {"true", Kind::truth}, {"FALSE", Kind::truth}, {"yes", Kind::text},
      {"1", Kind::number},   {"-1", Kind::number},   {"+1.5", Kind::number},
      {".5", Kind::number},  {"1e3", Kind::number},  {"1.", Kind::number},
      {"0", Kind::number},   {"0.1", Kind::number},  {"010", Kind::text},
      {"0x10", Kind::text},  {"1_000", Kind::text},  {"1e", Kind::text},
      {".", Kind::text},     {"-", Kind::text},      {"1.2.3", Kind::text},
      {".nan", Kind::text},  {"-.inf", Kind::text},  {"1 2", Kind::text},
      {"gpt-4", Kind::text}, {"30s", Kind::text},    {"12:30", Kind::text},
  }));
  INFO(text);
  CHECK(config::plain_scalar(text).kind == kind);
  const Value root = tree("a: '" + text + "'\n", Format::yaml);
  CHECK(root.members.at(0).value.kind == Kind::text);
  CHECK(root.members.at(0).value.text == text);
}

TEST_CASE("tags of YAML are passed over, but for those of scalars") {
  const Value root =
      tree("a: !!str 1\nb: !!int 2\nc: !mine 3\nd: !!map {x: 1}\n1: 5\n",
           Format::yaml);
  REQUIRE(root.members.size() == 5);
  CHECK(root.members[0].value.kind == Kind::text);
  CHECK(root.members[1].value.kind == Kind::number);
  CHECK(root.members[2].value.kind == Kind::text);
  CHECK(root.members[3].value.kind == Kind::object);
  CHECK(root.members[4].name == "1");
  CHECK(root.members[4].line == 5);
}

TEST_CASE("sixty-four levels are read, one more is not") {
  for (const Format format : {Format::json, Format::yaml}) {
    const auto nested = [](std::size_t levels) {
      return std::string(levels, '[') + "1" + std::string(levels, ']');
    };
    CHECK(tree(nested(64), format).kind == Kind::list);
    CHECK(fault(nested(65), format) ==
          "the configuration is nested more than 64 levels deep");
  }
}

TEST_CASE("a copy by an alias counts with its levels") {
  std::string text = "a: &a " + std::string(40, '[') + std::string(40, ']');
  text += "\nb: " + std::string(40, '[') + "*a" + std::string(40, ']') + "\n";
  CHECK(fault(text, Format::yaml) ==
        "the configuration is nested more than 64 levels deep");
}

TEST_CASE("hostile files are refused in little time") {
  const std::size_t much = config::most_bytes;
  std::string repeated;
  while (repeated.size() < much - 20)
    repeated += "- &a a\n";
  std::string text_by_alias = "a: &a \"" + std::string(1'000'000, 'x') + "\"\n";
  for (int i = 0; i < 100; ++i) {
    text_by_alias += "b" + std::to_string(i) + ": *a\n";
  }
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(fault(std::string(much + 1, ' '), Format::json).empty());
  CHECK_FALSE(fault(std::string(much, '['), Format::json).empty());
  CHECK_FALSE(fault(std::string(much, '{'), Format::json).empty());
  CHECK_FALSE(fault(std::string(20'000, '['), Format::yaml).empty());
  CHECK_FALSE(fault(std::string(20'000, '{'), Format::yaml).empty());
  CHECK_FALSE(fault(text_by_alias, Format::yaml).empty());
  CHECK_FALSE(fault(repeated, Format::yaml).empty());
  std::string dashes;
  while (dashes.size() < 20'000)
    dashes += "- ";
  CHECK_FALSE(fault(dashes, Format::yaml).empty());
  std::string questions;
  while (questions.size() < 20'000)
    questions += "? ";
  CHECK_FALSE(fault(questions, Format::yaml).empty());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
}

TEST_CASE("more text than a configuration has values for is refused") {
  std::string list = "[0";
  while (list.size() < config::most_bytes - 3)
    list += ",1";
  CHECK(fault(list + "]", Format::json) ==
        "the configuration holds too many values, those that aliases repeat "
        "included");
}
