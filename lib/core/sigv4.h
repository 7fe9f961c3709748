#pragma once

#include <string_view>

#include "base/http.h"
#include "base/secret.h"
#include "base/time.h"

namespace core {

struct AmazonKey {
  std::string_view id;
  std::string_view secret;
  std::string_view session;  // "" where it is a lasting one
  std::string_view region;
};

// Signs `request` for one of Amazon's services as it will be sent: what stands
// in its URL is what is signed, so a colon in a path has to be "%3A" there
// already.  Adds the headers X-Amz-Date, X-Amz-Security-Token where there is a
// session, and Authorization.  Its other headers are not signed but Host and
// Content-Type.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
void sign_for_amazon(base::http::Request& request, const AmazonKey& key,
                     std::string_view service, base::WallTime now);

}  // namespace core
