#pragma once

#include <string_view>
#include <vector>

namespace state {

// The SQL of sql/state/*.sql in their order: the n-th, counted from 1, turns a
// file of version n - 1 into one of version n.
std::vector<std::string_view> migrations();

}  // namespace state
