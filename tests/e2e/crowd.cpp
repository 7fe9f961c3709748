#include "crowd.h"

#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "demo/upstream_answers.h"

namespace e2e {

using support::TlsDoor;
using support::UpstreamThread;

Crowd::Crowd(World& world) : world_(world) {
  world.make_gateway();
  support::write_file(world.file("ca.pem"), authority_.pem());
  world.set("ca_file", base::json::quote(world.file("ca.pem")));
  // So much that on a busy machine, and with sanitizers, no honest one is late.
  world.set("timeout", R"("10s")");
  world.set("round_timeout", R"("4m")");
  world.set("max_per_host", "0");
  world.set("retry", R"({"attempts": 1, "delay": "50ms"})");
}

void Crowd::add_healthy(int count) {
  for (int i = 0; i < count; ++i) {
    const std::int64_t id = next_id();
    const std::size_t which = static_cast<std::size_t>(i) % (farm_.size() + 1);
    UpstreamThread& at = farm_.at(which % farm_.size());
    const std::string site = fmt::format("good-{}", id);
    at.set(site, {.models = {"a", "b@slow-first", "c", "bge-m3", "new"},
                  .keys = {key_of(id)}});
    const bool by_tls = which == farm_.size();
    add({.id = id,
         .models = "a,b@slow-first,c,bge-m3,e@gone",
         .base_url =
             by_tls ? fmt::format("https://127.0.0.1:{}/{}", door_.port(), site)
                    : at.url(site)});
    edits_.push_back({id, "a,b@slow-first,c,bge-m3,new"});
    expect(id,
           "changed, list ok: a ok keep, b@slow-first ok keep, c ok keep, "
           "bge-m3 ok keep, e@gone model_gone remove, new ok add");
  }
}

void Crowd::add_attacks(const std::vector<Attack>& attacks) {
  for (const Attack& attack : attacks) {
    std::int64_t id = next_id();
    std::string site = fmt::format("list-{}-{}", id, attack.name);
    world_.upstream.answer("/" + site + "/v1/models", "", attack.reply);
    add_at(
        id, site,
        fmt::format("unchanged, list {}: x ok keep, y ok keep", attack.list));
    id = next_id();
    site = fmt::format("probe-{}-{}", id, attack.name);
    world_.upstream.answer("/" + site + "/v1/chat", "", attack.reply);
    const bool is_dead = attack.probe == "network_error";
    const char* const verdict = attack.probe == "ok" ? "keep" : "hold";
    add_at(id, site,
           fmt::format("{}, list ok: x {} {}, y {} {}",
                       is_dead ? "unreachable" : "unchanged", attack.probe,
                       verdict, attack.probe, verdict));
  }
}

void Crowd::add_names(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::int64_t id = next_id();
    const std::string site = fmt::format("names-{}", id);
    world_.upstream.answer(
        "/" + site + "/v1/models", "",
        demo::json_reply(200, list_of({R"("x")", name, R"("y")"})));
    add_at(id, site, "unchanged, list ok: x ok keep, y ok keep");
  }
}

void Crowd::add_dead(const std::string& base_url, const std::string& proxy) {
  const std::int64_t id = next_id();
  add({.id = id, .models = "x,y", .base_url = base_url});
  if (!proxy.empty()) {
    world_.open()->execute(
        "UPDATE channels SET setting = ? WHERE id = ?",
        {fmt::format(R"({{"proxy":{}}})", base::json::quote(proxy)), id});
  }
  expect(id,
         "unreachable, list network_error: x network_error hold, "
         "y network_error hold");
}

void Crowd::add_cut_off(const std::string& base_url) {
  const std::int64_t id = next_id();
  add({.id = id, .models = "x,y", .base_url = base_url});
  expect(id,
         "unchanged, list bad_response: x bad_response hold, "
         "y bad_response hold");
}

TlsDoor& Crowd::add_door(const support::Identity& identity,
                         TlsDoor::Manner manner) {
  doors_.push_back(
      std::make_unique<TlsDoor>(identity, world_.upstream.port(), manner));
  return *doors_.back();
}

std::string Crowd::key_of(std::int64_t id) {
  return fmt::format("key+of/channel-{:04}=", id);
}

std::vector<demo::Seen> Crowd::log() {
  std::vector<demo::Seen> all = world_.upstream.log();
  for (UpstreamThread& one : farm_) {
    for (demo::Seen& seen : one.log())
      all.push_back(std::move(seen));
  }
  return all;
}

void Crowd::expect(std::int64_t id, const std::string& what) {
  lines_.push_back(fmt::format("{} {}", id, what));
}

void Crowd::add(Row row) {
  row.key = key_of(row.id);
  world_.add(row);
}

void Crowd::add_at(std::int64_t id, const std::string& site,
                   const std::string& expected) {
  add({.id = id, .site = site, .models = "x,y"});
  world_.upstream.set(site, {.models = {"x", "y"}, .keys = {key_of(id)}});
  expect(id, expected);
}

}  // namespace e2e
