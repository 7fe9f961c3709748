#include "web/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/messages_net.h"
#include "catch.h"
#include "net/loop.h"

using namespace std::chrono_literals;
using base::http::Request;
using web::Ending;
using web::Reply;

namespace {

// A server on a thread of its own.
class Server {
 public:
  explicit Server(web::HttpServer::Handler handler)
      : Server(web::ServerOptions(), std::move(handler)) {}
  Server(const web::ServerOptions& options, web::HttpServer::Handler handler)
      : server_(web::make_http_server(loop_, options, std::move(handler))),
        port_(server_->port()),
        thread_([this] { loop_.run(); }) {}
  ~Server() {
    loop_.post([this] { loop_.stop(); });
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const { return port_; }

  web::Counters counters() {
    std::promise<web::Counters> counters;
    loop_.post([&] { counters.set_value(server_->counters()); });
    return counters.get_future().get();
  }

  void destroy() {
    std::promise<void> done;
    loop_.post([&] {
      server_.reset();
      done.set_value();
    });
    done.get_future().get();
  }

 private:
  net::Loop loop_;
  std::unique_ptr<web::HttpServer> server_;
  int port_;
  std::jthread thread_;
};

// A client that sends what it is told, byte by byte if need be.
class RawClient {
 public:
  explicit RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    address.sin_port = ::htons(static_cast<std::uint16_t>(port));
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address),
                      sizeof(address)) == 0);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  RawClient& send(const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const auto count = ::send(socket_, bytes.data() + sent,
                                bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;  // refused in the middle
      sent += static_cast<std::size_t>(count);
    }
    return *this;
  }

  // Everything until the end of the connection, or until nothing comes for
  // `patience`.
  std::string read(std::chrono::milliseconds patience = 300ms) {
    std::string all;
    std::array<char, 4096> some{};
    pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
    while (::poll(&ready, 1, static_cast<int>(patience.count())) > 0) {
      const auto count = ::recv(socket_, some.data(), some.size(), 0);
      was_reset = count < 0 && errno == ECONNRESET;
      is_at_end = count <= 0;
      if (is_at_end) break;
      all.append(some.data(), static_cast<std::size_t>(count));
    }
    return all;
  }

  bool is_at_end = false;
  bool was_reset = false;

 private:
  int socket_;
};

std::string get(const std::string& target = "/") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: h\r\n\r\n", target);
}

Reply echo(const Request& request) {
  std::string text = fmt::format("{} {} ", request.method, request.url);
  text += request.body;
  return {.body = {{.bytes = text}}};
}

std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

}  // namespace

TEST_CASE("a request is answered, and the next one on its connection") {
  Server server(echo);
  RawClient client(server.port());
  const std::string first = client.send(get("/a?b=c")).read();
  CHECK(first == "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nGET /a?b=c ");
  CHECK(body_of(client.send(get("/d")).read()) == "GET /d ");
  CHECK_FALSE(client.is_at_end);
  const web::Counters counters = server.counters();
  CHECK(counters.connections == 1);
  CHECK(counters.requests == 2);
  CHECK(counters.in_flight == 0);
  CHECK(counters.peak_in_flight == 1);
}

TEST_CASE("a request may come in pieces, and several in one") {
  Server server(echo);
  RawClient client(server.port());
  const std::string post =
      "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
  for (const char byte : post)
    client.send(std::string(1, byte));
  CHECK(body_of(client.read()) == "POST /p hello");

  const std::string chunked =
      "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  const std::string both = client.send(chunked + get("/next")).read();
  CHECK(both.find("POST /c abcde") != std::string::npos);
  CHECK(both.ends_with("GET /next "));
}

TEST_CASE("headers arrive as they were sent") {
  std::string seen;
  Server server([&](const Request& request) {
    for (const auto& [name, value] : request.headers)
      seen += name + "=" + value + ";";
    return Reply{};
  });
  RawClient(server.port())
      .send("GET / HTTP/1.1\r\nHost: h\r\nX-Key:  a b \r\nx-key: c\r\n\r\n")
      .read();
  CHECK(seen == "Host=h;X-Key=a b;x-key=c;");
}

