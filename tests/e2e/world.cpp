#include "world.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include <fmt/format.h>

#include "base/text.h"
#include "db/session.h"
#include "db/transaction.h"

namespace e2e {

namespace {

constexpr std::int64_t first_day = 1'760'000'000;

db::Value text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

// What new-api has on a server, as far as it matters here; MySQL has no index
// on a TEXT.
void make_tables(db::Session& session) {
  const bool is_mysql = session.dialect().engine == db::Engine::mysql;
  session.execute(
      R"(CREATE TABLE "channels" ("id" BIGINT PRIMARY KEY, "type" BIGINT,)"
      R"( "key" TEXT NOT NULL, "status" BIGINT, "name" VARCHAR(191),)"
      R"( "weight" BIGINT, "created_time" BIGINT, "test_time" BIGINT,)"
      R"( "response_time" BIGINT, "base_url" VARCHAR(191), "models" TEXT,)"
      R"( "group" VARCHAR(64), "used_quota" BIGINT, "model_mapping" TEXT,)"
      R"( "priority" BIGINT, "auto_ban" BIGINT, "other_info" TEXT,)"
      R"( "tag" VARCHAR(191), "setting" TEXT, "channel_info" JSON))");
  session.execute(
      R"(CREATE TABLE "abilities" ("group" VARCHAR(64), "model" VARCHAR(255),)"
      R"( "channel_id" BIGINT, "enabled" BOOLEAN, "priority" BIGINT,)"
      R"( "weight" BIGINT, "tag" VARCHAR(191),)"
      R"( PRIMARY KEY ("group", "model", "channel_id")))" +
      std::string(is_mysql ? " COLLATE utf8mb4_general_ci" : ""));
}

}  // namespace

Report::Report(const std::string& json)
    : document_(std::make_shared<base::json::Document>()),
      is_json_(document_->parse(json)) {}

std::string Report::text(const std::string& pointer) const {
  if (!is_json_) return {};
  return std::string(document_->text(pointer).value_or(""));
}

std::int64_t Report::number(const std::string& pointer) const {
  if (!is_json_) return -1;
  return document_->number(pointer).value_or(-1);
}

std::string Report::channel(std::int64_t id) const {
  if (!is_json_) return "/none";
  for (std::size_t i = 0; i < document_->size("/channels"); ++i) {
    std::string pointer = fmt::format("/channels/{}", i);
    if (document_->number(pointer + "/id") == id) return pointer;
  }
  return "/none";
}

std::string Report::model(std::int64_t id, const std::string& name) const {
  const std::string models = channel(id) + "/models";
  for (std::size_t i = 0; is_json_ && i < document_->size(models); ++i) {
    std::string pointer = fmt::format("{}/{}", models, i);
    if (text(pointer + "/name") == name) return pointer;
  }
  return "/none";
}

std::string Report::result(std::int64_t id) const {
  return text(channel(id) + "/result");
}

std::string Report::reason(std::int64_t id) const {
  return text(channel(id) + "/reason");
}

std::vector<std::string> Report::names(std::int64_t id,
                                       const char* member) const {
  if (!is_json_) return {};
  return document_->texts(fmt::format("{}/{}", channel(id), member), "");
}

std::string Report::outcome(std::int64_t id, const std::string& name) const {
  return text(model(id, name) + "/outcome");
}

std::string Report::verdict(std::int64_t id, const std::string& name) const {
  return text(model(id, name) + "/verdict");
}

std::vector<std::string> Report::lines(std::size_t most_models) const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; is_json_ && i < document_->size("/channels"); ++i) {
    const std::string at = fmt::format("/channels/{}", i);
    const std::string list = text(at + "/list/outcome");
    std::string line =
        fmt::format("{} {}, list {}:", number(at + "/id"), text(at + "/result"),
                    list.empty() ? "none" : list);
    const std::size_t models = document_->size(at + "/models");
    for (std::size_t j = 0; models <= most_models && j < models; ++j) {
      const std::string model = fmt::format("{}/models/{}", at, j);
      line +=
          fmt::format("{} {} {} {}", j == 0 ? "" : ",", text(model + "/name"),
                      text(model + "/outcome"), text(model + "/verdict"));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> Report::guards() const {
  if (!is_json_) return {};
  return document_->texts("/guards", "guard");
}

std::string Report::guard_text(const std::string& guard) const {
  const auto all = guards();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] == guard) return text(fmt::format("/guards/{}/text", i));
  }
  return {};
}

World::World() : World(db::Engine::sqlite) {}

World::World(db::Engine engine)
    : World(engine, engine == db::Engine::sqlite ? db::Server()
                                                 : support::server_of(engine)) {
}

World::World(db::Engine engine, const db::Server& server) : engine_(engine) {
  if (engine == db::Engine::sqlite) {
    set("db_type", R"("sqlite")");
    set("db_dsn", base::json::quote(gateway()));
  } else {
    database_ = std::make_unique<support::Database>(engine, server);
    set("db_type",
        engine == db::Engine::mysql ? R"("mysql")" : R"("postgres")");
    set("db_dsn", base::json::quote(dsn_of(engine, database_->server())));
  }
  set("rps", "0");
  set("max_concurrent", "10");
  set("timeout", R"("2s")");
  set("retry", R"({"attempts": 0, "delay": "50ms"})");
}

