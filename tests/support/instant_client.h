#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "demo/upstream.h"
#include "net/http_client.h"
#include "net/loop.h"

namespace support {

// Answers every request at the next turn of the loop, as the simulated upstream
// does, without a socket and without a wait: what would never come is a timeout
// at once.  Keeps no limits.  Must outlive what it posted: see open().
class InstantClient final : public net::HttpClient {
 public:
  // Both outlive it.
  InstantClient(net::Loop& loop, demo::Upstream& upstream)
      : loop_(loop), upstream_(upstream) {}

  Id send(net::Lane lane, const std::string& host,
          net::Exchange& exchange) override;
  Id await_turn(net::Lane lane, const std::string& host,
                std::function<void()> begin) override;
  void cancel(Id id) override {
    open_.erase(id);
    beginnings_.erase(id);
  }
  void hold(net::Lane, base::Time) override {}
  void limit(net::Lane, const net::LaneLimits&) override {}

  // Hosts ("name:port") that nobody can connect to.
  std::set<std::string> dead;

  // Whether those that await their turn ever get it.
  bool gives_turns = true;

  // Requests that have not come to an end.
  std::size_t open() const { return open_.size(); }

  // Requests that left.
  int calls() const { return calls_; }

  // The lanes that awaited a turn, in the order in which they get it.
  const std::vector<net::Lane>& turns() const { return turns_; }

 private:
  void answer(Id id, const std::string& host);
  void play(Id id, const web::Reply& reply);
  bool tell(Id id, const base::http::Event& event);
  void end(Id id, const base::http::Event& event);

  net::Loop& loop_;
  demo::Upstream& upstream_;
  std::map<Id, net::Exchange*> open_;
  std::map<Id, std::function<void()>> beginnings_;
  Id last_ = 0;
  int calls_ = 0;
  std::vector<net::Lane> turns_;
};

}  // namespace support
