#include "demo/upstream.h"

#include <charconv>
#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "net/loop.h"

// The simulated upstream for measurements, in a process of its own:
//
//   bench_upstream SITES MODELS LEAST_MS MOST_MS
//
// serves SITES sites "s0", "s1", … that offer MODELS living models "m0", … and
// one new one each; names with a mood behave by it.  Prints its port.  GET
// /_counters tells what was counted since the last time.

namespace {

int number(const char* text) {
  return static_cast<int>(std::strtol(text, nullptr, 10));
}

web::Reply counters_reply(const web::Counters& now, const web::Counters& then) {
  web::Reply reply{.headers = {{"Content-Type", "application/json"}}};
  reply.body.push_back(
      {.bytes = fmt::format(
           R"({{"connections":{},"requests":{},"peak_in_flight":{}}})",
           now.connections - then.connections, now.requests - then.requests,
           now.peak_in_flight)});
  return reply;
}

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
  std::unique_ptr<web::HttpServer> server;
  web::Counters then;
  server = web::make_http_server(loop, 0, [&](const auto& request) {
    if (request.url == "/_counters") {
      const web::Counters now = server->counters();
      const web::Reply reply = counters_reply(now, then);
      then = now;
      return reply;
    }
    return upstream.answer(request);
  });
  fmt::print("{}\n", server->port());
  std::fflush(stdout);
  loop.run();
  return 0;
}
