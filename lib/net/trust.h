#pragma once

#include <memory>
#include <string>

struct ssl_ctx_st;
struct x509_store_st;

namespace net {

// Whether anybody is there to be trusted, by a quick look; throws as Trust.
bool has_authorities(const std::string& ca_file);

// The certificate authorities that are trusted, read once and at the first use
// for all connections.  libcurl's own cache is one for each multi handle: some
// 5 MB and 20 ms of the system's bundle for every one of them.
//
// Used by the thread of its client alone.
class Trust {
 public:
  // `ca_file` is PEM; "" is the file of SSL_CERT_FILE, else the bundle that
  // libcurl was built for.  Throws base::Error where a file that was named
  // cannot be read or holds no certificate.
  explicit Trust(const std::string& ca_file);
  ~Trust();
  Trust(const Trust&) = delete;
  Trust& operator=(const Trust&) = delete;

  // Makes `context` trust them.  False if the file holds no certificate that
  // can be read, or one that cannot.
  bool give(ssl_ctx_st* context);

 private:
  struct Deleter {
    void operator()(x509_store_st* store) const;
  };

  std::string file_;
  std::unique_ptr<x509_store_st, Deleter> store_;
};

}  // namespace net
