#include "net/trust.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/error.h"
#include "base/messages_net.h"

namespace net {

namespace {

namespace say = base::say;

// A quick look, which parses nothing: where the first certificate would begin,
// nobody has more text than this before it.
bool has_certificate(std::istream& file) {
  constexpr std::size_t most = std::size_t{4} << 20U;
  std::size_t size = 0;
  std::string line;
  while (size < most && std::getline(file, line)) {
    if (line.starts_with("-----BEGIN ") &&
        line.find("CERTIFICATE-----") != std::string::npos) {
      return true;
    }
    size += line.size() + 1;
  }
  return false;
}

void expect_certificate(const std::string& path, const base::Phrase& unreadable,
                        const base::Phrase& without_any) {
  // A pipe would keep us waiting, and could be read once only.
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure)) {
    throw base::Error({unreadable, path});
  }
  std::ifstream file(path);
  if (!file.is_open() || file.peek() == std::ifstream::traits_type::eof()) {
    throw base::Error({unreadable, path});
  }
  if (!has_certificate(file)) throw base::Error({without_any, path});
}

std::string file_of(const std::string& ca_file) {
  if (!ca_file.empty()) {
    expect_certificate(ca_file, say::ca_file_unreadable,
                       say::ca_file_without_any);
    return ca_file;
  }
  const char* named = std::getenv("SSL_CERT_FILE");
  if (named != nullptr && *named != '\0') {
    expect_certificate(named, say::ca_file_of_environment,
                       say::ca_file_of_environment_without_any);
    return named;
  }
  const char* usual = ::curl_version_info(CURLVERSION_NOW)->cainfo;
  return usual != nullptr ? usual : "";
}

}  // namespace

bool has_authorities(const std::string& ca_file) {
  std::ifstream file(file_of(ca_file));
  return has_certificate(file);
}

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
