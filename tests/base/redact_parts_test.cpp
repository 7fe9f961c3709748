#include <string>
#include <string_view>
#include <utility>

#include "base/redact.h"
#include "base/text.h"
#include "catch.h"

// Keys that come back broken into lines, in parts, or in escapes of HTML.

namespace {

using base::Redactor;
using base::Secret;

const std::string key =
    "sk-proj-Ab9Zq3/LmN+oPqRs7TuVwXyZ0Kd5/Hj8+Gf2Ws4Ee6Rr1Tt7Yy3Uu9Ii5Oo0"
    "Pp2Aa4Ss6Dd8Ff1Gg3Hh5Jj7Kk9Ll0Zz2Xx4Cc6Vv8Bb1Nn3Mm5END1";

Redactor redactor_of(const std::string& secret) {
  Redactor redactor;
  redactor.add(Secret(secret));
  return redactor;
}

std::string broken(std::string_view text, std::size_t columns,
                   std::string_view line_end) {
  std::string lines;
  for (std::size_t i = 0; i < text.size(); i += columns) {
    lines += text.substr(i, columns);
    lines += line_end;
  }
  return lines;
}

// Whether eight characters in a row of `secret` or of its base64 are left.
bool tells(std::string_view shown, const std::string& secret) {
  constexpr std::size_t much = 8;
  for (const std::string& form : {secret, base::base64(secret)}) {
    for (std::size_t i = 0; i + much <= form.size(); ++i) {
      if (shown.find(form.substr(i, much)) != std::string_view::npos) {
        return true;
      }
    }
  }
  return false;
}

TEST_CASE("a key in base64 that is broken into lines is taken out") {
  const Redactor redactor = redactor_of(key);
  for (const std::size_t columns : {20U, 64U, 76U}) {
    for (const std::string before : {"", "u:", "Bearer "}) {
      for (const std::string line_end :
           {"\n", "\r\n", " ", "\r\n ", "\\n", "\\r\\n", "\\\\n", "%0A",
            "&#10;", "\\u000a"}) {
        const std::string lines =
            broken(base::base64(before + key), columns, line_end);
        const std::string shown = redactor.redact("bad " + lines + ". Why?");
        CAPTURE(lines, shown);
        CHECK(shown.starts_with("bad "));
        CHECK(shown.ends_with(". Why?"));
        CHECK_FALSE(tells(shown, key));
        CHECK(shown.size() < 60);
        CHECK(redactor.redact(shown) == shown);
      }
    }
  }
}

TEST_CASE("a key that is folded over lines is taken out with all its rest") {
  const Redactor redactor = redactor_of(key);
  for (const std::string fold : {"\r\n ", "\n", " ", "\t", "\\n"}) {
    CHECK(redactor.redact("bad " + key.substr(0, 60) + fold + key.substr(60) +
                          " key") == "bad [redacted] key");
  }
  CHECK(redactor.redact("bad " + broken(key, 1, " ")) == "bad [redacted] ");
  CHECK(redactor_of("two words 1234").redact("two\r\n words\n1234") ==
        "[redacted]");
}

TEST_CASE("a long part of a key is the key") {
  const Redactor redactor = redactor_of(key);
  for (const auto& [part, expected] :
       {std::pair{key.substr(5), "[redacted]"},
        std::pair{"bad key ending in " + key.substr(key.size() - 40),
                  "bad key ending in [redacted]"},
        std::pair{key.substr(0, 20) + "****" + key.substr(key.size() - 20) +
                      " is bad",
                  "[redacted]****[redacted] is bad"},
        std::pair{"Authorization: " + key.substr(0, 100) + "...",
                  "Authorization: [redacted]"},
        std::pair{"(" + base::base64(key).substr(7, 40) + ")", "([redacted])"},
        std::pair{"(" + base::hex(key).substr(7, 40) + ")", "([redacted])"},
        std::pair{base::percent_encoded(key.substr(9, 30)), "[redacted]"}}) {
    CAPTURE(part);
    CHECK(redactor.redact(part) == expected);
  }
}

TEST_CASE("a part counts from twelve characters on, wherever it begins") {
  const Redactor redactor = redactor_of(key);
  for (std::size_t i = 8; i + 12 <= key.size(); ++i) {
    CAPTURE(i);
    CHECK(redactor.redact("<" + key.substr(i, 12) + ">") == "<[redacted]>");
    const std::string less = "<" + key.substr(i, 11) + ">";
    CHECK(redactor.redact(less) == less);
  }
}

TEST_CASE("a key in HTML is taken out whole") {
  const Redactor redactor = redactor_of("sk-a&b+c/d\"e'f<g>h=i 0123456789");
  for (const std::string_view text :
       {"sk-a&amp;b+c/d&quot;e&#39;f&lt;g&gt;h=i 0123456789",
        "sk-a&#38;b&#43;c&#x2F;d&#x22;e&apos;f&#60;g&#x3e;h&#X3D;i&#32;"
        "0123456789",
        "sk-a&amp;b&plus;c&sol;d&#34;e&#039;f&lt;g&gt;h&equals;i 0123456789",
        "sk-a&amp;amp;b+c/d&amp;quot;e'f&amp;lt;g>h=i 0123456789",
        "sk-a%26amp;b+c/d%22e'f%3Cg>h=i 0123456789"}) {
    CAPTURE(text);
    CHECK(redactor.redact("<p>" + std::string(text) + "</p>") ==
          "<p>[redacted]</p>");
  }
  for (const std::string_view text :
       {"a & b", "&;", "&#;", "&#x;", "&#x110000;", "&#99999999;", "&nothing;",
        "&amp", "&"}) {
    CHECK(redactor.redact(text) == text);
  }
}

TEST_CASE("ordinary text keeps what it has in common with a secret") {
  Redactor redactor;
  redactor.add(Secret("test"));
  redactor.add(Secret("sk-1"));
  redactor.add(Secret("thistexthere"));
  redactor.add(Secret("https://kuma.example.org/api/push/0123456789abcdef"));
  redactor.add(Secret(R"({"type":"service_account","auth":"oauth2.google"})"));
  redactor.add(Secret("interleaved-thinking-2025-05-14"),
               Redactor::Parts::are_not);
  for (const std::string_view text :
       {"t e s t", "sk -1", "this text he said",
        "https://kuma.example.org/api/ is not there", "\"service_account\"",
        "interleaved-thinking is beta", "a line\nand one more"}) {
    CAPTURE(text);
    CHECK(redactor.redact(text) == base::printable(text));
  }
  CHECK(redactor.redact("a test of interleaved-thinking-2025-05-14") ==
        "a [redacted] of [redacted]");
}

TEST_CASE(
    "parts of thousands of keys in a hostile text take no time to speak of") {
  Redactor redactor;
  for (int i = 0; i < 1'000; ++i) {
    redactor.add(Secret(std::string(60, 'a') + std::to_string(i) +
                        std::string(60, 'b')));
  }
  std::string text;
  while (text.size() < 100'000)
    text += "aaaaaaaaaaa aaaaaaaaaa&amp;b\nbbb\\nbbbbbbb%62bbbbbb";
  const std::string shown = redactor.redact(text);
  CHECK(shown.find("aaaaaaaaaaaa") == std::string::npos);
}

}  // namespace

TEST_CASE("a short key says nothing against a name that holds it") {
  base::Redactor redactor;
  redactor.add(base::Secret("ollama"));
  redactor.add(base::Secret("sk-0123456789abcdef"));
  CHECK(redactor.would_change("ollama/llama3"));
  CHECK_FALSE(redactor.tells_secret("ollama/llama3"));
  CHECK_FALSE(redactor.tells_secret("gpt-4o"));
  CHECK(redactor.tells_secret("sk-0123456789abcdef"));
  CHECK(redactor.tells_secret("gpt-4 (sk-0123456789abcdef)"));
}
