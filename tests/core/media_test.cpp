#include "core/media.h"

#include <string>

#include "catch.h"

namespace {

std::string frame(unsigned char first, const std::string& payload) {
  std::string bytes(1, static_cast<char>(first));
  if (payload.size() < 126) {
    bytes += static_cast<char>(payload.size());
  } else {
    bytes += static_cast<char>(126);
    bytes += static_cast<char>(payload.size() >> 8U);
    bytes += static_cast<char>(payload.size() & 0xFFU);
  }
  return bytes + payload;
}

}  // namespace

TEST_CASE("a recording is a form with a second of sound") {
  base::http::Request request;
  core::attach_recording("whisper-1", request);
  const auto type = base::http::value_of(request.headers, "content-type");
  CHECK(type.starts_with("multipart/form-data; boundary="));
  const std::string boundary(type.substr(type.find('=') + 1));
  CHECK(request.body.starts_with("--" + boundary + "\r\n"));
  CHECK(request.body.ends_with("\r\n--" + boundary + "--\r\n"));
  CHECK(request.body.find("name=\"model\"\r\n\r\nwhisper-1\r\n") !=
        std::string::npos);
  const auto wav = request.body.find("RIFF");
  REQUIRE(wav != std::string::npos);
  CHECK(request.body.substr(wav + 8, 8) == "WAVEfmt ");
  // 16,000 samples of two bytes behind a head of 44.
  CHECK(request.body.size() - wav == 44 + 32000 + boundary.size() + 8);
}

TEST_CASE("a WebSocket is opened as it has to be") {
  base::http::Request request{.method = "POST", .url = "https://h/v1/realtime"};
  core::begin_websocket(request);
  CHECK(request.method == "GET");
  CHECK(request.http1);
  using base::http::value_of;
  CHECK(value_of(request.headers, "connection") == "Upgrade");
  CHECK(value_of(request.headers, "upgrade") == "websocket");
  CHECK(value_of(request.headers, "sec-websocket-version") == "13");
  // 16 bytes in base64.
  CHECK(value_of(request.headers, "sec-websocket-key").size() == 24);
}

TEST_CASE("frames are taken whole, in whatever pieces they come") {
  const std::string big(300, 'x');
  const std::string all = frame(0x89, "ping") + frame(0x81, "one") +
                          frame(0x01, "tw") + frame(0x80, "o") +
                          frame(0x82, "bytes") + frame(0x81, big);
  std::string bytes;
  std::string texts;
  for (const char c : all) {
    bytes += c;
    REQUIRE(core::take_frames(bytes, texts));
  }
  CHECK(bytes.empty());
  const std::string end(1, core::frame_end);
  CHECK(texts == "one" + end + "two" + end + big + end);
}

TEST_CASE("what a server may not send, or a close, ends the frames") {
  for (std::string bytes :
       {frame(0x88, ""), frame(0xC1, "x"), std::string("\x81\x83mask", 6),
        std::string("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10)}) {
    std::string texts;
    CHECK_FALSE(core::take_frames(bytes, texts));
    CHECK(texts.empty());
  }
}
