#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "net/loop.h"
#include "notify/sender.h"
#include "notify/service.h"
#include "state/state.h"

namespace notify {

// Sends what waits in the state, and tries again what could not be sent: after
// 2 s, 10 s, a minute, and then ever less often, for a day.  No service waits
// for another.  A message is sent at least once; twice where the program was
// killed before it could write down that it was sent.
class Outbox {
 public:
  struct Tools {
    net::Loop& loop;
    state::State& state;
    base::Log& log;
    // Told of each try: whose it was, and whether it was taken.  May be none.
    std::function<void(const std::string& service, bool was_sent)> on_try = {};
  };

  // `gateway` is what identifies it in the state.  Throws as Sender.
  Outbox(std::vector<Service> services, const std::string& ca_file,
         std::string gateway, const Tools& tools);

  // From now on these.
  void change(std::vector<Service> services, const std::string& ca_file);

  // There may be something new.  Blocks as State does.
  void wake();

  // Calls `done` from the loop, as soon as nothing waits any more that could be
  // tried within `limit`, or when that has passed.
  void drain(base::Milliseconds limit, net::Loop::Task done);

 private:
  // What is going on with one service.
  struct Traffic {
    bool is_busy = false;
    base::WallTime hold{};  // nothing is sent before
  };

  void look();
  std::vector<state::Letter> letters();
  std::vector<state::Letter> waiting();
  void give_up_old(std::vector<state::Letter>& letters);
  void start(const Service& service, const std::vector<state::Letter>& letters);
  void send(const Service& service, const state::Letter& letter);
  void ended(const state::Letter& letter, int soon, const Answer& answer);
  void put_off(const state::Letter& letter, int soon, const Later& later);
  void set_timer(const std::vector<state::Letter>& letters);
  void look_at_drain(const std::vector<state::Letter>& letters);
  void end_drain(std::size_t left);
  base::WallTime next_of(const state::Letter& letter);
  bool is_known(const std::string& service) const;
  int soon_of(const std::string& service) const;

  std::vector<Service> services_;
  std::string gateway_;  // its identity: its id is another in another file
  Tools tools_;
  std::unique_ptr<Sender> sender_;
  std::map<std::string, Traffic> traffic_;  // by the service's name
  net::Timer timer_;
  net::Timer drain_timer_;
  net::Loop::Task drained_;
  base::WallTime drain_end_{};
};

}  // namespace notify
