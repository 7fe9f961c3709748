#include "notify/sender.h"

#include <chrono>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"

namespace notify {

namespace {

namespace http = base::http;

constexpr std::size_t id_bytes = 16;
constexpr net::Lane the_lane = 0;

Moment moment_of_now() {
  return {.since_1970 = std::chrono::floor<std::chrono::milliseconds>(
              std::chrono::system_clock::now().time_since_epoch()),
          .id = base::hex(base::random_bytes(id_bytes))};
}

}  // namespace

class Sender::Call final : public net::Exchange {
 public:
  Call(Sender& sender, const Service& service, http::Request request, Done done)
      : sender_(sender),
        read_(service.read),
        request_(std::move(request)),
        done_(std::move(done)) {
    id_ = sender_.client_->send(the_lane, http::host_of(request_.url), *this);
  }
  ~Call() { sender_.client_->cancel(id_); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool is_over() const { return is_over_; }

  http::Request request() override { return std::move(request_); }

  void on(const http::Event& event) override {
    if (const auto* head = std::get_if<http::Head>(&event)) {
      reply_.status = head->status;
      reply_.headers = head->headers;
    } else if (const auto* chunk = std::get_if<http::Chunk>(&event)) {
      reply_.body += chunk->bytes;
    } else if (const auto* failed = std::get_if<http::Failed>(&event)) {
      reply_.failed = *failed;
      end();
    } else if (std::holds_alternative<http::Done>(event)) {
      end();
    }
  }

 private:
  // The call stays where it is until the next one is sent.
  void end() {
    is_over_ = true;
    const Done done = std::exchange(done_, nullptr);
    done(read_(reply_));
  }

  Sender& sender_;
  std::function<Answer(const Reply&)> read_;
  http::Request request_;
  Done done_;
  net::HttpClient::Id id_ = 0;
  Reply reply_;
  bool is_over_ = false;
};

Sender::Sender(net::Loop& loop, const std::string& ca_file)
    : loop_(loop),
      client_(net::make_curl_client(
          loop, {.pace = {.lane = {.concurrent = 0, .rps = 0}, .per_host = 0},
                 .ca_file = ca_file})) {}

Sender::~Sender() {
  calls_.clear();
}

void Sender::send(const Service& service, const core::Message& message,
                  Done done) {
  // From a later turn: whoever is told of an end may send, and the call that
  // tells it must not go meanwhile.
  loop_.post([this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    std::erase_if(calls_, [](const auto& call) { return call->is_over(); });
  });
  calls_.push_back(std::make_unique<Call>(
      *this, service, service.render(message, moment_of_now()),
      std::move(done)));
}

}  // namespace notify
