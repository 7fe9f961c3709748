#include <poll.h>

#include <atomic>
#include <vector>

#include <fmt/format.h>

#include "catch.h"
#include "demo/upstream_answers.h"
#include "support/port.h"
#include "support/servers.h"
#include "world.h"

using db::Engine;
using e2e::holds;
using e2e::World;
using support::Database;
using support::Port;

// What the program says where a server does not let it in, or goes away.

namespace {

// A MySQL that has no TLS, as far as its greeting.
std::string greeting_without_tls() {
  using namespace std::string_literals;
  const std::string body =
      "\x0a"
      "5.5.5-10.11.0-MariaDB\0"s  // protocol, version
      "\x01\0\0\0"
      "abcdefgh\0"s  // connection, first part of the salt
      "\x09\x82"
      "\x2d"
      "\x02\0"
      "\x08\0"s  // no SSL in what it can do
      "\x15"
      "\0\0\0\0\0\0\0\0\0\0"s  // size of the salt, reserved
      "ijklmnopqrst\0"
      "mysql_native_password\0"s;
  return std::string(1, static_cast<char>(body.size())) + "\0\0\0"s + body;
}

// A way to a server of this computer that can be closed.
class Relay {
 public:
  explicit Relay(int server) : server_(server) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = at(0);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_, plain, size) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    REQUIRE(::getsockname(listener_, plain, &size) == 0);
    port_ = ::ntohs(address.sin_port);
    thread_ = std::thread([this] { work(); });
  }
  ~Relay() { close(); }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  int port() const { return port_; }

  // From now on there is nobody, and nobody was.
  void close() {
    is_closed_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  static sockaddr_in at(int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    address.sin_port = ::htons(static_cast<std::uint16_t>(port));
    return address;
  }

  void work() {
    while (!is_closed_) {
      std::vector<pollfd> waiting = {{listener_, POLLIN, 0}};
      for (const int end : ends_)
        waiting.push_back({end, POLLIN, 0});
      if (::poll(waiting.data(), waiting.size(), 10) <= 0) continue;
      for (std::size_t i = 1; i < waiting.size(); ++i) {
        if (waiting[i].revents != 0) carry(i - 1);
      }
      if (waiting[0].revents != 0) accept();
    }
    for (const int end : ends_)
      ::close(end);
    ::close(listener_);
  }

  // Ends come in pairs.
  void accept() {
    ends_.push_back(::accept(listener_, nullptr, nullptr));
    ends_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = at(server_);
    [[maybe_unused]] const int connected = ::connect(
        ends_.back(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  }

  void carry(std::size_t from) {
    char bytes[65536];
    const ssize_t size = ::recv(ends_[from], bytes, sizeof bytes, 0);
    const int to = ends_[from ^ 1U];
    if (size <= 0) {
      ::shutdown(to, SHUT_WR);
      ::shutdown(ends_[from], SHUT_RD);
      return;
    }
    ::send(to, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  }

  int server_;
  int listener_ = -1;
  int port_ = 0;
  std::vector<int> ends_;
  std::atomic<bool> is_closed_ = false;
  std::thread thread_;
};

// A way in that is closed, and what is said of it.
struct Door {
  Engine engine;
  const char* dsn;   // {n} the server's port, {s} a silent one, {c} a closed
  const char* says;  // one, {t} one without TLS
};

const std::vector<Door> doors = {
    {Engine::mysql, "admin:test-password@tcp(no-such-host.invalid:3306)/mysql",
     "no-such-host.invalid cannot be found"},
    {Engine::mysql, "admin:test-password@tcp(127.0.0.1:{c})/mysql",
     "nobody listens there"},
    {Engine::mysql, "admin:test-passwort@tcp(127.0.0.1:{n})/mysql",
     "user or password is wrong"},
    {Engine::mysql, "admin:test-password@tcp(127.0.0.1:{n})/no_such",
     "no database of that name"},
    {Engine::mysql, "admin:test-password@tcp(127.0.0.1:{t})/mysql?tls=true",
     "offers no TLS"},
    {Engine::mysql, "admin:test-password@tcp(127.0.0.1:{s})/mysql",
     "no answer within 5 s"},
    {Engine::postgres,
     "postgres://postgres:test-password@no-such-host.invalid:5432/postgres",
     "no-such-host.invalid cannot be found"},
    {Engine::postgres,
     "postgres://postgres:test-password@127.0.0.1:{c}/postgres",
     "nobody listens there"},
    {Engine::postgres,
     "postgres://postgres:test-passwort@127.0.0.1:{n}/postgres",
     "user or password is wrong"},
    {Engine::postgres,
     "postgres://postgres:test-password@127.0.0.1:{n}/no_such",
     "no database of that name"},
    {Engine::postgres,
     "postgres://postgres:test-password@127.0.0.1:{t}/postgres?sslmode=require",
     "offers no TLS"},
    {Engine::postgres,
     "postgres://postgres:test-password@127.0.0.1:{s}/postgres",
     "no answer within 5 s"},
};

}  // namespace

TEST_CASE("each closed door has one sentence and ends with 3 in time") {
  const Door door = GENERATE(from_range(doors));
  CAPTURE(door.engine, door.dsn);
  const Port silent;
  const Port plain(door.engine == Engine::mysql ? greeting_without_tls() : "N");
  int closed = 0;
  {
    const Port gone;
    closed = gone.number();
  }
  const std::string dsn =
      fmt::format(fmt::runtime(door.dsn),
                  fmt::arg("n", support::server_of(door.engine).port),
                  fmt::arg("s", silent.number()), fmt::arg("c", closed),
                  fmt::arg("t", plain.number()));
  World world;
  world.set("db_type",
            door.engine == Engine::mysql ? R"("mysql")" : R"("postgres")");
  world.set("db_dsn", base::json::quote(dsn));
  world.set("language", R"("en")");
  world.write_configuration();
  const auto ended = world.run({"--once"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.code == 3);
  CHECK(ended.out.empty());
  CHECK(e2e::lines_in(ended.err) == 1);
  CHECK(holds(ended.err, door.says));
  CHECK_FALSE(holds(ended.err, "test-passwor"));
  CHECK(ended.seconds < 8);
  const auto check = world.run({"check"});
  CAPTURE(check.out, check.err);
  CHECK(check.code == 3);
  CHECK(holds(check.out, door.says));
  CHECK_FALSE(holds(check.out + check.err, "test-passwor"));
  CHECK(check.seconds < 8);
}

TEST_CASE("a server that goes away in mid-round ends it with one sentence") {
  if (std::string_view(GATEWAY_FIXTURES).empty()) return;
  const Engine engine = GENERATE(Engine::mysql, Engine::postgres);
  CAPTURE(engine);
  const Database database(engine);
  database.load(fmt::format("{}/new-api-2026-08/{}.sql", GATEWAY_FIXTURES,
                            database.type()));
  Relay relay(database.server().port);
  World world;
  const auto gateway = database.open();
  gateway->execute(R"(UPDATE "channels" SET "base_url" = ? WHERE "id" = 1)",
                   {world.upstream.url("openai")});
  world.offer("openai", {"gpt-4o", "gpt-4.1"});
  web::Reply slow = demo::json_reply(404, "the model does not exist");
  slow.after = base::Milliseconds(700);
  world.upstream.answer("/openai/", "gpt-3.5-turbo", slow);
  std::string dsn = database.dsn();
  const std::string port = fmt::format(":{}", database.server().port);
  dsn.replace(dsn.find(port), port.size(), fmt::format(":{}", relay.port()));
  world.set("db_type", base::json::quote(database.type()));
  world.set("db_dsn", base::json::quote(dsn));
  world.set("include_channel", "[1]");
  world.set("language", R"("en")");
  world.write_configuration();
  support::Program program(world.command({"--once"}));
  REQUIRE(e2e::wait_for([&] { return world.upstream.log().size() >= 3; }));
  relay.close();
  const auto ended = program.wait();
  CAPTURE(ended.out, ended.err);
  CHECK(ended.code == 3);
  CHECK(e2e::lines_in(ended.err) == 1);
  CHECK((holds(ended.err, "the connection was lost") ||
         holds(ended.err, "nobody listens there")));
  CHECK_FALSE(holds(ended.err, "test-password"));
  CHECK(ended.seconds < 10);
  const auto row =
      gateway->query(R"(SELECT "models" FROM "channels" WHERE "id" = 1)");
  CHECK(db::text_of(row.at(0).at(0)) ==
        "gpt-4o,gpt-4o-mini,gpt-3.5-turbo,text-embedding-3-small");
}
