#include "base/crypto.h"

#include <array>
#include <memory>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
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

std::string digest_of(std::string_view data, const EVP_MD* method,
                      std::string_view name) {
  Digest digest;
  unsigned size = 0;
  if (EVP_Digest(bytes_of(data), data.size(), digest.data(), &size, method,
                 nullptr) != 1) {
    refuse(name);
  }
  return text_of(digest, size);
}

struct Release {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <typename Thing>
using Owned = std::unique_ptr<Thing, Release>;

// No password is asked for on a terminal that nobody looks at.
int no_password(char*, int, int, void*) {
  return -1;
}

}  // namespace

std::string sha256(std::string_view data) {
  return digest_of(data, EVP_sha256(), "SHA-256");
}

std::string md5(std::string_view data) {
  return digest_of(data, EVP_md5(), "MD5");
}

std::optional<std::string> rsa_sha256(std::string_view private_key,
                                      std::string_view data) {
  ERR_clear_error();
  const Owned<BIO> source(BIO_new_mem_buf(
      private_key.data(), static_cast<int>(private_key.size())));
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(source.get(), nullptr, no_password, nullptr));
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  std::string signature;
  const bool is_signed =
      key && context && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA &&
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr,
                         key.get()) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes_of(data),
                     data.size()) == 1 &&
      (signature.resize(size), true) &&
      EVP_DigestSign(context.get(),
                     reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes_of(data), data.size()) == 1;
  ERR_clear_error();
  if (!is_signed) return std::nullopt;
  signature.resize(size);
  return signature;
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

bool same_secret(std::string_view one, std::string_view other) {
  const std::string a = sha256(one);
  const std::string b = sha256(other);
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
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
