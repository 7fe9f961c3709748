#include "notify/outbox.h"

#include <functional>
#include <string>
#include <vector>

#include "base/stop.h"
#include "catch.h"
#include "net/loop.h"
#include "simulated.h"
#include "support/gateways.h"
#include "web/http_server.h"

using base::Secret;
using simulated::Mood;

namespace {

core::Message some_message(const std::string& title = "models removed: 1") {
  core::Message message;
  message.title = title;
  message.lines = {"- removed: a"};
  return message;
}

// Two services, each on a port of its own, and a state in a folder.
struct Place {
  support::TemporaryFolder folder;
  base::StopFlag stop;
  net::Loop loop;
  std::vector<std::string> lines;
  base::Log log{base::Log::Level::debug, base::Log::Format::text,
                base::Language::en,
                [this](std::string_view line) { lines.emplace_back(line); }};
  simulated::Services slack;
  simulated::Services gotify;
  std::unique_ptr<web::HttpServer> slack_server = web::make_http_server(
      loop, 0, [this](const auto& request) { return slack.answer(request); });
  std::unique_ptr<web::HttpServer> gotify_server = web::make_http_server(
      loop, 0, [this](const auto& request) { return gotify.answer(request); });
  std::unique_ptr<state::State> state =
      state::open_state(folder.file("state.db"), stop);
  state::GatewayId gateway = state->gateway("sqlite:/g.db");

  static std::string at(const web::HttpServer& server) {
    return "http://127.0.0.1:" + std::to_string(server.port());
  }

  std::vector<notify::Service> services() const {
    const std::string token(simulated::token);
    return {notify::slack({.url = Secret(at(*slack_server) +
                                         "/services/T0/B0/" + token)}),
            notify::gotify(
                {.server = Secret(at(*gotify_server)), .key = Secret(token)})};
  }

  notify::Outbox outbox() {
    return {services(), "", "sqlite:/g.db", {loop, *state, log}};
  }

  void write(const core::Message& message,
             base::WallTime at = net::Loop::wall_now()) {
    state->tell(gateway, at,
                {.told = "{}",
                 .content = core::json_of(message),
                 .services = {"slack", "gotify"}});
  }

  // Until it is so, at most ten seconds.
  void run_until(const std::function<bool()>& claim) {
    const base::Time end = net::Loop::now() + std::chrono::seconds(10);
    net::Timer timer(loop);
    const std::function<void()> look = [&] {
      if (claim() || net::Loop::now() > end) return loop.stop();
      timer.set(net::Loop::now() + std::chrono::milliseconds(5), look);
    };
    look();
    loop.run();
    CHECK(claim());
  }

  std::size_t waiting() { return state->letters(gateway).size(); }

  std::size_t lines_with(std::string_view text) const {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](const auto& line) {
          return line.find(text) != std::string::npos;
        }));
  }

  // Returns how long it took.
  double drain(notify::Outbox& outbox, base::Milliseconds limit) {
    const base::Time begin = net::Loop::now();
    outbox.drain(limit, [this] { loop.stop(); });
    loop.run();
    return std::chrono::duration<double>(net::Loop::now() - begin).count();
  }
};

}  // namespace

TEST_CASE("what waits is sent, once, and then it is gone") {
  Place place;
  place.write(some_message());
  {
    notify::Outbox outbox = place.outbox();
    place.drain(outbox, std::chrono::seconds(10));
  }
  CHECK(place.waiting() == 0);
  CHECK(place.slack.taken.size() == 1);
  CHECK(place.gotify.taken.size() == 1);
  notify::Outbox again = place.outbox();
  place.drain(again, std::chrono::seconds(10));
  CHECK(place.slack.taken.size() == 1);
}

TEST_CASE("what could not be sent waits, also for another process") {
  Place place;
  place.slack.mood = Mood::broken;
  place.write(some_message());
  {
    notify::Outbox outbox = place.outbox();
    outbox.wake();
    place.run_until([&] { return place.lines_with("slack: it answers") > 0; });
  }
  CHECK(place.waiting() == 1);
  CHECK(place.lines_with("tried again in 2 s") == 1);
  place.slack.mood = Mood::fine;
  place.state = state::open_state(place.folder.file("state.db"), place.stop);
  notify::Outbox outbox = place.outbox();
  outbox.wake();
  place.run_until([&] { return place.waiting() == 0; });
  CHECK(place.slack.taken.size() == 1);
  CHECK(place.gotify.taken.size() == 1);
}

TEST_CASE("a service that says nothing delays no other, and no end") {
  Place place;
  place.slack.mood = Mood::silent;
  place.write(some_message("one"));
  place.write(some_message("two"));
  notify::Outbox outbox = place.outbox();
  outbox.wake();
  place.run_until([&] { return place.gotify.taken.size() == 2; });
  CHECK(place.slack_server->counters().requests == 1);
  const double seconds = place.drain(outbox, std::chrono::milliseconds(500));
  CHECK(seconds < 5);
  CHECK(place.waiting() == 2);
  CHECK(place.lines_with("2 messages could not be sent yet") == 1);
}

