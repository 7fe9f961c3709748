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
    "base_url is no address that begins with http:// or https:// and a host, "
    "or has a control character in it",
    "base_url 不是以 http:// 或 https:// 加主机名开头的地址,或含有控制字符"};
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

// What a one-hub answers when it is told to read its channels again.
inline constexpr Phrase reload_no_onehub{
    "base_url answers, but not as a One Hub does: {0}",
    "base_url 有应答,但不是 One Hub 的应答:{0}"};
inline constexpr Phrase reload_denied{
    "it refuses ({0}); system_token has to be the access token of an "
    "administrator, not an sk- key",
    "被拒绝({0});system_token 必须是管理员的访问令牌,而不是 sk- 开头的密钥"};
inline constexpr Phrase reload_met_null{
    "it answers 500 and nothing else: an enabled channel has NULL in its "
    "weight or priority, and with that One Hub does not even start again; put "
    "a number there",
    "它只返回 500:某个启用的渠道的 weight 或 priority 为 NULL,这样 One Hub "
    "重启也会失败;请填入数字"};
inline constexpr Phrase reload_redirected{
    "base_url leads elsewhere (status {0}), and the token is sent nowhere "
    "else; name the address itself",
    "base_url 重定向到别处(状态 {0}),令牌不会发往别处;请填写最终地址"};
inline constexpr Phrase reload_status{
    "it answers with status {0}; is base_url the address of the One Hub?",
    "它返回状态 {0};base_url 是 One Hub 的地址吗?"};
inline constexpr Phrase reload_unreachable{"base_url does not answer: {0}",
                                           "base_url 没有应答:{0}"};

}  // namespace base::say
