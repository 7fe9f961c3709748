#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <curl/curl.h>

#include "net/curl_failure.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "net/sockets.h"
#include "net/transfer.h"
#include "net/trust.h"

namespace net {

namespace {

using base::Time;
namespace http = base::http;

struct MultiDeleter {
  void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
};
using Multi = std::unique_ptr<CURLM, MultiDeleter>;

using Id = HttpClient::Id;

// For each handle that is taken out, libcurl looks at every connection that its
// multi handle keeps, and for each one that is wanted, at those of the same
// host.  So there are many multi handles, and each gets few calls to one host:
// over HTTP/2 as many as one connection takes, because libcurl would open
// another for each call beyond them.
constexpr std::size_t most_shards = 64;
constexpr std::size_t most_of_a_host = 100;
constexpr std::size_t few_connections = 128;
constexpr std::size_t most_spare = 256;

// How many connections there may be at all.
std::size_t descriptors() {
  constexpr rlim_t others = 64;  // databases, files, listeners
  constexpr rlim_t few = 8;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t ours =
      limit.rlim_cur > others + few ? limit.rlim_cur - others : few;
  return std::min<rlim_t>(ours, std::size_t{1} << 20);
}

// What would find no descriptor waits in our own queue.
PaceLimits bounded(PaceLimits limits) {
  const std::size_t most = descriptors();
  if (limits.in_flight == 0 || limits.in_flight > most) limits.in_flight = most;
  return limits;
}

// Some of the connections, on a multi handle of their own.
struct Shard {
  std::size_t index = 0;
  Sockets* sockets = nullptr;
  Multi multi;
  Time deadline = base::never;  // libcurl's
  std::size_t in_flight = 0;
  std::size_t peak = 0;  // what its connections were made for
};

// Drives libcurl from the loop, and tells the exchanges what comes.
class CurlClient final : public HttpClient {
 public:
  CurlClient(Loop& loop, const HttpLimits& limits)
      : loop_(loop),
        limits_(limits),
        trust_(limits.ca_file),
        pace_(bounded(limits.pace)),
        most_connections_(descriptors() / most_shards),
        watch_(loop, sockets_.epoll()),
        timer_(loop) {
    // What libcurl refuses, it refuses here and not in the middle of a round.
    spare_.push_back(make_transfer());
  }

  ~CurlClient() override {
    for (Slot& slot : slots_) {
      if (slot.transfer) detach(slot);
    }
  }

  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  Id send(Lane lane, const std::string& host, Exchange& exchange) override {
    if (free_.empty()) {
      free_.push_back(slots_.size());
      slots_.emplace_back();
    }
    const std::size_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.exchange = &exchange;
    slot.host = &hosts_[host];
    const Id id = (Id{slot.generation} << 32U) | index;
    pace_.add(id, lane, host);
    ++used_;
    wake();
    return id;
  }

  Id await_turn(Lane lane, const std::string& host,
                std::function<void()> begin) override {
    // No slot has a generation of 0.
    const Id id = ++last_beginning_;
    beginnings_.emplace(id, std::move(begin));
    pace_.add_beginning(id, lane, host);
    wake();
    return id;
  }

  void cancel(Id id) override {
    if (beginnings_.erase(id) > 0) {
      pace_.remove(id);
    } else if (find(id) != nullptr) {
      take(id);
    }
  }

  void hold(Lane lane, Time until) override {
    pace_.hold(lane, until);
    wake();
  }

  void limit(Lane lane, const LaneLimits& limits) override {
    pace_.limit(lane, limits);
    wake();
  }

 private:
  // Where calls to a host are, and so its connections: in the first home that
  // has not too many of them.
  struct Home {
    Shard* shard;
    std::size_t in_flight = 0;  // to this host
  };
  using Host = std::vector<Home>;

  // A request that waits or is under way.  Its id is its index and generation.
  struct Slot {
    std::uint32_t generation = 1;
    Exchange* exchange = nullptr;  // none where nothing is
    Host* host = nullptr;
    std::unique_ptr<Transfer> transfer;  // where it is under way
    std::size_t home = 0;                // then, in the host
  };

