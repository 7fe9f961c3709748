#include "web/http_server.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>  // Asio 1.74 forgets it

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/messages_net.h"
#include "net/loop.h"

namespace web {

namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t most_gathered = std::size_t{64} << 10U;
// How long a refused client may go on talking before it is cut off: an answer
// is lost if its connection is reset at once.
constexpr std::chrono::seconds patience(1);

class Session;

// What the sessions share with their server, and may outlive it with.
struct Core {
  HttpServer::Handler handler;
  ServerOptions options;
  Counters counters;
  std::unordered_set<Session*> sessions;
  bool is_open = true;
};

bool has_no_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

std::string_view reason_of(int status) {
  const auto known = static_cast<unsigned>(status);
  const auto reason =
      beast_http::obsolete_reason(beast_http::int_to_status(known));
  return {reason.data(), reason.size()};
}

// One connection.  It lives as long as an operation on it is under way.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::shared_ptr<Core> core)
      : socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        deadline_(socket_.get_executor()),
        core_(std::move(core)) {
    core_->sessions.insert(this);
    ++core_->counters.connections;
  }

  ~Session() {
    set_busy(false);
    core_->sessions.erase(this);
  }

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void read() {
    parser_.emplace();
    parser_->header_limit(core_->options.most_head);
    parser_->body_limit(core_->options.most_body);
    parser_->eager(true);
    was_asked_on_ = false;
    be_impatient();
    parse();
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
    timer_.cancel(ignored);
    deadline_.cancel(ignored);
  }

 private:
  enum class Framing : std::uint8_t { length, chunks, none };

  void set_busy(bool busy) {
    if (std::exchange(is_busy_, busy) == busy) return;
    Counters& counters = core_->counters;
    counters.in_flight += busy ? 1 : -1;
    counters.peak_in_flight =
        std::max(counters.peak_in_flight, counters.in_flight);
  }

  // From now on, or it is over.  Setting the timer anew ends the wait before.
  void be_impatient() {
    if (core_->options.patience.count() == 0) return;
    deadline_.expires_after(core_->options.patience);
    deadline_.async_wait([self = weak_from_this()](error_code error) {
      const auto session = self.lock();
      if (!error && session) session->close();
    });
  }

  void parse() {
    while (!parser_->is_done() && buffer_.size() > 0) {
      error_code error;
      const std::size_t used = parser_->put(buffer_.data(), error);
      buffer_.consume(used);
      if (error == beast_http::error::need_more) break;
      if (error) return refuse(error);
      if (used == 0) break;
    }
    if (parser_->is_done()) {
      answer();
    } else if (waits_for_go_on()) {
      go_on();
    } else {
      receive();
    }
  }

  bool waits_for_go_on() {
    if (!parser_->is_header_done() || std::exchange(was_asked_on_, true)) {
      return false;
    }
    const auto expected = parser_->get()[beast_http::field::expect];
    return boost::beast::iequals(expected, "100-continue");
  }

  void go_on() {
    out_ = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(
        socket_, asio::buffer(out_),
        [self = shared_from_this()](error_code error, std::size_t) {
          if (!error) self->receive();
        });
  }

  void receive() {
    constexpr std::size_t usual = 2048;
    constexpr std::size_t of_body = 65536;
    const auto space =
        buffer_.prepare(parser_->is_header_done() ? of_body : usual);
    socket_.async_read_some(
        space, [self = shared_from_this()](error_code error, std::size_t size) {
          if (error || !self->core_->is_open) return;
          self->buffer_.commit(size);
          self->parse();
        });
  }

  void refuse(error_code error) {
    const int status = error == beast_http::error::body_limit     ? 413
                       : error == beast_http::error::header_limit ? 431
                                                                  : 400;
    refuse(status);
  }

  void refuse(int status) {
    is_head_ = keeps_alive_ = false;
    reply_ = {.status = status, .ending = Ending::close};
    respond();
  }

  void answer() {
    const auto& message = parser_->get();
    if (message.version() >= 11 &&
        message.find(beast_http::field::host) == message.end()) {
      return refuse(400);
    }
    is_head_ = message.method() == beast_http::verb::head;
    keeps_alive_ = message.keep_alive();
    base::http::Request request;
    request.method = std::string(message.method_string());
    request.url = std::string(message.target());
    for (const auto& field : message)
      request.headers.emplace_back(field.name_string(), field.value());
    request.body = std::move(parser_->get().body());
    ++core_->counters.requests;
    set_busy(true);
    reply_ = core_->handler(request);
    respond();
  }

