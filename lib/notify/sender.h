#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/news.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "notify/service.h"

namespace notify {

// Brings messages to services.  Destroying it ends what is under way without a
// word.
class Sender {
 public:
  using Done = std::function<void(const Answer&)>;

  // Trusts the certificates of `ca_file`, or the system's where it is "".
  // Throws base::Error where it cannot be read.
  Sender(net::Loop& loop, const std::string& ca_file);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // Calls `done` once, from the loop; it may send.  `service` may go before.
  void send(const Service& service, const core::Message& message, Done done);

 private:
  class Call;

  net::Loop& loop_;
  std::unique_ptr<net::HttpClient> client_;
  std::vector<std::unique_ptr<Call>> calls_;  // some may be over
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace notify
