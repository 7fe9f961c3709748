#include "monitor/kuma.h"

#include <utility>
#include <variant>

#include "base/error.h"
#include "base/messages_machines.h"

namespace monitor {

namespace {

namespace http = base::http;
namespace say = base::say;
using base::Sentence;

constexpr std::size_t at_once = 32;
constexpr std::size_t most_answer = std::size_t{64} << 10;  // bytes

}  // namespace

class Kuma::Push final : public net::Exchange {
 public:
  Push(Kuma& kuma, const core::KumaPush& what, net::HttpClient& client)
      : kuma_(kuma), what_(what), client_(client) {
    id_ = client_.send(0, http::host_of(what.url.reveal()), *this);
  }
  ~Push() { client_.cancel(id_); }
  Push(const Push&) = delete;
  Push& operator=(const Push&) = delete;

  http::Request request() override {
    return {.url = what_.url.reveal(),
            .headers = {{"Accept", "application/json"}},
            .timeout = kuma_limit,
            .most_body = most_answer};
  }

  void on(const http::Event& event) override {
    if (const auto* head = std::get_if<http::Head>(&event)) {
      status_ = head->status;
    } else if (const auto* chunk = std::get_if<http::Chunk>(&event)) {
      body_ += chunk->bytes;
    } else if (std::holds_alternative<http::Done>(event)) {
      over(core::kuma_refused(what_.url, status_, body_));
    } else if (const auto* failed = std::get_if<http::Failed>(&event)) {
      over({say::kuma_said, core::kuma_excerpt(what_.url, failed->text)});
    }
  }

  const Sentence& whose() const { return what_.whose; }
  bool is_over() const { return is_over_; }
  Sentence why_not() const {
    return is_over_ ? why_not_
                    : Sentence{say::kuma_too_slow, base::to_text(kuma_limit)};
  }

 private:
  void over(Sentence why_not) {
    is_over_ = true;
    why_not_ = std::move(why_not);
    kuma_.over();
  }

  Kuma& kuma_;
  const core::KumaPush& what_;
  net::HttpClient& client_;
  net::HttpClient::Id id_ = 0;
  int status_ = 0;
  std::string body_;
  bool is_over_ = false;
  Sentence why_not_;
};

struct Kuma::Run {
  core::KumaPlan plan;
  std::unique_ptr<net::HttpClient> client;
  std::vector<std::unique_ptr<Push>> pushes;
  std::size_t open = 0;
};

Kuma::Kuma(net::Loop& loop, base::Log& log)
    : loop_(loop), log_(log), deadline_(loop) {}

Kuma::~Kuma() = default;

void Kuma::tell(core::KumaPlan plan, const net::HttpLimits& limits) {
  stop();
  for (const core::KumaSilence& silence : plan.silences) {
    log_.debug({say::kuma_silent, silence.whose, silence.why});
  }
  if (plan.pushes.empty()) return;
  auto run = std::make_unique<Run>();
  try {
    run->client = net::make_curl_client(
        loop_, {.pace = {.lane = {.concurrent = at_once, .rps = 0},
                         .in_flight = at_once,
                         .per_host = at_once},
                .ca_file = limits.ca_file});
  } catch (const base::Error& error) {
    return log_.warning(error.sentence());
  }
  run->plan = std::move(plan);
  run->open = run->plan.pushes.size();
  run_ = std::move(run);
  for (const core::KumaPush& push : run_->plan.pushes) {
    run_->pushes.push_back(std::make_unique<Push>(*this, push, *run_->client));
  }
  deadline_.set(net::Loop::now() + kuma_limit, [this] { end(); });
}

// Called from inside the client, which is taken down at the next turn.
void Kuma::over() {
  if (--run_->open > 0) return;
  deadline_.set(net::Loop::now(), [this] { end(); });
}

void Kuma::end() {
  std::size_t failed = 0;
  const Push* first = nullptr;
  for (const auto& push : run_->pushes) {
    if (push->why_not().empty()) continue;
    if (failed++ == 0) first = push.get();
  }
  if (first == nullptr) {
    log_.debug({say::kuma_told, run_->pushes.size()});
  } else {
    log_.warning({say::kuma_not_told, failed, run_->pushes.size(),
                  first->whose(), first->why_not()});
  }
  stop();
  if (when_idle_) when_idle_();
}

void Kuma::stop() {
  deadline_.cancel();
  run_.reset();
}

}  // namespace monitor
