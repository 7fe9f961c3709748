#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/loop.h"
#include "web/http_server.h"

namespace support {

// A simulated Uptime Kuma on a thread and a port of its own.  Takes pushes as
// server/routers/api-router.js of 2.x does: any method, parameters in the query
// only, "up" where none is given and down for any other word, 404 for a token
// that it does not know.
class KumaThread {
 public:
  struct Beat {
    std::string token;
    std::string status;
    std::string msg;
    std::string ping;
    std::string others;  // parameters that Kuma does not know, as they came
  };

  explicit KumaThread(std::vector<std::string> tokens);
  ~KumaThread();
  KumaThread(const KumaThread&) = delete;
  KumaThread& operator=(const KumaThread&) = delete;

  // As its copy button gives it.
  std::string url(const std::string& token) const;

  std::vector<Beat> beats() const;
  int refused() const;

  // From now on it takes connections and says nothing.
  void fall_silent();

 private:
  web::Reply answer(const base::http::Request& request);

  mutable std::mutex mutex_;
  std::vector<std::string> tokens_;
  std::vector<Beat> beats_;
  int refused_ = 0;
  bool is_silent_ = false;
  net::Loop loop_;
  std::unique_ptr<web::HttpServer> server_;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace support
