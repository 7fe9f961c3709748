#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/channel.h"
#include "core/endpoint.h"
#include "core/kind.h"
#include "core/provider.h"

// What a provider sends, word for word, is kept in a file of its name in
// tests/data/transcripts.  Somebody writes the head of each part, which says
// what the channel is; the rest is what the core makes of it:
//
//   channel PRODUCT TYPE         oneapi, newapi, newapi-2025 or onehub
//   key: …                       and any other column that counts there;
//                                "{private key}" is a fresh one, as JSON
//   vendor: NAME PATH            who has to accept it all, and which part of
//                                his paths the address has in it already
//   accepts: KEY                 the vendor's own form of the key, where it is
//                                another
//   cursor: …                    what the second page of the list is asked by,
//                                where not just any word will do
//   kinds: KIND KIND …           what is asked, where it is not everything
//   model KIND: NAME             instead of a made-up name
//   offers: NAME                 the vendor's own name of a model, where the
//                                provider makes it of ours
//   # …                          for people
namespace transcript {

struct Head {
  std::string product;
  core::Channel channel;
  std::string vendor;
  std::string at;
  std::string accepts;
  std::string cursor;
  std::string kinds;
  std::string offers;
  std::map<std::string, std::string> models;  // by kind
  std::vector<std::string> lines;             // as they stand in the file
};

// The heads of a file.  Fails the test where a line means nothing.
std::vector<Head> heads_in(const std::string& text);

// Something that a provider asks.
struct Act {
  std::string title;  // "list", "chat, in a stream", …
  core::Question question;
  bool is_probe = false;
  base::http::Request request;
};

// Everything that the channel of `head` is to ask, at a time that is always the
// same.  Fails the test where it cannot be asked at all.
struct Play {
  core::Endpoint endpoint;
  core::Schema schema;
  std::vector<Act> acts;
};
Play play(const Head& head);

// The part of the file that `head` and `play` make.
std::string written(const Head& head, const Play& play);

// All kinds that can be asked at `endpoint`.
std::vector<core::Kind> kinds_of(const core::Endpoint& endpoint);

// The time of every transcript.
base::WallTime time();

}  // namespace transcript
