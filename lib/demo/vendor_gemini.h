#pragma once

#include <string_view>

#include "demo/vendor.h"

namespace demo {

// A call of "MODEL:METHOD", for whoever sells Gemini.
Heard hear_gemini_method(const Visit& visit, std::string_view call);

}  // namespace demo
