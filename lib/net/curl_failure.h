#pragma once

#include <string_view>

#include "base/error.h"
#include "base/messages_net.h"

namespace net {

// What only happens where memory or descriptors have run out, or where libcurl
// was built without something that we need.
[[noreturn]] inline void fail_curl(std::string_view why) {
  throw base::Error({base::say::http_client_failed, why});
}

}  // namespace net
