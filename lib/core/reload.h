#pragma once

#include <string>
#include <string_view>

#include "base/http.h"
#include "base/messages.h"
#include "base/secret.h"
#include "base/time.h"
#include "core/channel.h"

namespace core {

struct Report;

// Where a gateway takes orders from its administrator.
struct AdminApi {
  std::string base_url;
  base::Secret token;
  base::Milliseconds timeout{10'000};

  bool is_known() const { return !base_url.empty() && !token.empty(); }
};

// A one-hub works with the channels that it has in memory, and reads them again
// when a channel is deleted, also one that does not exist (contract 4.3):
// `nobody`, so that nothing changes.  Not to be sent anywhere else.
base::http::Request reload_request(const AdminApi& api, ChannelId nobody);

// Why an answer to it means that nothing was read again; empty where it was.
// The token is never in it.
base::Sentence reload_refused(const AdminApi& api, int status,
                              std::string_view body);

// When the gateway works with what the round wrote (contract 4.1); empty where
// nothing was written, and for a one-hub, which is told.
base::Sentence seen_after(const Report& report);

}  // namespace core