  // One turn of work.  What a throwing handler left undone is for another.
  class Turn {
   public:
    explicit Turn(CurlClient& client) : client_(client) {
      client_.in_turn_ = true;
    }
    ~Turn() {
      client_.in_turn_ = false;
      if (!whole_) client_.untold_ = client_.awake_ = true;
      if (client_.awake_) client_.post_turn();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    void end() { whole_ = true; }

   private:
    CurlClient& client_;
    bool whole_ = false;
  };

  // Takes a request out unless it could be begun.
  class Beginning {
   public:
    Beginning(CurlClient& client, Id id) : client_(client), id_(id) {}
    ~Beginning() {
      if (!begun_) client_.cancel(id_);
    }
    Beginning(const Beginning&) = delete;
    Beginning& operator=(const Beginning&) = delete;

    void end() { begun_ = true; }

   private:
    CurlClient& client_;
    Id id_;
    bool begun_ = false;
  };

  static int on_socket(CURL*, curl_socket_t fd, int what, void* shard,
                       void*) noexcept {
    const auto* self = static_cast<Shard*>(shard);
    std::uint32_t events = 0;
    if ((what & CURL_POLL_IN) != 0) events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) events |= EPOLLOUT;
    self->sockets->want(fd, events, self->index);
    return 0;
  }

  // libcurl calls this twice for each request: only a deadline is stored.
  static int on_timer(CURLM*, long milliseconds, void* shard) noexcept {
    static_cast<Shard*>(shard)->deadline =
        milliseconds < 0 ? base::never
                         : Loop::now() + base::Milliseconds(milliseconds);
    return 0;
  }

  std::unique_ptr<Transfer> make_transfer() {
    return std::make_unique<Transfer>(
        Surroundings{limits_, sockets_, trust_, notes_});
  }

  std::unique_ptr<Transfer> spare_transfer() {
    if (spare_.empty()) return make_transfer();
    auto spare = std::move(spare_.back());
    spare_.pop_back();
    return spare;
  }

  // The work is done from the loop, once for all calls before it.
  void wake() {
    awake_ = true;
    if (!in_turn_) post_turn();
  }

  void post_turn() {
    if (std::exchange(posted_, true)) return;
    loop_.post([this, alive = std::weak_ptr(alive_)] {
      if (alive.expired()) return;
      posted_ = false;
      turn(false);
    });
  }

  // Everything that is due now.
  void turn(bool is_readable) {
    Turn turn(*this);
    if (std::exchange(untold_, false)) tell_all();
    if (is_readable) {
      sockets_.read([this](const Sockets::Event& event) {
        act(*shards_[event.shard], event.fd,
            (event.is_readable ? CURL_CSELECT_IN : 0) |
                (event.is_writable ? CURL_CSELECT_OUT : 0) |
                (event.is_broken ? CURL_CSELECT_ERR : 0));
      });
    }
    expire();
    begin();
    expire();
    watch();
    arm();
    turn.end();
  }

  void act(Shard& shard, curl_socket_t fd, int action) {
    int running = 0;
    ::curl_multi_socket_action(shard.multi.get(), fd, action, &running);
    tell(shard);
  }

  void expire() {
    const Time now = Loop::now();
    for (const auto& shard : shards_) {
      if (shard->deadline > now) continue;
      shard->deadline = base::never;
      act(*shard, CURL_SOCKET_TIMEOUT, 0);
    }
  }

  void begin() {
    awake_ = false;
    start_released();  // what a throwing handler left
    released_ = pace_.release(Loop::now());
    started_ = 0;
    start_released();
  }

  void start_released() {
    while (started_ < released_.size()) {
      start(released_[started_++]);
      // Not all at once: a time that counts from Sent would count the others.
      if (started_ % 16 == 0) expire();
    }
  }

  void start(Id id) {
    if (const auto waited = beginnings_.extract(id)) {
      return waited.mapped()();
    }
    Slot* slot = find(id);
    if (slot == nullptr) return;  // cancelled by a handler before it
    Beginning beginning(*this, id);
    http::Request request = slot->exchange->request();
    beginning.end();
    slot = find(id);
    if (slot == nullptr) return;  // cancelled by itself
    Exchange& exchange = *slot->exchange;
    auto transfer = request.mail ? make_transfer() : spare_transfer();
    std::string_view trouble = transfer->put(id, std::move(request));
    if (trouble.empty()) trouble = attach(*slot, transfer);
    if (trouble.empty()) {
      exchange.on(http::Sent{Loop::now()});
    } else {
      take(id);
      exchange.on(http::Failed{.kind = http::Failure::unsendable,
                               .text = std::string(trouble),
                               .now = Loop::now()});
    }
  }

