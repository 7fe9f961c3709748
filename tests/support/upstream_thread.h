#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "demo/upstream.h"
#include "net/loop.h"
#include "web/http_server.h"

namespace support {

// The simulated upstream on a thread and a port of its own, for what is tested
// from outside: the built program, or a client that blocks.  Every call waits
// until that thread has done it.
class UpstreamThread {
 public:
  explicit UpstreamThread(const demo::UpstreamOptions& options = {});
  ~UpstreamThread();
  UpstreamThread(const UpstreamThread&) = delete;
  UpstreamThread& operator=(const UpstreamThread&) = delete;

  int port() const { return port_; }

  // Where `site` is: "http://127.0.0.1:PORT/site".
  std::string url(const std::string& site = "") const;

  void set(const std::string& name, demo::Site site);

  // From now on requests whose path holds `path` and whose body holds `body`
  // get this reply.
  void answer(const std::string& path, const std::string& body,
              web::Reply reply);
  void forget_answers();

  std::vector<demo::Seen> log();
  void clear_log();
  web::Counters counters();

  // Closes the port, with everything on it, and opens it again.
  void stop_listening();
  void listen_again();

 private:
  void on_thread(const std::function<void()>& task);
  std::unique_ptr<web::HttpServer> make_server(int port);

  net::Loop loop_;
  demo::Upstream upstream_;
  struct Replacement {
    std::string path;
    std::string body;
    web::Reply reply;
  };
  std::vector<Replacement> replacements_;
  std::unique_ptr<web::HttpServer> server_;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace support
