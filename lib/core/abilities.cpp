#include "core/abilities.h"

#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/names.h"

namespace core {

namespace {

// Of `names`, no two of which are equal, the first of all that the database
// takes for one.
std::vector<std::string> first_of_each(std::vector<std::string> names,
                                       const NameKeys& keys) {
  if (!keys || names.size() < 2) return names;
  const std::vector<std::string> key = keys(names);
  if (key.empty()) return names;
  std::unordered_set<std::string_view> seen;
  std::vector<std::string> first;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (seen.insert(key.at(i)).second) first.push_back(std::move(names[i]));
  }
  return first;
}

// The rows of one group by their models.
using ByModel = std::unordered_map<std::string_view, const Ability*>;
using ByGroup = std::map<std::string_view, ByModel>;

ByGroup by_group(const std::vector<Ability>& rows) {
  ByGroup groups;
  for (const Ability& row : rows) {
    groups[row.group].emplace(row.model, &row);
  }
  return groups;
}

bool are_copies_of(const AbilityEdits& edits, const Channel& channel) {
  return edits.priority == channel.priority && edits.weight == channel.weight &&
         edits.tag == channel.tag;
}

bool is_as_left(const AbilityEdit& edit, const Ability* now) {
  return now == nullptr ? !edit.after : edit.after && *now == *edit.after;
}

const Ability* find(ByGroup& rows, const Ability& like) {
  const ByModel& models = rows[like.group];
  const auto found = models.find(like.model);
  return found == models.end() ? nullptr : found->second;
}

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
  ByGroup there = by_group(present);
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

AbilityEdits edits_of(const AbilitiesDifference& difference,
                      const std::vector<Ability>& present,
                      const Channel& channel) {
  AbilityEdits edits{.priority = channel.priority,
                     .weight = channel.weight,
                     .tag = channel.tag};
  ByGroup there;
  if (!difference.wrong.empty()) there = by_group(present);
  for (const Ability& row : difference.stray) {
    edits.rows.push_back({row, std::nullopt});
  }
  for (const Ability& row : difference.wrong) {
    edits.rows.push_back({*find(there, row), row});
  }
  for (const Ability& row : difference.missing) {
    edits.rows.push_back({std::nullopt, row});
  }
  return edits;
}

std::optional<std::vector<Ability>> taken_back(
    const AbilityEdits& edits, const std::vector<Ability>& present,
    const Channel& channel) {
  if (!are_copies_of(edits, channel)) return std::nullopt;
  ByGroup there = by_group(present);
  std::unordered_set<const Ability*> changed;
  std::vector<Ability> rows;
  for (const AbilityEdit& edit : edits.rows) {
    const Ability& like = edit.after ? *edit.after : edit.before.value();
    const Ability* now = find(there, like);
    if (!is_as_left(edit, now)) return std::nullopt;
    if (now != nullptr) changed.insert(now);
    if (edit.before) rows.push_back(*edit.before);
  }
  for (const Ability& row : present) {
    if (!changed.contains(&row)) rows.push_back(row);
  }
  return rows;
}

void cover_groups(std::vector<Ability>& rows,
                  const std::vector<Ability>& wanted) {
  std::set<std::string> covered;
  for (const Ability& row : rows)
    covered.insert(row.group);
  for (const Ability& row : wanted) {
    if (!covered.contains(row.group)) rows.push_back(row);
  }
}

std::set<std::string> groups_left(const std::vector<Ability>& wanted,
                                  const std::vector<Ability>& present) {
  std::set<std::string> left;
  for (const Ability& row : present)
    left.insert(row.group);
  for (const Ability& row : wanted)
    left.erase(row.group);
  return left;
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
