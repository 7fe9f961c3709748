#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/log.h"
#include "base/stop.h"
#include "core/reload.h"
#include "core/report.h"
#include "monitor/policy.h"
#include "monitor/round.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "state/state.h"
#include "store/channel_store.h"

namespace monitor {

// A gateway's database, opened for one round.  What keeps others out ends with
// it.
struct OpenGateway {
  std::shared_ptr<void> lock;  // may be none in a dry run
  std::unique_ptr<store::ChannelStore> store;
  std::string identity;  // for the state: never a password
  std::string engine;    // "sqlite", …
};
struct LockedBy {
  base::Sentence who;
};
// Throws base::Error where the database cannot be had.
using Opener = std::function<std::variant<OpenGateway, LockedBy>()>;

struct ServicePolicy {
  RoundPolicy round;
  net::HttpLimits http;
  base::Milliseconds period{0};  // 0: one round, and no more
  bool at_once = false;          // the first round does not wait out the period
  core::AdminApi admin;          // of a one-hub; may be unknown
  std::string identity;  // the gateway's, where its database cannot be opened
};

// Rounds, one after the other, on a timer.  Each opens the database anew, and
// locks it.  A one-hub is told to read its channels again after a round that
// wrote; where that fails, after the next one again.
class Service {
 public:
  struct Tools {
    net::Loop& loop;
    state::State& state;
    base::Log& log;
    const base::StopFlag& stop;
  };
  using OnReport = std::function<void(const core::Report&)>;

  Service(ServicePolicy policy, const Tools& tools, Opener opener,
          OnReport on_report, Round::OnProgress on_progress = {});
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Runs rounds in the loop; ends it by Loop::stop() after the only one.
  void start();

  // Cancels what is under way; nothing comes after it.
  void stop();

  // Tells each call of the rounds to come.
  void trace(OnTrace on_trace) { on_trace_ = std::move(on_trace); }

  // What is done before the loop is ended after the only round; it calls back.
  // A stop does not wait for it.
  using Task = net::Loop::Task;
  void at_end(std::function<void(Task)> last) { last_ = std::move(last); }

  // For the next round on.
  void change(ServicePolicy policy);

 private:
  struct Pass;

  void wait_for_first();
  void schedule(base::Time at);
  void begin();
  void over(core::Report report);
  bool tells_onehub();
  void onehub_told(const base::Sentence& why_not);
  void tell_of(const core::Report& report);
  void finish();
  void look_after_state();
  void refuse(core::RoundResult result, base::Sentence why);

  ServicePolicy policy_;
  std::optional<ServicePolicy> next_policy_;
  Tools tools_;
  Opener opener_;
  OnReport on_report_;
  Round::OnProgress on_progress_;
  OnTrace on_trace_;
  std::function<void(Task)> last_;
  net::Timer timer_;
  base::Time due_{};
  int failures_ = 0;          // rounds in a row that the database was away
  bool owes_reload_ = false;  // the one-hub does not know what was written
  bool has_warned_ = false;   // that it cannot be told
  std::unique_ptr<Pass> pass_;
  bool is_stopped_ = false;
};

}  // namespace monitor
