#pragma once

#include <string>

#include "base/log.h"
#include "base/stop.h"
#include "base/time.h"
#include "metrics/windows.h"
#include "net/loop.h"
#include "state/state.h"

// The probes that the state has, of this process and others, as availability.
// Reads on in small steps.
class Past {
 public:
  struct Tools {
    net::Loop& loop;
    state::State& state;
    base::Log& log;
    const base::StopFlag& stop;
  };

  explicit Past(const Tools& tools) : tools_(tools) {}

  // Begins to read what there is about the gateway of this name, in the loop.
  void start(const std::string& identity);

  // Everything that is there by now.
  const metrics::Windows& up_to_now();

 private:
  bool read_some();  // whether there is more
  void read_on();

  Tools tools_;
  std::string identity_;
  state::RoundId last_{};
  metrics::Windows windows_;
};
