#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "catch.h"
#include "support/fetch.h"
#include "support/whole_database.h"
#include "world.h"

using e2e::holds;
using e2e::World;
using support::fetch;

// What Prometheus, a probe of a container and systemd see of the built program.

namespace {

void make_channels(World& world) {
  world.make_gateway();
  world.add({.id = 1,
             .site = "a",
             .models = "x,y@gone",
             .name = "mine \"sk-abcdefghijklmnop1234\""});
  world.set("time_period", R"("1h")");
}

std::string listening(World& world, const std::string& more = "") {
  const int port = support::free_port();
  world.set("metrics",
            fmt::format(R"({{"listen": "127.0.0.1:{}"{}}})", port, more));
  world.write_configuration();
  return std::to_string(port);
}

bool is(const std::string& answer, int status) {
  return answer.starts_with(fmt::format("HTTP/1.1 {} ", status));
}

std::string said_by_textfile(const World& world) {
  return e2e::everything_in(world.folder()).at("channels.prom");
}

// Datagrams to a socket of ours, as systemd gets them.
class Manager {
 public:
  explicit Manager(const std::string& file)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    REQUIRE(file.size() < sizeof address.sun_path);
    file.copy(address.sun_path, file.size());
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address),
                   sizeof address) == 0);
    const timeval patience = {5, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Manager() { ::close(socket_); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // Whether it comes, whatever comes before.
  bool hears(const std::string& expected) {
    std::array<char, 4096> bytes{};
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (ssize_t size = 0;
         std::chrono::steady_clock::now() < end &&
         (size = ::recv(socket_, bytes.data(), bytes.size(), 0)) > 0;) {
      const std::string said(bytes.data(), static_cast<std::size_t>(size));
      heard += said + '\n';
      if (said.starts_with(expected)) return true;
    }
    return false;
  }

  std::string heard;

 private:
  int socket_;
};

}  // namespace

