#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "db/session.h"
#include "support/gateways.h"
#include "support/program.h"
#include "support/servers.h"
#include "support/upstream_thread.h"

// What all end-to-end tests share: a gateway's database, a simulated upstream
// and a configuration, in a folder of their own, and the built program.
namespace e2e {

using Arguments = std::vector<std::string>;

// A row of channels, and the abilities that belong to it.
struct Row {
  std::int64_t id = 0;
  std::string site;    // of the simulated upstream; its base_url
  std::string models;  // with commas
  std::string name = "a channel";
  std::int64_t type = 1;
  std::string key = "sk-made-up-key-000000";
  std::string group = "default";
  std::int64_t status = 1;
  std::int64_t priority = 0;
  std::int64_t weight = 0;
  std::string mapping;
  std::int64_t auto_ban = 1;
  std::string base_url;  // instead of that of the site
};

// A report of `--format json`.
class Report {
 public:
  explicit Report(const std::string& json);

  bool is_json() const { return is_json_; }
  std::string text(const std::string& pointer) const;
  std::int64_t number(const std::string& pointer) const;

  // Of the channel with this id; "" where it is not in the report.
  std::string result(std::int64_t id) const;
  std::string reason(std::int64_t id) const;
  std::vector<std::string> names(std::int64_t id, const char* member) const;
  std::string outcome(std::int64_t id, const std::string& model) const;
  std::string verdict(std::int64_t id, const std::string& model) const;

  // A line for each channel: "5 changed, list ok: a ok keep, b model_gone
  // remove"; where there are too many models, without them.
  std::vector<std::string> lines(std::size_t most_models) const;

  std::vector<std::string> guards() const;
  std::string guard_text(const std::string& guard) const;

 private:
  std::string channel(std::int64_t id) const;
  std::string model(std::int64_t id, const std::string& name) const;

  std::shared_ptr<base::json::Document> document_;
  bool is_json_ = false;
};

// The gateway is a SQLite file in that folder, unless it is said otherwise.
class World {
 public:
  World();

  // The gateway is a database of its own: on the servers of the tests, or on
  // this one.
  explicit World(db::Engine engine);
  World(db::Engine engine, const db::Server& server);

  support::UpstreamThread upstream;

  const std::string& folder() const { return folder_.path(); }
  std::string file(std::string_view name) const { return folder_.file(name); }
  std::string gateway() const { return file("gateway.db"); }  // of SQLite
  std::string state() const { return file("channel-monitor.db"); }

  db::Engine engine() const { return engine_; }
  // Where the gateway is; not for SQLite.
  const support::Database& database() const { return *database_; }
  std::unique_ptr<db::Session> open(
      db::Access access = db::Access::write) const;

  // An empty gateway of new-api; or a SQLite file made of these statements.
  void make_gateway();
  void make_gateway(const std::string& sql_file);

  // A channel with its abilities, whose upstream offers just what it lists.
  void add(const Row& row);
  void offer(const std::string& site, const std::vector<std::string>& models);

  // One SQL statement, or a value (of SQLite), as somebody else would.
  void change(std::string_view sql) const { open()->execute(sql); }
  std::string look(std::string_view sql) const {
    return support::look_up(gateway(), sql);
  }
  std::string models(std::int64_t id) const;
  std::string abilities(std::int64_t id) const;  // "group/model=enabled …"

  // A member of the configuration, as JSON.
  void set(const std::string& key, const std::string& json) {
    configuration_[key] = json;
  }
  void write_configuration() const;

  support::Command command(Arguments arguments) const;
  support::Ended run(Arguments arguments, std::chrono::milliseconds limit =
                                              std::chrono::seconds(20)) const;

  // `--once --format json`, with more arguments.
  struct Round {
    support::Ended ended;
    Report report;
    int code() const { return ended.code; }
  };
  Round round(const Arguments& more = {}) const;

  // More of the environment: "NAME=value".
  std::vector<std::string> environment;

 private:
  support::TemporaryFolder folder_;
  db::Engine engine_ = db::Engine::sqlite;
  std::unique_ptr<support::Database> database_;
  std::map<std::string, std::string> configuration_;
};

// How a gateway would name a database to which this leads.
std::string dsn_of(db::Engine engine, const db::Server& server);

// "name": "bytes" of every file, and of every folder "".
std::map<std::string, std::string> everything_in(const std::string& folder);

std::vector<std::string> split(const std::string& text, char separator);
std::size_t lines_in(const std::string& text);
bool holds(const std::string& text, std::string_view part);

// Waits until it is so, at most ten seconds; returns whether it is.
bool wait_for(const std::function<bool()>& claim);

// A number of names: "model-001", …
std::vector<std::string> many_models(int count, const std::string& mood = "");
std::string comma_list(const std::vector<std::string>& names);

}  // namespace e2e
