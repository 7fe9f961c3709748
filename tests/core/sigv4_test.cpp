#include "core/sigv4.h"

#include <string>

#include "catch.h"

using base::http::Request;
using base::http::value_of;

namespace {

// Key and time of the examples that Amazon gives.
constexpr core::AmazonKey key = {
    .id = "AKIDEXAMPLE",
    .secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    .region = "us-east-1"};
const base::WallTime now = *base::rfc3339("2015-08-30T12:36:00Z");

std::string authorization(Request& request, const core::AmazonKey& with,
                          std::string_view service) {
  core::sign_for_amazon(request, with, service, now);
  return std::string(value_of(request.headers, "authorization"));
}

}  // namespace

TEST_CASE("requests are signed as in Amazon's examples") {
  const std::string begin =
      "AWS4-HMAC-SHA256 "
      "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
      "SignedHeaders=host;x-amz-date, Signature=";
  Request get{.url = "https://example.amazonaws.com"};
  CHECK(authorization(get, key, "service") ==
        begin +
            "5fa00fa31553b73ebf1942676e86291e"
            "8372ff2a2260956d9b8aae1d763fbf31");
  CHECK(value_of(get.headers, "x-amz-date") == "20150830T123600Z");
  Request post{.method = "POST", .url = "https://example.amazonaws.com/"};
  CHECK(authorization(post, key, "service") ==
        begin +
            "5da7c1a2acd57cee7505fc6676e4e544"
            "621c30862966e37dddb68e92efbe5d6b");
}

TEST_CASE("a path is encoded once more for the signature than it is sent") {
  Request request{.method = "POST",
                  .url =
                      "https://bedrock-runtime.us-east-1.amazonaws.com"
                      "/model/anthropic.claude-v2%3A1/invoke",
                  .headers = {{"Content-Type", "application/json"},
                              {"Accept", "application/json"}},
                  .body = R"({"a":1})"};
  const std::string text = authorization(request, key, "bedrock");
  CHECK(text.find("SignedHeaders=content-type;host;x-amz-date,") !=
        std::string::npos);
  CHECK(
      text.ends_with("Signature=b8f4800ea46b3c232f75d39f79f6f5ba"
                     "9c680c50fc3f9f5d216cbea6a3549c8e"));
}

TEST_CASE("a query and a session are signed, too") {
  Request request{.method = "POST",
                  .url =
                      "https://bedrock-runtime.us-east-1.amazonaws.com"
                      "/model/m/invoke?b&a=1",
                  .headers = {{"Content-Type", "application/json"}},
                  .body = R"({"a":1})"};
  core::AmazonKey passing = key;
  passing.session = "session-token";
  CHECK(authorization(request, passing, "bedrock")
            .ends_with("Signature=39fc0999680a9578c029a8e01d59b86c"
                       "0cd2461c1df3d2f4930eaa635cf03a92"));
  CHECK(value_of(request.headers, "x-amz-security-token") == "session-token");
}