  void respond() {
    next_ = 0;
    has_paused_ = false;
    if (reply_.after.count() == 0) return begin();
    wait(reply_.after, &Session::begin);
  }

  void begin() {
    out_.clear();
    if (!reply_.raw.empty()) {
      out_ = std::move(reply_.raw);
      reply_.body.clear();
    } else if (reply_.status != 0) {
      put_head();
    } else {
      reply_.body.clear();
    }
    proceed();
  }

  void put_head() {
    auto out = std::back_inserter(out_);
    fmt::format_to(out, "HTTP/1.1 {} {}\r\n", reply_.status,
                   reason_of(reply_.status));
    framing_ = framing();
    for (const auto& [name, value] : reply_.headers)
      fmt::format_to(out, "{}: {}\r\n", name, value);
    if (framing_ == Framing::length) {
      const std::size_t size =
          reply_.body.empty() ? 0 : reply_.body.front().bytes.size();
      fmt::format_to(out, "Content-Length: {}\r\n", size);
    } else if (framing_ == Framing::chunks) {
      out_ += "Transfer-Encoding: chunked\r\n";
    }
    if (!keeps_alive_ || reply_.ending == Ending::close) {
      out_ += "Connection: close\r\n";
    }
    out_ += "\r\n";
    if (is_head_ || has_no_body(reply_.status)) {
      reply_.body.clear();
      framing_ = Framing::none;
    }
  }

  Framing framing() const {
    using base::http::value_of;
    const bool says_it = !value_of(reply_.headers, "Content-Length").empty() ||
                         !value_of(reply_.headers, "Transfer-Encoding").empty();
    if (says_it || has_no_body(reply_.status)) return Framing::none;
    const bool at_once =
        reply_.body.size() <= 1 && reply_.repeat_from < 0 &&
        (reply_.body.empty() || reply_.body.front().after.count() == 0);
    const bool ends =
        reply_.ending == Ending::keep || reply_.ending == Ending::close;
    return at_once && ends ? Framing::length : Framing::chunks;
  }

  // Gathers what may be sent without a pause, sends it, and comes back.
  void proceed() {
    bool pauses = false;
    while (next_ < reply_.body.size() && out_.size() < most_gathered) {
      const Piece& piece = reply_.body[next_];
      pauses = piece.after.count() > 0 && !std::exchange(has_paused_, false);
      if (pauses) break;
      put(piece.bytes);
      ++next_;
      if (next_ == reply_.body.size() && reply_.repeat_from >= 0) {
        next_ = static_cast<std::size_t>(reply_.repeat_from);
      }
    }
    const bool is_whole = next_ == reply_.body.size();
    const bool ends =
        reply_.ending == Ending::keep || reply_.ending == Ending::close;
    if (is_whole && ends && framing_ == Framing::chunks) out_ += "0\r\n\r\n";
    if (out_.empty()) return go_on_after(pauses, is_whole);
    asio::async_write(socket_, asio::buffer(out_),
                      [self = shared_from_this(), pauses, is_whole](
                          error_code error, std::size_t) {
                        if (error) return self->close();
                        self->out_.clear();
                        self->go_on_after(pauses, is_whole);
                      });
  }

  void put(const std::string& bytes) {
    if (framing_ != Framing::chunks) {
      out_ += bytes;
    } else if (!bytes.empty()) {
      fmt::format_to(std::back_inserter(out_), "{:x}\r\n{}\r\n", bytes.size(),
                     bytes);
    }
  }

  void go_on_after(bool pauses, bool is_whole) {
    if (is_whole) return finish();
    if (!pauses) return proceed();
    has_paused_ = true;
    wait(reply_.body[next_].after, &Session::proceed);
  }

  void wait(base::Milliseconds time, void (Session::*then)()) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this(), then](error_code error) {
      if (!error) ((*self).*then)();
    });
  }

  void finish() {
    framing_ = Framing::none;
    if (reply_.ending != Ending::unfinished) set_busy(false);
    switch (reply_.ending) {
      case Ending::keep:
        if (keeps_alive_) {
          read();
        } else {
          part();
        }
        break;
      case Ending::close: part(); break;
      case Ending::reset: reset(); break;
      case Ending::unfinished: ignore_client(); break;
    }
  }

  void part() {
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    if (error) return close();
    timer_.expires_after(patience);
    timer_.async_wait([self = shared_from_this()](error_code stopped) {
      if (!stopped) self->close();
    });
    ignore_client();
  }

  void reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
  }

  // Reads and forgets until the client goes.
  void ignore_client() {
    buffer_.clear();
    socket_.async_read_some(
        buffer_.prepare(8192),
        [self = shared_from_this()](error_code error, std::size_t) {
          if (error) return self->close();
          self->ignore_client();
        });
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  asio::steady_timer deadline_;
  std::shared_ptr<Core> core_;
  boost::beast::flat_buffer buffer_;
  std::optional<beast_http::request_parser<beast_http::string_body>> parser_;
  Reply reply_;
  std::size_t next_ = 0;  // piece
  std::string out_;       // on its way
  Framing framing_ = Framing::none;
  bool has_paused_ = false;  // before the next piece
  bool was_asked_on_ = false;
  bool is_head_ = false;
  bool keeps_alive_ = false;
  bool is_busy_ = false;
};

