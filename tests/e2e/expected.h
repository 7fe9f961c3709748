#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "db/session.h"
#include "world.h"

namespace e2e {

// What a round has to make of one channel.
struct Expected {
  std::int64_t id = 0;
  std::string models;
};

// Runs a round on `gateway` and compares every cell of the whole database with
// `twin`, which is the same database before it: the edits are made there in the
// plainest way.
World::Round only_expected_changes(World& world, db::Session& gateway,
                                   db::Session& twin,
                                   const std::vector<Expected>& edits,
                                   const Arguments& arguments = {});

// The same where the round was made otherwise, not before `begin`: `twin` is
// what `gateway` was before it.
void check_only_expected(db::Session& gateway, db::Session& twin,
                         const std::vector<Expected>& edits,
                         std::int64_t begin);

// "id/group" of each group of an enabled channel that has no ability.
std::vector<std::string> uncovered_groups(db::Session& gateway);

}  // namespace e2e
