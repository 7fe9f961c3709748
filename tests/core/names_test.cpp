#include "core/names.h"

#include <chrono>

#include "catch.h"

using Names = std::vector<std::string>;

TEST_CASE("a list is split for probing without blanks, gaps and repeats") {
  struct Case {
    std::string_view list;
    Names names;
  };
  const Case cases[] = {
      {"", {}},
      {",, ,", {}},
      {"a", {"a"}},
      {"b,a,b", {"b", "a"}},
      {" a ,\tb\n,a", {"a", "b"}},
      {"GPT,gpt", {"GPT", "gpt"}},
      {"a b,模型", {"a b", "模型"}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.list);
    CHECK(core::names_of(one.list) == one.names);
  }
}

TEST_CASE("a list is split as the gateways do without trimming anything") {
  struct Case {
    std::string_view list;
    Names names;
  };
  const Case cases[] = {
      {"", {""}},
      {"a, a ,a,,b", {"a", " a ", "", "b"}},
      {"a,", {"a", ""}},
      {"a,a,,", {"a", ""}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.list);
    CHECK(core::raw_names_of(one.list) == one.names);
  }
}

TEST_CASE("a list has a name where one would be found in it") {
  for (const std::string_view list : {"a", " a", ",,a", ", ,\ta ,", "模"}) {
    CAPTURE(list);
    CHECK(core::has_name(list));
    CHECK_FALSE(core::names_of(list).empty());
  }
  for (const std::string_view list : {"", " ", ",", " ,\t,,\n ", ", "}) {
    CAPTURE(list);
    CHECK_FALSE(core::has_name(list));
    CHECK(core::names_of(list).empty());
  }
}

TEST_CASE("a list is put together with commas") {
  CHECK(core::comma_list({}).empty());
  CHECK(core::comma_list({"a"}) == "a");
  CHECK(core::comma_list({"b", "a"}) == "b,a");
}

TEST_CASE("what no gateway could list is told") {
  constexpr std::size_t most = 10;
  for (const std::string_view name :
       {"gpt-4o", "a b", "模型", "1234567890", " x"}) {
    CAPTURE(name);
    CHECK(core::may_be_listed(name, most));
  }
  for (const std::string_view name :
       {"", "a,b", "a\nb", "a\x7f", "\xff\xfe", "a\xe6\xa8", "12345678901",
        "模型模型",
        // Nobody sees how they differ from others.
        "a\u200b", "\ufeffa", "a\u2028", "\u3000a", "a\u00a0b",
        // It could not be read.
        "a\ufffd"}) {
    CAPTURE(name);
    CHECK_FALSE(core::may_be_listed(name, most));
  }
}

TEST_CASE("patterns are exact names and globs") {
  const core::NamePatterns patterns({"gpt-4o", "claude-*", "o?-mini"});
  for (const std::string_view name :
       {"gpt-4o", "claude-", "claude-x", "o1-mini"}) {
    CAPTURE(name);
    CHECK(patterns.match(name));
  }
  for (const std::string_view name :
       {"gpt-4o-mini", "gpt-4", "GPT-4o", "claude", "o-mini", ""}) {
    CAPTURE(name);
    CHECK_FALSE(patterns.match(name));
  }
  CHECK_FALSE(patterns.empty());
  CHECK(core::NamePatterns().empty());
  CHECK_FALSE(core::NamePatterns().match("x"));
}

TEST_CASE("long lists take no longer than their length") {
  std::string list;
  constexpr int count = 200'000;
  for (int i = 0; i < count; ++i) {
    list += "model-" + std::to_string(i) + ",";
  }
  const auto begin = std::chrono::steady_clock::now();
  CHECK(core::names_of(list).size() == count);
  CHECK(core::raw_names_of(list).size() == count + 1);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}
