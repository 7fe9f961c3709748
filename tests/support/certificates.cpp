#include "support/certificates.h"

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace support {

namespace {

void need(bool done) {
  if (!done) throw std::runtime_error("no certificate");
}

void extend(X509& certificate, X509& issuer, int what, const std::string& how) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, &context, what, how.c_str());
  need(extension != nullptr);
  need(X509_add_ext(&certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// Without a signature.
Identity unsigned_identity(const Subject& subject, const char* common_name) {
  static long serial = 1;
  constexpr long day = 86'400;
  Identity made{{X509_new(), &X509_free},
                {EVP_EC_gen("P-256"), &EVP_PKEY_free}};
  X509* const certificate = made.certificate.get();
  need(certificate != nullptr && made.key != nullptr);
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), subject.first_day * day);
  X509_gmtime_adj(X509_getm_notAfter(certificate), subject.last_day * day);
  X509_NAME* const name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>(common_name);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0);
  X509_set_pubkey(certificate, made.key.get());
  return made;
}

void sign_by(X509& certificate, X509& issuer, EVP_PKEY& key) {
  X509_set_issuer_name(&certificate, X509_get_subject_name(&issuer));
  need(X509_sign(&certificate, &key, EVP_sha256()) > 0);
}

}  // namespace

Authority::Authority() : self_(unsigned_identity({}, "Made-up authority")) {
  X509& certificate = *self_.certificate;
  extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate, certificate, NID_key_usage, "critical,keyCertSign");
  sign_by(certificate, certificate, *self_.key);
}

Identity Authority::sign(const Subject& subject) const {
  Identity made = unsigned_identity(subject, "Made-up server");
  extend(*made.certificate, *self_.certificate, NID_subject_alt_name,
         subject.name);
  sign_by(*made.certificate, *self_.certificate, *self_.key);
  return made;
}

std::string Authority::pem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()),
                                                      &BIO_free);
  need(PEM_write_bio_X509(out.get(), self_.certificate.get()) == 1);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

Identity self_signed(const Subject& subject) {
  Identity made = unsigned_identity(subject, "Made-up server");
  extend(*made.certificate, *made.certificate, NID_subject_alt_name,
         subject.name);
  sign_by(*made.certificate, *made.certificate, *made.key);
  return made;
}

}  // namespace support
