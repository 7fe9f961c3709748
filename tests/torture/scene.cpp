#include "torture/scene.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/text.h"
#include "db/session.h"

namespace torture {

namespace {

constexpr int channels = 12;
constexpr int names_of_each = 6;

std::string joined(const Names& names) {
  return base::joined(names, ",");
}

std::set<std::string> set_of(const Names& names) {
  return {names.begin(), names.end()};
}

// The names of `list` that are in `these`, in the order of the list.
Names only(const Names& list, const std::set<std::string>& these) {
  Names rest;
  std::copy_if(list.begin(), list.end(), std::back_inserter(rest),
               [&](const auto& name) { return these.contains(name); });
  return rest;
}

}  // namespace

std::string Place::upstream(const std::string& name) const {
  const auto found = aliases.find(name);
  return found == aliases.end() ? name : found->second;
}

Scene::Scene(db::Engine engine, Dice& dice) : world(engine) {
  fill();
  if (engine == db::Engine::sqlite && dice.chance(30)) {
    world.change("PRAGMA journal_mode = WAL");
  }
}

Scene::Scene(db::Engine engine, const db::Server& server)
    : world(engine, server) {
  fill();
}

void Scene::fill() {
  world.make_gateway();
  for (int i = 1; i <= channels; ++i) {
    // The last two have one upstream.
    const int number = std::min(i, channels - 1);
    Place place{.id = i, .site = fmt::format("site-{}", number)};
    for (int k = 0; k < names_of_each; ++k) {
      place.names.push_back(k < 2 ? fmt::format("model-{}", k)
                                  : fmt::format("model-{}-{}", number, k));
    }
    e2e::Row row{.id = i};
    if (i % 3 == 0) row.group = "default,vip";
    if (i == 4) row.group = "alone";
    row.priority = i % 4;
    row.weight = i * 10;
    if (i == 5) {
      place.aliases = {{"alias", "behind-it"}, {"model-0", "behind-that"}};
      place.names.insert(place.names.begin(), "alias");
      row.mapping = R"({"alias":"behind-it","model-0":"behind-that"})";
    }
    if (i == 7) place.status = row.status = 3;
    if (i == 8) place.status = row.status = 2;
    row.key = fmt::format("sk-torture-{:020}", i);
    add(place, row);
  }
  const auto session = world.open();
  session->execute(
      R"(UPDATE "channels" SET "tag" = 'batch' WHERE "id" IN (2, 3))");
  session->execute(
      R"(UPDATE "abilities" SET "tag" = 'batch' WHERE "channel_id" IN (2, 3))");
  // Go writes bytes, which only SQLite keeps apart from text.
  const std::string info =
      R"({"is_multi_key":true,"multi_key_size":2,)"
      R"("multi_key_polling_index":0,"multi_key_mode":"random"})";
  const bool is_file = world.engine() == db::Engine::sqlite;
  session->execute(
      R"(UPDATE "channels" SET "key" = ?, "channel_info" = ? WHERE "id" = 6)",
      {fmt::format("sk-poor-000000000000\nsk-torture-{:020}", 6),
       is_file ? db::Value(db::Blob{info}) : db::Value(info)});
  world.set("guard", R"({"max_removed_percent": 100})");
  world.set("time_period", R"("1h")");
  world.set("state", R"("channel-monitor.db")");
  world.write_configuration();
}

void Scene::add(const Place& place, e2e::Row row) {
  row.models = joined(place.names);
  row.base_url = world.upstream.url(place.site);
  world.add(row);
  Names& upstream = sites_[place.site];
  upstream.clear();
  for (const std::string& name : place.names) {
    upstream.push_back(place.upstream(name));
  }
  places_.push_back(place);
  tell(place.site);
}

void Scene::tell(const std::string& site) {
  const auto& missing = missing_[site];
  const auto& lies = lies_[site];
  demo::Site behind{.poor_keys = {"sk-poor-000000000000"}};
  for (const std::string& name : sites_[site]) {
    if (!missing.contains(name) || lies.contains(name)) {
      behind.models.push_back(name);
    }
  }
  behind.missing.assign(missing.begin(), missing.end());
  world.upstream.set(site, behind);
}

void Scene::change_truth(Dice& dice) {
  change_truth(dice, {});
}

void Scene::change_truth(Dice& dice, const std::string& anchor) {
  for (const auto& [site, names] : sites_) {
    if (!dice.chance(40)) continue;
    const bool all = anchor.empty() && dice.chance(12);
    missing_[site].clear();
    lies_[site].clear();
    for (const std::string& name : names) {
      const bool stays = !anchor.empty() && name.starts_with(anchor);
      if (stays || (!all && !dice.chance(30))) continue;
      missing_[site].insert(name);
      if (dice.chance(30)) lies_[site].insert(name);
    }
    tell(site);
  }
}

void Scene::make_whole() {
  for (const auto& [site, names] : sites_) {
    missing_[site].clear();
    lies_[site].clear();
    tell(site);
  }
}

bool Scene::answers(const Place& place, const std::string& name) const {
  const auto missing = missing_.find(place.site);
  return missing == missing_.end() ||
         !missing->second.contains(place.upstream(name));
}

void Scene::must_be_true(const Tables& before, const Tables& after) const {
  for (const Place& place : places_) {
    const ChannelRow& was = before.channels.at(place.id);
    const ChannelRow& is = after.channels.at(place.id);
    const auto say = [&](const char* what) {
      return fmt::format("{}: {} is {} ({}), was {} ({})", what, place.id,
                         is.models, is.status, was.models, was.status);
    };
    std::set<std::string> alive;
    for (const std::string& name : place.names) {
      if (answers(place, name)) alive.insert(name);
    }
    if (place.status == 2 || alive.empty()) {
      require(is.models == was.models, say("touched"));
      require(is.status == (place.status == 1 ? 3 : place.status),
              say("of another status"));
      continue;
    }
    require(is.status == place.status, say("of another status"));
    const Names names = is.names();
    require(set_of(names) == alive, say("not the truth"));
    require(names.size() == alive.size(), say("listed twice"));
    const Names survivors = only(was.names(), alive);
    require(std::equal(survivors.begin(), survivors.end(), names.begin()),
            say("out of order"));
  }
}

void Scene::must_be_complete(const Tables& tables) const {
  for (const Place& place : places_) {
    const ChannelRow& is = tables.channels.at(place.id);
    const auto say = [&](const char* what) {
      return fmt::format("{} for ever: {} is {} ({})", what, place.id,
                         is.models, is.status);
    };
    require(is.status == place.status, say("of another status"));
    require(set_of(is.names()) == set_of(place.names), say("lost"));
  }
}

void Scene::wait_until_alone() const {
  const auto session = world.open();
  const bool is_mysql = world.engine() == db::Engine::mysql;
  const char* const others =
      is_mysql ? R"(SELECT COUNT(*) FROM "information_schema"."processlist")"
                 R"( WHERE "db" = DATABASE() AND "id" <> CONNECTION_ID())"
               : R"(SELECT COUNT(*) FROM "pg_stat_activity" WHERE "datname" =)"
                 R"( current_database() AND "pid" <> pg_backend_pid())"
                 R"( AND "backend_type" = 'client backend')";
  require(e2e::wait_for([&] {
            return db::number_of(session->query(others).at(0).at(0)) == 0;
          }),
          "the connection of a killed process is still there");
}

void must_have_ended_well(const support::Ended& ended) {
  require(ended.code == 0 || ended.code == 1,
          fmt::format("a round ended with {} (signal {}): {}", ended.code,
                      ended.signal, ended.out + ended.err));
  require(ended.out.find(R"("result":"complete")") != std::string::npos,
          "a round was not complete: " + ended.out + ended.err);
}

}  // namespace torture
