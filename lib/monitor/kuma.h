#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/messages.h"
#include "base/time.h"
#include "core/kuma.h"
#include "net/http_client.h"
#include "net/loop.h"

namespace monitor {

// How long one push may take, and all of a round together.
inline constexpr base::Milliseconds kuma_limit{10'000};

// Carries out what core::kuma_plan() decided, beside whatever else goes on in
// the loop, and says in the log what became of it.  Redirects are not followed:
// the token is for that address only.
class Kuma {
 public:
  // Both outlive it.
  Kuma(net::Loop& loop, base::Log& log);
  ~Kuma();
  Kuma(const Kuma&) = delete;
  Kuma& operator=(const Kuma&) = delete;

  // Begins to push.  What is still under way of the round before is dropped.
  // `limits` only lends its certificates.
  void tell(core::KumaPlan plan, const net::HttpLimits& limits);

  bool is_busy() const { return run_ != nullptr; }

  // Calls `task` from the loop at the end of each tell() that pushes.
  void when_idle(std::function<void()> task) { when_idle_ = std::move(task); }

  // Drops what is under way.
  void stop();

 private:
  class Push;
  struct Run;

  void over();
  void end();

  net::Loop& loop_;
  base::Log& log_;
  net::Timer deadline_;
  std::function<void()> when_idle_;
  std::unique_ptr<Run> run_;
};

}  // namespace monitor
