#include "core/media.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/text.h"
#include "core/provider.h"

namespace core {

namespace {

// `count` bytes of a number, the lowest first, as WAV has them.
std::string little(std::uint32_t number, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    bytes += static_cast<char>(number >> (8 * i) & 0xFFU);
  }
  return bytes;
}

// 16 kHz, 16 bits, one channel.
const std::string& silence() {
  static const std::string wav = [] {
    constexpr std::uint32_t rate = 16000;
    constexpr std::uint32_t size = rate * 2;
    return "RIFF" + little(36 + size, 4) + "WAVEfmt " + little(16, 4) +
           little(1, 2) + little(1, 2) + little(rate, 4) + little(size, 4) +
           little(2, 2) + little(16, 2) + "data" + little(size, 4) +
           std::string(size, '\0');
  }();
  return wav;
}

constexpr std::size_t longest_frame = std::size_t{1} << 20;

std::uint64_t big(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) {
    number = number << 8U | static_cast<unsigned char>(byte);
  }
  return number;
}

}  // namespace

void attach_recording(std::string_view model, base::http::Request& request) {
  constexpr std::string_view boundary = "channel-monitor-7f3a51c09e2b";
  set_header(request, "Content-Type",
             fmt::format("multipart/form-data; boundary={}", boundary));
  request.body = fmt::format(
      "--{0}\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n{1}\r\n"
      "--{0}\r\nContent-Disposition: form-data; name=\"file\"; "
      "filename=\"second.wav\"\r\nContent-Type: audio/wav\r\n\r\n{2}\r\n"
      "--{0}--\r\n",
      boundary, model, silence());
}

void begin_websocket(base::http::Request& request) {
  request.method = "GET";
  request.http1 = true;
  set_header(request, "Connection", "Upgrade");
  set_header(request, "Upgrade", "websocket");
  set_header(request, "Sec-WebSocket-Version", "13");
  // It proves that a WebSocket is meant, and protects nobody: no proxy that
  // keeps answers stands between a monitor and its upstream.
  set_header(request, "Sec-WebSocket-Key",
             base::base64(base::sha256(request.url).substr(0, 16)));
}

namespace {

struct Frame {
  unsigned kind = 0;
  bool is_last = false;  // of its text
  std::size_t start = 0;
  std::size_t size = 0;
};

// Nothing where not even its head is whole.
std::optional<Frame> frame_at(std::string_view bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(bytes[0]);
  Frame frame{
      .kind = first & 0x0FU, .is_last = (first & 0x80U) != 0, .start = 2};
  frame.size = static_cast<unsigned char>(bytes[1]) & 0x7FU;
  if (frame.size >= 126) {
    frame.start += frame.size == 126 ? 2 : 8;
    if (bytes.size() < frame.start) return std::nullopt;
    frame.size = big(bytes.substr(2, frame.start - 2));
  }
  return frame;
}

// What no server may send: bits that nobody agreed upon, a mask.
bool is_odd(std::string_view bytes) {
  return (static_cast<unsigned char>(bytes[0]) & 0x70U) != 0 ||
         (static_cast<unsigned char>(bytes[1]) & 0x80U) != 0;
}

}  // namespace

bool take_frames(std::string& bytes, std::string& texts) {
  constexpr unsigned close = 8;
  while (const auto frame = frame_at(bytes)) {
    if (is_odd(bytes) || frame->kind == close || frame->size > longest_frame) {
      return false;
    }
    if (bytes.size() - frame->start < frame->size) return true;
    if (frame->kind <= 1) {  // a text, or more of one
      texts.append(bytes, frame->start, frame->size);
      if (frame->is_last) texts += frame_end;
    }
    bytes.erase(0, frame->start + frame->size);
  }
  return true;
}

}  // namespace core
