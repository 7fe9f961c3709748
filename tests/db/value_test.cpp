#include <limits>

#include "catch.h"
#include "db/session.h"

using db::Blob;
using db::Value;

TEST_CASE("a value is read as what it stands for") {
  struct Case {
    Value value;
    std::string text;
    std::optional<std::int64_t> number;
    bool truth;
  };
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const Case cases[] = {
      {nullptr, "", std::nullopt, false},
      {std::int64_t{0}, "0", 0, false},
      {std::int64_t{-7}, "-7", -7, true},
      {most, "9223372036854775807", most, true},
      {true, "1", 1, true},
      {false, "0", 0, false},
      {2.0, "2", 2, true},
      {2.5, "2.5", std::nullopt, true},
      {1e300, "1e+300", std::nullopt, true},
      {std::string("12"), "12", 12, true},
      {std::string("12x"), "12x", std::nullopt, false},
      {std::string(""), "", std::nullopt, false},
      {std::string("9223372036854775808"), "9223372036854775808", std::nullopt,
       false},
      {Blob{"3"}, "3", 3, true},
      {Blob{std::string("\0x", 2)}, std::string("\0x", 2), std::nullopt, false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(db::text_of(one.value) == one.text);
    CHECK(db::number_of(one.value) == one.number);
    CHECK(db::truth_of(one.value) == one.truth);
  }
  CHECK(db::is_null(nullptr));
  CHECK_FALSE(db::is_null(std::string()));
}
