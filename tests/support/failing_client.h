#pragma once

#include <functional>
#include <string>
#include <utility>

#include "net/http_client.h"
#include "net/loop.h"

namespace support {

// Which call of a client fails, and how.
struct CallFault {
  int at = 0;  // the first call is 1; 0: none
  base::http::Failure kind = base::http::Failure::connect;
  int status = 0;  // this head comes first, and half a body; 0: nothing does
};

// A client over another one, one of whose calls fails.
class FailingClient final : public net::HttpClient {
 public:
  // All outlive it.
  FailingClient(net::Loop& loop, net::HttpClient& client, CallFault fault)
      : loop_(loop), client_(client), fault_(fault) {}

  Id send(net::Lane lane, const std::string& host,
          net::Exchange& exchange) override {
    if (++calls_ != fault_.at) return client_.send(lane, host, exchange);
    exchange_ = &exchange;
    loop_.post([this] { fail(); });
    return failing;
  }

  Id await_turn(net::Lane lane, const std::string& host,
                std::function<void()> begin) override {
    return client_.await_turn(lane, host, std::move(begin));
  }

  void cancel(Id id) override {
    if (id != failing) return client_.cancel(id);
    exchange_ = nullptr;
  }
  void hold(net::Lane lane, base::Time until) override {
    client_.hold(lane, until);
  }
  void limit(net::Lane lane, const net::LaneLimits& limits) override {
    client_.limit(lane, limits);
  }

  int calls() const { return calls_; }

 private:
  static constexpr Id failing = ~Id{0};

  void fail() {
    namespace http = base::http;
    const base::Time now = net::Loop::now();
    if (exchange_ != nullptr) exchange_->request();
    tell(http::Sent{now});
    if (fault_.status != 0) {
      tell(http::Head{fault_.status, {{"Content-Type", "text/plain"}}, now});
      tell(http::Chunk{R"({"object":"li)", now});
    }
    if (exchange_ == nullptr) return;
    std::exchange(exchange_, nullptr)
        ->on(http::Failed{fault_.kind, "made to fail", now});
  }

  void tell(const base::http::Event& event) {
    if (exchange_ != nullptr) exchange_->on(event);
  }

  net::Loop& loop_;
  net::HttpClient& client_;
  CallFault fault_;
  net::Exchange* exchange_ = nullptr;
  int calls_ = 0;
};

}  // namespace support
