#pragma once

#include "base/messages.h"

// The table of sentences, continued: the HTTP client and the HTTP server.
namespace base::say {

inline constexpr Phrase ca_file_unreadable{
    "the certificates of {0} cannot be read", "无法读取证书文件 {0}"};
inline constexpr Phrase ca_file_of_environment{
    "the certificates of {0}, which SSL_CERT_FILE names, cannot be read",
    "无法读取环境变量 SSL_CERT_FILE 指定的证书文件 {0}"};
inline constexpr Phrase http_client_failed{
    "the HTTP client cannot be set up: {0}", "无法初始化 HTTP 客户端:{0}"};
inline constexpr Phrase port_taken{"cannot listen at {0}: {1}",
                                   "无法监听 {0}:{1}"};

}  // namespace base::say
