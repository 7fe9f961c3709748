#include "demo/upstream.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "net/loop.h"

// The simulated upstream for measurements, in a process of its own:
//
//   bench_upstream SITES MODELS LEAST_MS MOST_MS
//
// serves SITES sites "s0", "s1", … that offer MODELS living models "m0", … and
// one new one each; names with a mood behave by it.  Each of its ports serves
// all of them, as if each were a host.  Prints them.  GET /_counters tells what
// was counted at all of them since the last time.

namespace {

int number(const char* text) {
  return static_cast<int>(std::strtol(text, nullptr, 10));
}

constexpr int ports = 16;

// All ports, and what was counted at them since somebody asked.
class Ports {
 public:
  Ports(net::Loop& loop, demo::Upstream& upstream) {
    for (int i = 0; i < ports; ++i) {
      servers_.push_back(
          web::make_http_server(loop, 0, [&](const auto& request) {
            if (request.url == "/_counters") return counted();
            peak_ = std::max(peak_, total().in_flight);
            return upstream.answer(request);
          }));
      fmt::print("{} ", servers_.back()->port());
    }
    fmt::print("\n");
    std::fflush(stdout);
  }

 private:
  web::Counters total() const {
    web::Counters total;
    for (const auto& server : servers_) {
      const web::Counters one = server->counters();
      total.connections += one.connections;
      total.requests += one.requests;
      total.in_flight += one.in_flight;
    }
    return total;
  }

  web::Reply counted() {
    const web::Counters now = total();
    web::Reply reply{.headers = {{"Content-Type", "application/json"}}};
    reply.body.push_back(
        {.bytes = fmt::format(
             R"({{"connections":{},"requests":{},"peak_in_flight":{}}})",
             now.connections - told_.connections, now.requests - told_.requests,
             peak_)});
    told_ = now;
    peak_ = 0;
    return reply;
  }

  std::vector<std::unique_ptr<web::HttpServer>> servers_;
  web::Counters told_;
  std::int64_t peak_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::fputs("bench_upstream SITES MODELS LEAST_MS MOST_MS\n", stderr);
    return 2;
  }
  net::Loop loop;
  demo::Upstream upstream({.least = base::Milliseconds(number(arguments[3])),
                           .most = base::Milliseconds(number(arguments[4])),
                           .keeps_log = false});
  demo::Site site;
  for (int i = 0; i < number(arguments[2]); ++i)
    site.models.push_back(fmt::format("m{}", i));
  site.models.emplace_back("brand-new");
  for (int i = 0; i < number(arguments[1]); ++i)
    upstream.set(fmt::format("s{}", i), site);
  const Ports all(loop, upstream);
  loop.run();
  return 0;
}
