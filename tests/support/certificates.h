#pragma once

#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace support {

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using X509Pointer = std::unique_ptr<X509, decltype(&X509_free)>;

// What a TLS server shows of itself, and what proves it.
struct Identity {
  X509Pointer certificate;
  PrivateKey key;
};

// What a certificate says; days are from now.
struct Subject {
  std::string name = "IP:127.0.0.1";  // as in subjectAltName
  int first_day = -1;
  int last_day = 30;
};

// Signs certificates; who trusts it trusts them.
class Authority {
 public:
  Authority();

  Identity sign(const Subject& subject) const;
  std::string pem() const;  // to be trusted

 private:
  Identity self_;
};

// A certificate that nobody but itself has signed.
Identity self_signed(const Subject& subject);

}  // namespace support
