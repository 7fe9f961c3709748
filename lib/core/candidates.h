#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/messages.h"
#include "base/redact.h"
#include "core/abilities.h"
#include "core/channel.h"
#include "core/kind.h"
#include "core/memory.h"
#include "core/names.h"
#include "core/product.h"

namespace core {

// What of the configuration decides about candidates.  Names are public ones.
struct CandidatePolicy {
  std::vector<std::string> models;
  bool force_models = false;
  bool force_inside_models = false;
  bool add_new_models = true;
  std::size_t max_new_models = 100;
  NamePatterns exclude;
  NamePatterns protect;
  NamePatterns only;               // where not empty, nothing else is looked at
  bool forced = false;             // as many new ones as there are
  std::size_t longest_name = 255;  // bytes
};

// Where the names of a channel came from.
enum class ListSource : std::uint8_t { upstream, configuration, channel, none };

std::string_view name_of(ListSource source);

// A public model that this round looks at on a channel.
struct Candidate {
  std::string name;
  std::string upstream;  // what the probe asks for
  bool listed = false;
  bool may_be_added = true;
  bool is_protected = false;
  base::Sentence untestable;  // why it cannot be probed; empty if it can
};

struct Candidates {
  ListSource source = ListSource::none;
  std::vector<Candidate> all;  // listed ones first, each once
  std::vector<std::string>
      dismissed;             // offered; the administrator took them off
  std::size_t held_new = 0;  // offered, and too many to be looked at
  bool is_partial = false;   // some listed names are not looked at
};

// What a channel's candidates are collected from.
struct CandidateBasis {
  const Channel& channel;
  const Schema& schema;
  const ModelMapping& mapping;
  const ChannelMemory& memory;  // as recalled()
  const std::optional<std::vector<std::string>>&
      offered;  // the upstream's list
  // Knows the channel's secrets: a name that it would change is only looked at
  // where the administrator listed it, since lists are public.
  const base::Redactor* redactor = nullptr;
};

// Collects the candidates of a channel by the table of the specification.
Candidates candidates_of(const CandidateBasis& basis,
                         const CandidatePolicy& policy, const NameKeys& keys);

// What is asked for instead of a name that only the gateway knows: an effort
// or "-thinking" suffix that it strips (contract 6.3).  Nothing for a wildcard.
// An ordinary name is its own.
std::optional<std::string> probed_name(const Channel& channel,
                                       const Schema& schema,
                                       const std::string& upstream);

}  // namespace core
