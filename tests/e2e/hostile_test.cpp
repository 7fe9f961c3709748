// Upstreams may answer whatever they like, or nothing.  All of it at once, in
// one round of more than two hundred channels.

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "attacks.h"
#include "base/json.h"
#include "base/text.h"
#include "catch.h"
#include "crowd.h"
#include "db/session.h"
#include "expected.h"
#include "secrets.h"
#include "support/trap.h"
#include "world.h"

using e2e::Crowd;
using e2e::World;
using support::TlsDoor;
using support::Trap;

namespace {

using Lines = std::vector<std::string>;
using Manner = TlsDoor::Manner;

// The most memory that the process has had, in MiB; it runs on while asked.
std::size_t peak_of(pid_t process) {
  std::ifstream status(fmt::format("/proc/{}/status", process));
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmHWM:")) continue;
    return std::stoul(line.substr(6)) / 1024;
  }
  return 0;
}

// Files that a mount of our own shows instead of the system's: every name is
// asked of a resolver that hears and never answers.
class SilentResolver {
 public:
  explicit SilentResolver(const World& world)
      : silence_(SOCK_DGRAM, address, 53),
        resolver_(world.file("resolv.conf")),
        order_(world.file("nsswitch.conf")) {
    support::write_file(resolver_, "nameserver 127.0.0.53\n");
    support::write_file(order_, "hosts: files dns\n");
    const support::Command nothing{.file = "true", .folder = world.folder()};
    is_set_ = silence_.is_set() && support::run(within(nothing)).code == 0;
  }

  bool is_set() const { return is_set_; }
  int questions() const { return silence_.datagrams(); }

  // Where there is none, the command as it is.
  support::Command around(const support::Command& command) const {
    return is_set_ ? within(command) : command;
  }

 private:
  support::Command within(const support::Command& command) const {
    support::Command other = command;
    e2e::Arguments first = {
        "--mount",
        "sh",
        "-c",
        "mount --bind \"$1\" /etc/resolv.conf && "
        "mount --bind \"$2\" /etc/nsswitch.conf && shift 2 && exec \"$@\"",
        "sh",
        resolver_,
        order_,
        command.file};
    other.arguments.insert(other.arguments.begin(), first.begin(), first.end());
    other.file = "unshare";
    return other;
  }

  static constexpr in_addr_t address = (127U << 24U) + 53;  // 127.0.0.53

  Trap silence_;
  std::string resolver_;
  std::string order_;
  bool is_set_ = false;
};

