#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "catch.h"
#include "support/fetch.h"
#include "support/whole_database.h"
#include "world.h"

using e2e::holds;
using e2e::World;
using support::fetch;

// The dashboard and the alerts, by a real Prometheus that asks the built
// program.

namespace {

std::string read(const std::string& name) {
  std::ifstream file(std::string(DEPLOY) + "/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Prometheus {
 public:
  Prometheus(World& world, int target)
      : port_(support::free_port()), program_(start(world, port_, target)) {
    INFO(program_.err());
    REQUIRE(e2e::wait_for(
        [this] { return holds(fetch(port_, "/-/ready"), " 200 "); }));
  }

  // What the API answers, without the head.
  std::string ask(const std::string& path) const {
    std::string answer = fetch(port_, path);
    const std::size_t body = answer.find("\r\n\r\n");
    return body == answer.npos ? "" : answer.substr(body + 4);
  }

  // The values of an instant query; broken where it is refused.
  std::vector<double> values(const std::string& query) const {
    base::json::Document answer;
    const std::string text =
        ask("/api/v1/query?query=" + base::percent_encoded(query));
    INFO(query << ": " << text);
    REQUIRE(answer.parse(text));
    REQUIRE(answer.text("/status") == "success");
    std::vector<double> values;
    for (std::size_t i = 0; i < answer.size("/data/result"); ++i) {
      const auto value = answer.text(fmt::format("/data/result/{}/value/1", i));
      values.push_back(
          std::strtod(std::string(value.value_or("NaN")).c_str(), nullptr));
    }
    return values;
  }

 private:
  static support::Command start(World& world, int port, int target) {
    support::write_file(
        world.file("prometheus.yml"),
        fmt::format("global: {{scrape_interval: 500ms, scrape_timeout: 500ms, "
                    "evaluation_interval: 500ms}}\n"
                    "rule_files: ['{}/prometheus/channel-monitor.yml']\n"
                    "scrape_configs:\n"
                    "  - job_name: channel-monitor\n"
                    "    authorization: {{credentials: let-me-in-77}}\n"
                    "    static_configs: [{{targets: ['127.0.0.1:{}']}}]\n",
                    DEPLOY, target));
    support::Command command{
        .file = "prometheus",
        .arguments = {"--config.file=" + world.file("prometheus.yml"),
                      "--storage.tsdb.path=" + world.file("tsdb"),
                      fmt::format("--web.listen-address=127.0.0.1:{}", port)},
        .folder = world.folder()};
    return command;
  }

  int port_;
  support::Program program_;
};

bool has_number(const std::vector<double>& values) {
  for (const double value : values) {
    if (std::isfinite(value)) return true;
  }
  return false;
}

// Queries as Grafana would send them with everything chosen.
std::vector<std::string> queries_of_dashboard() {
  base::json::Document dashboard;
  REQUIRE(dashboard.parse(read("grafana/channel-monitor.json")));
  std::vector<std::string> queries;
  for (std::size_t i = 0; i < dashboard.size("/panels"); ++i) {
    const std::string targets = fmt::format("/panels/{}/targets", i);
    for (std::size_t k = 0; k < dashboard.size(targets); ++k) {
      const auto query = dashboard.text(fmt::format("{}/{}/expr", targets, k));
      REQUIRE(query);
      std::string text(*query);
      for (const char* variable : {"$channel", "$model"})
        text = base::replaced(std::move(text), variable, ".*");
      queries.push_back(std::move(text));
    }
  }
  return queries;
}

std::set<std::string> series_in(const std::string& query) {
  const std::regex name("\\b(channelmonitor|process)[a-z0-9_:]+");
  std::set<std::string> names;
  for (std::sregex_iterator one(query.begin(), query.end(), name), end;
       one != end; ++one) {
    names.insert(one->str());
  }
  return names;
}

int make_scene(World& world) {
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@503"});
  world.add({.id = 2, .site = "b", .models = "x,z@limited"});
  world.set("time_period", R"("1h")");
  world.set("retry", R"({"attempts": 1})");
  const int port = support::free_port();
  world.set("metrics",
            fmt::format(R"({{"listen": "127.0.0.1:{}", "token": )"
                        R"("let-me-in-77", "textfile": "channels.prom"}})",
                        port));
  return port;
}

}  // namespace

TEST_CASE("every query of the dashboard and of the alerts has an answer") {
  World world;
  const int port = make_scene(world);
  // A daemon that waits for its next round shows what was counted before, and
  // the next one goes on counting: so Prometheus sees counters grow.
  world.round();
  const Prometheus prometheus(world, port);
  {
    support::Program waiting(world.command({}));
    const auto is_seen = [&] {
      return !prometheus.values("channelmonitor_cycles_total").empty();
    };
    // Prometheus begins five seconds after its start.
    REQUIRE((e2e::wait_for(is_seen) || e2e::wait_for(is_seen)));
    waiting.send(SIGTERM);
    waiting.wait();
  }
  support::Program program(world.command({"--now"}));
  const bool has_seen = e2e::wait_for([&] {
    return prometheus.values("channelmonitor_cycles_total >= 2").size() == 1 &&
           has_number(
               prometheus.values("channelmonitor:probe_ttft_seconds:p95"));
  });
  INFO(program.err());
  INFO(prometheus.ask("/api/v1/query?query=channelmonitor_cycles_total"));
  INFO(prometheus.ask(
      "/api/v1/query?query=channelmonitor:probe_ttft_seconds:p95"));
  REQUIRE(has_seen);
  for (const std::string& query : queries_of_dashboard()) {
    INFO(query);
    CHECK(has_number(prometheus.values(query)));
  }
  base::json::Document rules;
  REQUIRE(rules.parse(prometheus.ask("/api/v1/rules")));
  const std::string all = "/data/groups/0/rules";
  CHECK(rules.size(all) == 6);
  for (std::size_t i = 0; i < rules.size(all); ++i) {
    const std::string rule = fmt::format("{}/{}", all, i);
    INFO(rules.text(rule + "/name").value_or(""));
    CHECK(rules.text(rule + "/health") == "ok");
    const std::string query(rules.text(rule + "/query").value_or(""));
    const auto names = series_in(query);
    CHECK_FALSE(names.empty());
    for (const std::string& name : names) {
      INFO(name);
      CHECK(has_number(prometheus.values(name)));
    }
  }
  // And they tell what is there: y answers nowhere, z is limited.
  CHECK(prometheus
            .values("ALERTS{alertname='ModelWithoutHealthyChannel',"
                    "model='y@503'}")
            .size() == 1);
  CHECK(prometheus.values("ALERTS{alertname='RateLimited',model='z@limited'}")
            .size() == 1);
  CHECK(prometheus.values("ALERTS{alertname=~'ChannelDown|MonitorStale'}")
            .empty());
}

TEST_CASE("promtool has nothing to say") {
  World world;
  make_scene(world);
  world.round();
  const auto check = [&](const std::string& what) {
    const auto ended =
        support::run({.file = "/bin/sh",
                      .arguments = {"-c", "promtool check " + what},
                      .folder = world.folder()});
    INFO(ended.out << ended.err);
    CHECK(ended.code == 0);
  };
  check("metrics < channels.prom");
  check("rules " DEPLOY "/prometheus/channel-monitor.yml");
}
