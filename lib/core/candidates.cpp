#include "core/candidates.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/messages_probe.h"
#include "base/text.h"

namespace core {

namespace {

namespace say = base::say;
using Names = std::vector<std::string>;
using NameSet = std::unordered_set<std::string>;

constexpr std::int64_t newapi_anthropic = 14;
constexpr std::int64_t newapi_openrouter = 20;
constexpr std::int64_t newapi_gemini = 24;
constexpr std::int64_t newapi_bedrock = 33;
constexpr std::int64_t newapi_vertex = 41;
constexpr std::int64_t newapi_deepseek = 43;
constexpr std::int64_t newapi_volcengine = 45;
constexpr std::int64_t newapi_baidu = 46;
constexpr std::int64_t newapi_xai = 48;

std::string stripped(const std::string& name,
                     std::initializer_list<std::string_view> suffixes) {
  for (const auto suffix : suffixes) {
    if (name.size() > suffix.size() && name.ends_with(suffix)) {
      return name.substr(0, name.size() - suffix.size());
    }
  }
  return name;
}

bool takes_effort(const std::string& name) {
  const std::string lower = base::lower(name);
  return lower.starts_with("o1") || lower.starts_with("o3") ||
         lower.starts_with("o4") || lower.starts_with("gpt-5");
}

std::string claude_name(const std::string& name) {
  for (const auto* adaptive :
       {"claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8"}) {
    if (!name.starts_with(adaptive)) continue;
    std::string plain = stripped(
        name, {"-max", "-xhigh", "-high", "-medium", "-low", "-minimal"});
    if (plain != name) return plain;
  }
  return stripped(name, {"-thinking"});
}

// Google itself has no model of such a name: "-thinking-1024", "-nothinking".
std::string gemini_name(const std::string& name) {
  if (!name.starts_with("gemini-2.5")) return name;
  const auto budget = name.rfind("-thinking-");
  if (budget != std::string::npos &&
      base::whole_number(std::string_view(name).substr(budget + 10))) {
    return name.substr(0, budget);
  }
  return stripped(name, {"-nothinking", "-thinking"});
}

std::string grok_name(const std::string& name) {
  const std::string plain = stripped(name, {"-search"});
  return plain.starts_with("grok-3-mini") ? stripped(plain, {"-high", "-low"})
                                          : plain;
}

// Remembered names, by the time they were removed.
Names remembered_names(const ChannelMemory& memory) {
  std::vector<std::pair<base::WallTime, std::string>> removed;
  for (const auto& [name, known] : memory.names) {
    if (known.removed) removed.emplace_back(*known.removed, name);
  }
  std::sort(removed.begin(), removed.end());
  Names names;
  for (auto& [time, name] : removed)
    names.push_back(std::move(name));
  return names;
}

// Collects names one by one; each only once, also where the database takes two
// for one.
class Collector {
 public:
  Collector(const CandidateBasis& basis, const CandidatePolicy& policy)
      : basis_(basis), policy_(policy) {}

  // Asks the database once which of all these names are one.
  void learn_keys(const NameKeys& keys,
                  const std::vector<const Names*>& lists) {
    Names all;
    for (const Names* names : lists) {
      all.insert(all.end(), names->begin(), names->end());
    }
    for (const auto& [name, known] : basis_.memory.names) {
      if (known.dismissed) all.push_back(name);
    }
    // A name that no list can hold may be one that the database refuses.
    std::erase_if(all, [this](const std::string& name) {
      return !may_be_listed(name, policy_.longest_name);
    });
    if (all.empty()) return;
    const Names known = keys(all);
    for (std::size_t i = 0; i < known.size(); ++i) {
      key_of_.emplace(all[i], known[i]);
    }
    for (const auto& [name, memory] : basis_.memory.names) {
      if (memory.dismissed) dismissed_keys_.insert(key_of(name));
    }
  }

  // `chosen`, where there is one, says which of them are looked at.
  void add_listed(const Names& names, const NameSet* chosen = nullptr) {
    for (const std::string& name : names)
      take(name);
    for (const std::string& name : names) {
      if (is_looked_at(name) && (chosen == nullptr || chosen->contains(name))) {
        push(name, true, true);
      } else {
        found_.is_partial = true;
      }
    }
  }

  void add(const std::string& name, bool may_be_added) {
    if (is_free(name) && is_looked_at(name)) {
      take(name);
      push(name, false, may_be_added);
    }
  }

  // The names of the upstream's list that could be added.
  Names news(const Names& offered) {
    Names names;
    for (const std::string& id : offered) {
      if (basis_.mapping.covers(id) || !is_free(id) || !is_looked_at(id)) {
        continue;
      }
      if (dismissed_keys_.contains(key_of(id)) && !is_configured(id)) {
        found_.dismissed.push_back(id);
        take(id);
      } else if (basis_.mapping.upstream(id) == id) {
        // A key of the mapping means another model there.
        names.push_back(id);
      }
    }
    return names;
  }

  bool is_remembered(const std::string& name) const {
    const auto known = basis_.memory.names.find(name);
    return known != basis_.memory.names.end() && known->second.removed;
  }

  Candidates& found() { return found_; }

 private:
  bool is_configured(const std::string& name) const {
    return std::find(policy_.models.begin(), policy_.models.end(), name) !=
           policy_.models.end();
  }

  bool is_looked_at(const std::string& name) const {
    return !policy_.exclude.match(name) &&
           (policy_.only.empty() || policy_.only.match(name));
  }

