#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include "base/http.h"
#include "base/json.h"
#include "base/messages.h"
#include "base/redact.h"
#include "base/time.h"
#include "core/channel.h"
#include "core/endpoint.h"
#include "core/fallback.h"
#include "core/login.h"
#include "core/outcome.h"
#include "core/provider.h"
#include "core/reader.h"

namespace core {

struct ProbePolicy {
  base::Milliseconds timeout{10'000};  // of one call
  std::string prompt = "hi";
  int max_tokens = 16;
  bool stream = true;
};

// Memory for long lists.  A list may be of 8 MiB, but hundreds that flood us at
// once must not cost that many times as much: what one holds beyond its first
// MiB it borrows here, and is given up where nothing is left.
class ListMemory {
 public:
  bool borrow(std::size_t bytes);
  void give_back(std::size_t bytes) { left_ += bytes; }

 private:
  std::size_t left_ = std::size_t{128} << 20;
};

// What all conversations with one channel share; outlives them.
struct Enquiry {
  Endpoint endpoint;
  std::vector<Key> keys;  // those that are enabled
  std::vector<Key> disabled_keys;
  ProbePolicy policy;
  // These are shared by all channels.
  std::shared_ptr<Passes> passes = std::make_shared<Passes>();
  std::shared_ptr<ListMemory> list_memory = std::make_shared<ListMemory>();
  base::Redactor redactor;  // knows every secret of the channel

  const base::Secret& secret_of(std::size_t key) const {
    return endpoint.secret.empty() ? keys.at(key).secret : endpoint.secret;
  }
};

// In milliseconds from the moment the last call was sent, with the redirects
// that it was led over, but without the time that they waited in our own queue;
// below 0 where there was no such moment.
struct Times {
  double headers = -1;
  double first_token = -1;
  double total = -1;
};

struct KeyFinding {
  std::size_t key = 0;  // index in the channel's key column
  Outcome outcome{};
  base::Sentence why;
};

// What a conversation came to.
struct Result {
  base::Sentence why;  // redacted; empty with `ok`
  std::string form;    // how it was asked at last: see form_of()
  Times times;
  std::int64_t completion_tokens = 0;
  std::int64_t total_tokens = 0;
  double tokens_per_second = -1;
  std::size_t key = 0;  // index in the channel's key column
  int http_status = 0;
  int attempts = 0;
  Outcome outcome = Outcome::cancelled;
  Kind kind{};
};

// How it ended: the same, and what only counts for what is done next.  A round
// keeps a Result of each name to its end.
struct Ending : Result {
  std::optional<base::Milliseconds> retry_after;
  bool reached = false;    // some HTTP answer came
  bool not_there = false;  // 404, and not about the model: the address is wrong
  std::vector<KeyFinding> keys;
};

// A request is wanted: queue it, and call request() when it may leave.  What is
// still under way is of no more interest.
struct Send {};
// Go on with what is under way; at `until`, say so with a tick.
struct Wait {
  base::Time until = base::never;
};
// It is over; what is still under way is of no more interest.
struct Finished {};
using Step = std::variant<Send, Wait, Finished>;

// A resumable talk with an upstream: it is told what happened, and says what to
// do next.  Pure: it neither sends nor looks at a clock.
class Conversation {
 public:
  virtual ~Conversation() = default;

  virtual base::http::Request request(base::WallTime now) = 0;
  virtual Step next(const base::http::Event& event,
                    base::json::Document& scratch) = 0;
  virtual Step tick(base::Time now, base::json::Document& scratch) = 0;

  // How it has gone so far; with Finished, how it ended.
  virtual Ending& ending() = 0;
};

// What a probe is about.
struct Topic {
  std::string model;        // the upstream's name
  std::string public_name;  // the gateway's
  Kind kind = Kind::chat;
  std::string form;  // how it was asked when it last answered; "" for anyhow
};

// With which of `enquiry.keys` to begin, and whether others may follow.
struct KeyChoice {
  std::size_t first = 0;
  bool only = false;
};

// One probe: streamed, the first token timed, with every fallback, key after
// key, redirects followed by hand; before it a login where the provider wants
// one.
class ProbeConversation final : public Conversation {
 public:
  ProbeConversation(const Enquiry& enquiry, const Topic& topic, KeyChoice keys);

