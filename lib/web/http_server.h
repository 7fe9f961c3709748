#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/http.h"
#include "base/time.h"

namespace net {
class Loop;
}

namespace web {

// What became of a connection after a reply.
enum class Ending : std::uint8_t {
  keep,       // the next request may come on it
  close,      // closed in good order
  reset,      // cut off with a TCP reset
  unfinished  // left open, the client waiting for the rest
};

// A part of a body, sent some time after the one before it.
struct Piece {
  base::Milliseconds after{0};
  std::string bytes;
};

// A body is sent with its Content-Length where it is one piece without a pause,
// else in chunks; or as it is where `headers` say how long it is.
struct Reply {
  int status = 200;  // 0: no answer at all, only what `ending` says
  base::http::Headers headers;
  base::Milliseconds after{0};  // before the status line
  std::vector<Piece> body;
  // After the last piece, the pieces from this index on are sent again and
  // again, for an endless body; -1 is never.
  int repeat_from = -1;
  // Sent as it is where not empty, instead of all of the above but `after`: for
  // answers that are no HTTP.
  std::string raw;
  Ending ending = Ending::keep;
};

struct Counters {
  std::int64_t connections = 0;
  std::int64_t requests = 0;
  std::int64_t in_flight = 0;  // an unfinished one until its client is gone
  std::int64_t peak_in_flight = 0;
};

// Serves HTTP/1.1 from the loop, until it is destroyed; on 127.0.0.1, unless
// it is said otherwise.  Bodies over 4 MiB (or as it is said) are refused with
// 413, heads over 64 KiB with 431, what is no HTTP with 400.
class HttpServer {
 public:
  // `url` of the request is the target as it was sent.  May throw through the
  // loop; must not destroy the server.
  using Handler = std::function<Reply(const base::http::Request&)>;

  virtual ~HttpServer() = default;
  virtual int port() const = 0;
  virtual Counters counters() const = 0;
};

// Takes a free port of 127.0.0.1 if `port` is 0.  Throws base::Error if it
// cannot be had.
std::unique_ptr<HttpServer> make_http_server(net::Loop& loop, int port,
                                             HttpServer::Handler handler);

// For strangers.
struct ServerOptions {
  // A name or an address of this machine; "" is all of them.
  std::string host = "127.0.0.1";
  int port = 0;
  // Connections beyond are closed at once; 0 is no limit.
  std::size_t most_connections = 0;
  // A connection is closed when this much time has gone by without the next
  // request in full and its answer taken; 0 is no limit.
  base::Milliseconds patience{0};
  std::uint64_t most_body = std::uint64_t{4} << 20;  // bytes
  std::uint32_t most_head = std::uint32_t{64} << 10;
};

// Throws base::Error, in system words, if the place cannot be had.  A name is
// looked up at once, which may take as long as it takes.
std::unique_ptr<HttpServer> make_http_server(net::Loop& loop,
                                             const ServerOptions& options,
                                             HttpServer::Handler handler);

}  // namespace web
