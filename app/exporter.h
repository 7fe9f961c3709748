#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/http.h"
#include "base/log.h"
#include "base/time.h"
#include "config/config.h"
#include "core/report.h"
#include "metrics/ledger.h"
#include "net/loop.h"
#include "web/http_server.h"

// Tells other programs how the monitor does: serves /metrics, /healthz and
// /readyz from the loop, and writes the file for a node exporter.
class Exporter {
 public:
  struct Wishes {
    config::Metrics metrics;  // textfile is where it really is
    bool listens = true;
    bool writes = true;  // the file
    base::Milliseconds period{0};
  };

  // Goes on with the counters of the file, if there is one.  Throws
  // base::Error where it cannot listen.
  Exporter(Wishes wishes, net::Loop& loop, base::Log& log);

  // A round has ended.  A file that cannot be written is a warning.
  void note(const core::Report& report, const metrics::Windows& windows);

  // Whether anybody may ask.
  bool is_on() const {
    return server_ != nullptr || !wishes_.metrics.textfile.empty();
  }

  // For those who count something themselves.  Nothing where nobody asks.
  metrics::Ledger* ledger() { return is_on() ? &ledger_ : nullptr; }

  // Says anew what has been counted since the last round.
  void refresh();

 private:
  void restore();
  void write_file();
  web::Reply answer(const base::http::Request& request);
  web::Reply metrics_page(const base::http::Request& request);
  web::Reply ready_page() const;
  bool may_ask(const base::http::Request& request) const;

  Wishes wishes_;
  base::Log& log_;
  metrics::Ledger ledger_;
  std::optional<std::string> page_;  // as it stands until the next round
  std::optional<base::Time> completed_;
  base::WallTime began_ = net::Loop::wall_now();
  std::unique_ptr<web::HttpServer> server_;
};
