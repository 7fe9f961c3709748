#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/messages_net.h"
#include "catch.h"
#include "demo/upstream.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "support/certificates.h"
#include "support/gateways.h"
#include "support/tls_door.h"
#include "web/http_server.h"

using namespace std::chrono_literals;
using base::http::Chunk;
using base::http::Done;
using base::http::Event;
using base::http::Failed;
using base::http::Failure;
using base::http::Head;
using base::http::Request;
using base::http::Sent;

namespace {

// No limit but those that a test sets.
net::HttpLimits wide() {
  net::HttpLimits limits;
  limits.pace = {.lane = {.concurrent = 0, .rps = 0, .rpm = 0},
                 .in_flight = 0,
                 .per_host = 0,
                 .new_hosts = 0};
  return limits;
}

// Keeps what comes; `then` is called at each event.
struct Talk final : net::Exchange {
  Talk() = default;
  explicit Talk(Request asked) : asking(std::move(asked)) {}

  Request request() override {
    ++times_asked;
    return asking;
  }

  void on(const Event& event) override {
    ++events;
    CHECK_FALSE(ended);
    if (std::holds_alternative<Sent>(event)) was_sent = true;
    if (const auto* head = std::get_if<Head>(&event)) {
      status = head->status;
      headers = head->headers;
    }
    if (const auto* chunk = std::get_if<Chunk>(&event)) body += chunk->bytes;
    if (const auto* failed = std::get_if<Failed>(&event)) {
      failure = failed->kind;
      text = failed->text;
    }
    ended = std::holds_alternative<Done>(event) || failure;
    if (then) then(event);
  }

  Request asking;
  std::function<void(const Event&)> then;
  int times_asked = 0;
  int events = 0;
  bool was_sent = false;
  int status = 0;
  base::http::Headers headers;
  std::string body;
  std::optional<Failure> failure;
  std::string text;
  bool ended = false;
};

bool is_end(const Event& event) {
  return std::holds_alternative<Done>(event) ||
         std::holds_alternative<Failed>(event);
}

// A client and the simulated upstream on one loop.
struct Fixture {
  Fixture() { upstream.set("", {}); }

  std::string url(const std::string& path = "/v1/chat/completions") const {
    return fmt::format("http://127.0.0.1:{}{}", server->port(), path);
  }

  Request ask(const std::string& model, bool streamed = false) const {
    Request request;
    request.method = "POST";
    request.url = url();
    request.headers = {{"Content-Type", "application/json"},
                       {"Authorization", "Bearer sk-test-0123456789"}};
    request.body =
        fmt::format(R"({{"model":"{}","stream":{}}})", model, streamed);
    request.timeout = 5s;
    return request;
  }

  // Runs until `talks` have ended, or for `most`.
  void run(const std::vector<Talk*>& talks, base::Milliseconds most = 20s) {
    std::size_t left = talks.size();
    for (Talk* talk : talks) {
      talk->then = [&, then = talk->then](const Event& event) {
        if (then) then(event);
        if (is_end(event) && --left == 0) loop.stop();
      };
      send(*talk);
    }
    run_for(most);
    CHECK(left == 0);
  }

  net::HttpClient::Id send(Talk& talk, net::Lane lane = 1) {
    return client->send(lane, base::http::host_of(talk.asking.url), talk);
  }

  void run_for(base::Milliseconds time) {
    net::Timer timer(loop);
    timer.set(net::Loop::now() + time, [&] { loop.stop(); });
    loop.run();
  }

  Talk talk(Request request) {
    Talk talk(std::move(request));
    run({&talk});
    talk.then = nullptr;
    return talk;
  }

  net::Loop loop;
  demo::Upstream upstream;
  std::unique_ptr<web::HttpServer> server =
      demo::make_upstream_server(loop, 0, upstream);
  std::unique_ptr<net::HttpClient> client = net::make_curl_client(loop, wide());
};

// A port that takes no connection: bound, but nobody listens.
class DeafPort {
 public:
  explicit DeafPort(bool is_full = false)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    REQUIRE(::bind(socket_, any, size) == 0);
    REQUIRE(::getsockname(socket_, any, &size) == 0);
    port_ = ::ntohs(address.sin_port);
    if (!is_full) return;
    // Once the queue is full, whoever connects gets no answer.
    REQUIRE(::listen(socket_, 0) == 0);
    for (int i = 0; i < 4; ++i) {
      waiting_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      std::ignore = ::connect(waiting_.back(), any, size);
    }
  }
  ~DeafPort() {
    for (const int waiting : waiting_)
      ::close(waiting);
    ::close(socket_);
  }
  DeafPort(const DeafPort&) = delete;
  DeafPort& operator=(const DeafPort&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}/", port_); }

 private:
  int socket_;
  int port_ = 0;
  std::vector<int> waiting_;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) +
           static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