class BeastServer final : public HttpServer {
 public:
  BeastServer(net::Loop& loop, tcp::acceptor acceptor,
              const ServerOptions& options, Handler handler)
      : core_(std::make_shared<Core>()),
        acceptor_(std::move(acceptor)),
        timer_(loop) {
    core_->options = options;
    core_->handler = std::move(handler);
    accept();
  }

  ~BeastServer() override {
    core_->is_open = false;
    for (Session* session : core_->sessions)
      session->close();
  }

  BeastServer(const BeastServer&) = delete;
  BeastServer& operator=(const BeastServer&) = delete;

  int port() const override { return acceptor_.local_endpoint().port(); }
  Counters counters() const override { return core_->counters; }

 private:
  void accept() {
    acceptor_.async_accept(
        [this, core = core_](error_code error, tcp::socket socket) {
          if (!core->is_open) return;
          if (error) return pause();
          if (!is_full()) {
            socket.set_option(tcp::no_delay(true), error);
            std::make_shared<Session>(std::move(socket), core_)->read();
          }
          accept();
        });
  }

  bool is_full() const {
    const std::size_t most = core_->options.most_connections;
    return most > 0 && core_->sessions.size() >= most;
  }

  // Perhaps there is no descriptor left; soon there may be one.
  void pause() {
    timer_.set(net::Loop::now() + base::Milliseconds(10), [this] { accept(); });
  }

  std::shared_ptr<Core> core_;
  tcp::acceptor acceptor_;
  net::Timer timer_;
};

// Where `options` lead; "" to every address, of both kinds where there are two.
std::vector<tcp::endpoint> places_of(net::Loop& loop,
                                     const ServerOptions& options,
                                     error_code& error) {
  const auto port = static_cast<unsigned short>(options.port);
  if (options.host.empty()) {
    return {{asio::ip::address_v6::any(), port},
            {asio::ip::address_v4::any(), port}};
  }
  const auto address = asio::ip::make_address(options.host, error);
  if (!error) return {{address, port}};
  tcp::resolver resolver(loop.context());
  std::vector<tcp::endpoint> places;
  for (const auto& found :
       resolver.resolve(options.host, std::to_string(options.port),
                        tcp::resolver::flags(), error)) {
    places.push_back(found.endpoint());
  }
  return places;
}

bool listens(tcp::acceptor& acceptor, const tcp::endpoint& place,
             error_code& error) {
  acceptor.open(place.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && place.address().is_v6() && place.address().is_unspecified()) {
    acceptor.set_option(asio::ip::v6_only(false), error);
  }
  if (!error) acceptor.bind(place, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) return true;
  error_code ignored;
  acceptor.close(ignored);
  return false;
}

tcp::acceptor listener(net::Loop& loop, const ServerOptions& options) {
  tcp::acceptor acceptor(loop.context());
  error_code error;
  for (const tcp::endpoint& place : places_of(loop, options, error)) {
    if (listens(acceptor, place, error)) return acceptor;
  }
  const bool is_v6 = options.host.find(':') != options.host.npos;
  const std::string host = is_v6 ? '[' + options.host + ']' : options.host;
  throw base::Error(base::Sentence{base::say::port_taken,
                                   fmt::format("{}:{}", host, options.port),
                                   error.message()});
}

}  // namespace

std::unique_ptr<HttpServer> make_http_server(net::Loop& loop, int port,
                                             HttpServer::Handler handler) {
  ServerOptions options;
  options.port = port;
  return make_http_server(loop, options, std::move(handler));
}

std::unique_ptr<HttpServer> make_http_server(net::Loop& loop,
                                             const ServerOptions& options,
                                             HttpServer::Handler handler) {
  return std::make_unique<BeastServer>(loop, listener(loop, options), options,
                                       std::move(handler));
}

}  // namespace web
