#include "base/redact.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "catch.h"

namespace {

using base::Redactor;
using base::Secret;

struct Case {
  std::string_view given;
  std::string_view expected;
};

Redactor redactor_of(const std::vector<std::string>& secrets) {
  Redactor redactor;
  for (const std::string& secret : secrets)
    redactor.add(Secret(secret));
  return redactor;
}

bool says(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

TEST_CASE("a secret is taken out of the middle, however often it is there") {
  const Redactor redactor = redactor_of({"hunter22"});
  for (const auto& [given, expected] :
       {Case{"wrong key hunter22!", "wrong key [redacted]!"},
        Case{"hunter22", "[redacted]"},
        Case{"xhunter22x-hunter22", "x[redacted]x-[redacted]"},
        Case{"hunter22hunter22", "[redacted]"}, Case{"hunter2", "hunter2"},
        Case{"Hunter22", "Hunter22"}, Case{"", ""}}) {
    CHECK(redactor.redact(given) == expected);
  }
}

TEST_CASE("a secret is found in every form it may come back in") {
  const std::string secret = "a/b+c=\"d\\e%f 模&g~h?>>?";
  const Redactor redactor = redactor_of({secret});
  const std::string encoded = base::percent_encoded(secret);
  const std::string quoted = base::json::quote(secret);
  const std::string inside = quoted.substr(1, quoted.size() - 2);
  const std::string twice = base::json::quote(quoted);
  std::string base64url = base::base64(secret);
  for (char& c : base64url)
    c = c == '+' ? '-' : c == '/' ? '_' : c;
  REQUIRE(base64url != base::base64(secret));

  for (const std::string& form :
       {secret, encoded, base::lower(encoded), base::percent_encoded(encoded),
        inside, twice.substr(3, twice.size() - 6),
        base::percent_encoded(inside), base::hex(secret),
        std::string(R"(a\/b+c=\"d\\e%f 模\u0026g~h?>>?)"),
        std::string(
            R"(\u0061\/b\u002Bc\u003d\u0022d\\e%f \u6a21&g~h?\u003e>?)"),
        std::string("a%2Fb%2Bc%3D\"d\\e%25f 模%26g~h%3F>>%3F"),
        std::string("a%2fb%2bc%3d%22d%5ce%25f+%e6%a8%a1%26g~h%3f%3e%3e%3f"),
        std::string("a/b+c=\"d\\e%f+模&g~h?>>?")}) {
    CAPTURE(form);
    CHECK(redactor.redact("<" + form + ">") == "<[redacted]>");
  }
  for (const std::string& form : {base::base64(secret), base64url}) {
    CAPTURE(form);
    const std::string redacted = redactor.redact(form);
    CHECK(says(redacted, "[redacted]"));
    CHECK(redacted.size() <= std::string_view("[redacted]").size() + 2);
  }
}

TEST_CASE("a secret beyond the first plane is found when it is escaped") {
  const Redactor redactor = redactor_of({"key🎉key"});
  CHECK(redactor.redact(R"(<key\ud83c\udf89key>)") == "<[redacted]>");
  CHECK(redactor.redact(R"(<key\ud83c\udf88key>)") ==
        R"(<key\ud83c\udf88key>)");
}

TEST_CASE("base64 hides a secret at no alignment") {
  const std::string secret = "correct horse battery";
  const Redactor redactor = redactor_of({secret});
  for (const std::string before : {"", "u", "us", "usr", "user:"}) {
    for (const std::string after : {"", "!", "!!", "!!!"}) {
      const std::string encoded = base::base64(before + secret + after);
      const std::string redacted = redactor.redact(encoded);
      CAPTURE(encoded, redacted);
      CHECK(says(redacted, "[redacted]"));
      // What is left is what stood beside, and at most two digits of each end.
      CHECK(redacted.size() - 10 <= (before.size() + after.size()) * 4 / 3 + 4);
    }
  }
}

TEST_CASE("what only looks alike stays") {
  const Redactor redactor = redactor_of({"abcdefgh"});
  for (const std::string_view text :
       {"abcdefg", "abcd%65fg", "abcd\\u0065fg", "%", "%zz", "\\", "\\u12",
        "\\q", "100% of 5%", "YWJj"}) {
    CHECK(redactor.redact(text) == base::printable(text));
  }
}

TEST_CASE("of secrets within secrets all is taken out") {
  const Redactor redactor =
      redactor_of({"abcd", "abcdefgh", "ghijklmn", "abcdefgx"});
  for (const auto& [given, expected] :
       {Case{"-abcd-", "-[redacted]-"}, Case{"-abcdefg-", "-[redacted]efg-"},
        Case{"-abcdefgh-", "-[redacted]-"},
        Case{"-abcdefghijklmn-", "-[redacted]-"},
        Case{"-abcdefgy-", "-[redacted]efgy-"}}) {
    CHECK(redactor.redact(given) == expected);
  }
}

TEST_CASE("a very short secret is only found as a whole word") {
  const Redactor redactor = redactor_of({"abc", "é", "x"});
  for (const auto& [given, expected] :
       {Case{"abc", "[redacted]"}, Case{"key=abc&n=1", "key=[redacted]&n=1"},
        Case{"abcd zabc abc_ 模abc", "abcd zabc abc_ 模abc"},
        Case{"\"a\\u0062c\"", "\"[redacted]\""},
        Case{"text x", "text [redacted]"}}) {
    CHECK(redactor.redact(given) == expected);
  }
}

TEST_CASE("each line of a secret of several lines is a secret") {
  const std::string pem =
      "-----BEGIN KEY-----\r\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEA\n"
      "short\n";
  const Redactor redactor = redactor_of({pem});
  for (const auto& [given, expected] :
       {Case{"a MIIEvQIBADANBgkqhkiG9w0B b", "a [redacted] b"},
        Case{"a AQEFAASCBKcwggSjAgEA\n b", "a [redacted]  b"},
        Case{"short", "short"}}) {
    CHECK(redactor.redact(given) == expected);
  }
  CHECK(redactor.redact(pem) == "[redacted]");
}

TEST_CASE("a secret that the text ends in the middle of is taken out") {
  const std::string secret = "correct/horse+battery \"staple\"";
  const Redactor redactor = redactor_of({secret, "abcdefghijkl"});
  for (const std::string& form :
       {secret, base::percent_encoded(secret), base::base64(secret),
        base::json::quote(secret).substr(1), base::hex(secret)}) {
    CAPTURE(form);
    CHECK(redactor.redact("key: " + form.substr(0, 15)) == "key: [redacted]");
    CHECK(redactor.redact("key: " + form.substr(0, form.size() / 2)) ==
          "key: [redacted]");
  }
  for (const std::string_view text :
       {"key: abcdefg", "abcdefghij is no secret"}) {
    CHECK(redactor.redact(text) == text);
  }
  CHECK(redactor.redact("key: abcdefgh") == "key: [redacted]");
}

TEST_CASE("an empty secret takes nothing out") {
  CHECK(redactor_of({""}).redact("a b") == "a b");
}

TEST_CASE("user name and password of a URL are secrets") {
  Redactor redactor;
  redactor.add_url("https://alice:p%40ss+word@proxy.example:8080/x");
  redactor.add_url("socks5://token1234@h");
  redactor.add_url("https://nothing.example/");
  for (const auto& [given, expected] :
       {Case{"proxy.example refused alice", "proxy.example refused [redacted]"},
        Case{"p%40ss+word", "[redacted]"}, Case{"p@ss+word", "[redacted]"},
        Case{"token1234", "[redacted]"},
        Case{"nothing.example h", "nothing.example h"}}) {
    CHECK(redactor.redact(given) == expected);
  }
  CHECK(says(redactor.redact(base::base64("alice:p%40ss+word")), "[redacted]"));
}

TEST_CASE("what looks like a key is taken out, though nobody told of it") {
  const Redactor redactor;
  for (const auto& [given, expected] :
       {Case{"key sk-abcdefgh.", "key [redacted]."},
        Case{"sk-proj-aB3_d-9 x", "[redacted] x"},
        Case{"provided: sk-ab****************wxyz. You",
             "provided: [redacted]. You"},
        Case{"sk-abc...wxyz12", "[redacted]"},
        Case{R"("key":"sk-abcdefgh")", R"("key":"[redacted]")"},
        Case{R"(\nsk-abcdefgh)", R"(\n[redacted])"},
        Case{"key%3Dsk-abcdefgh", "key%3D[redacted]"},
        Case{"sk-abcdefg", "sk-abcdefg"},
        Case{"sk-.......... x", "sk-.......... x"},
        Case{"a risk-assessment of task-management",
             "a risk-assessment of task-management"}}) {
    CAPTURE(given);
    CHECK(redactor.redact(given) == expected);
  }
}

TEST_CASE("what is announced as a credential is taken out") {
  const Redactor redactor;
  for (const auto& [given, expected] :
       {Case{"Bearer abc.def rest", "Bearer [redacted] rest"},
        Case{"bearer\tabc\"", "bearer\\x09[redacted]\""},
        Case{"the bearer.", "the bearer."}, Case{"Bearer", "Bearer"},
        Case{"Authorization: Basic dXNlcjpwdw==\nHost: h",
             "Authorization: [redacted] Host: h"},
        Case{R"({"authorization":"Basic abc","x":1})",
             R"({"authorization":"[redacted]","x":1})"},
        Case{R"({\"Authorization\": \"Basic abc\", \"x\"})",
             R"({\"Authorization\": \"[redacted]\", \"x\"})"},
        Case{"(i.e. Authorization: Bearer KEY), see",
             "(i.e. Authorization: [redacted]), see"},
        Case{"Authorization failed: no", "Authorization failed: no"},
        Case{"Authorization:", "Authorization:"},
        Case{"https://u:p@h/x", "https://[redacted]@h/x"},
        Case{"at postgres://u@h:1/d?x, socks5://a:b@c",
             "at postgres://[redacted]@h:1/d?x, socks5://[redacted]@c"},
        Case{R"("https:\/\/u:p@h\/x")", R"("https:\/\/[redacted]@h\/x")"},
        Case{"https://h/@scope a@b", "https://h/@scope a@b"},
        Case{"https://h mail a@b", "https://h mail a@b"}}) {
    CAPTURE(given);
    CHECK(redactor.redact(given) == expected);
  }
}

TEST_CASE("redacting twice changes nothing") {
  const Redactor redactor = redactor_of({"hunter22"});
  const std::string once = redactor.redact(
      "hunter22 Bearer x Authorization: y https://u:p@h sk-12345678");
  CHECK(redactor.redact(once) == once);
}

TEST_CASE("making a text printable puts no secret together") {
  Redactor redactor;
  redactor.add(Secret("sk-Fuzz+0123456789/abcdef"));
  redactor.add(Secret("two words 1234"));
  // "\x1c" is shown as four characters, of which the last is a "c".
  const std::string torn =
      "\x1c"
      "2stRnV6eiswMTIzNDU2Nzg5L2FiY2RlZg==";
  CHECK(redactor.redact(torn).find("c2stRnV6eisw") == std::string::npos);
  CHECK(redactor.redact("two\nwords 1234") == "[redacted]");
}

TEST_CASE("a redacted text is printable") {
  const Redactor redactor = redactor_of({"hunter22"});
  CHECK(redactor.redact("\x1b[31mhunter22\xFF\n") ==
        "\\x1b[31m[redacted]\uFFFD ");
}

TEST_CASE("an excerpt is cut after redacting, so that no half secret is left") {
  const Redactor redactor = redactor_of({"hunter22hunter33"});
  const std::string before(192, '.');
  CHECK(redactor.excerpt(before + "hunter22hunter33 and more") ==
        before + "[redacte…");
  CHECK(redactor.excerpt(std::string(200, 'a')) == std::string(200, 'a'));
  CHECK(redactor.excerpt(std::string(201, 'a')) == std::string(200, 'a') + "…");
}

TEST_CASE("thousands of secrets in a hostile text take no time to speak of") {
  Redactor redactor;
  for (int i = 0; i < 5'000; ++i) {
    redactor.add(Secret("sk-aaaaaaaaaaaaaaaaaaaaaaaaaaaa" + std::to_string(i)));
  }
  std::string text;
  while (text.size() < 100'000) {
    text +=
        "sk-aaaaaaaaaaaaaaaaaaaaaaaaaaaa/Authorization:Bearer ://%41\\u0041";
  }
  const auto start = std::chrono::steady_clock::now();
  const std::string redacted = redactor.redact(text);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  CHECK_FALSE(says(redacted, "sk-aaaa"));
}

}  // namespace