TEST_CASE("a client that asks to go on is told so, once") {
  Server server(echo);
  RawClient client(server.port());
  const std::string head =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n";
  CHECK(client.send(head).read() == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(body_of(client.send("ok").read()) == "POST / ok");
  // It came along with the body: nobody waits.
  CHECK(client.send(head + "ok").read().starts_with("HTTP/1.1 200 OK"));
}

TEST_CASE("what is no good request is refused, and the connection closed") {
  Server server(echo);
  RawClient client(server.port());
  std::string request;
  std::string status;
  SECTION("no HTTP") {
    request = "hello\r\n\r\n";
    status = "400";
  }
  SECTION("no host") {
    request = "GET / HTTP/1.1\r\n\r\n";
    status = "400";
  }
  SECTION("two lengths") {
    request =
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
        "Content-Length: 2\r\n\r\nab";
    status = "400";
  }
  SECTION("a length and chunks") {
    request =
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    status = "400";
  }
  SECTION("a large head") {
    request = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(80'000, 'x');
    status = "431";
  }
  SECTION("many headers") {
    request = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 20'000; ++i)
      request += "a: b\r\n";
    status = "431";
  }
  SECTION("a large body that says so") {
    request =
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n";
    status = "413";
  }
  SECTION("a large body in chunks") {
    request =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "600000\r\n" +
        std::string(0x600000, 'x') + "\r\n0\r\n\r\n";
    status = "413";
  }
  const std::string answer = client.send(request).read(2s);
  CHECK(answer.substr(0, 12) == "HTTP/1.1 " + status);
  CHECK(client.is_at_end);
  CHECK(server.counters().requests == 0);
}

TEST_CASE("who goes in the middle of a request is no trouble") {
  Server server(echo);
  {
    RawClient client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab");
  }
  CHECK(body_of(RawClient(server.port()).send(get()).read()) == "GET / ");
}

TEST_CASE("bodies are framed as their pieces ask for") {
  Reply reply;
  std::string expected;
  SECTION("nothing") {
    expected = "Content-Length: 0\r\n\r\n";
  }
  SECTION("several pieces") {
    reply.body = {{.bytes = "ab"}, {.bytes = ""}, {.bytes = "c"}};
    expected =
        "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
  }
  SECTION("a pause") {
    reply.body = {{.after = 30ms, .bytes = "ab"}};
    expected = "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
  }
  SECTION("no body at all") {
    reply.status = 204;
    expected = "HTTP/1.1 204 No Content\r\n\r\n";
  }
  SECTION("a length of its own") {
    reply.headers = {{"Content-Length", "3"}};
    reply.body = {{.bytes = "a"}, {.bytes = "bc"}};
    expected = "Content-Length: 3\r\n\r\nabc";
  }
  Server server([&](const Request&) { return reply; });
  RawClient client(server.port());
  CHECK(client.send(get()).read().ends_with(expected));
  CHECK(client.send(get()).read().ends_with(expected));
}

TEST_CASE("a HEAD has no body") {
  Server server(echo);
  RawClient client(server.port());
  const std::string answer =
      client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").read();
  CHECK(answer == "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
  CHECK(body_of(client.send(get()).read()) == "GET / ");
}

TEST_CASE("whoever asks for an end of the connection gets it") {
  Server server(echo);
  SECTION("by a header") {
    RawClient client(server.port());
    const std::string answer =
        client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            .read();
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(client.is_at_end);
  }
  SECTION("by the version") {
    RawClient client(server.port());
    CHECK(body_of(client.send("GET / HTTP/1.0\r\n\r\n").read()) == "GET / ");
    CHECK(client.is_at_end);
  }
}

TEST_CASE("an answer comes when it is said to come") {
  Server server([](const Request&) {
    return Reply{.after = 100ms,
                 .body = {{.bytes = "a"}, {.after = 100ms, .bytes = "b"}}};
  });
  RawClient client(server.port());
  client.send(get());
  const auto began = base::Clock::now();
  CHECK(client.read(1s).ends_with("1\r\na\r\n1\r\nb\r\n0\r\n\r\n"));
  CHECK(base::Clock::now() - began >= 200ms);
}

TEST_CASE("a reply ends as it is said to end") {
  Reply reply{.body = {{.bytes = "a"}, {.after = 20ms, .bytes = ""}}};
  bool is_at_end = true;
  bool is_reset = false;
  bool is_whole = true;
  SECTION("kept") {
    is_at_end = false;
  }
  SECTION("closed") {
    reply.ending = Ending::close;
  }
  SECTION("reset") {
    reply.ending = Ending::reset;
    is_reset = true;
    is_whole = false;
  }
  SECTION("unfinished") {
    reply.ending = Ending::unfinished;
    is_at_end = is_whole = false;
  }
  Server server([&](const Request&) { return reply; });
  RawClient client(server.port());
  const std::string answer = client.send(get()).read();
  CHECK(answer.find("1\r\na\r\n") != std::string::npos);
  CHECK(answer.ends_with("0\r\n\r\n") == is_whole);
  CHECK(client.is_at_end == is_at_end);
  CHECK(client.was_reset == is_reset);
}

TEST_CASE("there may be no answer at all") {
  Reply reply{.status = 0};
  bool is_at_end = true;
  bool is_reset = false;
  SECTION("closed") {
    reply.ending = Ending::close;
  }
  SECTION("reset") {
    reply.ending = Ending::reset;
    is_reset = true;
  }
  SECTION("hung") {
    reply.ending = Ending::unfinished;
    is_at_end = false;
  }
  Server server([&](const Request&) { return reply; });
  RawClient client(server.port());
  CHECK(client.send(get()).read().empty());
  CHECK(client.is_at_end == is_at_end);
  CHECK(client.was_reset == is_reset);
}

TEST_CASE("an unfinished answer is in flight until its client goes") {
  Server server([](const Request&) {
    return Reply{.status = 0, .ending = Ending::unfinished};
  });
  {
    RawClient client(server.port());
    client.send(get()).read(50ms);
    CHECK(server.counters().in_flight == 1);
  }
  for (int i = 0; i < 100 && server.counters().in_flight != 0; ++i)
    std::this_thread::sleep_for(10ms);
  CHECK(server.counters().in_flight == 0);
  CHECK(server.counters().peak_in_flight == 1);
}

TEST_CASE("a body may have no end, and ends with its client") {
  const auto pause = GENERATE(0ms, 5ms);
  Server server([&](const Request&) {
    return Reply{
        .body = {{.bytes = "once"},
                 {.after = base::Milliseconds(pause), .bytes = "again"}},
        .repeat_from = 1};
  });
  {
    RawClient client(server.port());
    client.send(get());
    std::this_thread::sleep_for(60ms);
    CHECK(server.counters().in_flight == 1);
  }
  for (int i = 0; i < 200 && server.counters().in_flight != 0; ++i)
    std::this_thread::sleep_for(10ms);
  CHECK(server.counters().in_flight == 0);
}

TEST_CASE("what is no HTTP is sent as it is") {
  Server server([](const Request&) {
    return Reply{.raw = "SSH-2.0\r\n", .ending = Ending::close};
  });
  RawClient client(server.port());
  CHECK(client.send(get()).read() == "SSH-2.0\r\n");
  CHECK(client.is_at_end);
}

TEST_CASE("a server that is destroyed takes its connections with it") {
  Server server([](const Request&) {
    return Reply{.after = 50ms,
                 .body = {{.bytes = "a"}, {.after = 10s, .bytes = "b"}}};
  });
  RawClient idle(server.port());
  RawClient early(server.port());
  RawClient late(server.port());
  late.send(get()).read(100ms);
  early.send(get());
  server.destroy();
  for (RawClient* client : {&idle, &early, &late}) {
    client->read(2s);
    CHECK(client->is_at_end);
  }
}

TEST_CASE("a stranger who is slow is not waited for") {
  web::ServerOptions options;
  options.patience = 150ms;
  Server server(options, [](const Request&) {
    return Reply{.body = {{.bytes = std::string(32U << 20U, 'x')}}};
  });
  RawClient silent(server.port());
  RawClient dripping(server.port());
  RawClient greedy(server.port());
  dripping.send("GET / HTTP/1.1\r\n");
  greedy.send(get());  // and does not read
  for (int i = 0; i < 5 && server.counters().connections < 3; ++i)
    std::this_thread::sleep_for(20ms);
  silent.read(5s);
  CHECK(silent.is_at_end);
  dripping.send("X: y\r\n").read(5s);
  CHECK(dripping.is_at_end);
  for (int i = 0; i < 200 && server.counters().in_flight > 0; ++i)
    std::this_thread::sleep_for(20ms);
  CHECK(server.counters().in_flight == 0);
}

TEST_CASE("patience is for a request, not for a connection") {
  web::ServerOptions options;
  options.patience = 400ms;
  Server server(options, [](const Request&) { return Reply{}; });
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(200ms);
    CHECK(client.send(get()).read(100ms).starts_with("HTTP/1.1 200"));
  }
}

TEST_CASE("connections beyond the limit are closed at once") {
  web::ServerOptions options;
  options.most_connections = 2;
  Server server(options, [](const Request&) { return Reply{}; });
  RawClient first(server.port());
  CHECK(first.send(get()).read(100ms).starts_with("HTTP/1.1 200"));
  auto second = std::make_unique<RawClient>(server.port());
  CHECK(second->send(get()).read(100ms).starts_with("HTTP/1.1 200"));
  RawClient third(server.port());
  third.send(get()).read(2s);
  CHECK(third.is_at_end);
  second.reset();
  std::this_thread::sleep_for(50ms);
  RawClient fourth(server.port());
  CHECK(fourth.send(get()).read(1s).starts_with("HTTP/1.1 200"));
}

TEST_CASE("limits of size are as they are said") {
  web::ServerOptions options;
  options.most_body = 10;
  options.most_head = 200;
  Server server(options, [](const Request&) { return Reply{}; });
  CHECK(RawClient(server.port())
            .send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n")
            .read(1s)
            .starts_with("HTTP/1.1 413"));
  CHECK(RawClient(server.port())
            .send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(300, 'x'))
            .read(1s)
            .starts_with("HTTP/1.1 431"));
}

TEST_CASE("a server listens where it is told to") {
  for (const char* host : {"localhost", "127.0.0.1", ""}) {
    web::ServerOptions options;
    options.host = host;
    Server server(options, [](const Request&) { return Reply{}; });
    if (*host != 'l') {  // which may be of the other kind
      RawClient client(server.port());
      CHECK(client.send(get()).read(300ms).starts_with("HTTP/1.1 200"));
    }
  }
  net::Loop loop;
  for (const char* host : {"192.0.2.1", "no-such-host.invalid"}) {
    web::ServerOptions options;
    options.host = host;
    CHECK_THROWS_AS(web::make_http_server(
                        loop, options, [](const Request&) { return Reply{}; }),
                    base::Error);
  }
}

TEST_CASE("a port that is taken is said so") {
  net::Loop loop;
  const auto first =
      web::make_http_server(loop, 0, [](const Request&) { return Reply{}; });
  try {
    web::make_http_server(loop, first->port(),
                          [](const Request&) { return Reply{}; });
    FAIL("it was had twice");
  } catch (const base::Error& error) {
    CHECK(error.sentence().is(base::say::port_taken));
  }
}
