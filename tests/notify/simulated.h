#pragma once

#include <string>
#include <vector>

#include "base/http.h"
#include "base/json.h"
#include "web/http_server.h"

// The services, who take only what the real ones take and refuse everything
// else in their own words.  Written from their documentation.
namespace simulated {

enum class Mood { fine, busy, broken, silent, elsewhere };

inline constexpr std::string_view feishu_secret = "feishu-signing-secret";
inline constexpr std::string_view dingtalk_secret =
    "SECdingtalk-signing-secret";
inline constexpr std::string_view webhook_secret = "webhook-signing-secret";
inline constexpr std::string_view token = "made-up-token-0123456789";

class Services {
 public:
  Mood mood = Mood::fine;
  std::vector<base::http::Request> taken;  // what was as it should be
  std::string refused;                     // why the last one was not

  web::Reply answer(const base::http::Request& request);

 private:
  struct Call;

  web::Reply telegram(const Call& call);
  web::Reply feishu(const Call& call);
  web::Reply dingtalk(const Call& call);
  web::Reply wecom(const Call& call);
  web::Reply slack(const Call& call);
  web::Reply discord(const Call& call);
  web::Reply webhook(const Call& call);
  web::Reply bark(const Call& call);
  web::Reply serverchan(const Call& call);
  web::Reply ntfy(const Call& call);
  web::Reply gotify(const Call& call);
  web::Reply pushdeer(const Call& call);
  web::Reply alertmanager(const Call& call);
};

}  // namespace simulated
