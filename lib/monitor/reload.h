#pragma once

#include <functional>
#include <string>

#include "base/log.h"
#include "base/messages.h"
#include "core/reload.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "store/channel_store.h"

namespace monitor {

// An id that no channel has.  Throws base::Error as ChannelStore does.
core::ChannelId nobody_in(store::ChannelStore& store);

// Tells a one-hub to read its channels again.  Redirects are not followed: the
// token is for that address only.
class Reload final : public net::Exchange {
 public:
  // Empty where it was told; else why not.
  using Done = std::function<void(base::Sentence why_not)>;

  // Calls `done` from the loop, at most once and not after its end; `done` may
  // destroy it.  `client` and `loop` outlive it.
  Reload(core::AdminApi api, core::ChannelId nobody, net::HttpClient& client,
         net::Loop& loop, Done done);
  ~Reload();
  Reload(const Reload&) = delete;
  Reload& operator=(const Reload&) = delete;

  base::http::Request request() override;
  void on(const base::http::Event& event) override;

 private:
  void over();

  core::AdminApi api_;
  core::ChannelId nobody_;
  net::HttpClient& client_;
  net::Timer turn_;
  Done done_;
  net::HttpClient::Id id_ = 0;
  int status_ = 0;
  std::string body_;
  base::Sentence why_not_;
};

// Tells it and waits for the end, for who has no loop that runs.  Returns as
// Done does.
base::Sentence reload_and_wait(const core::AdminApi& api,
                               const net::HttpLimits& limits,
                               store::ChannelStore& store);

// What is said of it.
void log_reload(base::Log& log, const base::Sentence& why_not);

}  // namespace monitor
