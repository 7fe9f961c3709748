#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace base {

// Raw bytes, not hex.
std::string sha256(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);

// `count` bytes that nobody can guess.  Throws base::Error if there are none.
std::string random_bytes(std::size_t count);

}  // namespace base
