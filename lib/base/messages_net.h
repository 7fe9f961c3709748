#pragma once

#include "base/messages.h"

// The table of sentences, continued: the HTTP client and the HTTP server.
namespace base::say {

inline constexpr Phrase ca_file_unreadable{
    "the certificates of {0} cannot be read", "无法读取证书文件 {0}"};
inline constexpr Phrase ca_file_of_environment{
    "the certificates of {0}, which SSL_CERT_FILE names, cannot be read",
    "无法读取环境变量 SSL_CERT_FILE 指定的证书文件 {0}"};
inline constexpr Phrase ca_file_without_any{
    "{0} holds no certificate: ca_file names PEM certificates (-----BEGIN "
    "CERTIFICATE-----)",
    "{0} 中没有证书:ca_file 应为 PEM 证书文件(-----BEGIN CERTIFICATE-----)"};
inline constexpr Phrase ca_file_of_environment_without_any{
    "{0} holds no certificate: SSL_CERT_FILE names PEM certificates "
    "(-----BEGIN "
    "CERTIFICATE-----)",
    "{0} 中没有证书:SSL_CERT_FILE 应为 PEM 证书文件(-----BEGIN "
    "CERTIFICATE-----)"};
inline constexpr Phrase no_authorities{
    "no certificate authorities can be read on this machine, so https is not "
    "asked: install ca-certificates or set ca_file",
    "本机没有可读取的 CA 证书,无法使用 https:请安装 ca-certificates 或设置 "
    "ca_file"};
inline constexpr Phrase no_request{
    "no request can be made of the channel's settings: {0}",
    "无法用该渠道的设置组成请求:{0}"};
inline constexpr Phrase no_descriptors{
    "this machine lets the monitor have no more connections: raise its limit "
    "of "
    "open files (ulimit -n), or lower max_in_flight",
    "本机已不允许监控器打开更多连接:请提高打开文件数上限(ulimit -n),或调低 "
    "max_in_flight"};
inline constexpr Phrase http_client_failed{
    "the HTTP client cannot be set up: {0}", "无法初始化 HTTP 客户端:{0}"};
inline constexpr Phrase port_taken{"cannot listen at {0}: {1}",
                                   "无法监听 {0}:{1}"};

}  // namespace base::say
