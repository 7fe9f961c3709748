#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "catch.h"
#include "support/program.h"
#include "world.h"

using e2e::holds;

// The units of systemd, by systemd itself.

namespace {

// As they are installed, but for the program, which is not there.
std::string unit(const std::string& name) {
  std::ifstream file(std::string(DEPLOY_BUILT) + "/" + name);
  REQUIRE(file);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::string here;
  for (const std::string& line : e2e::split(text, '\n')) {
    const std::string start = "ExecStart=";
    if (line.starts_with("Documentation=")) continue;
    here += line.starts_with(start)
                ? start + CHANNEL_MONITOR + line.substr(line.find(' '))
                : line;
    here += '\n';
  }
  return here;
}

std::string timer() {
  std::ifstream file(std::string(DEPLOY) +
                     "/systemd/channel-monitor-once.timer");
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("systemd finds the units good, and little that they may do") {
  const support::TemporaryFolder folder;
  const std::vector<std::string> services = {"channel-monitor.service",
                                             "channel-monitor-once.service"};
  for (const std::string& name : services)
    support::write_file(folder.file(name), unit(name));
  support::write_file(folder.file("channel-monitor-once.timer"), timer());
  const auto verified =
      support::run({.file = "systemd-analyze",
                    .arguments = {"verify", "./channel-monitor.service",
                                  "./channel-monitor-once.timer"},
                    .folder = folder.path()});
  INFO(verified.out << verified.err);
  CHECK(verified.code == 0);
  CHECK((verified.out + verified.err).empty());
  for (const std::string& name : services) {
    const auto judged =
        support::run({.file = "systemd-analyze",
                      .arguments = {"security", "--offline=true",
                                    "--threshold=15", "./" + name},
                      .folder = folder.path()});
    INFO(judged.out << judged.err);
    CHECK(judged.code == 0);
  }
}
