#include "net/trust.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/error.h"
#include "base/messages_net.h"

namespace net {

namespace {

namespace say = base::say;

bool is_readable_file(const std::string& path) {
  std::ifstream file(path);
  return file.is_open() && file.peek() != std::ifstream::traits_type::eof();
}

std::string file_of(const std::string& ca_file) {
  if (!ca_file.empty()) {
    if (is_readable_file(ca_file)) return ca_file;
    throw base::Error({say::ca_file_unreadable, ca_file});
  }
  const char* named = std::getenv("SSL_CERT_FILE");
  if (named != nullptr && *named != '\0') {
    if (is_readable_file(named)) return named;
    throw base::Error({say::ca_file_of_environment, named});
  }
  const char* usual = ::curl_version_info(CURLVERSION_NOW)->cainfo;
  return usual != nullptr ? usual : "";
}

}  // namespace

void Trust::Deleter::operator()(x509_store_st* store) const {
  ::X509_STORE_free(store);
}

Trust::Trust(const std::string& ca_file) : file_(file_of(ca_file)) {}

Trust::~Trust() = default;

bool Trust::give(ssl_ctx_st* context) {
  if (!store_) {
    std::unique_ptr<x509_store_st, Deleter> store(::X509_STORE_new());
    // As libcurl does it: a bundle may trust a certificate in the middle of a
    // chain, and a server may send one that ends at an old root.
    if (!store ||
        ::X509_STORE_load_locations(store.get(), file_.c_str(), nullptr) != 1 ||
        ::X509_STORE_set_flags(store.get(), X509_V_FLAG_TRUSTED_FIRST |
                                                X509_V_FLAG_PARTIAL_CHAIN) !=
            1) {
      ::ERR_clear_error();
      return false;
    }
    store_ = std::move(store);
  }
  ::SSL_CTX_set1_cert_store(context, store_.get());
  return true;
}

}  // namespace net