  base::http::Request request(base::WallTime now) override;
  Step next(const base::http::Event& event,
            base::json::Document& scratch) override;
  Step tick(base::Time now, base::json::Document& scratch) override;

  Ending& ending() override { return ending_; }

 private:
  Step on(const base::http::Sent& sent, base::json::Document& scratch);
  Step on(const base::http::Head& head, base::json::Document& scratch);
  Step on(const base::http::Chunk& chunk, base::json::Document& scratch);
  Step on(const base::http::Done& done, base::json::Document& scratch);
  Step on(const base::http::Failed& failed, base::json::Document& scratch);
  Step ask_again();
  Step conclude(base::Time now);
  Step end_login(base::Time now, base::json::Document& scratch);
  Step next_key(Outcome outcome, base::Sentence why, base::Time now);
  Step finish(Outcome outcome, base::Sentence why, base::Time now);
  base::Sentence told(int status) const;
  const base::Secret& key() const { return enquiry_.secret_of(key_); }

  const Enquiry& enquiry_;
  Question usual_;  // only in what a form may change
  Question question_;
  FallbacksTaken taken_;
  std::size_t key_;
  bool only_key_;
  std::optional<Login> login_;  // while one is under way
  std::string url_;             // after a redirect
  bool as_get_ = false;         // after a redirect
  int redirects_ = 0;
  base::Milliseconds spent_{};   // by redirects, of the call's time
  bool was_sent_again_ = false;  // after a shared connection broke
  base::Time sent_{};            // less what redirects have spent
  base::Time heard_{};           // when something last came
  base::Time hang_up_ = base::never;
  std::size_t read_before_ = 0;  // bytes, up to the first evidence
  bool told_pause_ = false;      // it said when to come back
  std::string error_type_;       // from a header
  int status_ = 0;
  Reader reader_;
  Ending ending_;
};

// The upstream's list of models, page after page.
class ListConversation final : public Conversation {
 public:
  ListConversation(const Enquiry& enquiry, std::size_t first_key);
  ~ListConversation() override;
  ListConversation(const ListConversation&) = delete;
  ListConversation& operator=(const ListConversation&) = delete;

  base::http::Request request(base::WallTime now) override;
  Step next(const base::http::Event& event,
            base::json::Document& scratch) override;
  Step tick(base::Time now, base::json::Document& scratch) override;

  Ending& ending() override { return ending_; }
  std::vector<std::string>& ids() { return ids_; }  // with `ok`, some
  bool was_cut() const { return was_cut_; }         // there was more

 private:
  Step begin(const base::http::Head& head);
  Step take(std::string_view bytes, base::json::Document& scratch);
  bool has_room_for(std::size_t bytes);
  Step conclude(base::json::Document& scratch);
  Step end_login(base::json::Document& scratch);
  Step turn_page(const base::json::Document& page);
  Step next_key(Outcome outcome, base::Sentence why);
  Step ask_again();
  Step finish(Outcome outcome, base::Sentence why);
  const base::Secret& key() const { return enquiry_.secret_of(key_); }

  const Enquiry& enquiry_;
  std::size_t key_;
  std::size_t place_ = 0;  // of those where the list may be
  std::optional<Login> login_;
  std::string cursor_;
  std::string url_;
  int redirects_ = 0;
  base::Milliseconds spent_{};  // by redirects, of a page's time
  base::Time sent_{};           // less that
  base::Milliseconds all_pages_{};
  bool was_sent_again_ = false;
  int pages_ = 0;
  std::size_t bytes_ = 0;
  int status_ = 0;
  std::shared_ptr<ListMemory> memory_;
  std::size_t borrowed_ = 0;
  std::string body_;
  std::vector<std::string> ids_;
  std::unordered_set<std::string> seen_;  // the same
  bool was_cut_ = false;
  Ending ending_;
};

}  // namespace core