  // Returns why libcurl does not take the transfer, or "".
  std::string_view attach(Slot& slot, std::unique_ptr<Transfer>& transfer) {
    slot.home = home_in(*slot.host);
    Home& home = (*slot.host)[slot.home];
    Shard& shard = *home.shard;
    const CURLMcode code =
        ::curl_multi_add_handle(shard.multi.get(), transfer->easy());
    if (code != CURLM_OK) return ::curl_multi_strerror(code);
    slot.transfer = std::move(transfer);
    ++home.in_flight;
    ++in_flight_;
    if (++shard.in_flight > shard.peak) make_room(shard);
    return {};
  }

  // Lets `shard` keep 2 to 4 times as many connections as it has calls in
  // flight: those of hosts whose turn comes again later, too.
  void make_room(Shard& shard) const {
    shard.peak = shard.in_flight * 2;
    const std::size_t wanted = std::max(2 * shard.peak, few_connections);
    const std::size_t kept =
        std::max(shard.peak, std::min(wanted, most_connections_));
    ::curl_multi_setopt(shard.multi.get(), CURLMOPT_MAXCONNECTS,
                        static_cast<long>(kept));
  }

  void detach(Slot& slot) {
    Home& home = (*slot.host)[slot.home];
    Shard& shard = *home.shard;
    ::curl_multi_remove_handle(shard.multi.get(), slot.transfer->easy());
    --home.in_flight;
    --shard.in_flight;
    --in_flight_;
  }

  // Where the next call to `host` belongs.
  std::size_t home_in(Host& host) {
    const auto found = std::ranges::find_if(
        host, [](const Home& home) { return home.in_flight < most_of_a_host; });
    const auto index = static_cast<std::size_t>(found - host.begin());
    if (found != host.end()) return index;
    if (host.size() < most_shards) {
      host.push_back({.shard = &next_shard(host)});
      return index;
    }
    const auto least = std::ranges::min_element(host, {}, &Home::in_flight);
    return static_cast<std::size_t>(least - host.begin());
  }

  // They take turns; where `host` is at home already is no other home.
  Shard& next_shard(const Host& host) {
    for (;;) {
      next_shard_ = (next_shard_ + 1) % most_shards;
      if (next_shard_ >= shards_.size()) {
        shards_.push_back(make_shard());
        next_shard_ = shards_.size() - 1;
      }
      Shard* const next = shards_[next_shard_].get();
      if (std::ranges::find(host, next, &Home::shard) == host.end()) {
        return *next;
      }
    }
  }

