#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/json.h"
#include "base/secret.h"
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
  std::string model;  // the upstream's name
  std::string_view prompt = "hi";
  int max_tokens = 16;
  TokenLimit limit = TokenLimit::max_tokens;
  bool stream = true;
  bool stream_options = true;  // ask for the usage at the end of a stream
  bool legacy = false;         // /completions instead of chat

  bool streams() const {
    return stream && (kind == Kind::chat || kind == Kind::responses);
  }
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
  virtual std::string_view name() const = 0;  // "openai"

  // Whether it has a probe for `kind`.
  virtual bool can(Kind kind) const = 0;

  virtual base::http::Request list_request(const Endpoint& endpoint,
                                           const base::Secret& key,
                                           std::string_view cursor) const = 0;
  virtual ListPage read_list(const base::json::Document& page) const = 0;

  virtual base::http::Request probe_request(const Endpoint& endpoint,
                                            const base::Secret& key,
                                            const Question& question) const = 0;

  // Reads one JSON text of an answer: an event of a stream, or all of it.
  virtual void read(const base::json::Document& text, const Question& question,
                    bool is_event, Reading& reading) const = 0;

 protected:
  ~Provider() = default;
};

const Provider& openai_provider();

// Everything in a JSON answer that says what went wrong, in the shapes that
// vendors use: codes, types and messages, blanks between.  "" where there is
// nothing of the kind.
std::string error_in(const base::json::Document& text);

}  // namespace core
