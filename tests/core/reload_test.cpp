#include "core/reload.h"

#include <string>

#include "base/messages_core.h"
#include "catch.h"

namespace say = base::say;

namespace {

const core::AdminApi api = {.base_url = "https://hub.test/sub",
                            .token = base::Secret("made-up-access-token-01")};

}  // namespace

TEST_CASE("a reload deletes a channel that is not there") {
  for (const char* base_url :
       {"https://hub.test/sub", "https://hub.test/sub/"}) {
    core::AdminApi other = api;
    other.base_url = base_url;
    other.timeout = base::Milliseconds(1234);
    const auto request = core::reload_request(other, core::ChannelId{77});
    CHECK(request.method == "DELETE");
    CHECK(request.url == "https://hub.test/sub/api/channel/77");
    CHECK(base::http::value_of(request.headers, "authorization") ==
          "Bearer made-up-access-token-01");
    CHECK(request.body.empty());
    CHECK(request.timeout == base::Milliseconds(1234));
  }
}

TEST_CASE("an API is known by its address and its token") {
  CHECK(api.is_known());
  CHECK_FALSE(core::AdminApi{.base_url = "http://h"}.is_known());
  CHECK_FALSE(core::AdminApi{.token = base::Secret("t")}.is_known());
}

TEST_CASE("the answer to a reload says whether it was one") {
  struct Row {
    int status;
    std::string body;
    const base::Phrase* why_not;  // none: it was
  };
  const Row rows[] = {
      {200, R"({"success":true,"message":""})", nullptr},
      {200, R"({"success":false,"message":"无权进行此操作"})",
       &say::reload_denied},
      {200, R"({"success":"true"})", &say::reload_no_onehub},
      {200, "<html>One Hub</html>", &say::reload_no_onehub},
      {200, "", &say::reload_no_onehub},
      {401, R"({"success":false,"message":"no"})", &say::reload_denied},
      {403, "", &say::reload_denied},
      {500, "", &say::reload_met_null},
      {500, "oh", &say::reload_status},
      {502, "", &say::reload_status},
      {404, "404 page not found", &say::reload_status},
      {301, "", &say::reload_redirected},
      {307, "", &say::reload_redirected},
      {204, "", &say::reload_status},
  };
  for (const Row& row : rows) {
    CAPTURE(row.status, row.body);
    const auto why_not = core::reload_refused(api, row.status, row.body);
    CHECK(why_not.empty() == (row.why_not == nullptr));
    if (row.why_not != nullptr) CHECK(why_not.is(*row.why_not));
  }
}

TEST_CASE("what is said of a reload never holds the token") {
  for (const int status : {200, 401, 403, 500, 302}) {
    for (const char* body :
         {R"({"success":false,"message":"made-up-access-token-01 is wrong"})",
          "bad token made-up-access-token-01",
          "bWFkZS11cC1hY2Nlc3MtdG9rZW4tMDE="}) {
      CAPTURE(status, body);
      const auto why_not = core::reload_refused(api, status, body);
      for (const auto language : {base::Language::en, base::Language::zh}) {
        const std::string text = why_not.in(language);
        CHECK_FALSE(text.empty());
        CHECK(text.find("made-up-access") == std::string::npos);
        CHECK(text.find("bWFkZS11cC1hY2Nlc3M") == std::string::npos);
      }
    }
  }
}