TEST_CASE_METHOD(Fixture, "an answer comes with status, headers and body") {
  const Talk good = talk(ask("m"));
  CHECK(good.status == 200);
  CHECK(base::http::value_of(good.headers, "content-type") ==
        "application/json");
  CHECK(good.body.starts_with(R"({"id":"chatcmpl-1")"));
  CHECK(good.times_asked == 1);
  CHECK(good.events == 4);

  const Talk bad = talk(ask("m@503"));
  CHECK(bad.status == 503);
  CHECK_FALSE(bad.failure);
}

TEST_CASE_METHOD(Fixture, "the upstream sees what was asked, and no more") {
  Request request = ask("m");
  request.headers.emplace_back("X-Empty", "");
  const std::string body = request.body;
  talk(request);
  const demo::Seen& seen = upstream.log().at(0);
  CHECK(seen.method == "POST");
  CHECK(seen.path == "/v1/chat/completions");
  CHECK(seen.body == body);
  using base::http::value_of;
  CHECK(value_of(seen.headers, "Authorization") == "Bearer sk-test-0123456789");
  CHECK(value_of(seen.headers, "Content-Type") == "application/json");
  CHECK(value_of(seen.headers, "Accept-Encoding").find("gzip") !=
        std::string::npos);
  const auto has = [&](const std::string& name) {
    return std::ranges::any_of(
        seen.headers, [&](const auto& header) { return header.first == name; });
  };
  CHECK(has("X-Empty"));
  CHECK_FALSE(has("User-Agent"));
  CHECK_FALSE(has("Cookie"));
  CHECK_FALSE(has("Expect"));
}

TEST_CASE_METHOD(Fixture, "methods are sent as they are, also in turn") {
  server = web::make_http_server(loop, 0, [&](const Request& request) {
    return web::Reply{
        .body = {{.bytes = request.method + request.body +
                           std::string(base::http::value_of(request.headers,
                                                            "Content-Type"))}}};
  });
  const auto said = [&](const std::string& method, const std::string& body) {
    Request request;
    request.method = method;
    request.url = url("/");
    request.body = body;
    return talk(request).body;
  };
  CHECK(said("POST", "x") == "POSTx");
  CHECK(said("GET", "") == "GET");
  CHECK(said("DELETE", "") == "DELETE");
  CHECK(said("PUT", "yz") == "PUTyz");
  CHECK(said("GET", "b") == "GETb");
  CHECK(said("POST", "") == "POST");
  CHECK(said("HEAD", "").empty());
  CHECK(said("GET", "") == "GET");
  CHECK(server->counters().connections == 1);
}

TEST_CASE_METHOD(Fixture, "many at once") {
  std::vector<std::unique_ptr<Talk>> talks;
  std::vector<Talk*> all;
  for (int i = 0; i < 500; ++i) {
    talks.push_back(std::make_unique<Talk>(
        ask(fmt::format("m{}@slow-first", i), i % 2 == 0)));
    all.push_back(talks.back().get());
  }
  run(all);
  for (const Talk* one : all) {
    CHECK(one->status == 200);
    CHECK_FALSE(one->failure);
    CHECK_FALSE(one->body.empty());
  }
  CHECK(server->counters().peak_in_flight > 100);
}

TEST_CASE_METHOD(Fixture, "connections are used again") {
  for (int i = 0; i < 20; ++i)
    talk(ask("m", i % 3 == 0));
  CHECK(server->counters().requests == 20);
  CHECK(server->counters().connections == 1);
}

TEST_CASE_METHOD(Fixture, "many at once find their connections again") {
  for (int turn = 0; turn < 3; ++turn) {
    std::vector<std::unique_ptr<Talk>> talks;
    std::vector<Talk*> all;
    for (int i = 0; i < 350; ++i) {
      talks.push_back(std::make_unique<Talk>(ask("m@slow-first")));
      all.push_back(talks.back().get());
    }
    run(all);
  }
  CHECK(server->counters().requests == 1050);
  CHECK(server->counters().connections <= 350);
}

TEST_CASE_METHOD(Fixture, "a stream comes as it is sent") {
  Talk streamed(ask("m@slow-first", true));
  base::Time head;
  base::Time last;
  streamed.then = [&](const Event& event) {
    if (const auto* came = std::get_if<Head>(&event)) head = came->now;
    if (const auto* came = std::get_if<Chunk>(&event)) last = came->now;
  };
  run({&streamed});
  CHECK(last - head > 200ms);
  CHECK(streamed.body.ends_with("data: [DONE]\n\n"));
}

TEST_CASE_METHOD(Fixture, "a hung upstream costs its timeout") {
  const std::string mood = GENERATE("hang", "hang-body", "drip", "endless");
  Request request = ask("m@" + mood, true);
  request.timeout = 300ms;
  const auto began = net::Loop::now();
  const Talk hung = talk(request);
  CHECK(hung.failure == Failure::timeout);
  CHECK(net::Loop::now() - began > 250ms);
  CHECK(net::Loop::now() - began < 3s);
}

