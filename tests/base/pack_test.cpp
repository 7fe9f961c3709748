#include "base/pack.h"

#include <cstdint>
#include <limits>
#include <string>

#include "base/messages_probe.h"
#include "catch.h"

using base::Language;
using base::Packer;
using base::Sentence;
using base::Unpacker;

TEST_CASE("what was packed is there again, in its order") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  const std::string binary("\0\xff,", 3);
  Packer packer;
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{127}, std::int64_t{128}, std::int64_t{-1},
        most, least}) {
    packer.number(number);
  }
  packer.text("");
  packer.text(binary);
  packer.real(0.1);
  packer.real(-1);
  packer.count(300);
  packer.text(std::string(300, 'x'));
  const std::string bytes = packer.bytes();
  Unpacker unpacker(bytes);
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{127}, std::int64_t{128}, std::int64_t{-1},
        most, least}) {
    CHECK(unpacker.number() == number);
  }
  CHECK(unpacker.text().empty());
  CHECK(unpacker.text() == binary);
  CHECK(unpacker.real() == 0.1);
  CHECK(unpacker.real() == -1);
  CHECK(unpacker.count() == 300);
  CHECK(unpacker.text() == std::string(300, 'x'));
}

TEST_CASE("a packed sentence is said in both languages, and kept once") {
  const Sentence told{base::say::told, 404, "no such model"};
  const Sentence unproven{base::say::unproven, told};
  Packer packer;
  packer.sentence(told);
  const std::size_t once = packer.bytes().size();
  packer.sentence({});
  packer.sentence(told);
  CHECK(packer.bytes().size() == once + 2);
  packer.sentence(unproven);
  packer.sentence(told);
  packer.number(5);
  const std::string bytes = packer.bytes();
  Unpacker unpacker(bytes);
  const auto check = [&](const Sentence& wanted) {
    const Sentence sentence = unpacker.sentence();
    CHECK(sentence.empty() == wanted.empty());
    for (const Language language : {Language::en, Language::zh})
      CHECK(sentence.in(language) == wanted.in(language));
  };
  check(told);
  check({});
  check(told);
  check(unproven);
  check(told);
  CHECK(unpacker.number() == 5);
}
