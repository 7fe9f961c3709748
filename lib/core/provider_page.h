#pragma once

#include <string>

namespace core {

// docs/providers.md: what is done with each channel type of each product, as
// the table in channel_type.cpp has it.
std::string provider_page();

}  // namespace core