TEST_CASE_METHOD(Fixture, "what is hung costs no time of ours") {
  Talk hung(ask("m@hang"));
  send(hung);
  run_for(100ms);
  const double before = cpu_seconds();
  run_for(1s);
  CHECK(cpu_seconds() - before < 0.3);
  CHECK_FALSE(hung.ended);
  client.reset();
}

TEST_CASE_METHOD(Fixture, "idle connections cost no time of ours") {
  talk(ask("m"));
  server.reset();  // closes its end, which can be read for ever
  const DeafPort full(true);
  Talk unanswered;
  unanswered.asking.url = full.url();
  unanswered.asking.timeout = 1s;
  const double before = cpu_seconds();
  run({&unanswered});
  CHECK(cpu_seconds() - before < 0.3);
}

TEST_CASE_METHOD(Fixture, "nobody listens") {
  const DeafPort port;
  Request request;
  request.url = port.url();
  const Talk refused = talk(request);
  CHECK(refused.was_sent);
  CHECK(refused.failure == Failure::connect);
  CHECK_FALSE(refused.text.empty());
}

TEST_CASE_METHOD(Fixture, "a name that does not resolve is no connection") {
  Request request;
  request.url = "http://no-such-host.invalid/";
  request.timeout = 3s;
  CHECK(talk(request).failure == Failure::connect);
}

TEST_CASE_METHOD(Fixture, "a connection that is never answered has its limit") {
  net::HttpLimits limits = wide();
  limits.connect_timeout = 300ms;
  client = net::make_curl_client(loop, limits);
  const DeafPort full(true);
  Request request;
  request.url = full.url();
  const auto began = net::Loop::now();
  CHECK(talk(request).failure == Failure::connect);
  CHECK(net::Loop::now() - began < 4s);
}

TEST_CASE_METHOD(Fixture,
                 "what cannot be begun has failed, and throws nothing") {
  Request request = ask("m");
  SECTION("no URL") {
    request.url = "";
  }
  SECTION("another scheme") {
    request.url = "ftp://127.0.0.1/";
  }
  SECTION("a file") {
    request.url = "file:///etc/hostname";
  }
  SECTION("no port") {
    request.url = "http://127.0.0.1:99999/";
  }
  SECTION("a line end in the URL") {
    request.url += "\r\nX: y";
  }
  SECTION("a line end in a header") {
    request.headers.emplace_back("X", "a\r\nY: b");
  }
  SECTION("a line end in the method") {
    request.method = "GET /\r\n";
  }
  bool is_sendable = false;
  SECTION("no such proxy") {
    request.proxy = base::Secret("gopher://user:secret@127.0.0.1:1");
    is_sendable = true;
  }
  const Talk refused = talk(request);
  CHECK(refused.failure ==
        (is_sendable ? Failure::connect : Failure::unsendable));
  CHECK_FALSE(refused.text.empty());
  CHECK(refused.text.find("secret") == std::string::npos);
  CHECK(server->counters().requests == 0);
}

TEST_CASE_METHOD(Fixture, "too much is too much") {
  Request request = ask("m");
  std::size_t most = std::size_t{1} << 20U;
  SECTION("of a body") {
    request = ask("m@big");
    request.most_body = most;
  }
  SECTION("of a small body") {
    most = 10;
    request.most_body = most;
  }
  SECTION("of a body without an end") {
    request = ask("m@endless", true);
    most = 2000;
    request.most_body = most;
  }
  SECTION("of headers") {
    request = ask("m@headers");
  }
  SECTION("of what was small while it was packed") {
    request = ask("m@bomb");
    request.most_body = most;
  }
  const double before = cpu_seconds();
  const Talk large = talk(request);
  CHECK(large.failure == Failure::too_large);
  CHECK(large.text.starts_with("more than "));
  CHECK(large.body.size() <= most);
  CHECK(cpu_seconds() - before < 2);
}

TEST_CASE_METHOD(Fixture, "what is in no encoding that is known is told so") {
  const std::string encoding = GENERATE("gzip", "deflate", "x-secret");
  server = web::make_http_server(loop, 0, [&](const Request&) {
    return web::Reply{.headers = {{"Content-Encoding", encoding}},
                      .body = {{.bytes = R"({"plain":"JSON"})"}}};
  });
  const Talk odd = talk(ask("m"));
  CHECK(odd.status == 200);
  CHECK(odd.failure == Failure::undecoded);
  CHECK_FALSE(odd.text.empty());
}

