#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/session.h"

namespace support {

// A folder that goes, with all that is in it, at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const;

 private:
  std::string path_;
};

std::string text_of_file(const std::string& file);
void write_file(const std::string& file, std::string_view text);

// The names of the files in a folder, sorted.
std::vector<std::string> files_in(const std::string& folder);

// Makes a SQLite database of the statements in `sql_file`.
void make_database(const std::string& file, const std::string& sql_file);

// Does one or more statements in a SQLite file, as somebody else would.
void change(const std::string& file, std::string_view sql);

// The first value that a query gives, in quotes if it is text: see quote() of
// SQLite.
std::string look_up(const std::string& file, std::string_view sql);

// The SQL of a database that a real gateway made; "" where there are none.
// `folder` is such as "new-api-2026-08".
std::string fixture(std::string_view fixtures, std::string_view folder);

}  // namespace support
