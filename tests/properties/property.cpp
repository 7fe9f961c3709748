#include "properties/property.h"

#include <cstdlib>
#include <iostream>
#include <random>
#include <sstream>
#include <string_view>
#include <vector>

namespace property {

namespace {

const std::vector<std::string> plain = {"a",
                                        "b",
                                        "A",
                                        "B",
                                        "m",
                                        "gpt-4",
                                        "0",
                                        " ",
                                        "  ",
                                        ",",
                                        "-",
                                        "/",
                                        "=",
                                        "'",
                                        "\"",
                                        "\\",
                                        "`",
                                        "%",
                                        "_",
                                        "?",
                                        "*",
                                        "$1",
                                        ":n",
                                        ";",
                                        "--",
                                        "|",
                                        "+",
                                        "&",
                                        "#",
                                        "@",
                                        "://",
                                        "[",
                                        "]",
                                        "{",
                                        "}",
                                        "null",
                                        "NULL",
                                        "true",
                                        "-1",
                                        "1e999",
                                        "%00",
                                        "%ff",
                                        "\\u0000",
                                        "{\"a\":",
                                        "\"]}",
                                        "data:",
                                        "'; DROP TABLE channels; --"};

// Letters of many bytes, twins, what joins or turns what follows.
const std::vector<std::string> foreign = {"ü",
                                          "Ü",
                                          "u\xcc\x88",
                                          "ß",
                                          "ss",
                                          "ı",
                                          "İ",
                                          "模型",
                                          "ﬁ",
                                          "🤖",
                                          "👩‍👩‍👧",
                                          "\xe2\x80\xae",
                                          "\xe2\x80\x8b",
                                          "\xef\xbb\xbf",
                                          "\xef\xbf\xbd",
                                          "\xef\xbf\xbf",
                                          "\xf4\x8f\xbf\xbf",
                                          "\xc2\xa0",
                                          "\n",
                                          "\r",
                                          "\r\n",
                                          "\t",
                                          "\x01",
                                          "\x1b[31m",
                                          "\x7f",
                                          "\xc2\x85"};

// NUL, and what is no UTF-8: cut off, overlong, a surrogate, too high.
const std::vector<std::string> broken = {
    std::string(1, '\0'), "\x80",     "\xff",         "\xc3",
    "\xe4\xbd",           "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80",
    "\xf0\x9f\xa4"};

using Choices = std::vector<const std::vector<std::string>*>;

// Two draws for all pieces: a draw for each takes ten times as long.
std::string pieces(int most, const Choices& choices) {
  std::string text;
  const int count = *rc::gen::inRange(0, most + 1);
  std::mt19937_64 dice(*rc::gen::arbitrary<std::uint64_t>());
  for (int i = 0; i < count; ++i) {
    const auto& from = *choices[dice() % choices.size()];
    text += from[dice() % from.size()];
  }
  return text;
}

int number_in(const char* variable, int otherwise) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? otherwise : std::atoi(value);
}

}  // namespace

rc::detail::TestParams parameters(int cases, bool shrinks) {
  rc::detail::TestParams chosen;
  chosen.maxSuccess = number_in("PROPERTY_CASES", cases);
  chosen.seed = static_cast<std::uint64_t>(number_in("PROPERTY_SEED", 1));
  chosen.disableShrinking = !shrinks;
  return chosen;
}

std::string told(const rc::detail::TestResult& result, std::uint64_t seed) {
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  if (result.is<rc::detail::SuccessResult>()) {
    // Of a long run, what it came by.
    if (std::getenv("PROPERTY_CASES") != nullptr) {
      std::cout << text.str() << "\n";
    }
    return "";
  }
  text << "\nAgain with: PROPERTY_SEED=" << seed;
  return text.str();
}

std::string one_of(const std::vector<std::string>& texts) {
  return texts[*rc::gen::inRange<std::size_t>(0, texts.size())];
}

std::string any_bytes(int most_pieces) {
  return pieces(most_pieces, {&plain, &plain, &foreign, &broken});
}

std::string any_text(int most_pieces) {
  return pieces(most_pieces, {&plain, &plain, &foreign});
}

}  // namespace property
