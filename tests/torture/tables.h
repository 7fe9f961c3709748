#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "db/session.h"

namespace torture {

using Names = std::vector<std::string>;

struct ChannelRow {
  std::int64_t created = 0;
  std::int64_t status = 0;
  std::string models;
  std::string group;
  std::int64_t priority = 0;
  std::int64_t weight = 0;
  std::optional<std::string> tag;
  std::string rest;  // all that is nobody's but the administrator's

  bool operator==(const ChannelRow&) const = default;

  Names names() const;
};

// Both tables of a gateway; only those that agree come out of tables_of().
struct Tables {
  std::map<std::int64_t, ChannelRow> channels;
  std::set<std::string> abilities;  // a line for each row
};

// Reads a gateway, all of one moment, and throws Broken where a list is empty,
// or the abilities are not models x groups with right copies: which includes
// that each group of each channel has a row.  So it does where the file of
// SQLite is damaged.
Tables tables_of(db::Session& session);

// The same of a SQLite file that nobody has open, but perhaps somebody who was
// killed had: what he left is looked at in a copy, so that the next one meets
// it, too.
Tables tables_left_in(const std::string& file);

struct IntentRow {
  std::int64_t id = 0;
  std::int64_t round = 0;
  std::int64_t channel = 0;
  std::string models_before;
  std::string models_after;
  std::int64_t status_before = 0;
  std::int64_t status_after = 0;
  std::int64_t settled = 0;
};

// What the monitor's own file says.
struct Notes {
  std::vector<IntentRow> intents;
  std::int64_t last_round = 0;
  std::string last_result;
  std::int64_t dismissed = 0;

  std::int64_t open_intents() const;
};
Notes notes_left_in(const std::string& file);

// The intents of `after` that are younger than `before`.
std::vector<IntentRow> intents_since(const Notes& before, const Notes& after);

// Throws Broken where something that the monitor never writes has changed, or
// where `intents` do not explain what did.
void must_be_explained(const Tables& before, const Tables& after,
                       const std::vector<IntentRow>& intents);

bool is_written(const Tables& tables, const IntentRow& intent);

// Throws Broken where `now`, after a whole round, has not settled the `intents`
// of the one before as it should after what that had `left`.  Without that it
// is enough that they are settled at all.
void must_be_settled(const Notes& now, const std::optional<Tables>& left,
                     const std::vector<IntentRow>& intents);

}  // namespace torture
