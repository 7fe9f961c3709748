#include "base/crypto.h"

#include <string>

#include "base/text.h"
#include "catch.h"
#include "support/rsa.h"

namespace {

using base::hex;

TEST_CASE("SHA-256 is that of FIPS 180") {
  CHECK(hex(base::sha256("")) ==
        "e3b0c44298fc1c149afbf4c8996fb924"
        "27ae41e4649b934ca495991b7852b855");
  CHECK(base::sha256({}) == base::sha256(""));
  CHECK(hex(base::sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223"
        "b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("HMAC is that of RFC 4231") {
  CHECK(hex(base::hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c7"
        "5a003f089d2739839dec58b964ec3843");
  CHECK(hex(base::hmac_sha256(std::string(131, '\xaa'),
                              "Test Using Larger Than Block-Size Key - "
                              "Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f"
        "8e0bc6213728c5140546040f0ee37f54");
  CHECK(hex(base::hmac_sha256({}, {})) ==
        "b613679a0814d9ec772f95d778c35fc5"
        "ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("random bytes are as many as asked for, and others each time") {
  const std::string bytes = base::random_bytes(32);
  CHECK(bytes.size() == 32);
  CHECK(bytes != base::random_bytes(32));
  CHECK(base::random_bytes(0).empty());
}

TEST_CASE("MD5 is that of RFC 1321") {
  CHECK(hex(base::md5("")) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(hex(base::md5("message digest")) == "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST_CASE("a signature by RSA is one that its public key knows") {
  const support::RsaPair pair;
  const auto signature = base::rsa_sha256(pair.private_pem(), "data");
  REQUIRE(signature);
  CHECK(pair.signed_by("data", *signature));
  CHECK_FALSE(pair.signed_by("date", *signature));
}

TEST_CASE("what is no key of RSA signs nothing") {
  CHECK_FALSE(base::rsa_sha256("", "data"));
  CHECK_FALSE(base::rsa_sha256("no key", "data"));
  CHECK_FALSE(base::rsa_sha256(
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      "data"));
}

}  // namespace
