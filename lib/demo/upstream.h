#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/time.h"
#include "web/http_server.h"

namespace demo {

struct Question;

// One of the upstreams that are simulated behind one port: what stands under
// "/name/", such as "/name/v1/chat/completions"; "" is what stands at the root.
struct Site {
  // Who stands there: "" takes anything in any protocol; else one of the strict
  // vendors of vendor.h, such as "anthropic", to whom a model that is neither
  // in `models` nor in `moods` does not exist.
  std::string vendor = {};
  // The part of the vendor's paths that the address of the site has in it
  // already, such as "/api/paas/v4".
  std::string at = {};
  std::vector<std::string> models;     // what its list offers
  std::vector<std::string> keys;       // accepted; none: any but ""
  std::vector<std::string> poor_keys;  // whose quota is used up
  // How its list answers: "" well, "hang", "html", "empty" (no models), "pages"
  // (two at a time), "huge" (10 MiB), "redirect" (once, to itself), or a
  // status, such as "500".
  std::string list;
  // Names that are gone, whoever asks for them.
  std::vector<std::string> missing;
  // Other names that behave so without saying it: "503", "gone", see below.
  std::map<std::string, std::string> moods;
};

struct Seen {
  std::string site;
  std::string method;
  std::string path;  // under its site, with its query
  base::http::Headers headers;
  std::string body;
  base::Time at;
};

struct UpstreamOptions {
  // Answers take this long, the same ones for the same `seed`.
  base::Milliseconds least{0};
  base::Milliseconds most{0};
  std::uint32_t seed = 1;
  bool keeps_log = true;
  base::WallTime now{};  // what its clock shows; else the time
};

// A simulated upstream: OpenAI's endpoints, Anthropic's messages, Gemini's
// generateContent, the lists of all three and Ollama's.
//
// A model answers well, unless its name ends in "@" and one of these, wherever
// it is asked for ("N" is a number):
//
//   NNN                 that status, with an error object that says nothing
//   gone, gone200       404, or 200, model_not_found
//   nochannel           503 无可用渠道
//   forbidden           403 that speaks of the model
//   quota               429 insufficient_quota
//   limited, limited-N  429, the latter with Retry-After: N
//   limited-daily       429 of a day's limit
//   limited-gemini      429 that speaks of a quota, with a retryDelay
//   pause-N             429 with Retry-After: N the first time only
//   flaky-N             503 the first N times
//   reset               a TCP reset before anything; close: closed instead
//   hang                nothing, ever
//   hang-body           headers, then nothing, ever
//   drip                a byte a second
//   cut, cut-late       a reset in mid stream, before or after some content
//   endless             content for ever
//   big, bomb           8 MiB of content, or 64 MiB of it gzipped
//   headers             5,000 headers
//   empty, html         200 without a body, or with a page
//   badjson, latin1     JSON that breaks off, or is not UTF-8
//   lie                 200 with no choices and no usage
//   error-event         an error in a stream after its first event
//   reasoning           16 tokens of thinking, and no more
//   slow-first          the first content after 300 ms
//   nostream            400 unless it is not streamed; streamonly: the reverse
//   nooptions           400 if there are stream_options
//   completion-tokens   400 if there are max_tokens
//   max-tokens          400 if there are max_completion_tokens
//   not-chat-responses, not-chat-completions, not-chat-embedding
//                       404 at chat, naming the endpoint that answers
//   redirect-same, redirect-other, redirect-loop
//                       307 to itself, to 127.0.0.2, or again and again
//   echo-key            500 that repeats the key in three forms
//
// What is no such ending is 500, so that a typing error is seen.
class Upstream {
 public:
  Upstream() = default;
  explicit Upstream(const UpstreamOptions& options);

  // Adds a site, or changes it.
  void set(const std::string& name, Site site);

  // For a web::HttpServer.
  web::Reply answer(const base::http::Request& request);

  // Everything that was asked, in order.
  const std::vector<Seen>& log() const { return log_; }
  void clear_log() { log_.clear(); }

 private:
  web::Reply vendors_reply(const std::string& name, const Site& site,
                           std::string_view path,
                           const base::http::Request& request);
  web::Reply modeled(const std::string& name, const Site& site,
                     const Question& question,
                     const base::http::Request& request);
  web::Reply reply_to(const std::string& name, std::string_view path,
                      const base::http::Request& request);
  base::Milliseconds latency();
  std::int64_t now() const;

  UpstreamOptions options_;
  std::minstd_rand dice_;
  std::map<std::string, Site, std::less<>> sites_;
  std::map<std::string, int> calls_;  // by site and model, where it matters
  std::vector<Seen> log_;
};

// A server of `upstream`, which must outlive it.
std::unique_ptr<web::HttpServer> make_upstream_server(net::Loop& loop, int port,
                                                      Upstream& upstream);

}  // namespace demo