std::unique_ptr<db::Session> World::open(db::Access access) const {
  if (database_) return database_->open(access);
  return db::open_sqlite(gateway(), access);
}

void World::make_gateway() {
  if (database_) return make_tables(*open());
  make_gateway(std::string(GATEWAY_SCHEMAS) + "/newapi-sqlite.sql");
  change("DELETE FROM channels; DELETE FROM abilities");
}

void World::make_gateway(const std::string& sql_file) {
  support::make_database(gateway(), sql_file);
}

void World::add(const Row& row) {
  const auto session = open();
  db::Transaction transaction(*session);
  const std::string url =
      row.base_url.empty() ? upstream.url(row.site) : row.base_url;
  session->execute(
      R"(INSERT INTO "channels" ("id", "type", "key", "status", "name",
           "weight", "created_time", "test_time", "response_time", "base_url",
           "models", "group", "used_quota", "model_mapping", "priority",
           "auto_ban", "other_info")
         VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, 4711, ?, ?, ?, ''))",
      {row.id, row.type, row.key, row.status, row.name, row.weight,
       first_day + row.id, url, row.models, row.group,
       text_or_null(row.mapping), row.priority, row.auto_ban});
  for (const std::string& model : split(row.models, ',')) {
    for (const std::string& group : split(row.group, ',')) {
      session->execute(
          R"(INSERT INTO "abilities" VALUES (?, ?, ?, ?, ?, ?, NULL))",
          {group, model, row.id, row.status == 1, row.priority, row.weight});
    }
  }
  transaction.commit();
  if (!row.site.empty()) offer(row.site, split(row.models, ','));
}

void World::offer(const std::string& site,
                  const std::vector<std::string>& models) {
  upstream.set(site, {.models = models});
}

std::string World::models(std::int64_t id) const {
  const auto rows =
      open(db::Access::read)
          ->query(R"(SELECT "models" FROM "channels" WHERE "id" = ?)", {id});
  return rows.empty() ? "NULL" : db::text_of(rows.front().at(0));
}

std::string World::abilities(std::int64_t id) const {
  std::string all;
  for (const db::Row& row :
       open(db::Access::read)
           ->query(R"(SELECT "group", "model", "enabled" FROM "abilities"
                        WHERE "channel_id" = ? ORDER BY 1, 2)",
                   {id})) {
    all += fmt::format("{}{}/{}={}", all.empty() ? "" : " ",
                       db::text_of(row.at(0)), db::text_of(row.at(1)),
                       db::truth_of(row.at(2)) ? 1 : 0);
  }
  return all;
}

void World::write_configuration() const {
  std::string text = "{";
  for (const auto& [key, json] : configuration_) {
    text += fmt::format("{}\n  {}: {}", text.size() > 1 ? "," : "",
                        base::json::quote(key), json);
  }
  support::write_file(file("config.json"), text + "\n}\n");
}

support::Command World::command(Arguments arguments) const {
  support::Command command{.file = CHANNEL_MONITOR,
                           .arguments = std::move(arguments),
                           .folder = folder(),
                           .environment = environment};
  command.environment.emplace_back("HOME=" + folder());
  command.environment.emplace_back("TMPDIR=" + folder());
  command.environment.emplace_back("no_proxy=*");
  return command;
}

support::Ended World::run(Arguments arguments,
                          std::chrono::milliseconds limit) const {
  return support::run(command(std::move(arguments)), limit);
}

World::Round World::round(const Arguments& more) const {
  write_configuration();
  Arguments arguments = {"--once", "--format", "json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  auto ended = run(std::move(arguments));
  Report report(ended.out);
  return {.ended = std::move(ended), .report = std::move(report)};
}

std::string dsn_of(db::Engine engine, const db::Server& server) {
  const char* const form = engine == db::Engine::mysql
                               ? "{}:{}@tcp({}:{})/{}"
                               : "postgres://{}:{}@{}:{}/{}?sslmode=disable";
  return fmt::format(fmt::runtime(form), server.user, server.password.reveal(),
                     server.host, server.port, server.database);
}

std::map<std::string, std::string> everything_in(const std::string& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name =
        std::filesystem::relative(entry.path(), folder).string();
    all[name] = entry.is_regular_file()
                    ? support::text_of_file(entry.path().string())
                    : std::string();
  }
  return all;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (const std::string_view part : base::split(text, separator)) {
    parts.emplace_back(part);
  }
  return parts;
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

bool wait_for(const std::function<bool()>& claim) {
  for (int i = 0; i < 2000; ++i) {
    if (claim()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

std::vector<std::string> many_models(int count, const std::string& mood) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    names.push_back(fmt::format("model-{:03}{}", i, mood));
  }
  return names;
}

std::string comma_list(const std::vector<std::string>& names) {
  return base::joined(names, ",");
}

}  // namespace e2e
