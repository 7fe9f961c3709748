#pragma once

#include <string>

namespace support {

// What an HTTP server on 127.0.0.1 answers, as it came: status line, headers
// and body.  "" where nobody answers within two seconds.  `headers` end with
// line ends.  Asked by HTTP/1.0, so that nothing comes in chunks.
std::string fetch(int port, const std::string& path,
                  const std::string& headers = "");

// A port of 127.0.0.1 that was free a moment ago.
int free_port();

}  // namespace support