  bool is_free(const std::string& name) const {
    if (!may_be_listed(name, policy_.longest_name)) return false;
    return !taken_.contains(name) && !taken_keys_.contains(key_of(name)) &&
           !tells_secret(name);
  }

  bool tells_secret(const std::string& name) const {
    return basis_.redactor != nullptr && basis_.redactor->tells_secret(name);
  }

  const std::string& key_of(const std::string& name) const {
    const auto known = key_of_.find(name);
    return known == key_of_.end() ? name : known->second;
  }

  void take(const std::string& name) {
    taken_.insert(name);
    taken_keys_.insert(key_of(name));
  }

  void push(const std::string& name, bool listed, bool may_be_added) {
    Candidate candidate{.name = name,
                        .listed = listed,
                        .may_be_added = may_be_added,
                        .is_protected = policy_.protect.match(name)};
    const auto target = basis_.mapping.upstream(name);
    if (!target) {
      candidate.untestable = {say::mapping_circle};
    } else if (!may_be_listed(name, policy_.longest_name) ||
               base::has_control(*target) || !base::is_utf8(*target)) {
      candidate.untestable = {say::unsendable};
    } else if (const auto probed =
                   probed_name(basis_.channel, basis_.schema, *target)) {
      candidate.upstream = *probed;
    } else {
      candidate.untestable = {say::wildcard};
    }
    found_.all.push_back(std::move(candidate));
  }

  const CandidateBasis& basis_;
  const CandidatePolicy& policy_;
  std::unordered_map<std::string, std::string> key_of_;
  NameSet taken_;
  NameSet taken_keys_;
  NameSet dismissed_keys_;
  Candidates found_;
};

// The upstream's ids, less outer blanks, what no list can hold, and repeats.
Names tidy(const std::optional<Names>& offered, std::size_t longest) {
  Names names;
  if (!offered) return names;
  NameSet seen;
  for (const std::string& id : *offered) {
    std::string name(base::trimmed(id));
    if (!may_be_listed(name, longest)) continue;
    if (seen.insert(name).second) names.push_back(std::move(name));
  }
  return names;
}

void add_offered(Collector& collector, const Names& offered,
                 const CandidatePolicy& policy) {
  Names news = collector.news(offered);
  const auto unknown = static_cast<std::size_t>(std::count_if(
      news.begin(), news.end(),
      [&](const auto& name) { return !collector.is_remembered(name); }));
  const bool too_many = unknown > policy.max_new_models && !policy.forced;
  if (too_many) collector.found().held_new = unknown;
  for (const std::string& name : news) {
    const bool known = collector.is_remembered(name);
    if (too_many && !known) continue;
    collector.add(name, known || policy.add_new_models);
  }
}

}  // namespace

std::string_view name_of(ListSource source) {
  constexpr std::array<std::string_view, 4> names = {
      "upstream", "configuration", "channel", "none"};
  return names.at(static_cast<std::size_t>(source));
}

Candidates candidates_of(const CandidateBasis& basis,
                         const CandidatePolicy& policy, const NameKeys& keys) {
  const Names listed = names_of(basis.channel.models);
  const Names offered = tidy(basis.offered, policy.longest_name);
  const Names remembered = remembered_names(basis.memory);
  Collector collector(basis, policy);
  collector.learn_keys(keys, {&listed, &offered, &remembered, &policy.models});
  Candidates& found = collector.found();

  if (policy.force_models) {
    const NameSet chosen(policy.models.begin(), policy.models.end());
    collector.add_listed(listed, &chosen);
    for (const std::string& name : policy.models)
      collector.add(name, true);
    found.source = ListSource::configuration;
    return std::move(found);
  }
  collector.add_listed(listed);
  found.source = ListSource::channel;
  if (!policy.force_inside_models && !offered.empty()) {
    found.source = ListSource::upstream;
    add_offered(collector, offered, policy);
  } else if (!policy.force_inside_models && !policy.models.empty()) {
    found.source = ListSource::configuration;
    for (const std::string& name : policy.models)
      collector.add(name, true);
  }
  for (const std::string& name : remembered)
    collector.add(name, true);
  if (found.all.empty() && found.source == ListSource::channel) {
    found.source = ListSource::none;
  }
  return std::move(found);
}

std::optional<std::string> probed_name(const Channel& channel,
                                       const Schema& schema,
                                       const std::string& upstream) {
  if (upstream.find('*') != std::string::npos) return std::nullopt;
  if (schema.product != Product::newapi) return upstream;
  switch (channel.type) {
    case newapi_anthropic:
    case newapi_bedrock: return claude_name(upstream);
    case newapi_vertex:
      return upstream.starts_with("claude") ? claude_name(upstream)
                                            : gemini_name(upstream);
    case newapi_gemini: return gemini_name(upstream);
    case newapi_openrouter: return stripped(upstream, {"-thinking"});
    case newapi_xai: return grok_name(upstream);
    case newapi_deepseek:
      return upstream.starts_with("deepseek-v4-")
                 ? stripped(upstream, {"-none", "-max"})
                 : upstream;
    case newapi_volcengine:
      return upstream.starts_with("deepseek")
                 ? stripped(upstream, {"-thinking"})
                 : upstream;
    case newapi_baidu: return stripped(upstream, {"-search"});
    default: break;
  }
  if (takes_effort(upstream)) {
    return stripped(
        upstream, {"-xhigh", "-high", "-minimal", "-low", "-medium", "-none"});
  }
  return upstream;
}

}  // namespace core
