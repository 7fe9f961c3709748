#include "base/crypto.h"

#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/error.h"
#include "base/messages_base.h"

namespace base {
namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

// Never null, which stands for "no key", or for an error.
const unsigned char* bytes_of(std::string_view data) {
  if (data.empty()) data = "";
  return reinterpret_cast<const unsigned char*>(data.data());
}

std::string text_of(const Digest& digest, unsigned size) {
  return {reinterpret_cast<const char*>(digest.data()), size};
}

[[noreturn]] void refuse(std::string_view what) {
  throw Error(Sentence(say::no_cryptography, what));
}

}  // namespace

std::string sha256(std::string_view data) {
  Digest digest;
  unsigned size = 0;
  if (EVP_Digest(bytes_of(data), data.size(), digest.data(), &size,
                 EVP_sha256(), nullptr) != 1) {
    refuse("SHA-256");
  }
  return text_of(digest, size);
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  Digest digest;
  unsigned size = 0;
  if (HMAC(EVP_sha256(), bytes_of(key), static_cast<int>(key.size()),
           bytes_of(data), data.size(), digest.data(), &size) == nullptr) {
    refuse("HMAC-SHA-256");
  }
  return text_of(digest, size);
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(count)) != 1) {
    refuse("random bytes");
  }
  return bytes;
}

}  // namespace base