TEST_CASE_METHOD(Fixture, "a line of a header may not be endless, either") {
  const std::size_t size = GENERATE(70'000U, 300'000U);
  server = web::make_http_server(loop, 0, [&](const Request&) {
    return web::Reply{
        .raw = "HTTP/1.1 200 OK\r\nX: " + std::string(size, 'x') + "\r\n\r\n",
        .ending = web::Ending::unfinished};
  });
  Request request = ask("m");
  request.timeout = 2s;
  const Talk large = talk(request);
  INFO(large.text);
  CHECK(large.failure == Failure::too_large);
}

TEST_CASE_METHOD(Fixture,
                 "interim answers count as headers, and are no answer") {
  const int count = GENERATE(3, 5000);
  server = web::make_http_server(loop, 0, [&](const Request&) {
    std::string raw;
    for (int i = 0; i < count; ++i)
      raw += "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n";
    return web::Reply{.raw = raw +
                             "HTTP/1.1 201 Created\r\nX-A: b\r\n"
                             "Content-Length: 2\r\n\r\nok"};
  });
  const Talk answered = talk(ask("m"));
  if (count == 3) {
    CHECK(answered.status == 201);
    CHECK(answered.headers.size() == 2);
    CHECK(answered.body == "ok");
  } else {
    CHECK(answered.failure == Failure::too_large);
  }
}

TEST_CASE_METHOD(Fixture, "what follows a change of protocol is the body") {
  server = web::make_http_server(loop, 0, [&](const Request& request) {
    CHECK(base::http::value_of(request.headers, "upgrade") == "websocket");
    return web::Reply{
        .raw =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\n\r\n"
            "\x81\x05hello",
        .ending = web::Ending::close};
  });
  Request request = ask("m");
  request.method = "GET";
  request.body.clear();
  request.http1 = true;
  request.headers = {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}};
  const Talk switched = talk(request);
  INFO(switched.text);
  CHECK(switched.status == 101);
  CHECK(switched.body == "\x81\x05hello");
}

TEST_CASE_METHOD(Fixture, "a broken connection is broken") {
  Request request = ask("m");
  SECTION("reset before the answer") {
    request = ask("m@reset");
  }
  SECTION("closed before the answer") {
    request = ask("m@close");
  }
  SECTION("reset in a stream") {
    request = ask("m@cut-late", true);
  }
  SECTION("shorter than it said") {
    server = web::make_http_server(loop, 0, [](const Request&) {
      return web::Reply{.headers = {{"Content-Length", "100"}},
                        .body = {{.bytes = "short"}},
                        .ending = web::Ending::close};
    });
    request = ask("m");
  }
  SECTION("no HTTP") {
    server = web::make_http_server(loop, 0, [](const Request&) {
      return web::Reply{.raw = "SSH-2.0-OpenSSH_9.2\r\n",
                        .ending = web::Ending::close};
    });
    request = ask("m");
  }
  const Talk broken = talk(request);
  CHECK(broken.failure == Failure::broken);
}

TEST_CASE_METHOD(Fixture, "what came before a reset is told") {
  const Talk broken = talk(ask("m@cut-late", true));
  CHECK(broken.status == 200);
  CHECK(broken.body.find("\"content\":\"Hi\"") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a connection that died while idle is made anew") {
  talk(ask("m"));
  const int port = server->port();
  server.reset();
  server = demo::make_upstream_server(loop, port, upstream);
  CHECK(talk(ask("m")).status == 200);
}

TEST_CASE_METHOD(Fixture, "a redirect is an answer like others") {
  const Talk moved = talk(ask("m@redirect-same"));
  CHECK(moved.status == 307);
  CHECK(base::http::value_of(moved.headers, "Location").ends_with("hop=1"));
  CHECK(server->counters().requests == 1);
}

TEST_CASE_METHOD(Fixture, "a user name in the URL is no password") {
  const int port = server->port();
  Request request = ask("m");
  request.headers = {{"x-api-key", "sk-test-0123456789"}};
  SECTION("usual") {
    request.url = fmt::format("http://user:pass@127.0.0.1:{}/v1/models", port);
  }
  SECTION("with an at sign") {
    request.url = fmt::format("http://us@er:p@127.0.0.1:{}/v1/models", port);
  }
  SECTION("with one slash") {
    request.url = fmt::format("http:/user:pass@127.0.0.1:{}/v1/models", port);
  }
  const Talk answered = talk(request);
  INFO(answered.text);
  for (const demo::Seen& seen : upstream.log()) {
    CHECK(base::http::value_of(seen.headers, "Authorization").empty());
  }
}

TEST_CASE_METHOD(Fixture, "a proxy is used, and no other") {
  std::vector<Request> seen;
  const auto proxy =
      web::make_http_server(loop, 0, [&](const Request& request) {
        seen.push_back(request);
        return web::Reply{.body = {{.bytes = "by proxy"}}};
      });
  ::setenv("no_proxy", "*", 1);
  Request request = ask("m");
  request.url = "http://upstream.invalid/v1/models";
  request.proxy = base::Secret(
      fmt::format("http://user:secret@127.0.0.1:{}", proxy->port()));
  CHECK(talk(request).body == "by proxy");
  ::unsetenv("no_proxy");
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].url == "http://upstream.invalid/v1/models");
  CHECK(base::http::value_of(seen[0].headers, "Proxy-Authorization") ==
        "Basic dXNlcjpzZWNyZXQ=");
  // The next request on the same handle has none.
  CHECK(talk(ask("m")).body.starts_with("{"));
  CHECK(seen.size() == 1);
}

