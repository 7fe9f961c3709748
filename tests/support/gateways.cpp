#include "support/gateways.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

namespace support {

namespace {

// In memory where there is room: a killed process leaves behind what it wrote
// on any file system, and no test takes the power away.
std::filesystem::path place() {
  constexpr std::uintmax_t enough = 512U << 20U;
  std::filesystem::path memory = "/dev/shm";
  std::error_code error;
  const auto space = std::filesystem::space(memory, error);
  const bool fits = !error && space.available >= enough;
  if (fits && ::access(memory.c_str(), W_OK) == 0) return memory;
  return std::filesystem::temp_directory_path();
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (place() / "monitor-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("no temporary folder");
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

std::string TemporaryFolder::file(std::string_view name) const {
  return fmt::format("{}/{}", path_, name);
}

std::string text_of_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file);
  return {std::istreambuf_iterator<char>(stream),
          std::istreambuf_iterator<char>()};
}

void write_file(const std::string& file, std::string_view text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream) throw std::runtime_error("cannot write " + file);
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void make_database(const std::string& file, const std::string& sql_file) {
  const auto session = db::open_sqlite(file, db::Access::create);
  session->query("PRAGMA synchronous = OFF");
  session->execute(text_of_file(sql_file));
}

void change(const std::string& file, std::string_view sql) {
  db::open_sqlite(file, db::Access::write)->execute(sql);
}

std::string look_up(const std::string& file, std::string_view sql) {
  const db::Rows rows = db::open_sqlite(file, db::Access::read)
                            ->query(fmt::format("SELECT quote(({}))", sql));
  return db::text_of(rows.at(0).at(0));
}

std::string fixture(std::string_view fixtures, std::string_view folder) {
  if (fixtures.empty()) return {};
  return fmt::format("{}/{}/sqlite.sql", fixtures, folder);
}

}  // namespace support
