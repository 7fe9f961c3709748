#include <iterator>
#include <utility>

#include "config/keys.h"

// The block `notification`, with one block for each service.
namespace config {
namespace {

namespace say = base::say;

template <typename Owner>
using Fields = std::vector<Field<Owner>>;

Fields<Smtp> smtp_fields() {
  return {
      field({"enabled", "false", {"whether it sends", "是否启用"}},
            &Smtp::enabled, truth()),
      field({"host", "\"\"", {"the mail server", "邮件服务器"}}, &Smtp::host,
            text_or_number()),
      field({"port",
             "587",
             {"465 for TLS from the start, else STARTTLS",
              "465 为直接 TLS,其他端口使用 STARTTLS"}},
            &Smtp::port, whole(1, 65535)),
      field({"username", "\"\"", {"to log in with", "登录用户名"}},
            &Smtp::username, text_or_number()),
      field({"password", "\"\"", {"to log in with", "登录密码"}},
            &Smtp::password, secret()),
      field({"from", "\"\"", {"the sender's address", "发件人地址"}},
            &Smtp::from, text_or_number()),
      field({"verify_certificate",
             "true",
             {"false trusts whoever answers: only for a server of one's own",
              "是否校验服务器证书;false 表示不校验,仅适用于自有服务器"}},
            &Smtp::verify_certificate, truth()),
      field({"to",
             "[]",
             {"addresses; one text with commas will do",
              "收件人地址;可写成逗号分隔的一个字符串"}},
            &Smtp::to, mail_addresses()),
  };
}

// Complains of a key that an enabled block cannot do without.
void need(bool there, const Spot& spot, const char* name) {
  const Spot key = spot.member(name, spot.line);
  if (!there && !spot.reading.blamed(key.path))
    key.complain(say::config_needed);
}

void check_smtp(const Spot& spot, Smtp& smtp) {
  if (!smtp.enabled) return;
  need(!smtp.host.empty(), spot, "host");
  need(!smtp.from.empty(), spot, "from");
  need(!smtp.to.empty(), spot, "to");
}

Fields<Telegram> telegram_fields() {
  return {
      field({"chat_id", "\"\"", {"whom to tell", "接收消息的会话 id"}},
            &Telegram::chat_id, text_or_number()),
      field({"server",
             "\"https://api.telegram.org\"",
             {"of the bot interface: a relay, or one's own",
              "Bot API 地址;可填中转或自建服务器"}},
            &Telegram::server, address()),
      field({"retry",
             "0",
             {"how many more tries come 2 s apart; after them pauses grow, for "
              "a day",
              "发送失败后间隔 2 秒重试的次数;之后间隔逐渐加长,最长一天"}},
            &Telegram::retry, whole(0, 100)),
  };
}

Fields<Webhook> webhook_fields() {
  return {
      field({"enabled", "false", {"whether it sends", "是否启用"}},
            &Webhook::enabled, truth()),
      field({"type", "\"\"", {"whose webhook it is", "Webhook 类型"}},
            &Webhook::type,
            choice<Webhook::Type>({{"telegram", Webhook::Type::telegram},
                                   {"", Webhook::Type::none}})),
      field({"secret", "\"\"", {"the bot's token", "机器人的令牌"}},
            &Webhook::secret, secret()),
      field({"telegram", "{}", {"for Telegram", "Telegram 设置"}},
            &Webhook::telegram, object(telegram_fields())),
  };
}

void check_webhook(const Spot& spot, Webhook& webhook) {
  if (!webhook.enabled) return;
  need(webhook.type != Webhook::Type::none, spot, "type");
  if (webhook.type != Webhook::Type::telegram) return;
  need(!webhook.secret.empty(), spot, "secret");
  const Spot telegram = spot.member("telegram", spot.line);
  need(!webhook.telegram.chat_id.empty(), telegram, "chat_id");
  need(!webhook.telegram.server.empty(), telegram, "server");
}

// What every service of one sort has.
template <typename Block>
Fields<Block> enabled_field() {
  return {field({"enabled", "false", {"whether it sends", "是否启用"}},
                &Block::enabled, truth())};
}

Fields<Bot> bot_fields() {
  Fields<Bot> fields = enabled_field<Bot>();
  fields.push_back(
      field({"url",
             "\"\"",
             {"the bot's whole address, as the service hands it out; secret",
              "服务提供的完整 Webhook 地址,属于机密"}},
            &Bot::url, address()));
  return fields;
}

Fields<Bot> signed_bot_fields() {
  Fields<Bot> fields = bot_fields();
  fields.push_back(
      field({"secret", "\"\"", {"what messages are signed with", "签名密钥"}},
            &Bot::secret, secret()));
  return fields;
}

Fields<Bot> dingtalk_fields() {
  Fields<Bot> fields = signed_bot_fields();
  fields.push_back(field({"keyword",
                          "\"\"",
                          {"a word that the bot wants in every message",
                           "机器人要求每条消息包含的关键词"}},
                         &Bot::keyword, text_or_number()));
  return fields;
}

void check_bot(const Spot& spot, Bot& bot) {
  if (!bot.enabled) return;
  need(!bot.url.empty(), spot, "url");
}

void check_signed_webhook(const Spot& spot, Bot& bot) {
  check_bot(spot, bot);
  if (bot.enabled) need(!bot.secret.empty(), spot, "secret");
}

// How a service that pushes names what it knows one by.
struct PushKeys {
  const char* server;  // its default, as JSON
  const char* key;     // its name
  bool needs_key = true;
  bool has_topic = false;
  bool needs_server = true;
};

Reader<Push> push(const PushKeys& keys) {
  Fields<Push> fields = enabled_field<Push>();
  fields.push_back(field({"server",
                          keys.server,
                          {"the server's address: a relay, or one's own",
                           "服务器地址;可填中转或自建服务器"}},
                         &Push::server, address()));
  if (keys.has_topic) {
    fields.push_back(field({"topic",
                            "\"\"",
                            {"where messages go; secret, as whoever knows it "
                             "can read them",
                             "主题名称;知道它的人都能读取消息,属于机密"}},
                           &Push::topic, secret()));
  }
  fields.push_back(
      field({keys.key,
             "\"\"",
             {"what the service knows you by", "服务分配的密钥或令牌"}},
            &Push::key, secret()));
  return object<Push>(std::move(fields), [keys](const Spot& spot, Push& push) {
    if (!push.enabled) return;
    if (keys.needs_server) need(!push.server.empty(), spot, "server");
    if (keys.has_topic) need(!push.topic.empty(), spot, "topic");
    if (keys.needs_key) need(!push.key.empty(), spot, keys.key);
  });
}

Fields<Notification> old_fields() {
  return {
      field({"smtp", "{}", {"by mail", "通过邮件"}}, &Notification::smtp,
            object<Smtp>(smtp_fields(), check_smtp)),
      field({"webhook", "{}", {"by a bot of Telegram", "通过 Telegram 机器人"}},
            &Notification::webhook,
            object<Webhook>(webhook_fields(), check_webhook)),
  };
}

Fields<Notification> bots() {
  return {
      field({"feishu",
             "{}",
             {"by a bot of Feishu or Lark", "通过飞书或 Lark 机器人"}},
            &Notification::feishu, object<Bot>(signed_bot_fields(), check_bot)),
      field({"dingtalk", "{}", {"by a bot of DingTalk", "通过钉钉机器人"}},
            &Notification::dingtalk, object<Bot>(dingtalk_fields(), check_bot)),
      field({"wecom", "{}", {"by a bot of WeCom", "通过企业微信机器人"}},
            &Notification::wecom, object<Bot>(bot_fields(), check_bot)),
      field({"slack", "{}", {"to a channel of Slack", "发送到 Slack 频道"}},
            &Notification::slack, object<Bot>(bot_fields(), check_bot)),
      field(
          {"discord", "{}", {"to a channel of Discord", "发送到 Discord 频道"}},
          &Notification::discord, object<Bot>(bot_fields(), check_bot)),
      field({"signed_webhook",
             "{}",
             {"signed JSON to a program of one's own",
              "以签名 JSON 发送到自己的程序"}},
            &Notification::signed_webhook,
            object<Bot>(signed_bot_fields(), check_signed_webhook)),
  };
}

Fields<Notification> pushes() {
  return {
      field({"bark", "{}", {"to iPhones", "通过 Bark 推送到 iPhone"}},
            &Notification::bark,
            push({.server = "\"https://api.day.app\"", .key = "key"})),
      field({"serverchan",
             "{}",
             {"to WeChat or the app of ServerChan",
              "通过 Server酱 推送到微信或其应用"}},
            &Notification::serverchan,
            push({.server = "\"\"", .key = "key", .needs_server = false})),
      field({"ntfy", "{}", {"by ntfy", "通过 ntfy"}}, &Notification::ntfy,
            push({.server = "\"https://ntfy.sh\"",
                  .key = "token",
                  .needs_key = false,
                  .has_topic = true})),
      field({"gotify", "{}", {"by Gotify", "通过 Gotify"}},
            &Notification::gotify, push({.server = "\"\"", .key = "token"})),
      field({"pushdeer", "{}", {"by PushDeer", "通过 PushDeer"}},
            &Notification::pushdeer,
            push({.server = "\"https://api2.pushdeer.com\"", .key = "key"})),
      field({"alertmanager",
             "{}",
             {"alerts to an Alertmanager", "向 Alertmanager 发送告警"}},
            &Notification::alertmanager,
            push({.server = "\"\"", .key = "token", .needs_key = false})),
  };
}

}  // namespace

Reader<Notification> notification() {
  Fields<Notification> all;
  for (auto* part : {old_fields, bots, pushes}) {
    Fields<Notification> fields = part();
    all.insert(all.end(), std::make_move_iterator(fields.begin()),
               std::make_move_iterator(fields.end()));
  }
  return object(std::move(all));
}

}  // namespace config
