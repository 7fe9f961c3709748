#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"
#include "base/secret.h"
#include "core/report.h"

namespace core {

// The push monitors of an Uptime Kuma.  Their addresses hold a token.
struct KumaMonitors {
  std::map<std::string, base::Secret> by_model;  // by its public name
  std::map<std::int64_t, base::Secret> by_channel;

  bool empty() const { return by_model.empty() && by_channel.empty(); }
};

struct KumaPush {
  base::Sentence whose;
  base::Secret url;  // whole, with status, msg and ping
};

// What is left unsaid.
struct KumaSilence {
  base::Sentence whose;
  base::Sentence why;
};

struct KumaPlan {
  std::vector<KumaPush> pushes;
  std::vector<KumaSilence> silences;
};

// What each monitor gets of a round; nothing of a dry run, of a round that was
// not completed, and of one in which this machine was cut off: Kuma itself
// notices that nothing comes.
//
// - up: a model answers on some channel; something of a channel answers.  What
//   recheck spared counts as it was last seen.
// - down: nothing of it answers, and something failed: a wrong key and a spent
//   quota too, since nobody else gets an answer either.
// - nothing: nobody was asked, or something that is listed, and may well be
//   there, proved nothing (a rate limit, a setting that we cannot emulate).
//   What cannot be tested at all does not count.
//
// ping is the shortest time to a first token, in ms; to the end of the answer
// where no token's time is known.  `language` is that of msg.
KumaPlan kuma_plan(const Report& report, const KumaMonitors& monitors,
                   base::Language language);

// `url` with these parameters instead of those of their names; others stay as
// they are.
std::string kuma_url(std::string_view url, std::string_view status,
                     std::string_view message, std::string_view ping);

// Why an answer is not that of a Kuma that took the push (200 and {"ok":true});
// empty where it is.  Nothing of `url` is in it.
base::Sentence kuma_refused(const base::Secret& url, int status,
                            std::string_view body);

// Takes what is secret in `url` out of what others say of it.
std::string kuma_excerpt(const base::Secret& url, std::string_view text);

}  // namespace core