TEST_CASE_METHOD(Fixture, "a proxy of the environment counts") {
  int asked = 0;
  const auto proxy = web::make_http_server(loop, 0, [&](const Request&) {
    ++asked;
    return web::Reply{};
  });
  ::setenv("http_proxy",
           fmt::format("http://127.0.0.1:{}", proxy->port()).c_str(), 1);
  Request request = ask("m");
  request.url = "http://upstream.invalid/";
  talk(request);
  ::unsetenv("http_proxy");
  CHECK(asked == 1);
}

TEST_CASE_METHOD(Fixture, "a proxy that refuses a tunnel is no connection") {
  const auto proxy = web::make_http_server(
      loop, 0, [&](const Request&) { return web::Reply{.status = 407}; });
  Request request = ask("m");
  request.url = "https://upstream.invalid/";
  const char* scheme = GENERATE("http", "socks5", "socks5h", "https");
  request.proxy = base::Secret(
      fmt::format("{}://user:secret@127.0.0.1:{}", scheme, proxy->port()));
  request.timeout = 2s;
  const Talk refused = talk(request);
  CHECK(refused.failure == Failure::connect);
  CHECK(refused.text.find("secret") == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a call that finds no descriptor is not to blame") {
  const std::string host = GENERATE("127.0.0.1", "localhost");
  CAPTURE(host);
  talk(ask("m"));  // what is opened once is open
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int next = ::dup(0);
  REQUIRE(next >= 0);
  ::close(next);
  Request request = ask("m");
  request.url = fmt::format("http://{}:9/", host);
  request.timeout = 2s;
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(next);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const Talk crowded = talk(request);
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(crowded.failure == Failure::crowded);
  // A port where nobody listens is another thing.
  CHECK(talk(request).failure == Failure::connect);
}

TEST_CASE_METHOD(Fixture, "more calls than descriptors wait for each other") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit few = before;
  few.rlim_cur = 100;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  client = net::make_curl_client(loop, wide());
  // The server of this test needs descriptors, too.
  ::setrlimit(RLIMIT_NOFILE, &before);
  std::vector<std::unique_ptr<Talk>> talks;
  int left = 200;
  int in_flight = 0;
  int peak = 0;
  for (int i = 0; i < 200; ++i) {
    talks.push_back(std::make_unique<Talk>(ask("m")));
    talks.back()->then = [&](const Event& event) {
      if (std::holds_alternative<Sent>(event))
        peak = std::max(peak, ++in_flight);
      if (!is_end(event)) return;
      --in_flight;
      if (--left == 0) loop.stop();
    };
    send(*talks.back());
  }
  loop.run();
  for (const auto& one : talks)
    CHECK_FALSE(one->failure);
  CHECK(peak == 36);
}

TEST_CASE_METHOD(Fixture, "an HTTPS proxy is trusted as an upstream is") {
  const support::Authority authority;
  const support::Authority nobody;
  const bool is_trusted = GENERATE(true, false);
  const auto proxy = web::make_http_server(loop, 0, [&](const Request&) {
    return web::Reply{.body = {{.bytes = "by proxy"}}};
  });
  const support::TlsDoor door(authority.sign({}), proxy->port());
  const support::TemporaryFolder folder;
  const std::string file = folder.file("ca.pem");
  support::write_file(file, is_trusted ? authority.pem() : nobody.pem());
  net::HttpLimits limits = wide();
  limits.ca_file = file;
  client = net::make_curl_client(loop, limits);
  Request request = ask("m");
  request.url = "http://upstream.invalid/v1/models";
  request.proxy = base::Secret(
      fmt::format("https://user:secret@127.0.0.1:{}", door.port()));
  const Talk proxied = talk(request);
  if (is_trusted) {
    CHECK(proxied.body == "by proxy");
  } else {
    CHECK(proxied.failure == Failure::connect);
    CHECK(proxied.text.find("secret") == std::string::npos);
    // Nothing was said to whom nobody vouches for.
    CHECK(door.heard().empty());
  }
}

TEST_CASE_METHOD(Fixture, "plain HTTP where TLS was meant is no connection") {
  Request request = ask("m");
  request.url = fmt::format("https://127.0.0.1:{}/", server->port());
  CHECK(talk(request).failure == Failure::connect);
}

