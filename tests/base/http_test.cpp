#include "base/http.h"

#include <string_view>

#include "catch.h"

namespace {

namespace http = base::http;

struct Case {
  std::string_view given;
  std::string_view expected;
};

TEST_CASE("a header is found whatever its case, the first one of them") {
  const http::Headers headers = {
      {"Retry-After", "1"}, {"retry-after", "2"}, {"X-Empty", ""}};
  CHECK(http::value_of(headers, "RETRY-AFTER") == "1");
  CHECK(http::value_of(headers, "x-empty").empty());
  CHECK(http::value_of(headers, "retry").empty());
  CHECK(http::value_of({}, "a").empty());
}

TEST_CASE("a host is told with its port, in lower case") {
  for (const auto& [given, expected] :
       {Case{"https://h/a", "h:443"}, Case{"http://h", "h:80"},
        Case{"HTTPS://H.Example:443/b", "h.example:443"},
        Case{"http://h:8080?q", "h:8080"}, Case{"http://h:/", "h:80"},
        Case{"http://h:0080/", "h:80"}, Case{"http://h#x", "h:80"},
        Case{"https://user:p:w@h:1/", "h:1"}, Case{"https://u@v@h/", "h:443"},
        Case{"http://good.example\\@h/", "h:80"},
        Case{"https://h/a@b:9", "h:443"}, Case{"https://h?a@b", "h:443"},
        Case{"http://127.0.0.1:3000", "127.0.0.1:3000"},
        Case{"http://[::1]:3000/v1", "[::1]:3000"},
        Case{"https://[2001:DB8::A]/", "[2001:db8::a]:443"},
        Case{"https://模型.example/", "模型.example:443"},
        Case{"http://under_score-1/", "under_score-1:80"}}) {
    CAPTURE(given);
    CHECK(http::host_of(given) == expected);
  }
}

TEST_CASE("where no one host is meant there is none") {
  for (const std::string_view bad : {"",
                                     "h",
                                     "//h",
                                     "/a",
                                     "ftp://h/",
                                     "https:/h",
                                     "https:h",
                                     "https://",
                                     "https:///a",
                                     "https://:80/",
                                     "https://u@/",
                                     "https://h:65536/",
                                     "https://h:0/",
                                     "https://h:-1/",
                                     "https://h:+1/",
                                     "https://h:8o/",
                                     "https://h:1:2/",
                                     "https://h h/",
                                     "https://h\t/",
                                     "https://h%2Eb/",
                                     "https://h\\b/",
                                     "https://h,b/",
                                     "https://[::1",
                                     "https://::1/",
                                     "https://[]/",
                                     "https://[::1]x/",
                                     "https://[::1]x:80/",
                                     "https://x[::1]/",
                                     "http s://h/",
                                     "1http://h/"}) {
    CAPTURE(bad);
    CHECK(http::host_of(bad).empty());
  }
}

TEST_CASE("https is known by its scheme alone") {
  CHECK(http::is_https("https://h"));
  CHECK(http::is_https("HttpS://h"));
  CHECK_FALSE(http::is_https("http://https"));
  CHECK_FALSE(http::is_https("https"));
  CHECK_FALSE(http::is_https(""));
}

TEST_CASE("a URL is shown without user name and password") {
  for (const auto& [given, expected] :
       {Case{"https://user:pw@h:1/a?b@c", "https://h:1/a?b@c"},
        Case{"socks5h://user@h", "socks5h://h"},
        Case{"user:pw@h:1080", "h:1080"}, Case{"//u:p@h", "//h"},
        Case{"https://a@b:c@h/", "https://h/"},
        Case{"https://u:pa/ss@h/x", "https://h/x"},
        Case{"https://u:pa?s#s@h/x", "https://h/x"},
        Case{"https://h:8080/@scope/x", "https://h:8080/@scope/x"},
        Case{"http://[::1]:80/a@b", "http://[::1]:80/a@b"},
        Case{"https://h/a", "https://h/a"}, Case{"", ""}}) {
    CAPTURE(given);
    CHECK(http::without_userinfo(given) == expected);
  }
}

TEST_CASE("user name and password are found in a URL of any kind") {
  CHECK(http::userinfo_of("socks5://u:p@h") == "u:p");
  CHECK(http::userinfo_of("u:p@h:1") == "u:p");
  CHECK(http::userinfo_of("https://h/").empty());
}

TEST_CASE("a location leads where RFC 3986 says") {
  constexpr std::string_view from = "http://a/b/c/d;p?q";
  for (const auto& [to, expected] : {Case{"g", "http://a/b/c/g"},
                                     Case{"./g", "http://a/b/c/g"},
                                     Case{"g/", "http://a/b/c/g/"},
                                     Case{"/g", "http://a/g"},
                                     Case{"//g", "http://g/"},
                                     Case{"?y", "http://a/b/c/d;p?y"},
                                     Case{"g?y", "http://a/b/c/g?y"},
                                     Case{"#s", "http://a/b/c/d;p?q"},
                                     Case{"g#s", "http://a/b/c/g"},
                                     Case{";x", "http://a/b/c/;x"},
                                     Case{".", "http://a/b/c/"},
                                     Case{"./", "http://a/b/c/"},
                                     Case{"..", "http://a/b/"},
                                     Case{"../g", "http://a/b/g"},
                                     Case{"../..", "http://a/"},
                                     Case{"../../g", "http://a/g"},
                                     Case{"../../../g", "http://a/g"},
                                     Case{"/./g", "http://a/g"},
                                     Case{"/../g", "http://a/g"},
                                     Case{"g.", "http://a/b/c/g."},
                                     Case{"..g", "http://a/b/c/..g"},
                                     Case{"./g/.", "http://a/b/c/g/"},
                                     Case{"g/../h", "http://a/b/c/h"},
                                     Case{"g;x=1/../y", "http://a/b/c/y"},
                                     Case{"g?y/../x", "http://a/b/c/g?y/../x"},
                                     Case{"a//b/../c", "http://a/b/c/a//c"}}) {
    CAPTURE(to);
    CHECK(http::resolved(from, to) == expected);
  }
}

TEST_CASE("a location may be a whole URL, or one without scheme") {
  for (const auto& [to, expected] :
       {Case{"https://h:8443/x/../v1?a=b#c", "https://h:8443/v1?a=b"},
        Case{"HTTP://H/x", "HTTP://H/x"}, Case{"http://h", "http://h/"},
        Case{"http://h?a", "http://h/?a"}, Case{"//h:1/x", "https://h:1/x"},
        Case{" /x \r\n", "https://from/x"}, Case{"/a b", "https://from/a%20b"},
        Case{"/\\evil.example/x", "https://from/\\evil.example/x"},
        Case{"x?u=http://h/", "https://from/x?u=http://h/"}}) {
    CAPTURE(to);
    CHECK(http::resolved("https://from", to) == expected);
  }
}

TEST_CASE("some locations lead nowhere") {
  for (const std::string_view to :
       {"", "  ", "ftp://h/", "mailto:a@b", "javascript:alert(1)", "https:x",
        "https:/x", "https://", "//", "///x", "https://h\\b/", "/a\nb",
        "https://h:99999/"}) {
    CAPTURE(to);
    CHECK(http::resolved("https://h/", to).empty());
  }
  CHECK(http::resolved("h/a", "/b").empty());
  CHECK(http::resolved("https://", "/b").empty());
}

}  // namespace
