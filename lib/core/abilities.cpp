#include "core/abilities.h"

#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/names.h"

namespace core {

namespace {

// The first of all names that the database takes for one.
std::vector<std::string> first_of_each(std::vector<std::string> names,
                                       const NameKeys& keys) {
  if (!keys || names.size() < 2) return names;
  const std::vector<std::string> key = keys(names);
  std::unordered_set<std::string_view> seen;
  std::vector<std::string> first;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (seen.insert(key.at(i)).second) first.push_back(std::move(names[i]));
  }
  return first;
}

// The rows of one group by their models.
using ByModel = std::unordered_map<std::string_view, const Ability*>;

}  // namespace

std::vector<Ability> abilities_of(const Channel& channel, const NameKeys& keys,
                                  const AbilityColumns& columns) {
  const auto models = first_of_each(raw_names_of(channel.models), keys);
  const auto groups = first_of_each(groups_of(channel), keys);
  std::vector<Ability> rows;
  rows.reserve(models.size() * groups.size());
  for (const std::string& model : models) {
    for (const std::string& group : groups) {
      rows.push_back({.group = group,
                      .model = model,
                      .enabled = channel.status == enabled,
                      .priority = channel.priority,
                      .weight = columns.weight ? channel.weight : 0,
                      .tag = columns.tag ? channel.tag : std::nullopt});
    }
  }
  return rows;
}

AbilitiesDifference difference(const std::vector<Ability>& wanted,
                               const std::vector<Ability>& present) {
  std::map<std::string_view, ByModel> there;
  for (const Ability& row : present) {
    there[row.group].emplace(row.model, &row);
  }
  AbilitiesDifference difference;
  for (const Ability& row : wanted) {
    ByModel& models = there[row.group];
    const auto found = models.find(row.model);
    if (found == models.end()) {
      difference.missing.push_back(row);
      continue;
    }
    if (*found->second != row) difference.wrong.push_back(row);
    models.erase(found);
  }
  for (const Ability& row : present) {
    const ByModel& left = there[row.group];
    const auto found = left.find(row.model);
    if (found != left.end() && found->second == &row) {
      difference.stray.push_back(row);
    }
  }
  return difference;
}

std::vector<Uncovered> uncovered(const std::vector<Channel>& channels,
                                 const std::set<std::string>& covered_groups) {
  std::vector<Uncovered> found;
  for (const Channel& channel : channels) {
    if (channel.status != enabled) continue;
    for (const std::string& group : groups_of(channel)) {
      if (!covered_groups.contains(group)) found.push_back({channel.id, group});
    }
  }
  return found;
}

}  // namespace core
