#include "core/change.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/json.h"

namespace core {

namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

std::optional<Members> members_of(const std::string& json) {
  if (json.empty()) return Members();
  base::json::Document document;
  if (!document.parse(json)) return std::nullopt;
  return document.members("");
}

// Puts `json` in the place of the first member of that name, or at the end;
// there is no second one afterwards.
void put(Members& members, std::string_view name, const std::string& json) {
  const auto has_name = [name](const auto& member) {
    return member.first == name;
  };
  const auto first = std::find_if(members.begin(), members.end(), has_name);
  if (first == members.end()) {
    members.emplace_back(name, json);
    return;
  }
  first->second = json;
  members.erase(std::remove_if(first + 1, members.end(), has_name),
                members.end());
}

}  // namespace

std::optional<std::string> other_info_with(const std::string& other_info,
                                           const std::string& status_reason,
                                           std::int64_t status_time) {
  auto members = members_of(other_info);
  if (!members) return std::nullopt;
  put(*members, "status_reason", base::json::quote(status_reason));
  put(*members, "status_time", std::to_string(status_time));
  base::json::Writer writer;
  writer.begin_object();
  for (const auto& [name, json] : *members) {
    writer.key(name).raw(json);
  }
  return writer.end_object().take();
}

}  // namespace core
