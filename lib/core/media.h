#pragma once

#include <string>
#include <string_view>

#include "base/http.h"

namespace core {

// Makes `request` the upload of one second of silence, with the name of the
// model that has to listen to it, as a form (RFC 7578).
void attach_recording(std::string_view model, base::http::Request& request);

// Makes `request` the opening of a WebSocket (RFC 6455 4.1).
void begin_websocket(base::http::Request& request);

// Takes whole frames from the front of `bytes`, as a server sends them (RFC
// 6455 5.2), and appends the texts in them to `texts`, `frame_end` after each.
// Returns false where what comes is no such frame, or the server closes.
inline constexpr char frame_end = '\x1e';  // in no JSON text
bool take_frames(std::string& bytes, std::string& texts);

}  // namespace core
