#pragma once

#include "base/messages.h"

// The table of sentences, continued: what is wrong with a channel's row.
namespace base::say {

inline constexpr Phrase columns_malformed{
    "these columns hold what they cannot hold: {0}",
    "以下列的内容不符合其类型:{0}"};
inline constexpr Phrase mapping_malformed{
    "model_mapping is no JSON object of texts",
    "model_mapping 不是值全为字符串的 JSON 对象"};
inline constexpr Phrase json_malformed{"{0} is no JSON object",
                                       "{0} 不是 JSON 对象"};
inline constexpr Phrase headers_malformed{"{0} is no JSON object of texts",
                                          "{0} 不是值全为字符串的 JSON 对象"};
inline constexpr Phrase address_malformed{
    "base_url is no address that begins with http:// or https:// and a host",
    "base_url 不是以 http:// 或 https:// 加主机名开头的地址"};
inline constexpr Phrase key_of_many_lines{
    "the key has several lines, but the channel takes it for one key: make it "
    "a multi-key channel, or one channel for each",
    "密钥有多行,但该渠道只把它当作一个密钥:请改用多密钥模式,"
    "或每个密钥单独建一个渠道"};
inline constexpr Phrase key_of_many_lines_alone{
    "the key has several lines, but the gateway takes it for one key: make one "
    "channel for each",
    "密钥有多行,但网关只把它当作一个密钥:请为每个密钥单独建一个渠道"};
inline constexpr Phrase key_with_control{
    "key {0} has a line end or another control character in it, which no "
    "header can carry: take it out",
    "密钥 {0} 含有换行符或其他控制字符,无法放入请求头:请将其去掉"};

}  // namespace base::say