  std::unique_ptr<Shard> make_shard() {
    auto shard = std::make_unique<Shard>();
    shard->index = shards_.size();
    shard->sockets = &sockets_;
    shard->multi.reset(::curl_multi_init());
    CURLM* multi = shard->multi.get();
    if (multi == nullptr) fail_curl("curl_multi_init");
    ::curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &on_socket);
    ::curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, shard.get());
    ::curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &on_timer);
    ::curl_multi_setopt(multi, CURLMOPT_TIMERDATA, shard.get());
    ::curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS,
                        static_cast<long>(most_of_a_host));
    return shard;
  }

  void watch() {
    if (in_flight_ == 0) {
      if (std::exchange(watching_, false)) watch_.cancel();
    } else if (!std::exchange(watching_, true)) {
      watch_.once([this] {
        watching_ = false;
        turn(true);
      });
    }
  }

  // One timer for all, moved only when something is due before it.
  void arm() {
    Time wanted = awake_ ? base::never : pace_.next();
    for (const auto& shard : shards_)
      wanted = std::min(wanted, shard->deadline);
    const bool is_idle = used_ == 0 && beginnings_.empty();
    if (is_idle || wanted == base::never) {
      if (std::exchange(armed_, base::never) != base::never) timer_.cancel();
    } else if (wanted < armed_) {
      armed_ = wanted;
      timer_.set(wanted, [this] {
        armed_ = base::never;
        turn(false);
      });
    }
  }

  void tell_all() {
    for (const auto& shard : shards_)
      tell(*shard);
  }

  // Hands over what was noted, then what has ended.  Handlers may send, cancel
  // and throw.
  void tell(Shard& shard) {
    while (!notes_.reached.empty()) {
      pace_.reached(notes_.reached.back());
      notes_.reached.pop_back();
      awake_ = true;
    }
    while (!notes_.heard.empty()) {
      tell_heard(notes_.heard.back());
      notes_.heard.pop_back();  // not if it threw: there may be more to tell
    }
    int left = 0;
    while (const CURLMsg* message =
               ::curl_multi_info_read(shard.multi.get(), &left)) {
      char* ended = nullptr;
      ::curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &ended);
      const CURLcode code = message->data.result;
      tell_end(*reinterpret_cast<Transfer*>(ended), code);
    }
    recycle();  // none of their handlers runs any more
  }

  void tell_heard(Id id) {
    Slot* slot = find(id);
    if (slot == nullptr) return;
    Exchange& exchange = *slot->exchange;
    Transfer& transfer = *slot->transfer;
    if (transfer.has_head()) {
      http::Event head = transfer.take_head();
      exchange.on(head);
      transfer.forget(head);
      if (find(id) == nullptr) return;
    }
    if (const auto bytes = transfer.take_bytes()) {
      exchange.on(*bytes);
      transfer.forget_bytes();
    }
  }

  void tell_end(const Transfer& transfer, CURLcode code) {
    const Id id = transfer.id();
    Exchange& exchange = *slot_of(id).exchange;
    const http::Event end = transfer.end(code);
    take(id);
    exchange.on(end);
  }

  // The slot of a request that is there.
  Slot& slot_of(Id id) { return slots_[static_cast<std::uint32_t>(id)]; }

  // The slot of a request, or none if it is not there any more.
  Slot* find(Id id) {
    if (static_cast<std::uint32_t>(id) >= slots_.size()) return nullptr;
    Slot& slot = slot_of(id);
    const bool same = slot.exchange != nullptr && slot.generation == id >> 32U;
    return same ? &slot : nullptr;
  }

  // Ends a request for us; its transfer lives on while a handler may run.
  void take(Id id) {
    Slot& slot = slot_of(id);
    if (slot.transfer) {
      detach(slot);
      ended_.push_back(std::move(slot.transfer));
    }
    slot.exchange = nullptr;
    ++slot.generation;
    free_.push_back(static_cast<std::uint32_t>(id));
    --used_;
    pace_.remove(id);
    wake();
  }

  void recycle() {
    for (auto& transfer : ended_) {
      if (transfer->is_for_mail()) continue;
      transfer->clear();
      if (spare_.size() < most_spare) spare_.push_back(std::move(transfer));
    }
    ended_.clear();
  }

  Loop& loop_;
  HttpLimits limits_;
  Trust trust_;
  Pace pace_;
  Sockets sockets_;
  Notes notes_;
  std::size_t most_connections_;  // kept by one shard
  std::vector<Slot> slots_;
  std::vector<std::size_t> free_;  // slots without a request
  std::vector<std::unique_ptr<Transfer>> spare_;
  std::vector<std::unique_ptr<Transfer>> ended_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unordered_map<std::string, Host> hosts_;
  std::unordered_map<Id, std::function<void()>> beginnings_;
  Id last_beginning_ = 0;
  std::vector<Id> released_;
  std::size_t started_ = 0;     // of them
  std::size_t next_shard_ = 0;  // the last one given
  Watch watch_;
  Timer timer_;
  Time armed_ = base::never;
  std::size_t used_ = 0;       // slots
  std::size_t in_flight_ = 0;  // in a multi handle
  bool watching_ = false;
  bool in_turn_ = false;
  bool awake_ = false;   // there is something to begin
  bool posted_ = false;  // a turn is
  bool untold_ = false;  // a handler threw
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<HttpClient> make_curl_client(Loop& loop,
                                             const HttpLimits& limits) {
  static const CURLcode ready = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) fail_curl(::curl_easy_strerror(ready));
  return std::make_unique<CurlClient>(loop, limits);
}

}  // namespace net
