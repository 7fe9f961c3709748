#include "core/media.h"

#include <cstddef>
#include <cstdint>

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

bool take_frames(std::string& bytes, std::string& texts) {
  constexpr unsigned close = 8;
  while (bytes.size() >= 2) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    const auto second = static_cast<unsigned char>(bytes[1]);
    const bool reserved = (first & 0x70U) != 0;
    const bool masked = (second & 0x80U) != 0;
    if (reserved || masked || (first & 0x0FU) == close) return false;
    std::size_t start = 2;
    std::uint64_t size = second & 0x7FU;
    if (size >= 126) {
      start += size == 126 ? 2 : 8;
      if (bytes.size() < start) return true;
      size = big(std::string_view(bytes).substr(2, start - 2));
    }
    if (size > longest_frame) return false;
    if (bytes.size() - start < size) return true;
    const unsigned kind = first & 0x0FU;
    if (kind <= 1) {  // a text, or more of one
      texts.append(bytes, start, size);
      if ((first & 0x80U) != 0) texts += frame_end;
    }
    bytes.erase(0, start + size);
  }
  return true;
}

}  // namespace core
