#pragma once

#include "base/messages.h"

// The table of sentences, continued: what every part of the program stands on.
namespace base::say {

inline constexpr Phrase no_cryptography{
    "the cryptographic library fails to give {0}", "加密库无法提供 {0}"};

}  // namespace base::say
