#include "core/redirect.h"

#include <optional>
#include <string>
#include <vector>

#include "catch.h"

TEST_CASE("redirects are followed on the same host, and never to less safety") {
  struct Row {
    std::string from;
    int status;
    std::string to;
    std::optional<std::string> url;  // none: not followed
    bool as_get = false;
  };
  for (const Row& row : std::vector<Row>{
           {"https://h/v1/a", 307, "/v1/b", "https://h/v1/b"},
           {"https://h/v1/a", 308, "b", "https://h/v1/b"},
           {"https://h/a", 301, "https://h/b", "https://h/b", true},
           {"https://h/a", 302, "https://H:443/b", "https://H:443/b", true},
           {"https://h/a", 303, "/b", "https://h/b", true},
           {"http://h/a", 308, "https://h/a", "https://h/a"},
           {"http://h:80/a", 301, "https://h/a", "https://h/a", true},
           {"https://h/a", 307, "http://h/a", {}},
           {"https://h/a", 307, "http://h:443/a", {}},
           {"http://h:8080/a", 307, "https://h:8443/a", {}},
           {"http://h:8080/a", 307, "https://h/a", {}},
           {"http://h/a", 307, "http://h:8080/a", {}},
           {"https://h/a", 307, "https://sub.h/a", {}},
           {"https://h/a", 307, "https://h.evil/a", {}},
           {"https://h/a", 307, "https://h@evil/a", {}},
           {"https://h/a", 307, "//evil/a", {}},
           {"https://h/a", 307, "", {}},
           {"https://h/a", 307, "file:///etc/passwd", {}},
           {"https://h/a", 300, "/b", {}},
           {"https://h/a", 304, "/b", {}},
           {"https://h/a", 200, "/b", {}}}) {
    INFO(row.from << ' ' << row.status << ' ' << row.to);
    const auto found =
        core::redirection(row.from, row.status, {{"location", row.to}});
    REQUIRE(found.has_value() == row.url.has_value());
    if (!found) continue;
    CHECK(found->url == *row.url);
    CHECK(found->as_get == row.as_get);
  }
}

TEST_CASE("a redirect without a place is not followed") {
  CHECK_FALSE(core::redirection("https://h/a", 307, {}));
}
