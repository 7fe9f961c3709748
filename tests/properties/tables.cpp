#include "properties/tables.h"

#include <fmt/format.h>

#include "base/text.h"

namespace property {

namespace {

using core::Product;
using db::Engine;

std::vector<Column> common_columns() {
  return {
      {"id", Holds::number, 0, false},  {"type", Holds::number},
      {"key", Holds::text, 0, false},   {"status", Holds::number},
      {"name", Holds::text, 191},       {"weight", Holds::natural},
      {"created_time", Holds::number},  {"test_time", Holds::number},
      {"response_time", Holds::number}, {"base_url", Holds::text, 191},
      {"other", Holds::text},           {"balance", Holds::real},
      {"models", Holds::text},          {"group", Holds::text, 64},
      {"used_quota", Holds::number},    {"model_mapping", Holds::text, 1024},
      {"priority", Holds::number}};
}

std::vector<Column> own_columns(Product product) {
  switch (product) {
    case Product::oneapi: return {{"config", Holds::text}};
    case Product::newapi: break;
    case Product::onehub:
      return {{"tag", Holds::text, 32},
              {"proxy", Holds::text, 255},
              {"model_headers", Holds::text, 1024},
              {"custom_parameter"},
              {"plugin", Holds::json},
              {"test_model", Holds::text, 50}};
  }
  return {{"open_ai_organization"},
          {"auto_ban", Holds::number},
          {"other_info"},
          {"tag", Holds::text, 191},
          {"setting"},
          {"param_override"},
          {"header_override"},
          {"remark", Holds::text, 255},
          {"channel_info", Holds::json},
          {"settings"}};
}

std::string type_of(Engine engine, const Column& column) {
  const bool is_mysql = engine == Engine::mysql;
  const bool is_sqlite = engine == Engine::sqlite;
  switch (column.what) {
    case Holds::number: return is_sqlite ? "integer" : "BIGINT";
    case Holds::natural:
      return is_sqlite ? "integer" : is_mysql ? "BIGINT UNSIGNED" : "BIGINT";
    case Holds::real:
      return is_sqlite ? "real" : is_mysql ? "DOUBLE" : "NUMERIC";
    case Holds::json:
      // What MariaDB makes of JSON itself.
      return is_mysql ? fmt::format(
                            "LONGTEXT COLLATE utf8mb4_bin"
                            " CHECK (json_valid(\"{}\"))",
                            column.name)
                      : "json";
    case Holds::text: break;
  }
  if (is_sqlite) return "text";
  if (column.most > 0) return fmt::format("VARCHAR({})", column.most);
  return is_mysql ? "LONGTEXT" : "TEXT";
}

std::string table_sql(Engine engine, const std::string& table,
                      const std::vector<Column>& columns,
                      const std::string& key) {
  std::string sql = fmt::format("CREATE TABLE \"{}\" (", table);
  for (const Column& column : columns) {
    sql += fmt::format("\"{}\" {}{}, ", column.name, type_of(engine, column),
                       column.nullable ? "" : " NOT NULL");
  }
  sql += fmt::format("PRIMARY KEY ({}))", key);
  if (engine == Engine::mysql) {
    sql += " DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_general_ci";
  }
  return sql;
}

std::vector<Column> ability_columns(Engine engine, Product product) {
  std::vector<Column> columns = {{"group", Holds::text, 64, false},
                                 {"model", Holds::text, 255, false},
                                 {"channel_id", Holds::number, 0, false},
                                 {"priority", Holds::number}};
  if (product == Product::newapi) {
    columns.push_back({"weight", Holds::natural});
    columns.push_back({"tag", Holds::text, engine == Engine::mysql ? 191 : 0});
  }
  return columns;
}

std::string bytes_of(Engine engine, const std::string& column) {
  switch (engine) {
    case Engine::sqlite: break;
    case Engine::mysql:
      return fmt::format(R"(HEX(CAST("{}" AS BINARY)))", column);
    case Engine::postgres:
      return fmt::format(
          R"(encode(convert_to(CAST("{}" AS TEXT), 'UTF8'), 'hex'))", column);
  }
  return fmt::format(R"(typeof("{0}") || ':' || hex(CAST("{0}" AS BLOB)))",
                     column);
}

void insert(db::Session& session, const std::string& table, const Cells& cells,
            std::string_view end) {
  std::string names;
  std::string places;
  db::Arguments arguments;
  for (const auto& [name, value] : cells) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", name);
    places += places.empty() ? "?" : ", ?";
    arguments.push_back(value);
  }
  session.execute(fmt::format(R"(INSERT INTO "{}" ({}) VALUES ({}){})", table,
                              names, places, end),
                  arguments);
}

}  // namespace

std::vector<Column> columns_of(Product product) {
  std::vector<Column> columns = common_columns();
  for (Column& own : own_columns(product))
    columns.push_back(std::move(own));
  return columns;
}

Tables::Tables(Engine engine, Product product)
    : product_(product), database_(engine), session_(database_.open()) {
  session_->execute(
      table_sql(engine, "channels", columns_of(product), R"("id")"));
  if (has_abilities()) {
    session_->execute(table_sql(engine, "abilities",
                                ability_columns(engine, product),
                                R"("group", "model", "channel_id")"));
    session_->execute(
        fmt::format(R"(ALTER TABLE "abilities" ADD COLUMN "enabled" {})",
                    engine == Engine::sqlite  ? "numeric"
                    : engine == Engine::mysql ? "TINYINT(1)"
                                              : "BOOLEAN"));
  }
  auto session = database_.open();
  core::Schema schema = store::schema_of(*session, product);
  store_ =
      store::make_channel_store(std::move(session), std::move(schema), stop_);
}

void Tables::fill(const std::vector<Cells>& channels,
                  const std::vector<AbilityCells>& abilities) const {
  session_->begin();
  session_->execute(R"(DELETE FROM "channels")");
  for (const Cells& cells : channels)
    insert(*session_, "channels", cells, "");
  if (has_abilities()) {
    session_->execute(R"(DELETE FROM "abilities")");
    for (const AbilityCells& row : abilities) {
      Cells cells = {{"group", row.group},
                     {"model", row.model},
                     {"channel_id", row.channel_id},
                     {"enabled", row.enabled},
                     {"priority", row.priority}};
      if (product_ == Product::newapi) {
        cells["weight"] = row.weight;
        cells["tag"] = row.tag;
      }
      insert(*session_, "abilities", cells,
             session_->dialect().keep_existing("channel_id"));
    }
  }
  session_->execute("COMMIT");
}

Snapshot Tables::abilities() const {
  if (!has_abilities()) return {};
  return snapshot("abilities", {"channel_id", "group", "model"});
}

Snapshot Tables::snapshot(const std::string& table,
                          const std::vector<std::string>& order) const {
  const auto columns = session_->columns(table);
  std::string sql;
  for (const std::string& column : columns) {
    sql += (sql.empty() ? "SELECT " : ", ") + bytes_of(engine(), column);
  }
  sql += fmt::format(R"( FROM "{}" ORDER BY )", table);
  for (const std::string& column : order) {
    sql += bytes_of(engine(), column) + (column == order.back() ? "" : ", ");
  }
  Snapshot rows;
  for (const db::Row& row : session_->query(sql)) {
    auto& cells = rows.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      cells[columns[i]] =
          db::is_null(row.at(i)) ? "null" : base::lower(db::text_of(row.at(i)));
    }
  }
  return rows;
}

}  // namespace property
