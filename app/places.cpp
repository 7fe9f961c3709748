#include "places.h"

#include <filesystem>
#include <vector>

#include "base/messages_app.h"
#include "db/lock.h"

namespace {

namespace fs = std::filesystem;
namespace say = base::say;
using base::Sentence;
using Names = std::vector<std::string>;

// A database and what SQLite keeps beside it.
Names files_of(const std::string& database) {
  Names names;
  for (const std::string& name : {database, db::real_path(database)}) {
    for (const char* end : {"", "-journal", "-wal", "-shm"}) {
      names.push_back(name + end);
    }
  }
  return names;
}

// None where it is on a server.
Names files_of_gateway(const config::Config& config) {
  if (config.database.engine != config::Engine::sqlite) return {};
  const std::string file = db::absolute_path(config.database.file);
  Names names = files_of(file);
  for (const std::string& name : {file, db::real_path(file)}) {
    names.push_back(name + ".channel-monitor.lock");
  }
  return names;
}

bool is_same_file(const std::string& one, const std::string& other) {
  std::error_code error;
  if (fs::equivalent(one, other, error)) return true;
  const fs::path first = fs::weakly_canonical(one, error);
  if (error) return one == other;
  const fs::path second = fs::weakly_canonical(other, error);
  return error ? one == other : first == second;
}

bool is_one_of(const Names& names, const std::string& file) {
  for (const std::string& name : names) {
    if (is_same_file(name, file)) return true;
  }
  return false;
}

// Why nothing else may be written to `file`.
Sentence clash(const std::string& what, const std::string& file,
               const Names& gateway, const Names& ours) {
  if (is_one_of(gateway, file)) return {say::place_of_gateway, what, file};
  if (is_one_of(ours, file)) return {say::place_of_ours, what, file};
  return {};
}

}  // namespace

std::string working_folder() {
  return fs::path(db::absolute_path(".")).parent_path().string();
}

Sentence clash_in(const Loaded& loaded) {
  const Names gateway = files_of_gateway(loaded.config);
  const Names state = files_of(loaded.state_file);
  for (const std::string& file : state) {
    Sentence why = clash("state", file, gateway, {loaded.file});
    if (!why.empty()) return why;
  }
  const std::string& metrics = loaded.config.metrics.textfile;
  if (metrics.empty()) return {};
  Names ours = state;
  ours.push_back(loaded.file);
  return clash("metrics.textfile", metrics, gateway, ours);
}

Sentence clash_of(const std::string& output, const config::Config& config,
                  const std::string& state_file) {
  return clash("--output", output, files_of_gateway(config),
               files_of(state_file));
}
