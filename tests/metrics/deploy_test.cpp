#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "base/json.h"
#include "catch.h"
#include "metrics/families.h"

namespace {

std::string read(const std::string& name) {
  std::ifstream file(std::string(DEPLOY) + "/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> exported() {
  std::set<std::string> names;
  for (const metrics::Family& family : metrics::families()) {
    const std::string name(family.name);
    names.insert(name);
    if (family.type != metrics::Type::histogram) continue;
    for (const char* part : {"_bucket", "_sum", "_count"})
      names.insert(name + part);
  }
  return names;
}

// What is named in `text`; what is recorded by rules has colons.
std::set<std::string> named(const std::string& text) {
  const std::regex name("\\b(channelmonitor|process)_[a-z0-9_]+");
  std::set<std::string> names;
  for (std::sregex_iterator one(text.begin(), text.end(), name), end;
       one != end; ++one) {
    names.insert(one->str());
  }
  return names;
}

}  // namespace

TEST_CASE("every metric that an alert or the dashboard names is exported") {
  const auto there = exported();
  for (const char* file :
       {"prometheus/channel-monitor.yml", "grafana/channel-monitor.json"}) {
    const auto names = named(read(file));
    CHECK(names.size() >= 5);
    for (const std::string& name : names) {
      INFO(file << ": " << name);
      CHECK(there.contains(name));
    }
  }
}

TEST_CASE("the dashboard is JSON, and its panels have ids of their own") {
  base::json::Document dashboard;
  REQUIRE(dashboard.parse(read("grafana/channel-monitor.json")));
  const auto panels = dashboard.elements("/panels");
  REQUIRE(panels);
  CHECK(panels->size() >= 12);
  std::set<std::int64_t> ids;
  for (const std::string& text : *panels) {
    base::json::Document panel;
    REQUIRE(panel.parse(text));
    ids.insert(panel.number("/id").value_or(0));
    CHECK_FALSE(panel.text("/title").value_or("").empty());
    CHECK(panel.size("/targets") > 0);
  }
  CHECK(ids.size() == panels->size());
}

TEST_CASE("families are named as Prometheus wants them named") {
  std::set<std::string_view> names;
  for (const metrics::Family& family : metrics::families()) {
    INFO(family.name);
    CHECK(names.insert(family.name).second);
    CHECK_FALSE(family.help.empty());
    CHECK((family.type == metrics::Type::counter) ==
          family.name.ends_with("_total"));
    CHECK((family.type == metrics::Type::histogram) == !family.buckets.empty());
    for (std::size_t i = 1; i < family.buckets.size(); ++i)
      CHECK(family.buckets[i - 1] < family.buckets[i]);
  }
}
