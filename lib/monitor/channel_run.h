#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/json.h"
#include "base/redact.h"
#include "core/examination.h"
#include "core/guard.h"
#include "core/memory.h"
#include "monitor/alarms.h"
#include "net/http_client.h"
#include "net/loop.h"

namespace monitor {

struct RoundPolicy;

// One channel with everything that its examination looks at.
struct Prepared {
  const core::Channel& channel;
  const core::Schema& schema;
  core::ModelMapping mapping;
  core::ChannelMemory memory;  // as recalled()
  bool outdated = false;
  core::Enquiry enquiry;
  base::Sentence untestable;  // why no model of it can be probed
  std::string host;           // where calls go to: limits count there
  std::string peer;           // who has to answer: the host, or its proxy
};

// What was learnt of a channel, and its marks as they are now.
struct Known {
  core::ChannelMemory memory;
  core::Marks marks;
};

// Everything about a channel without a config_error_of() that can be said
// without asking its upstream.  `channel` and `schema` outlive it.
Prepared prepared(const core::Channel& channel, const core::Schema& schema,
                  Known known, const RoundPolicy& policy, base::WallTime now);

// One call as it was made and answered, for people's eyes: no secret is in it.
struct Trace {
  core::ChannelId channel{};
  std::string request;  // "POST https://…", headers, an empty line, the body
  std::string answer;   // "HTTP 200", headers, an empty line, the body's start
};
using OnTrace = std::function<void(const Trace&)>;

// Carries one examination out: sends what it asks for, tells it what came.
class ChannelRun {
 public:
  // What all runs of a round share.
  struct Tools {
    net::HttpClient& client;
    Alarms& alarms;
    base::json::Document& scratch;
    core::Hosts& hosts;
    const OnTrace& on_trace;  // may be empty
  };
  // Called once, when the examination is over; from a handler of the loop.
  using Over = std::function<void()>;
  // Called at the end of each call.
  using Called = std::function<void(const core::Ending&)>;

  ChannelRun(Prepared prepared, const core::ExaminationPolicy& policy,
             const core::NameKeys& keys, base::WallTime now);
  ~ChannelRun();
  ChannelRun(const ChannelRun&) = delete;
  ChannelRun& operator=(const ChannelRun&) = delete;

  void begin(const Tools& tools, Called called, Over over);

  // Ends it in the middle; `over` is not called any more.
  void cancel();

  const Prepared& subject() const { return prepared_; }
  const core::Examination& examination() const { return examination_; }

 private:
  class Talk;

  net::Lane lane() const {
    return static_cast<net::Lane>(prepared_.channel.id);
  }
  void pump();
  void start(core::Task task);
  void sent(Talk& talk);
  void ended(Talk& talk);
  void drop_unwanted();
  void come_to_end();

  Prepared prepared_;
  core::Examination examination_;
  std::optional<Tools> tools_;
  Called called_;
  Over over_;
  core::HostRecord* host_ = nullptr;
  std::unordered_map<std::size_t, std::unique_ptr<Talk>> talks_;
  // The last one that ended: its handler may still run.
  std::unique_ptr<Talk> retired_;
  Talk* unsent_ = nullptr;  // at most one new one waits in the queue
  std::optional<Alarms::Handle> pause_;
};

}  // namespace monitor
