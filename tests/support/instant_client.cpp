#include "support/instant_client.h"

#include <utility>

namespace support {

namespace {

namespace http = base::http;

// "/a?b" of "http://h/a?b".
std::string target_of(const std::string& url) {
  const std::size_t host = url.find("://");
  const std::size_t path = url.find('/', host == url.npos ? 0 : host + 3);
  return path == url.npos ? "/" : url.substr(path);
}

}  // namespace

net::HttpClient::Id InstantClient::send(net::Lane, const std::string& host,
                                        net::Exchange& exchange) {
  const Id id = ++last_;
  open_[id] = &exchange;
  loop_.post([this, id, host] { answer(id, host); });
  return id;
}

net::HttpClient::Id InstantClient::await_turn(net::Lane lane,
                                              const std::string&,
                                              std::function<void()> begin) {
  turns_.push_back(lane);
  const Id id = ++last_;
  beginnings_.emplace(id, std::move(begin));
  if (!gives_turns) return id;
  loop_.post([this, id] {
    if (const auto waited = beginnings_.extract(id)) waited.mapped()();
  });
  return id;
}

void InstantClient::answer(Id id, const std::string& host) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  ++calls_;
  http::Request request = found->second->request();
  if (!tell(id, http::Sent{net::Loop::now()})) return;
  if (dead.contains(host)) {
    return end(id, http::Failed{http::Failure::connect, "nobody listens",
                                net::Loop::now()});
  }
  request.url = target_of(request.url);
  play(id, upstream_.answer(request));
}

void InstantClient::play(Id id, const web::Reply& reply) {
  if (reply.status != 0 && reply.raw.empty()) {
    if (!tell(id, http::Head{reply.status, reply.headers, net::Loop::now()})) {
      return;
    }
    for (const web::Piece& piece : reply.body) {
      if (!tell(id, http::Chunk{piece.bytes, net::Loop::now()})) return;
    }
  }
  switch (reply.ending) {
    case web::Ending::keep:
    case web::Ending::close: return end(id, http::Done{net::Loop::now()});
    case web::Ending::reset:
      return end(
          id, http::Failed{http::Failure::broken, "cut off", net::Loop::now()});
    case web::Ending::unfinished:
      return end(id, http::Failed{http::Failure::timeout, "took too long",
                                  net::Loop::now()});
  }
}

// Returns whether it is still wanted.
bool InstantClient::tell(Id id, const http::Event& event) {
  const auto found = open_.find(id);
  if (found == open_.end()) return false;
  found->second->on(event);
  return open_.contains(id);
}

void InstantClient::end(Id id, const http::Event& event) {
  auto entry = open_.extract(id);
  if (!entry.empty()) entry.mapped()->on(event);
}

}  // namespace support
