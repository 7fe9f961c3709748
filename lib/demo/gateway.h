#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "demo/upstream.h"

namespace demo {

// A channel of the throw-away gateway, and what stands behind it.
struct DemoChannel {
  std::string name;
  std::string site;  // of the simulated upstream
  std::string key = "sk-demo-0123456789abcdef";
  std::vector<std::string> models;  // listed, so routed to
  std::string mapping;              // model_mapping
  std::int64_t status = 1;
  std::int64_t auto_ban = 1;
  Site upstream;
};

// Upstreams of every mood: alive, renamed, dead, limited, hanging, lying,
// without credit, and back again.
std::vector<DemoChannel> demo_channels();

// Makes a new-api gateway's SQLite file with `channels`, whose upstreams are at
// "http://127.0.0.1:`port`/site".  Throws base::Error.
void make_gateway(const std::string& file, int port,
                  const std::vector<DemoChannel>& channels);

}  // namespace demo
