#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"
#include "base/secret.h"
#include "base/time.h"
#include "config/dsn.h"

namespace config {

// What a configuration says, with the defaults of what it leaves out.  Members
// are named as their keys (keys.cpp has the meaning of each); ranges are kept
// by whoever fills it.

enum class Product : std::uint8_t { automatic, oneapi, newapi, onehub };
enum class OnAllFailed : std::uint8_t { disable, keep };
enum class AutoEnable : std::uint8_t { own, any, never };
enum class MultiKey : std::uint8_t { first, test_all };
enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t { text, json };
enum class Language : std::uint8_t { automatic, en, zh };

// What a model is for; in the order of core::Kind.
enum class Kind : std::uint8_t {
  chat,
  responses,
  embedding,
  rerank,
  moderation,
  image,
  research,
  speech,
  transcription,
  video,
  realtime,
};

// "chat", "responses", …
std::string_view name_of(Kind kind);

// Limits of the channels that every given selector matches.
struct Limit {
  std::vector<std::int64_t> channel;  // any of these ids; empty: whichever
  std::optional<int> type;
  std::string host;  // a glob; with a colon, for host and port; "": whichever

  // What is not given is as for every channel.  Of rps and rpm both are given
  // or none: who gives one here means that the other does not count.
  std::optional<double> rps;
  std::optional<double> rpm;
  std::optional<int> max_concurrent;
  std::optional<base::Milliseconds> timeout;

  bool operator==(const Limit&) const = default;
};

struct Recheck {
  base::Milliseconds alive{0};
  base::Milliseconds dead{0};

  bool operator==(const Recheck&) const = default;
};

struct Retry {
  int attempts = 2;
  base::Milliseconds delay{2000};

  bool operator==(const Retry&) const = default;
};

struct Guard {
  int max_removed_percent = 30;
  int min_models = 20;
  int accept_after = 0;          // rounds; 0 is never
  std::string connectivity_url;  // "" for none

  bool operator==(const Guard&) const = default;
};

struct KindRule {
  std::string match;  // for config::pattern()
  Kind kind = Kind::chat;

  bool operator==(const KindRule&) const = default;
};

struct Probe {
  std::string prompt = "hi";
  int max_tokens = 16;
  bool stream = true;
  std::vector<Kind> expensive;
  std::vector<KindRule> kinds;  // the first that matches counts

  bool operator==(const Probe&) const = default;
};

struct Log {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;

  bool operator==(const Log&) const = default;
};

struct Metrics {
  std::string listen;    // "host:port"; "" for none
  std::string textfile;  // "" for none
  base::Secret token;

  bool operator==(const Metrics&) const = default;
};

// Addresses to push to hold a token, so they are secret.
struct UptimeKuma {
  bool enabled = false;
  std::map<std::string, base::Secret> model_url;
  std::map<std::int64_t, base::Secret> channel_url;  // by the channel's id

  bool operator==(const UptimeKuma&) const = default;
};

struct Smtp {
  bool enabled = false;
  std::string host;
  int port = 587;
  std::string username;  // "": no log-in
  base::Secret password;
  std::string from;
  std::vector<std::string> to;
  bool verify_certificate = true;

  bool operator==(const Smtp&) const = default;
};

struct Telegram {
  base::Secret server{"https://api.telegram.org"};
  std::string chat_id;
  int retry = 0;  // how often more

  bool operator==(const Telegram&) const = default;
};

struct Webhook {
  enum class Type : std::uint8_t { none, telegram };

  bool enabled = false;
  Type type = Type::none;
  base::Secret secret;  // the bot's token
  Telegram telegram;

  bool operator==(const Webhook&) const = default;
};

// A bot whose whole address is handed out, and is secret.
struct Bot {
  bool enabled = false;
  base::Secret url;
  base::Secret secret;  // "": it is not signed
  std::string keyword;  // of dingtalk

  bool operator==(const Bot&) const = default;
};

// A server, perhaps with a user name and password in its address.
struct Push {
  bool enabled = false;
  base::Secret server;
  base::Secret key;
  base::Secret topic;  // of ntfy

  bool operator==(const Push&) const = default;
};

struct Notification {
  Smtp smtp;
  Webhook webhook;
  Bot feishu;
  Bot dingtalk;
  Bot wecom;
  Bot slack;
  Bot discord;
  Bot signed_webhook;
  Push bark{.server = base::Secret("https://api.day.app")};
  Push serverchan;  // "": the one that its key belongs to
  Push ntfy{.server = base::Secret("https://ntfy.sh")};
  Push gotify;
  Push pushdeer{.server = base::Secret("https://api2.pushdeer.com")};
  Push alertmanager;

  bool operator==(const Notification&) const = default;
};

// For limits 0 is none.
struct Config {
  Product product = Product::automatic;
  Product oneapi_type = Product::automatic;  // the hint of older files
  Address database;

  base::Milliseconds time_period{0};  // 0: there is only one round
  std::optional<base::Milliseconds> round_timeout;  // nothing: none

  std::vector<std::int64_t> include_channel;  // empty: every channel
  std::vector<std::int64_t> exclude_channel;
  std::vector<std::string> exclude_model;  // globs, as the next
  std::vector<std::string> protect_model;
  std::vector<std::string> models;
  bool force_models = false;
  bool force_inside_models = false;
  bool add_new_models = true;
  int max_new_models = 100;
  Recheck recheck;

  int max_concurrent = 5;
  double rps = 5;
  double rpm = 0;
  int max_per_host = 32;
  int max_in_flight = 512;
  base::Milliseconds timeout{10'000};
  std::vector<Limit> limits;  // the first that matches counts
  Retry retry;
  std::string ca_file;  // "": the system's

  int fail_after = 1;
  int fail_after_passing = 3;
  int recover_after = 1;
  base::Milliseconds forget_after = std::chrono::hours(720);
  OnAllFailed on_all_failed = OnAllFailed::disable;
  AutoEnable auto_enable = AutoEnable::own;
  MultiKey multi_key = MultiKey::first;
  Guard guard;
  Probe probe;

  bool do_not_modify_db = false;
  bool write_test_time = false;
  std::string state = "channel-monitor.db";  // as given
  std::string base_url;                      // "" for none
  base::Secret system_token;

  Log log;
  Language language = Language::automatic;
  Metrics metrics;
  UptimeKuma uptime_kuma;
  Notification notification;

  bool operator==(const Config&) const = default;
};

}  // namespace config
