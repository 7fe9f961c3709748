#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "e2e/world.h"
#include "torture/tables.h"
#include "torture/torture.h"

namespace torture {

// A channel of the scene, and whatever its upstream could ever have.
struct Place {
  std::int64_t id = 0;
  std::string site;
  Names names;                                 // public ones
  std::map<std::string, std::string> aliases;  // public name -> upstream name
  std::int64_t status = 1;                     // while something answers

  std::string upstream(const std::string& name) const;
};

// A gateway of a dozen channels - groups, priorities, tags, a mapping, several
// keys, one that the gateway has switched off, one that is off by hand, one
// alone in its group - and the truth behind it, which changes.
class Scene {
 public:
  // Of SQLite's journals it is one or the other, at random.
  Scene(db::Engine engine, Dice& dice);
  // The gateway is on this server.
  Scene(db::Engine engine, const db::Server& server);

  e2e::World world;

  const std::vector<Place>& places() const { return places_; }

  // Some names go and some come back, at random; seldom all of a site.
  void change_truth(Dice& dice);
  // The same, but for names that begin with `anchor`: they stay.
  void change_truth(Dice& dice, const std::string& anchor);
  void make_whole();

  bool answers(const Place& place, const std::string& name) const;

  // Throws Broken where the tables are not what a whole round makes of the
  // lists `before`.
  void must_be_true(const Tables& before, const Tables& after) const;

  // The same where every name is there.
  void must_be_complete(const Tables& tables) const;

  // Of a server: until it has noticed that a process is gone, and has rolled
  // back what that had begun or committed what it was told to.
  void wait_until_alone() const;

  Tables tables() const { return tables_of(*world.open()); }
  Notes notes() const { return notes_left_in(world.state()); }

 private:
  void fill();
  void add(const Place& place, e2e::Row row);
  void tell(const std::string& site);

  std::vector<Place> places_;
  std::map<std::string, Names> sites_;  // upstream names
  std::map<std::string, std::set<std::string>> missing_;
  std::map<std::string, std::set<std::string>> lies_;  // offered, but missing
};

// Of a round that was left alone.
void must_have_ended_well(const support::Ended& ended);

}  // namespace torture
