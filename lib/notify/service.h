#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/http.h"
#include "base/messages.h"
#include "base/secret.h"
#include "base/time.h"
#include "core/news.h"

namespace notify {

// How a call to a service ended.
struct Reply {
  int status = 0;  // 0: no answer, or that of a mail server
  base::http::Headers headers;
  std::string body;
  std::optional<base::http::Failed> failed;
};

// What it means.  Reasons hold no secret.
struct Sent {};
struct Later {  // it may go well another time
  base::Sentence why;
  std::optional<std::chrono::seconds> after;  // as the service asked
};
struct Refused {  // this very message never will
  base::Sentence why;
};
using Answer = std::variant<Sent, Later, Refused>;

// What is different for each call.
struct Moment {
  std::chrono::milliseconds since_1970{};  // when it is sent
  std::string id;  // of letters and digits, never the same
};

// One way out.  Both functions are pure; `render` makes a request that a person
// who is told of the message would not take offence at: within the service's
// limits, cut between characters, its markup escaped.
struct Service {
  std::string name;  // "telegram", else that of its block in the configuration
  std::function<base::http::Request(const core::Message&, const Moment&)>
      render;
  std::function<Answer(const Reply&)> read;
  // So many tries come soon after each other, before pauses grow.
  int soon = 0;
};

inline constexpr base::Milliseconds time_limit{10'000};

// A bot of the kind whose whole address is handed out, and is secret.
struct Bot {
  base::Secret url;
  base::Secret secret;  // "": it is not signed
  std::string keyword;  // DingTalk: has to be in every message
};

// A server, perhaps one's own, and what it knows one by.
struct Push {
  base::Secret server;  // perhaps with a user name and password in it
  base::Secret key;     // or token
  base::Secret topic;   // ntfy: whoever knows it can read along
};

struct Telegram {
  base::Secret server;
  base::Secret token;
  std::string chat;
  int retry = 0;
};

struct Smtp {
  std::string host;
  int port = 587;
  std::string username;
  base::Secret password;
  std::string from;
  std::vector<std::string> to;
  bool verifies = true;
};

Service telegram(const Telegram& settings);
Service smtp(const Smtp& settings);
Service feishu(const Bot& bot);
Service dingtalk(const Bot& bot);
Service wecom(const Bot& bot);
Service slack(const Bot& bot);
Service discord(const Bot& bot);
Service signed_webhook(const Bot& bot);
Service bark(const Push& push);
Service serverchan(const Push& push);
Service ntfy(const Push& push);
Service gotify(const Push& push);
Service pushdeer(const Push& push);
Service alertmanager(const Push& push);

}  // namespace notify
