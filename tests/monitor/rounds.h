#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/stop.h"
#include "base/text.h"
#include "db/session.h"
#include "monitor/round.h"
#include "support/failing_client.h"
#include "support/failing_session.h"
#include "support/gateways.h"
#include "support/instant_client.h"

// Whole rounds without a socket and without waiting: a gateway and a state in a
// folder, a simulated upstream that answers at once, a clock that is turned by
// hand.
class Rounds {
 public:
  Rounds() {
    support::make_database(gateway(),
                           std::string(GATEWAY_SCHEMAS) + "/newapi-sqlite.sql");
    change("DELETE FROM channels; DELETE FROM abilities");
    state_ = state::open_state(state_file(), stop);
    policy.lane = {.concurrent = 8, .rps = 0};
    policy.examination.retry.delay = base::Milliseconds(0);
    policy.guard.max_removed_percent = 100;
  }

  std::string state_file() const { return folder_.file("state.db"); }
  base::Sentence refresh_state() { return state_->refresh(); }

  std::string gateway() const { return folder_.file("gateway.db"); }

  void change(std::string_view sql) const { support::change(gateway(), sql); }

  // A channel at a host and a site of its own, "host-ID.test/site-ID".
  void add(std::int64_t id, const std::string& models,
           const std::string& group = "default") {
    change(fmt::format(
        "INSERT INTO channels (id, type, key, status, name, created_time,"
        " base_url, models, \"group\", priority, weight, auto_ban, other_info)"
        " VALUES ({0}, 1, 'sk-made-up-{0:08}', 1, 'channel {0}', {1},"
        " 'http://host-{0}.test/site-{0}', '{2}', '{3}', 5, 6, 1, '')",
        id, 1'700'000'000 + id, models, group));
    for (const auto model : base::split(models, ',')) {
      for (const auto one : base::split(group, ',')) {
        change(fmt::format(
            "INSERT INTO abilities VALUES ('{}', '{}', {}, 1, 5, 6, NULL)", one,
            model, id));
      }
    }
    offer(id, models);
  }

  // What its upstream lists; whatever does not end in a mood answers.
  void offer(std::int64_t id, const std::string& models,
             const std::vector<std::string>& missing = {}) {
    demo::Site site{.missing = missing};
    for (const auto model : base::split(models, ',')) {
      site.models.emplace_back(model);
    }
    if (models.empty()) site.list = "500";
    upstream.set(fmt::format("site-{}", id), site);
  }

  static std::string host(std::int64_t id) {
    return fmt::format("host-{}.test:80", id);
  }

  std::string models(std::int64_t id) const {
    return text(fmt::format("SELECT models FROM channels WHERE id = {}", id));
  }
  std::int64_t status(std::int64_t id) const {
    return std::stoll(support::look_up(
        gateway(),
        fmt::format("SELECT status FROM channels WHERE id = {}", id)));
  }

  // Both tables but for what tells of time, a line for each row.
  std::vector<std::string> tables() const {
    const auto session = db::open_sqlite(gateway(), db::Access::read);
    std::vector<std::string> lines;
    for (const char* sql :
         {"SELECT id || ': ' || models || ' ' || status FROM channels"
          " ORDER BY id",
          R"(SELECT channel_id || ' ' || "group" || '/' || model || ' ' ||
               enabled || ' ' || priority || ' ' || weight || ' ' || quote(tag)
             FROM abilities ORDER BY 1)"}) {
      for (const db::Row& row : session->query(sql)) {
        lines.push_back(db::text_of(row.at(0)));
      }
    }
    return lines;
  }

  // How often the gateway's file was written: its change counter.
  std::int64_t writes() const {
    const std::string bytes = support::text_of_file(gateway());
    std::int64_t count = 0;
    for (std::size_t i = 24; i < 28; ++i) {
      count = count * 256 + static_cast<unsigned char>(bytes.at(i));
    }
    return count;
  }

  core::ChannelMemory memory(std::int64_t id) {
    return state_->memory(gateway_id())[core::ChannelId{id}];
  }
  std::vector<state::JournalEntry> journal(
      std::optional<state::Settled> settled = {}) {
    return state_->journal(gateway_id(), {.settled = settled});
  }
  std::optional<state::RoundRecord> last_round() {
    return state_->last_round(gateway_id());
  }

  // One round; then the clock goes on by `step`.
  core::Report round(const support::Fault& fault = {},
                     const support::CallFault& call_fault = {}) {
    support::InstantClient instant(loop_, upstream);
    instant.dead = dead;
    instant.gives_turns = gives_turns;
    support::FailingClient client(loop_, instant, call_fault);
    statements = 0;
    std::optional<core::Report> report;
    try {
      auto session = std::make_unique<support::FailingSession>(
          db::open_sqlite(gateway(), db::Access::write), fault, statements);
      auto schema = std::get<core::Schema>(store::detect(*session));
      const auto store = store::make_channel_store(std::move(session),
                                                   std::move(schema), stop);
      monitor::Round round(policy, {*store, *state_, gateway_id(), client,
                                    loop_, log_, stop, [this] { return now; }});
      round.start([&](core::Report done) { report = std::move(done); },
                  [this](const monitor::Progress&) {
                    if (at_call) std::exchange(at_call, nullptr)();
                  });
      loop_.run();
    } catch (const base::Error& error) {
      report.emplace();
      report->result = core::RoundResult::failed;
      report->error = error.sentence();
    }
    loop_.run();
    calls = client.calls();
    left_open = instant.open();
    turns = instant.turns();
    now += step;
    return std::move(report).value();
  }

  base::WallTime now = base::wall_time(1'760'000'000);
  std::chrono::seconds step = std::chrono::hours(1);
  monitor::RoundPolicy policy;
  demo::Upstream upstream{{.keeps_log = false}};
  std::set<std::string> dead;  // hosts
  bool gives_turns = true;     // to channels that wait for theirs
  base::StopFlag stop;
  std::function<void()> at_call;  // when the next call has ended

  // Of the last round.
  int calls = 0;                 // HTTP
  int statements = 0;            // of the gateway's session
  std::size_t left_open = 0;     // requests without an end
  std::vector<net::Lane> turns;  // in their order

 private:
  state::GatewayId gateway_id() { return state_->gateway("sqlite:a gateway"); }

  std::string text(const std::string& sql) const {
    const auto session = db::open_sqlite(gateway(), db::Access::read);
    return db::text_of(session->query(sql).at(0).at(0));
  }

  support::TemporaryFolder folder_;
  std::unique_ptr<state::State> state_;
  net::Loop loop_;
  base::Log log_{base::Log::Level::error, base::Log::Format::text,
                 base::Language::en, [](std::string_view) {}};
};
