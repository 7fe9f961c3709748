#pragma once

#include "base/secret.h"
#include "base/time.h"

namespace core {

// The token that a key of Zhipu's older form, "id.secret", makes (contract
// 5.4): a JSON Web Token (RFC 7519) that is good for a day.  Empty where the
// key is of another form.
base::Secret zhipu_token(const base::Secret& key, base::WallTime now);

}  // namespace core
