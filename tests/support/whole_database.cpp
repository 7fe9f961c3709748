#include "support/whole_database.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"

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

// The literal of what is in a column.
std::string literal_of(db::Engine engine, const std::string& column) {
  switch (engine) {
    case db::Engine::sqlite: break;
    case db::Engine::mysql: return fmt::format("QUOTE({})", quoted(column));
    case db::Engine::postgres:
      return fmt::format("QUOTE_NULLABLE(CAST({} AS TEXT))", quoted(column));
  }
  // QUOTE ends a text at its first NUL.
  return fmt::format(
      "QUOTE({0}) || CASE WHEN TYPEOF({0}) = 'text' AND"
      " INSTR(CAST({0} AS BLOB), X'00') > 0 THEN ' X' || HEX({0}) ELSE '' END",
      quoted(column));
}

// One line for each row: "table: column=literal, …".
std::vector<std::string> rows_of(db::Session& session,
                                 const std::string& table) {
  const std::vector<std::string> columns = session.columns(table);
  std::vector<std::string> literals;
  literals.reserve(columns.size());
  for (const std::string& column : columns) {
    literals.push_back(literal_of(session.dialect().engine, column));
  }
  std::vector<std::string> lines;
  for (const db::Row& row : session.query(fmt::format(
           "SELECT {} FROM {}", base::joined(literals, ", "), quoted(table)))) {
    std::string line = table + ":";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      line += fmt::format("{}{}={}", i == 0 ? " " : ", ", columns[i],
                          db::text_of(row.at(i)));
    }
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// What there is beside rows: of SQLite also its tables' names, see below.
std::string_view schema_query(db::Engine engine) {
  switch (engine) {
    case db::Engine::sqlite: break;
    case db::Engine::mysql:
      return "SELECT trigger_name, event_object_table, action_statement FROM"
             " information_schema.triggers WHERE trigger_schema = DATABASE()"
             " ORDER BY 1";
    case db::Engine::postgres:
      return "SELECT 'column', table_name || '.' || column_name || ' ' ||"
             " ordinal_position, concat_ws(' ', data_type,"
             " character_maximum_length, is_nullable, column_default) FROM"
             " information_schema.columns WHERE table_schema = 'public'"
             " UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes"
             " WHERE schemaname = 'public'"
             " UNION ALL SELECT 'sequence', sequencename,"
             " concat(last_value, ' ', increment_by) FROM pg_sequences"
             " WHERE schemaname = 'public' ORDER BY 1, 2";
  }
  return "SELECT type, name, COALESCE(sql, '') FROM sqlite_master"
         " ORDER BY type, name";
}

std::vector<std::string> tables_of(db::Session& session) {
  std::string_view query;
  switch (session.dialect().engine) {
    case db::Engine::sqlite:
      query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1";
      break;
    case db::Engine::mysql:
      query =
          "SELECT table_name FROM information_schema.tables WHERE"
          " table_schema = DATABASE() ORDER BY 1";
      break;
    case db::Engine::postgres:
      query =
          "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE"
          " schemaname = 'public' ORDER BY 1";
      break;
  }
  std::vector<std::string> names;
  for (const db::Row& row : session.query(query)) {
    names.push_back(db::text_of(row.at(0)));
  }
  return names;
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

// A trigger of `table` that puts `text` into the list.
std::string trigger(db::Engine engine, const std::string& table,
                    std::string_view event) {
  const std::string note =
      fmt::format("INSERT INTO writes VALUES ('{} {}')", table, event);
  const std::string head =
      fmt::format("CREATE TRIGGER note_{0}_{1} AFTER {1} ON {0} FOR EACH ROW ",
                  table, event);
  switch (engine) {
    case db::Engine::sqlite: break;
    case db::Engine::mysql: return head + note;
    case db::Engine::postgres: return head + "EXECUTE FUNCTION note_write()";
  }
  return fmt::format("{}BEGIN {}; END", head, note);
}

}  // namespace

std::vector<std::string> whole_database(db::Session& session) {
  std::vector<std::string> lines;
  for (const db::Row& row :
       session.query(schema_query(session.dialect().engine))) {
    lines.push_back(fmt::format("{} {}: {}", db::text_of(row.at(0)),
                                db::text_of(row.at(1)),
                                db::text_of(row.at(2))));
  }
  for (const std::string& table : tables_of(session)) {
    if (session.dialect().engine == db::Engine::mysql) {
      const db::Rows made = session.query("SHOW CREATE TABLE " + quoted(table));
      lines.push_back("table " + db::text_of(made.at(0).at(1)));
    }
    const auto rows = rows_of(session, table);
    lines.push_back("table " + table);
    lines.insert(lines.end(), rows.begin(), rows.end());
  }
  return lines;
}

std::vector<std::string> whole_database(const std::string& sqlite_file) {
  return whole_database(*db::open_sqlite(sqlite_file, db::Access::read));
}

std::vector<std::string> differences(const std::vector<std::string>& before,
                                     const std::vector<std::string>& after) {
  std::vector<std::string> lines = lines_only_in(before, after, "-");
  const std::vector<std::string> more = lines_only_in(after, before, "+");
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

void watch_writes(db::Session& session,
                  const std::vector<std::string>& tables) {
  const db::Engine engine = session.dialect().engine;
  session.execute("CREATE TABLE writes (what VARCHAR(100))");
  if (engine == db::Engine::postgres) {
    session.execute(
        "CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO writes VALUES (TG_TABLE_NAME || '' '' || TG_OP);"
        " RETURN NULL; END'");
  }
  for (const std::string& table : tables) {
    for (const std::string_view event : {"INSERT", "UPDATE", "DELETE"}) {
      session.execute(trigger(engine, table, event));
    }
  }
}

std::vector<std::string> watched_writes(db::Session& session) {
  std::vector<std::string> writes;
  for (const db::Row& row : session.query("SELECT what FROM writes")) {
    writes.push_back(db::text_of(row.at(0)));
  }
  return writes;
}

}  // namespace support
