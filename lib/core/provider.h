#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/json.h"
#include "base/messages.h"
#include "base/secret.h"
#include "base/time.h"
#include "core/endpoint.h"
#include "core/kind.h"

namespace core {

// The name under which a provider takes the limit of tokens.
enum class TokenLimit : std::uint8_t {
  max_tokens,
  max_completion_tokens,
  none
};

// What a probe asks, whoever is asked.
struct Question {
  Kind kind = Kind::chat;
  std::string model;        // the upstream's name
  std::string public_name;  // the gateway's, where that counts, too
  std::string_view prompt = "hi";
  int max_tokens = 16;
  TokenLimit limit = TokenLimit::max_tokens;
  bool stream = true;
  bool stream_options = true;  // ask for the usage at the end of a stream
  bool legacy = false;         // /completions instead of chat

  // Whether it is answered by a text, under a limit, in a stream if need be.
  bool is_written() const {
    return kind == Kind::chat || kind == Kind::responses ||
           kind == Kind::research;
  }
  bool streams() const { return stream && is_written(); }
};

// Who is asked, with what, when.
struct Asking {
  const Endpoint& endpoint;
  const base::Secret& key;
  base::WallTime now{};
  const base::Secret* pass = nullptr;  // what a login brought
};

// What a login brings: sent in the place of the key, until it is over.
struct Pass {
  base::Secret token;
  base::WallTime until{};
};

// How the body of an answer is put together.
enum class Framing : std::uint8_t {
  text,    // server-sent events, or one JSON text
  lines,   // JSON texts, each on a line of its own
  bytes,   // media: any of it will do
  frames,  // those of a WebSocket (RFC 6455)
};

// What has been read of an answer so far.
struct Reading {
  bool evidence = false;  // what was asked for has come
  bool spoke = false;     // content or reasoning has come
  bool complete = false;  // nothing of use will follow
  bool failed = false;    // it told an error before any evidence
  std::int64_t completion_tokens = 0;
  std::int64_t total_tokens = 0;
  std::string error;  // codes, types and message of that error
};

struct ListPage {
  std::vector<std::string> ids;
  std::string next;  // what the next page is asked by; "" if this is the last
};

// How one vendor is spoken to.  Stateless; lives as long as the program.
class Provider {
 public:
  // "openai": in reports, and where it is remembered what has worked.
  virtual std::string_view name() const = 0;

  // Whether it has a probe for `kind` at that endpoint.
  virtual bool can(const Endpoint& endpoint, Kind kind) const = 0;

  // Reads of a row what it needs besides address and key, into
  // `endpoint.notes`; may change the address.  Returns why no model of the
  // channel can be probed, or an empty sentence.
  virtual base::Sentence prepare(const Channel& channel, const Schema& schema,
                                 Endpoint& endpoint) const;

  // The kind of a model where the vendor leaves no choice; nothing where the
  // name tells it.
  virtual std::optional<Kind> kind_of(std::string_view model) const;

  // Why a key cannot be used at all, or an empty sentence.
  virtual base::Sentence refuses_key(const base::Secret& key) const;

  // Why a model cannot be asked for safely, or an empty sentence.
  virtual base::Sentence refuses(const Endpoint& endpoint,
                                 const Question& question) const;

  // In how many places its list of models may be: where one answers 404, the
  // next is asked.  0: it has none.
  virtual std::size_t list_places(const Endpoint& endpoint) const;

  // The list, its page `cursor` ("" is the first), at one of its places.
  base::http::Request list_request(const Asking& asking,
                                   std::string_view cursor,
                                   std::size_t place = 0) const;
  virtual ListPage read_list(const base::json::Document& page,
                             const Endpoint& endpoint) const;

  base::http::Request probe_request(const Asking& asking,
                                    const Question& question) const;

  virtual Framing framing(const Question& question) const;

  // Reads one JSON text of an answer: an event of a stream, or all of it.
  virtual void read(const base::json::Document& text, const Question& question,
                    bool is_event, Reading& reading) const = 0;

  // What has to be asked before anything else can be, where a key is only good
  // for a pass.
  virtual std::optional<base::http::Request> login_request(
      const Asking& asking) const;
  virtual std::optional<Pass> read_login(const base::json::Document& answer,
                                         base::WallTime now) const;

  // The end that an administrator may have put behind the base URL although
  // the gateway adds it once more: "/v1/chat/completions".  "" for none.
  virtual std::string_view usual_end() const;

 protected:
  ~Provider() = default;

  // Put address, method, headers and body into `request`, which has what every
  // vendor's has in common.
  virtual void ask_list(const Asking& asking, std::string_view cursor,
                        std::size_t place,
                        base::http::Request& request) const = 0;
  virtual void ask(const Asking& asking, const Question& question,
                   base::http::Request& request) const = 0;

  // Signs what is as it will be sent.
  virtual void sign(const Asking& asking, base::http::Request& request) const;
};

// Puts `value` in the place of every header of that name.
void set_header(base::http::Request& request, std::string_view name,
                std::string_view value);
void set_bearer(base::http::Request& request, const base::Secret& key);
void set_json(base::http::Request& request, std::string body);

// Whether `text` is made as the names of clouds' regions are: "us-east-1". Such
// a name becomes a part of a host's.
bool is_region(std::string_view text);

// Everything in a JSON answer that says what went wrong, in the shapes that
// vendors use: codes, types and messages, blanks between.  "" where there is
// nothing of the kind.
std::string error_in(const base::json::Document& text);
// The same of what lies under `root`.
std::string error_in(const base::json::Document& text, const std::string& root);

// Notes the error of an answer that is one, before any evidence.  Returns
// whether it is.
bool read_error(const base::json::Document& text, bool is_event,
                Reading& reading);

// The number of tokens that `text` tells of at `at`; nothing where there is
// none, or none that can be true.
std::optional<std::int64_t> tokens_in(const base::json::Document& text,
                                      std::string_view at);

// Whether there is a number at one of these: what is no vector has none.
bool has_number(const base::json::Document& text,
                std::initializer_list<std::string_view> places);

// Notes the counts of an object such as {"completion_tokens": 3}.
void read_usage(const base::json::Document& text, std::string_view at,
                Reading& reading);

}  // namespace core