TEST_CASE("pauses grow, and a service may ask for longer ones") {
  Place place;
  place.slack.mood = Mood::busy;  // 30 s
  place.write(some_message());
  notify::Outbox outbox = place.outbox();
  const double seconds = place.drain(outbox, std::chrono::seconds(10));
  CHECK(seconds < 5);  // nothing can be sent within the limit
  const auto letters = place.state->letters(place.gateway);
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].tries == 1);
  CHECK(letters[0].next >= net::Loop::wall_now() + std::chrono::seconds(20));
  // The ninth try of one that always fails.
  place.slack.mood = Mood::broken;
  for (int i = 0; i < 7; ++i) {
    const auto letter = place.state->letters(place.gateway).at(0);
    REQUIRE(place.state->claim(letter, net::Loop::wall_now()));
  }
  notify::Outbox later = place.outbox();
  place.drain(later, std::chrono::seconds(10));
  CHECK(place.lines_with("tried again in 3600 s") == 1);
}

TEST_CASE("a message of the day before yesterday is given up, with one line") {
  Place place;
  place.slack.mood = Mood::broken;
  place.gotify.mood = Mood::broken;
  place.write(some_message(), net::Loop::wall_now() - std::chrono::hours(25));
  notify::Outbox outbox = place.outbox();
  place.drain(outbox, std::chrono::seconds(10));
  CHECK(place.waiting() == 0);
  CHECK(place.lines_with("given up") == 2);
  CHECK(place.slack_server->counters().requests == 0);
}

TEST_CASE("a message of a clock that has been set back is sent all the same") {
  Place place;
  const auto ahead = net::Loop::wall_now() + std::chrono::hours(240);
  place.write(some_message(), ahead);
  notify::Outbox outbox = place.outbox();
  place.drain(outbox, std::chrono::seconds(10));
  CHECK(place.waiting() == 0);
  CHECK(place.slack.taken.size() == 1);
  CHECK(place.gotify.taken.size() == 1);
}

TEST_CASE(
    "a message that is yet to be written is given up after a day's tries") {
  Place place;
  place.slack.mood = Mood::broken;
  const auto now = net::Loop::wall_now();
  place.write(some_message(), now + std::chrono::hours(240));
  const auto try_times = [&](int times) {
    for (int i = 0; i < times; ++i) {
      REQUIRE(place.state->claim(place.state->letters(place.gateway).at(0),
                                 now + std::chrono::hours(240)));
    }
    notify::Outbox outbox = place.outbox();
    place.drain(outbox, std::chrono::seconds(10));
  };
  try_times(27);  // and once more: after that come 3600 s
  CHECK(place.waiting() == 1);
  CHECK(place.slack_server->counters().requests == 1);
  try_times(1);
  CHECK(place.waiting() == 0);
  CHECK(place.lines_with("given up") == 1);
  CHECK(place.slack_server->counters().requests == 1);
}

TEST_CASE("a message that is refused does not stand before the next") {
  Place place;
  core::Message odd = some_message();
  odd.lines = {""};  // which Slack does not take
  place.write(odd);
  place.write(some_message());
  notify::Outbox outbox = place.outbox();
  place.drain(outbox, std::chrono::seconds(10));
  CHECK(place.waiting() == 0);
  CHECK(place.slack.taken.size() == 1);
  CHECK(place.lines_with("slack: it answers with status 400: invalid_blocks; "
                         "this message will not be sent") == 1);
}

TEST_CASE("a message is never taken up twice at the same time") {
  Place place;
  place.write(some_message());
  const auto letters = place.state->letters(place.gateway);
  REQUIRE(letters.size() == 2);
  const auto soon = net::Loop::wall_now() + std::chrono::seconds(15);
  CHECK(place.state->claim(letters[0], soon));
  CHECK_FALSE(place.state->claim(letters[0], soon));
  place.state->remove_letter(letters[1].id);
  CHECK_FALSE(place.state->claim(letters[1], soon));
  const auto left = place.state->letters(place.gateway);
  REQUIRE(left.size() == 1);
  CHECK(left[0].tries == 1);
  CHECK(left[0].next == soon);
}

TEST_CASE("of too many messages the oldest are given up") {
  Place place;
  for (int i = 0; i < 103; ++i) {
    place.state->tell(place.gateway, net::Loop::wall_now(),
                      {.told = "{}",
                       .content = core::json_of(some_message()),
                       .services = {"nobody"}});
  }
  notify::Outbox outbox = place.outbox();
  place.drain(outbox, std::chrono::seconds(10));
  CHECK(place.waiting() == 100);
  CHECK(place.lines_with("too many messages wait") == 3);
}