const std::vector<std::string>& harmful_names() {
  static const std::vector<std::string> names = {
      R"("\u001b]0;owned\u0007")",
      R"("red\u001b[31m")",
      R"("line\nend")",
      R"("nul\u0000byte")",
      R"("\u202etxt.exe")",
      R"("\u2066isolate")",
      "\"\xe2\x80\xaeraw\"",
      "\"c1\xc2\x9b\"",
      R"("one,two")",
      R"("")",
      R"("   ")",
      R"(null)",
      R"(17)",
      R"({"id":"x"})",
      R"(["x"])",
      base::json::quote(std::string(256, 'l')),
      base::json::quote(std::string(100'000, 'l'))};
  return names;
}

void add_all(Crowd& crowd, const Trap& trap, bool has_resolver) {
  const int own = crowd.world().upstream.port();
  crowd.add_healthy(80);
  crowd.add_attacks(e2e::attacks_on_patience());
  crowd.add_attacks(e2e::attacks_on_memory());
  crowd.add_attacks(e2e::attacks_on_connections());
  crowd.add_attacks(e2e::attacks_on_readers());
  crowd.add_attacks(
      e2e::redirects({.own_port = own, .trap_port = trap.port()}));
  crowd.add_names(harmful_names());
  const auto at = [](int port) {
    return fmt::format("https://127.0.0.1:{}", port);
  };
  const auto& authority = crowd.authority();
  const std::string other = "DNS:other.example";
  for (const TlsDoor* door :
       {&crowd.add_door(authority.sign({.name = other})),
        &crowd.add_door(authority.sign({.first_day = -30, .last_day = -1})),
        &crowd.add_door(authority.sign({.first_day = 1})),
        &crowd.add_door(support::self_signed({})),
        &crowd.add_door(support::Authority().sign({})),
        &crowd.add_door(authority.sign({}), Manner::silent),
        &crowd.add_door(authority.sign({}), Manner::drips),
        &crowd.add_door(authority.sign({}), Manner::babbles),
        &crowd.add_door(authority.sign({}), Manner::resets)}) {
    crowd.add_dead(at(door->port()));
  }
  crowd.add_dead(at(own));  // speaks plainly
  crowd.add_cut_off(
      at(crowd.add_door(authority.sign({}), Manner::cuts_off).port()));
  for (const Manner manner :
       {Manner::silent, Manner::babbles, Manner::resets}) {
    const int port = crowd.add_door(authority.sign({}), manner).port();
    for (const char* scheme : {"http", "socks5"}) {
      crowd.add_dead(at(crowd.good_door().port()),
                     fmt::format("{}://127.0.0.1:{}", scheme, port));
    }
  }
  for (int i = 0; has_resolver && i < 3; ++i)
    crowd.add_dead(fmt::format("http://silent-{}.example", i));
}

// Each upstream has heard its own key, and nobody else's.
void keys_stayed_at_home(Crowd& crowd) {
  const auto log = crowd.log();
  CHECK(log.size() > crowd.lines().size());
  for (const demo::Seen& seen : log) {
    const Lines parts = e2e::split(seen.site, '-');
    if (parts.size() < 2) continue;  // a redirect to the root of the same host
    INFO(seen.site << seen.path);
    CHECK(base::http::value_of(seen.headers, "Authorization") ==
          "Bearer " + Crowd::key_of(std::stoll(parts[1])));
  }
  CHECK(e2e::holds(crowd.good_door().heard(), Crowd::key_of(5)));
  for (const auto& door : crowd.doors()) {
    CHECK(door->connections() > 0);
    // Of all these doors only one is where it belongs.
    CHECK(door->heard().empty() == (door->manner() != Manner::cuts_off));
  }
}

void nothing_raw_in(const World& world, const support::Ended& ended) {
  for (const std::string& said : {ended.out, ended.err}) {
    for (const std::string_view line : base::split(said, '\n')) {
      INFO(base::printable(line));
      CHECK_FALSE(base::has_control(line));
      CHECK(base::is_utf8(line));
    }
  }
  for (const auto& [name, bytes] : e2e::everything_in(world.folder())) {
    INFO(name);
    for (const char* raw : {"owned\a", "red\x1b", "line\nend", "\xe2\x80\xae",
                            "\xe2\x81\xa6", "c1\xc2\x9b"}) {
      CHECK_FALSE(e2e::holds(bytes, raw));
    }
  }
}

struct Watched {
  support::Ended ended;
  std::size_t peak = 0;  // MiB
};

Watched run_watched(const support::Command& command) {
  support::Program program(command);
  Watched watched;
  for (int i = 0; i < 20'000 && program.is_running(); ++i) {
    watched.peak = std::max(watched.peak, peak_of(program.id()));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  watched.ended = program.wait();
  return watched;
}

// MiB that a list of 8 MiB takes while its text grows into twice the room, and
// that the program takes for itself.
constexpr std::size_t of_a_list = 24;
constexpr std::size_t of_the_program = 96;
std::size_t most_memory() {
  return of_the_program + of_a_list * e2e::attacks_on_memory().size();
}

}  // namespace

TEST_CASE("two hundred upstreams of which most attack are judged in a round") {
  const Trap trap;
  World world;
  // Memory that address sanitizer keeps back is no need of ours.
  world.environment.emplace_back(
      "ASAN_OPTIONS=quarantine_size_mb=4:thread_local_quarantine_size_kb=64");
  const SilentResolver resolver(world);
  Crowd crowd(world);
  add_all(crowd, trap, resolver.is_set());
  if (!resolver.is_set()) WARN("names that nobody answers need root's rights");
  REQUIRE(crowd.lines().size() > 200);
  const auto gateway = db::open_sqlite(world.gateway(), db::Access::write);
  const std::string copy = world.file("gateway.db-before");
  gateway->execute("VACUUM INTO ?", {copy});
  const auto twin = db::open_sqlite(copy, db::Access::write);
  world.write_configuration();
  const std::time_t begin = std::time(nullptr);

  const auto [ended, peak] = run_watched(
      resolver.around(world.command({"--once", "--format", "json", "-v"})));

  const e2e::Report report(ended.out);
  INFO(ended.err);
  REQUIRE(report.is_json());
  const Lines lines = report.lines(10);
  REQUIRE(lines.size() == crowd.lines().size());
  for (std::size_t i = 0; i < lines.size(); ++i)
    CHECK(lines[i] == crowd.lines()[i]);
  CHECK(report.guards() == Lines());
  CHECK(ended.code == 1);
  CHECK(ended.seconds < 90);  // hung upstreams are cut off; it may take 240
  CHECK(peak > 0);
  CHECK(peak < most_memory());
  e2e::check_only_expected(*gateway, *twin, crowd.edits(), begin);
  CHECK(trap.visitors() == 0);
  if (resolver.is_set()) CHECK(resolver.questions() > 0);
  keys_stayed_at_home(crowd);
  nothing_raw_in(world, ended);
  Lines keys;
  for (std::size_t i = 1; i <= lines.size(); ++i)
    keys.push_back(Crowd::key_of(static_cast<std::int64_t>(i)));
  e2e::look_for_secrets(keys, world, ended);
}

TEST_CASE("who comes into a trap is counted") {
  const Trap trap;
  const Trap guest;
  CHECK(trap.visitors() == 0);
  World world;
  world.make_gateway();
  world.add({.id = 1,
             .models = "x",
             .base_url = fmt::format("http://127.0.0.1:{}", trap.port())});
  world.set("timeout", R"("200ms")");
  world.round();
  CHECK(trap.visitors() > 0);
  CHECK(guest.visitors() == 0);
}
