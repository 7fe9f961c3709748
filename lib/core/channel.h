#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/messages.h"
#include "base/secret.h"
#include "core/product.h"

namespace core {

enum class ChannelId : std::int64_t {};

// channels.status of all three products.
inline constexpr std::int64_t enabled = 1;
inline constexpr std::int64_t disabled_by_hand = 2;
inline constexpr std::int64_t disabled_automatically = 3;

// One row of the channels table, as the table has it.  What the product has no
// column for, and NULL, is as good as empty.
struct Channel {
  ChannelId id{};
  std::int64_t created_time = 0;  // with the id, which channel it is
  std::int64_t type = 0;
  std::int64_t status = enabled;
  std::string name;
  std::string base_url;
  base::Secret key;  // or several: see keys_of()
  std::string models;
  std::string group;
  std::string model_mapping;
  std::int64_t priority = 0;
  std::int64_t weight = 0;
  std::optional<std::string> tag;
  std::optional<std::int64_t> auto_ban;   // 1: may be disabled
  std::optional<std::string> other_info;  // new-api: why it was disabled
  std::optional<std::int64_t> test_time;
  std::optional<std::int64_t> response_time;
  std::string organization;      // new-api
  std::string other;             // api-version, region, … by type
  std::string config;            // one-api, JSON
  std::string channel_info;      // new-api, JSON: several keys
  std::string setting;           // new-api, JSON: proxy
  std::string settings;          // new-api, JSON
  std::string param_override;    // new-api, JSON
  base::Secret header_override;  // new-api, JSON
  base::Secret model_headers;    // one-hub, JSON
  std::string custom_parameter;  // one-hub, JSON
  base::Secret proxy;            // one-hub
  std::string plugin;            // one-hub, JSON

  // Columns that hold what no such column can hold; the row cannot be used.
  std::vector<std::string> malformed;
};

// Whether `now` is still what a change made from `before` was made from: same
// channel, models, group, mapping, address, type and key, and not switched off
// by hand meanwhile.  Status, priority, weight and tag do not count: they are
// used fresh.
bool same_basis(const Channel& before, const Channel& now);

struct Key {
  std::size_t index = 0;
  base::Secret secret;
  bool enabled = true;  // as the gateway has it
};

// The keys of a channel in order, disabled ones included; one, unless it is a
// new-api channel with several (contract 3.4), which may also have none.
std::vector<Key> keys_of(const Channel& channel, const Schema& schema);
bool has_many_keys(const Channel& channel, const Schema& schema);

// How a key is shown: "#0 …wxyz", its index and its last four characters; one
// shorter than twelve only as its index.
std::string shown(const Key& key);

// The names of channels.group as the gateway splits them: at commas, nothing
// trimmed, "" one empty group, repeats left out.
std::vector<std::string> groups_of(const Channel& channel);

// model_mapping as the product reads it (contract 7.1).
class ModelMapping {
 public:
  ModelMapping() = default;
  ModelMapping(std::map<std::string, std::string> entries,
               const Schema& schema);

  // The upstream's name for a public one; nothing where new-api would end in a
  // cycle.
  std::optional<std::string> upstream(const std::string& model) const;

  // Whether the upstream's name is some entry's target, a link of a chain
  // included: then its public names stand for it.
  bool covers(const std::string& upstream) const;

 private:
  std::map<std::string, std::string> entries_;
  std::set<std::string> targets_;
  bool chained_ = false;
};

// Returns nothing where the column is no JSON object of texts.
std::optional<ModelMapping> mapping_of(const Channel& channel,
                                       const Schema& schema);

// Why a channel cannot be probed as its gateway would: columns that cannot be
// understood, a key that fits in no header.  An empty sentence: it can be.
base::Sentence config_error_of(const Channel& channel, const Schema& schema);

}  // namespace core
