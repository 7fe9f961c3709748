#include <signal.h>

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "catch.h"
#include "support/program.h"
#include "world.h"

// Upstreams that speak HTTP/2: every call to a host shares a connection, so
// that what becomes of the connection becomes of many models at once.

namespace {

using e2e::World;

constexpr int models = 60;

class Http2Upstream {
 public:
  explicit Http2Upstream(const std::string& how)
      : program_({.file = "/usr/bin/python3",
                  .arguments = {SUPPORT "/http2_upstream.py", folder_.path(),
                                std::to_string(models), how},
                  .folder = folder_.path()}) {
    for (int i = 0; i < 200 && !program_.out().ends_with('\n'); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    port_ = program_.out();
    INFO(program_.err());
    REQUIRE(port_.ends_with('\n'));
    port_.pop_back();
  }

  std::string url() const { return "https://localhost:" + port_; }
  std::string certificate() const { return folder_.file("cert.pem"); }

  // What it saw; it ends with that.
  std::string seen() {
    program_.send(SIGTERM);
    const support::Ended ended = program_.wait();
    INFO(ended.out);
    REQUIRE(ended.code == 0);
    return ended.out.substr(port_.size() + 1);
  }

 private:
  support::TemporaryFolder folder_;
  support::Program program_;
  std::string port_;
};

std::int64_t number(const std::string& json, const std::string& name) {
  return e2e::Report(json).number("/" + name);
}

}  // namespace

TEST_CASE("a shared connection that breaks off counts against no model") {
  const std::string how =
      GENERATE("whole", "leaving", "goaway", "refuse", "reset");
  INFO(how);
  Http2Upstream upstream(how);
  World world;
  world.make_gateway();
  std::string names;
  for (int i = 0; i < models; ++i)
    names += fmt::format("{}m{}", i == 0 ? "" : ",", i);
  world.add(
      {.id = 1, .site = "a", .models = names, .base_url = upstream.url()});
  world.set("ca_file", base::json::quote(upstream.certificate()));
  world.set("rps", "0");
  world.set("max_concurrent", "40");
  // Nothing but the connection itself brings a second try.
  world.set("retry", R"({"attempts": 0})");
  world.set("fail_after_passing", "1");
  world.write_configuration();

  const auto [ended, report] = world.round();
  INFO(ended.out);
  CHECK(ended.code == 0);
  CHECK(report.result(1) == "unchanged");
  CHECK(report.number("/totals/outcomes/ok") == models);
  CHECK(world.models(1) == names);
  const std::string seen = upstream.seen();
  INFO(seen);
  CHECK(number(seen, "most_streams") <= 40);
  if (how == "whole") CHECK(number(seen, "connections") == 1);
  CHECK(number(seen, "answered") >= models);
}
