#include "core/channel.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/http.h"
#include "base/json.h"
#include "base/messages_core.h"
#include "base/text.h"
#include "core/channel_type.h"
#include "core/names.h"

namespace core {

namespace {

// Finds the commas between the elements of a JSON array.
class ElementEnds {
 public:
  // Whether `c`, the next character of well-formed JSON, is such a comma.
  bool is_end(char c) {
    if (in_text_) {
      in_text_ = is_escaped_ || c != '"';
      is_escaped_ = !is_escaped_ && c == '\\';
      return false;
    }
    in_text_ = c == '"';
    if (c == '[' || c == '{') ++depth_;
    if (c == ']' || c == '}') --depth_;
    return c == ',' && depth_ == 0;
  }

 private:
  int depth_ = 0;
  bool in_text_ = false;
  bool is_escaped_ = false;
};

// The elements of a JSON array that is known to be one, each as it stands
// there: the gateway uses this very text as the key.
std::vector<std::string> raw_elements(std::string_view array) {
  std::vector<std::string> elements;
  const std::string_view inside = array.substr(1, array.size() - 2);
  if (base::trimmed(inside).empty()) return elements;
  ElementEnds ends;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (!ends.is_end(inside[i])) continue;
    elements.emplace_back(base::trimmed(inside.substr(begin, i - begin)));
    begin = i + 1;
  }
  elements.emplace_back(base::trimmed(inside.substr(begin)));
  return elements;
}

std::vector<std::string> split_keys(std::string_view column) {
  const std::string_view trimmed = base::trimmed(column);
  base::json::Document document;
  if (trimmed.starts_with('[') && document.parse(trimmed) &&
      document.is_array("")) {
    return raw_elements(trimmed);
  }
  while (column.starts_with('\n')) {
    column.remove_prefix(1);
  }
  while (column.ends_with('\n')) {
    column.remove_suffix(1);
  }
  const auto lines = base::split(column, '\n');
  return {lines.begin(), lines.end()};
}

// Whether new-api takes the channel's key for several, and then `info` holds
// what it knows of them.
bool reads_as_many(const Channel& channel, const Schema& schema,
                   base::json::Document& info) {
  return schema.has_channel_info() && info.parse(channel.channel_info) &&
         info.truth("/is_multi_key").value_or(false);
}

bool is_enabled(const base::json::Document& info, std::size_t index) {
  const auto status =
      info.number(fmt::format("/multi_key_status_list/{}", index));
  return status.value_or(enabled) == enabled;
}

bool has_control_byte(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) {
    return (c < 0x20 && c != '\t') || c == 0x7f;
  });
}

// A service account or the like: read, not sent.
bool is_json_object(std::string_view text) {
  const std::string_view trimmed = base::trimmed(text);
  base::json::Document document;
  return trimmed.starts_with('{') && document.parse(trimmed) &&
         document.is_object("");
}

base::Sentence key_error_of(const Channel& channel, const Schema& schema) {
  const bool many = has_many_keys(channel, schema);
  for (const Key& key : keys_of(channel, schema)) {
    const std::string& text = key.secret.reveal();
    if (!key.enabled || !has_control_byte(text) || is_json_object(text)) {
      continue;
    }
    const auto lines = base::split(base::trimmed(text), '\n');
    if (many || lines.size() < 2)
      return {base::say::key_with_control, key.index};
    return schema.has_channel_info()
               ? base::Sentence(base::say::key_of_many_lines)
               : base::Sentence(base::say::key_of_many_lines_alone);
  }
  return {};
}

// A JSON column that the product reads.
struct JsonColumn {
  std::string_view name;
  const std::string& text;
  bool of_texts = false;  // every value has to be one
};

std::vector<JsonColumn> json_columns_of(const Channel& channel,
                                        const Schema& schema) {
  switch (schema.product) {
    case Product::oneapi: return {};
    case Product::newapi:
      return {{"setting", channel.setting},
              {"settings", channel.settings},
              {"channel_info", channel.channel_info},
              {"header_override", channel.header_override.reveal(), true}};
    case Product::onehub:
      return {{"plugin", channel.plugin},
              {"custom_parameter", channel.custom_parameter},
              {"model_headers", channel.model_headers.reveal(), true}};
  }
  return {};
}

