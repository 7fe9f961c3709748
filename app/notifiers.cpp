#include "notifiers.h"

namespace {

notify::Bot bot_of(const config::Bot& bot) {
  return {.url = bot.url, .secret = bot.secret, .keyword = bot.keyword};
}

notify::Push push_of(const config::Push& push) {
  return {.server = push.server, .key = push.key, .topic = push.topic};
}

}  // namespace

std::vector<notify::Service> notifiers_of(const config::Notification& config) {
  std::vector<notify::Service> services;
  if (config.smtp.enabled) {
    const config::Smtp& smtp = config.smtp;
    services.push_back(notify::smtp({.host = smtp.host,
                                     .port = smtp.port,
                                     .username = smtp.username,
                                     .password = smtp.password,
                                     .from = smtp.from,
                                     .to = smtp.to,
                                     .verifies = smtp.verify_certificate}));
  }
  if (config.webhook.enabled) {
    const config::Telegram& telegram = config.webhook.telegram;
    services.push_back(notify::telegram({.server = telegram.server,
                                         .token = config.webhook.secret,
                                         .chat = telegram.chat_id,
                                         .retry = telegram.retry}));
  }
  const auto add_bot = [&](const config::Bot& bot, auto make) {
    if (bot.enabled) services.push_back(make(bot_of(bot)));
  };
  add_bot(config.feishu, notify::feishu);
  add_bot(config.dingtalk, notify::dingtalk);
  add_bot(config.wecom, notify::wecom);
  add_bot(config.slack, notify::slack);
  add_bot(config.discord, notify::discord);
  add_bot(config.signed_webhook, notify::signed_webhook);
  const auto add_push = [&](const config::Push& push, auto make) {
    if (push.enabled) services.push_back(make(push_of(push)));
  };
  add_push(config.bark, notify::bark);
  add_push(config.serverchan, notify::serverchan);
  add_push(config.ntfy, notify::ntfy);
  add_push(config.gotify, notify::gotify);
  add_push(config.pushdeer, notify::pushdeer);
  add_push(config.alertmanager, notify::alertmanager);
  return services;
}

std::vector<std::string> names_of(
    const std::vector<notify::Service>& services) {
  std::vector<std::string> names;
  names.reserve(services.size());
  for (const notify::Service& service : services)
    names.push_back(service.name);
  return names;
}
