#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace base {

// Raw bytes, not hex.
std::string sha256(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);

// Proves nothing any more; only for what others ask to be called by it.
std::string md5(std::string_view data);

// The signature of `data` by SHA-256 and RSA (RFC 8017, PKCS #1 v1.5).
// `private_key` is in PEM.  Returns nothing where that is no RSA key.
std::optional<std::string> rsa_sha256(std::string_view private_key,
                                      std::string_view data);

// Whether the two are the same; how long it takes tells nobody where they
// differ.
bool same_secret(std::string_view one, std::string_view other);

// `count` bytes that nobody can guess.  Throws base::Error if there are none.
std::string random_bytes(std::size_t count);

}  // namespace base
