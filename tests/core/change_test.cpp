#include "core/change.h"

#include "catch.h"

TEST_CASE("why a channel was disabled is put beside what is there already") {
  struct Case {
    std::string before;
    std::string after;
  };
  const Case cases[] = {
      {"", R"({"status_reason":"off","status_time":7})"},
      {"{}", R"({"status_reason":"off","status_time":7})"},
      {R"({"status_time":1,"z":[1, 2],"status_reason":"x","a":{"b":null}})",
       R"({"status_time":7,"z":[1,2],"status_reason":"off","a":{"b":null}})"},
      {R"({"owner":"值\n","big":12345678901234567890,"f":1.25})",
       R"({"owner":"值\n","big":12345678901234567890,"f":1.25,)"
       R"("status_reason":"off","status_time":7})"},
      {R"({"status_reason":"a","status_reason":"b"})",
       R"({"status_reason":"off","status_time":7})"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.before);
    CHECK(core::other_info_with(one.before, "off", 7) == one.after);
  }
}

TEST_CASE("a reason is escaped") {
  CHECK(core::other_info_with("", "say \"no\"\n", 7) ==
        R"({"status_reason":"say \"no\"\n","status_time":7})");
}

TEST_CASE("what is no JSON object is left alone") {
  for (const std::string before :
       {"free text", "[]", "null", "1", "{", R"({"a":1} x)", " "}) {
    CAPTURE(before);
    CHECK_FALSE(core::other_info_with(before, "off", 7));
  }
}
