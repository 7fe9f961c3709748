#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/candidates.h"
#include "core/conversation.h"

namespace core {

// What was seen of one candidate.
struct Finding {
  Candidate candidate;
  Result ending;
  bool due = true;      // false: the outcome is the remembered one
  bool shared = false;  // the same question was asked for another name
  bool spared = false;  // the breaker spared it
};

// The same in a fifth of the memory: a round holds those of every channel until
// all have been asked.  Why a candidate is untestable is in its ending.
std::string packed(const std::vector<Finding>& findings);
std::vector<Finding> unpacked_findings(std::string_view bytes);

}  // namespace core
