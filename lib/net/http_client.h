#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/http.h"
#include "net/pace.h"

namespace net {

class Loop;

// One request and what comes back; whoever sends derives from it, owns it, and
// keeps it alive until its end or its cancel().
class Exchange {
 public:
  // Asked exactly once, when the request may leave: what waits in the queue
  // costs no memory, and knows the latest state of things.
  virtual base::http::Request request() = 0;

  // Called from the loop, never from inside send() or cancel().  May send and
  // cancel, itself included, and may throw; must not destroy the client.
  virtual void on(const base::http::Event& event) = 0;

 protected:
  ~Exchange() = default;
};

struct HttpLimits {
  PaceLimits pace;
  base::Milliseconds connect_timeout{5000};
  std::size_t most_head = std::size_t{64} << 10;  // bytes of headers
  std::string ca_file;  // PEM; "" is SSL_CERT_FILE or the system's bundle
};

// Sends HTTP requests without blocking, from a queue of its own that keeps the
// limits.  Each request ends in exactly one Done or Failed, unless it is
// cancelled or the client destroyed.  Redirects are answers like others.  The
// timeout counts from Sent.  A request that cannot even be begun (no URL, no
// such proxy) is Failed, perhaps without a Sent, and never an exception.
class HttpClient {
 public:
  using Id = std::uint64_t;

  virtual ~HttpClient() = default;

  // `host` as base::http::host_of() says it; it only serves the limits.
  virtual Id send(Lane lane, const std::string& host, Exchange& exchange) = 0;

  // Calls `begin`, once and from the loop, when a request of `lane` to `host`
  // could leave and none that waits can: whoever has much to send need not have
  // it ready before.  `lane` has sent nothing yet.
  virtual Id await_turn(Lane lane, const std::string& host,
                        std::function<void()> begin) = 0;

  // Ends a request, or a wait, early; no event of it comes any more.  An
  // unknown id is fine.
  virtual void cancel(Id id) = 0;

  // Sends nothing of `lane` before `until`.
  virtual void hold(Lane lane, base::Time until) = 0;

  // Other limits for one lane.
  virtual void limit(Lane lane, const LaneLimits& limits) = 0;
};

// Over libcurl.  `loop` must outlive it.  Throws base::Error where `limits`, or
// SSL_CERT_FILE, name a CA file that cannot be read or holds no certificate.
// Keeps within the limit of descriptors that the process has now: what would
// find none waits.
std::unique_ptr<HttpClient> make_curl_client(Loop& loop,
                                             const HttpLimits& limits);

}  // namespace net