TEST_CASE_METHOD(Fixture, "certificates that are gone are our own trouble") {
  const support::Authority authority;
  const support::TemporaryFolder folder;
  net::HttpLimits limits = wide();
  limits.ca_file = folder.file("ca.pem");
  const std::string broken =
      GENERATE("", "-----BEGIN CERTIFICATE-----\nAAAA\n");
  support::write_file(limits.ca_file, authority.pem());
  client = net::make_curl_client(loop, limits);
  support::write_file(limits.ca_file, broken);
  Request request = ask("m");
  request.url = fmt::format("https://127.0.0.1:{}/", server->port());
  const Talk untrusting = talk(request);
  CHECK(untrusting.failure == Failure::untrusting);
  CHECK(untrusting.text.find("ca-certificates") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a request can be cancelled by its own handler") {
  Talk cancelled(ask("m", true));
  net::HttpClient::Id id = 0;
  SECTION("when it leaves") {
    cancelled.then = [&](const Event&) { client->cancel(id); };
    id = send(cancelled);
    run_for(50ms);
    CHECK(cancelled.events == 1);
  }
  SECTION("when its head comes") {
    cancelled.then = [&](const Event& event) {
      if (std::holds_alternative<Head>(event)) client->cancel(id);
    };
    id = send(cancelled);
    run_for(50ms);
    CHECK(cancelled.events == 2);
  }
  SECTION("when its body comes") {
    cancelled.then = [&](const Event& event) {
      const auto* chunk = std::get_if<Chunk>(&event);
      if (chunk == nullptr) return;
      client->cancel(id);
      // The bytes are there until the handler returns.
      CHECK(chunk->bytes.starts_with("data: "));
    };
    id = send(cancelled);
    run_for(50ms);
    CHECK(cancelled.events == 3);
  }
  CHECK_FALSE(cancelled.ended);
  client->cancel(id);
  client->cancel(0);
  client->cancel(12345);
}

TEST_CASE_METHOD(Fixture, "who cancelled may be gone at once") {
  auto first = std::make_unique<Talk>(ask("m", true));
  auto second = std::make_unique<Talk>(ask("m@hang"));
  auto third = std::make_unique<Talk>(ask("m"));
  std::vector<net::HttpClient::Id> ids;
  first->then = [&](const Event& event) {
    if (!std::holds_alternative<Head>(event)) return;
    for (const auto id : ids)
      client->cancel(id);
    second.reset();
    third.reset();
    auto itself = std::move(first);  // goes when this returns
  };
  for (Talk* one : {first.get(), second.get(), third.get()})
    ids.push_back(send(*one));
  run_for(50ms);
  CHECK(first == nullptr);
}

TEST_CASE_METHOD(Fixture, "a waiting request can be cancelled") {
  client->limit(1, {.concurrent = 1, .rps = 0});
  Talk hung(ask("m@hang"));
  Talk waiting(ask("m"));
  Talk last(ask("m"));
  const auto first = send(hung);
  const auto second = send(waiting);
  send(last);
  run_for(50ms);
  CHECK(waiting.times_asked == 0);
  client->cancel(second);
  client->cancel(first);
  run_for(200ms);
  CHECK(waiting.times_asked == 0);
  CHECK(last.status == 200);
}

TEST_CASE_METHOD(Fixture, "a handler may send the next one") {
  std::vector<std::unique_ptr<Talk>> talks;
  std::function<void(const Event&)> next = [&](const Event& event) {
    if (!is_end(event)) return;
    if (talks.size() == 20) return loop.stop();
    talks.push_back(std::make_unique<Talk>(ask("m")));
    talks.back()->then = next;
    send(*talks.back());
  };
  talks.push_back(std::make_unique<Talk>(ask("m")));
  talks.back()->then = next;
  send(*talks.back());
  run_for(10s);
  CHECK(talks.size() == 20);
  CHECK(server->counters().connections == 1);
}

TEST_CASE_METHOD(Fixture, "an exchange may be sent again by its own handler") {
  Talk again(ask("m"));
  int left = 10;
  again.then = [&](const Event& event) {
    if (!is_end(event)) return;
    again.ended = false;
    if (--left > 0) {
      send(again);
    } else {
      loop.stop();
    }
  };
  send(again);
  run_for(10s);
  CHECK(left == 0);
}

TEST_CASE_METHOD(Fixture, "a handler may throw, and nothing is lost") {
  std::vector<std::unique_ptr<Talk>> talks;
  int ended = 0;
  const int at = GENERATE(0, 1, 2, 3);
  for (int i = 0; i < 40; ++i) {
    talks.push_back(std::make_unique<Talk>(ask("m", i % 2 == 0)));
    talks.back()->then = [&, i](const Event& event) {
      if (is_end(event)) ++ended;
      if (i % 4 == 0 && static_cast<int>(event.index()) == (at == 3 ? 3 : at)) {
        throw std::runtime_error("no");
      }
    };
    send(*talks.back());
  }
  int thrown = 0;
  for (int i = 0; i < 200 && ended < 40; ++i) {
    try {
      run_for(50ms);
    } catch (const std::runtime_error&) {
      ++thrown;
    }
  }
  CHECK(ended == 40);
  CHECK(thrown == 10);
  for (const auto& one : talks) {
    CHECK(one->status == 200);
    CHECK(one->body.find("Hi") != std::string::npos);
  }
}

namespace {

struct Refusing final : net::Exchange {
  Request request() override { throw std::runtime_error("no request"); }
  void on(const Event&) override { FAIL("it was never sent"); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "who throws instead of a request is taken out") {
  client->limit(1, {.concurrent = 1, .rps = 0});
  Refusing refusing;
  Talk next(ask("m"));
  client->send(1, "", refusing);
  send(next);
  CHECK_THROWS_AS(run_for(1s), std::runtime_error);
  next.then = [&](const Event& event) {
    if (is_end(event)) loop.stop();
  };
  run_for(5s);
  CHECK(next.status == 200);
}

TEST_CASE_METHOD(Fixture,
                 "who cancels itself instead of a request is not sent") {
  struct Changing final : net::Exchange {
    Request request() override {
      client->cancel(id);
      return asking;
    }
    void on(const Event&) override { FAIL("it was cancelled"); }
    net::HttpClient* client = nullptr;
    net::HttpClient::Id id = 0;
    Request asking;
  } changing;
  changing.client = client.get();
  changing.asking = ask("m");
  changing.id = client->send(1, "", changing);
  run_for(50ms);
  CHECK(server->counters().requests == 0);
}

TEST_CASE_METHOD(Fixture, "limits of a lane, and its holds, are kept") {
  client->limit(1, {.concurrent = 0, .rps = 10});
  client->hold(1, net::Loop::now() + 200ms);
  const auto began = net::Loop::now();
  std::vector<std::unique_ptr<Talk>> talks;
  std::vector<Talk*> all;
  for (int i = 0; i < 15; ++i) {
    talks.push_back(std::make_unique<Talk>(ask("m")));
    all.push_back(talks.back().get());
  }
  run(all);
  CHECK(net::Loop::now() - began >= 1200ms);
  const auto& log = upstream.log();
  CHECK(log.front().at - began >= 200ms);
  CHECK(log.at(10).at - log.at(0).at >= 1s);
}

TEST_CASE_METHOD(Fixture, "the timeout counts from when it is sent") {
  client->limit(1, {.concurrent = 1, .rps = 0});
  std::vector<std::unique_ptr<Talk>> talks;
  std::vector<Talk*> all;
  for (int i = 0; i < 6; ++i) {
    talks.push_back(std::make_unique<Talk>(ask("m@slow-first", true)));
    talks.back()->asking.timeout = 1s;
    all.push_back(talks.back().get());
  }
  run(all);  // 1.8 s in all
  for (const Talk* one : all)
    CHECK_FALSE(one->failure);
}

TEST_CASE_METHOD(Fixture, "whatever upstreams do, each request ends once") {
  const std::vector<std::string> moods = {
      "m",         "m@hang",  "m@hang-body", "m@drip",   "m@endless",
      "m@big",     "m@bomb",  "m@reset",     "m@cut",    "m@cut-late",
      "m@close",   "m@empty", "m@headers",   "m@503",    "m@slow-first",
      "m@badjson", "m@lie",   "m@html",      "m@latin1", "m@redirect-loop"};
  net::HttpLimits limits = wide();
  limits.pace.in_flight = 40;
  limits.pace.per_host = 30;
  limits.pace.new_hosts = 1;
  client = net::make_curl_client(loop, limits);
  std::minstd_rand dice(GENERATE(1U, 2U, 3U));
  const DeafPort deaf;
  std::vector<std::unique_ptr<Talk>> talks;
  std::vector<net::HttpClient::Id> ids;
  std::size_t cancelled = 0;
  const auto cancel = [&](std::size_t index) {
    if (!talks[index] || talks[index]->ended) return;
    client->cancel(ids[index]);
    talks[index].reset();
    ++cancelled;
  };
  for (std::size_t i = 0; i < 300; ++i) {
    talks.push_back(
        std::make_unique<Talk>(ask(moods[dice() % moods.size()], i % 2 == 0)));
    talks[i]->asking.timeout = base::Milliseconds(100 + dice() % 300);
    if (dice() % 10 == 0) talks[i]->asking.url = deaf.url();
    if (dice() % 6 == 0) {
      const std::size_t victim = dice() % 300;
      talks[i]->then = [&, victim](const Event&) {
        if (victim < talks.size()) cancel(victim);
      };
    }
    ids.push_back(send(*talks[i], static_cast<net::Lane>(i % 7)));
    if (i % 50 == 49) run_for(5ms);
  }
  const auto ended = [&] {
    return static_cast<std::size_t>(std::ranges::count_if(
        talks, [](const auto& one) { return one && one->ended; }));
  };
  for (int i = 0; i < 1000 && ended() + cancelled < 300; ++i)
    run_for(20ms);
  CHECK(ended() + cancelled == 300);
}

TEST_CASE_METHOD(Fixture, "a client may go with requests on their way") {
  Talk hung(ask("m@hang"));
  Talk streaming(ask("m@endless", true));
  Talk waiting(ask("m"));
  Request unknown;
  unknown.url = "http://no-such-host.invalid/";
  Talk resolving(unknown);
  client->hold(2, net::Loop::now() + 1h);
  send(hung);
  send(streaming);
  send(waiting, 2);
  run_for(100ms);
  send(resolving);
  client.reset();
  run_for(100ms);
  CHECK_FALSE(hung.ended);
  CHECK(streaming.status == 200);
  CHECK_FALSE(streaming.ended);
  CHECK(server->counters().in_flight == 0);
}

TEST_CASE("a loop ends when no request is left") {
  net::Loop loop;
  const auto client = net::make_curl_client(loop, wide());
  const DeafPort port;
  Request request;
  request.url = port.url();
  Talk refused(request);
  client->send(1, "", refused);
  loop.run();
  CHECK(refused.ended);
}

TEST_CASE("certificates that cannot be read are said so at once") {
  net::Loop loop;
  net::HttpLimits limits;
  limits.ca_file = "/no/such/file.pem";
  try {
    const auto client = net::make_curl_client(loop, limits);
    FAIL("it was made");
  } catch (const base::Error& error) {
    CHECK(error.sentence().is(base::say::ca_file_unreadable));
    CHECK(std::string(error.what()).find("/no/such/file.pem") !=
          std::string::npos);
  }
  limits.ca_file = "/etc/passwd";  // holds none
  try {
    const auto client = net::make_curl_client(loop, limits);
    FAIL("it was made");
  } catch (const base::Error& error) {
    CHECK(error.sentence().is(base::say::ca_file_without_any));
    CHECK(std::string(error.what()).find("/etc/passwd") != std::string::npos);
  }
  limits.ca_file = "/tmp";
  CHECK_THROWS_AS(net::make_curl_client(loop, limits), base::Error);
  const support::TemporaryFolder folder;
  limits.ca_file = folder.file("pipe");
  REQUIRE(::mkfifo(limits.ca_file.c_str(), 0600) == 0);
  CHECK_THROWS_AS(net::make_curl_client(loop, limits), base::Error);
  limits.ca_file = "";
  ::setenv("SSL_CERT_FILE", "/no/such/file.pem", 1);
  CHECK_THROWS_AS(net::make_curl_client(loop, limits), base::Error);
  ::setenv("SSL_CERT_FILE", "/etc/passwd", 1);
  CHECK_THROWS_AS(net::make_curl_client(loop, limits), base::Error);
  ::unsetenv("SSL_CERT_FILE");
  CHECK_NOTHROW(net::make_curl_client(loop, limits));
}

TEST_CASE_METHOD(Fixture, "a turn comes when no request that waits can leave") {
  net::HttpLimits one = wide();
  one.pace.in_flight = 1;
  client = net::make_curl_client(loop, one);
  std::vector<std::string> order;
  Talk first(ask("m"));
  Talk second(ask("m"));
  const auto note_end = [&order](std::string what) {
    return [&order, what = std::move(what)](const Event& event) {
      if (is_end(event)) order.push_back(what);
    };
  };
  first.then = note_end("first");
  second.then = note_end("second");
  const auto host = base::http::host_of(url());
  client->await_turn(1, host, [&] {
    order.push_back("turn 1");
    send(first, 1);
    send(second, 1);
  });
  client->await_turn(2, host, [&] {
    order.push_back("turn 2");
    loop.stop();
  });
  const auto dropped =
      client->await_turn(3, host, [&] { order.push_back("turn 3"); });
  client->cancel(dropped);
  client->cancel(dropped);
  run_for(20s);
  CHECK(order ==
        std::vector<std::string>{"turn 1", "first", "second", "turn 2"});
}

TEST_CASE_METHOD(Fixture, "a turn that throws is over, and others come") {
  const auto host = base::http::host_of(url());
  int turns = 0;
  client->await_turn(1, host, [&] {
    ++turns;
    throw std::runtime_error("no");
  });
  client->await_turn(2, host, [&] {
    ++turns;
    loop.stop();
  });
  CHECK_THROWS_AS(run_for(20s), std::runtime_error);
  run_for(20s);
  CHECK(turns == 2);
}