TEST_CASE("a daemon is alive while its round runs, and ready after it") {
  World world;
  make_channels(world);
  world.add({.id = 2, .site = "b", .models = "slow@hang"});
  world.add(
      {.id = 3, .site = "c", .models = e2e::comma_list(e2e::many_models(40))});
  world.set("rps", "0");
  world.set("timeout", R"("1500ms")");
  world.set("retry", R"({"attempts": 1})");
  const int port = std::stoi(listening(world));
  support::Program program(world.command({"--now"}));
  REQUIRE(e2e::wait_for([&] { return is(fetch(port, "/healthz"), 200); }));
  REQUIRE(e2e::wait_for([&] { return world.upstream.log().size() >= 4; }));
  const std::string early = fetch(port, "/readyz");
  INFO(early);
  CHECK(is(early, 503));
  CHECK(holds(early, "no round has been completed yet"));
  CHECK(is(fetch(port, "/metrics"), 200));
  REQUIRE(e2e::wait_for([&] { return is(fetch(port, "/readyz"), 200); }));
  const std::string metrics = fetch(port, "/metrics?x=y");
  INFO(metrics);
  CHECK(holds(metrics, "Content-Type: text/plain; version=0.0.4"));
  CHECK(holds(metrics, R"(channelmonitor_cycles_total{outcome="complete"} 1)"));
  CHECK(holds(metrics, R"(model="slow@hang",result="timeout"} 1)"));
  CHECK(holds(metrics, R"(channelmonitor_availability_ratio{channel_id="1",)"
                       R"(model="x",window="1h"} 1)"));
  CHECK(holds(metrics, R"(channelmonitor_cycle_period_seconds 3600)"));
  CHECK(holds(metrics, "process_resident_memory_bytes"));
  CHECK_FALSE(holds(metrics, "abcdefghijklmnop"));
  CHECK_FALSE(holds(metrics, "made-up-key"));
  // All of it, in however many parts.
  const std::size_t body = metrics.find("\r\n\r\n") + 4;
  CHECK(metrics.size() - body > 100'000);
  CHECK(holds(metrics,
              fmt::format("Content-Length: {}\r\n", metrics.size() - body)));
  CHECK(metrics.ends_with('\n'));
  CHECK(is(fetch(port, "/"), 404));
  program.send(SIGTERM);
  CHECK(program.wait().code == 0);
}

TEST_CASE("who has no token gets no metrics") {
  World world;
  make_channels(world);
  const int port = std::stoi(listening(world, R"(, "token": "let-me-in-77")"));
  support::Program program(world.command({}));
  REQUIRE(e2e::wait_for([&] { return is(fetch(port, "/healthz"), 200); }));
  for (const char* wrong : {"", "Authorization: Bearer\r\n",
                            "Authorization: Bearer let-me-in-7\r\n",
                            "Authorization: let-me-in-77\r\n",
                            "Authorization: Basic let-me-in-77\r\n"}) {
    INFO(wrong);
    const std::string answer = fetch(port, "/metrics", wrong);
    CHECK(is(answer, 401));
    CHECK_FALSE(holds(answer, "channelmonitor"));
    CHECK_FALSE(holds(answer, "let-me-in"));
  }
  CHECK(is(fetch(port, "/metrics", "authorization: bearer let-me-in-77\r\n"),
           200));
}

TEST_CASE("what cannot be listened at is said at once") {
  World world;
  make_channels(world);
  SECTION("others could ask") {
    world.set("metrics", R"({"listen": ":9464"})");
    world.write_configuration();
    const auto ended = world.run({});
    CHECK(ended.code == 2);
    CHECK(holds(ended.err, "metrics.listen"));
    CHECK(holds(ended.err, "set metrics.token, or listen at 127.0.0.1"));
  }
  SECTION("somebody else is there") {
    world.set("metrics", fmt::format(R"({{"listen": "127.0.0.1:{}"}})",
                                     world.upstream.port()));
    world.write_configuration();
    const auto ended = world.run({});
    CHECK(ended.code == 2);
    CHECK(holds(ended.err, "metrics.listen: cannot listen at 127.0.0.1:"));
  }
}

TEST_CASE("cron's rounds go on counting in one file") {
  World world;
  make_channels(world);
  world.set("metrics", R"({"textfile": "channels.prom"})");
  world.round();
  world.round();
  const std::string text = said_by_textfile(world);
  INFO(text);
  CHECK(holds(text, R"(channelmonitor_cycles_total{outcome="complete"} 2)"));
  CHECK(holds(text, R"(channelmonitor_probe_duration_seconds_count{)"
                    R"(channel_id="1",model="x"} 2)"));
  // A node exporter has its own.
  CHECK_FALSE(holds(text, "process_"));
  CHECK_FALSE(holds(text, "abcdefghijklmnop"));
  struct stat file = {};
  REQUIRE(::stat(world.file("channels.prom").c_str(), &file) == 0);
  CHECK((file.st_mode & 07777U) == 0644U);
  world.round({"--dry-run"});
  world.round({"--channel", "1"});
  CHECK(said_by_textfile(world) == text);
  for (const auto& [name, bytes] : e2e::everything_in(world.folder())) {
    INFO(name);
    CHECK((name == "channels.prom" || !holds(name, ".prom")));
  }
}

TEST_CASE("a file that cannot be written is no failure of the round") {
  World world;
  make_channels(world);
  world.set("metrics", R"({"textfile": "/nowhere/at/all/channels.prom"})");
  const auto round = world.round();
  CHECK(round.code() == 1);  // a model was removed
  CHECK(holds(round.ended.err,
              "metrics.textfile: /nowhere/at/all/channels.prom cannot be "
              "written: No such file or directory"));
}

TEST_CASE("systemd is told what the daemon does") {
  World world;
  make_channels(world);
  world.write_configuration();
  Manager manager(world.file("notify"));
  world.environment = {"NOTIFY_SOCKET=" + world.file("notify"),
                       "WATCHDOG_USEC=200000"};
  support::Program program(world.command({"--now"}));
  CHECK(manager.hears("STATUS=no round has been completed yet"));
  CHECK(manager.hears("READY=1"));
  CHECK(manager.hears("STATUS=Round 1: 1 channels"));
  CHECK(manager.hears("WATCHDOG=1"));
  program.send(SIGHUP);
  CHECK(manager.hears("RELOADING=1\nMONOTONIC_USEC="));
  CHECK(manager.hears("READY=1"));
  CHECK(manager.hears("WATCHDOG=1"));
  INFO(manager.heard);
  program.send(SIGTERM);
  CHECK(manager.hears("STOPPING=1"));
  CHECK(program.wait().code == 0);
}

TEST_CASE("the journal is told how much a line matters") {
  World world;
  make_channels(world);
  world.set("no_such_key", "1");
  world.write_configuration();
  auto command = world.command({});
  command.arguments = {
      "-c",
      fmt::format("exec 2>journal; JOURNAL_STREAM=$(stat -Lc %d:%i journal) "
                  "exec {} --once --format json",
                  CHANNEL_MONITOR)};
  command.file = "/bin/sh";
  support::run(command);
  const std::string said = e2e::everything_in(world.folder()).at("journal");
  INFO(said);
  CHECK(said.starts_with("<4>"));
  for (const std::string& line : e2e::split(said, '\n')) {
    CHECK((line.empty() || line.starts_with('<')));
  }
  // Where it leads elsewhere, lines are as ever.
  world.environment = {"JOURNAL_STREAM=1:2"};
  CHECK(holds(world.run({"--once", "--format", "json"}).err, "WARN "));
}