base::Sentence json_error_of(const JsonColumn& column) {
  if (column.text.empty()) return {};
  base::json::Document document;
  const bool is_json = document.parse(column.text);
  if (is_json && document.is_null("")) return {};
  if (!is_json || !document.is_object("")) {
    return {base::say::json_malformed, column.name};
  }
  if (column.of_texts && !document.strings("")) {
    return {base::say::headers_malformed, column.name};
  }
  return {};
}

}  // namespace

bool same_basis(const Channel& before, const Channel& now) {
  const bool switched_off =
      now.status == disabled_by_hand && before.status != disabled_by_hand;
  return !switched_off && before.id == now.id &&
         before.created_time == now.created_time && before.type == now.type &&
         before.models == now.models && before.group == now.group &&
         before.model_mapping == now.model_mapping &&
         before.base_url == now.base_url && before.key == now.key;
}

std::vector<Key> keys_of(const Channel& channel, const Schema& schema) {
  base::json::Document info;
  if (!reads_as_many(channel, schema, info)) return {Key{0, channel.key, true}};
  std::vector<Key> keys;
  for (std::string& text : split_keys(channel.key.reveal())) {
    const std::size_t index = keys.size();
    keys.push_back(
        {index, base::Secret(std::move(text)), is_enabled(info, index)});
  }
  return keys;
}

bool has_many_keys(const Channel& channel, const Schema& schema) {
  base::json::Document info;
  return reads_as_many(channel, schema, info);
}

std::string shown(const Key& key) {
  constexpr std::size_t least = 12;
  constexpr std::size_t end = 4;
  const std::string& text = key.secret.reveal();
  if (text.size() < least) return fmt::format("#{}", key.index);
  return fmt::format("#{} …{}", key.index,
                     base::printable(text.substr(text.size() - end)));
}

std::vector<std::string> groups_of(const Channel& channel) {
  return raw_names_of(channel.group);
}

ModelMapping::ModelMapping(std::map<std::string, std::string> entries,
                           const Schema& schema)
    : entries_(std::move(entries)), chained_(schema.has_channel_info()) {
  for (auto& [name, target] : entries_) {
    // one-hub bills by the original name where a "+" stands before a target.
    if (schema.product == Product::onehub && target.starts_with('+')) {
      target.erase(0, 1);
    }
    if (!target.empty()) targets_.insert(target);
  }
}

std::optional<std::string> ModelMapping::upstream(
    const std::string& model) const {
  std::string current = model;
  std::set<std::string> passed = {model};
  while (true) {
    const auto entry = entries_.find(current);
    if (entry == entries_.end() || entry->second.empty()) return current;
    const std::string& target = entry->second;
    if (!chained_) return target;
    if (target == current) return current;
    if (!passed.insert(target).second) return std::nullopt;
    current = target;
  }
}

bool ModelMapping::covers(const std::string& upstream) const {
  return targets_.contains(upstream);
}

std::optional<ModelMapping> mapping_of(const Channel& channel,
                                       const Schema& schema) {
  if (channel.model_mapping.empty()) return ModelMapping();
  base::json::Document document;
  if (!document.parse(channel.model_mapping)) return std::nullopt;
  if (document.is_null("")) return ModelMapping();
  const auto members = document.strings("");
  if (!members) return std::nullopt;
  std::map<std::string, std::string> entries;
  for (const auto& [name, target] : *members) {
    entries.insert_or_assign(name, target);
  }
  return ModelMapping(std::move(entries), schema);
}

base::Sentence config_error_of(const Channel& channel, const Schema& schema) {
  if (!channel.malformed.empty()) {
    return {base::say::columns_malformed,
            base::joined(channel.malformed, ", ")};
  }
  if (!mapping_of(channel, schema)) return {base::say::mapping_malformed};
  for (const JsonColumn& column : json_columns_of(channel, schema)) {
    base::Sentence error = json_error_of(column);
    if (!error.empty()) return error;
  }
  if (!channel.base_url.empty() && coding_plan(channel, schema).empty() &&
      (base::http::host_of(channel.base_url).empty() ||
       has_control_byte(channel.base_url))) {
    return {base::say::address_malformed};
  }
  return key_error_of(channel, schema);
}

}  // namespace core
