#include "support/whole_database.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "db/session.h"

namespace support {

namespace {

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    text += c;
    if (c == '"') text += c;
  }
  return text + "\"";
}

// One line for each row: "table: column=literal, …".
std::vector<std::string> rows_of(db::Session& session,
                                 const std::string& table) {
  std::string cells;
  for (const std::string& column : session.columns(table)) {
    cells += fmt::format("{}{}='||quote({})", cells.empty() ? "'" : "||', ",
                         column, quoted(column));
  }
  std::vector<std::string> lines;
  for (const db::Row& row :
       session.query(fmt::format("SELECT {} FROM {}", cells, quoted(table)))) {
    lines.push_back(fmt::format("{}: {}", table, db::text_of(row.at(0))));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> lines_only_in(std::vector<std::string> lines,
                                       std::vector<std::string> others,
                                       std::string_view sign) {
  std::sort(lines.begin(), lines.end());
  std::sort(others.begin(), others.end());
  std::vector<std::string> only;
  std::set_difference(lines.begin(), lines.end(), others.begin(), others.end(),
                      std::back_inserter(only));
  for (std::string& line : only) {
    line.insert(0, sign);
  }
  return only;
}

}  // namespace

std::vector<std::string> whole_database(const std::string& file) {
  const auto session = db::open_sqlite(file, db::Access::read);
  std::vector<std::string> lines;
  for (const db::Row& row :
       session->query("SELECT type, name, COALESCE(sql, '') FROM sqlite_master"
                      " ORDER BY type, name")) {
    lines.push_back(fmt::format("{} {}: {}", db::text_of(row.at(0)),
                                db::text_of(row.at(1)),
                                db::text_of(row.at(2))));
    if (db::text_of(row.at(0)) != "table") continue;
    const auto rows = rows_of(*session, db::text_of(row.at(1)));
    lines.insert(lines.end(), rows.begin(), rows.end());
  }
  return lines;
}

std::vector<std::string> differences(const std::vector<std::string>& before,
                                     const std::vector<std::string>& after) {
  std::vector<std::string> lines = lines_only_in(before, after, "-");
  const std::vector<std::string> more = lines_only_in(after, before, "+");
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

}  // namespace support
