// An administrator at work in the gateway while rounds go on.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "base/error.h"
#include "base/stop.h"
#include "base/text.h"
#include "db/session.h"
#include "db/transaction.h"
#include "torture/scene.h"

namespace torture {

namespace {

// What the administrator wants of a channel.
struct Will {
  const Place* place = nullptr;
  ChannelRow row;             // but for the models
  std::set<std::string> off;  // names that he took off
  std::set<std::string> on;   // names of his own
  // The rounds that had begun when he last did something with the names, or
  // switched the channel: it was seen since if two more have.
  int touched = 0;
};

class Administrator {
 public:
  Administrator(Scene& scene, Dice& dice)
      : scene_(scene), dice_(dice), session_(scene.world.open()) {
    const Tables tables = scene.tables();
    for (const Place& place : scene.places()) {
      // Those two are not his.
      if (place.status != 1) continue;
      wills_[place.id] = {.place = &place, .row = tables.channels.at(place.id)};
    }
  }

  // One edit, in a transaction of its own.
  void edit(int round) {
    const auto wills = wills_;
    const auto deleted = deleted_;
    db::patiently({.tries = 20}, nobody_stops_, [&] {
      wills_ = wills;
      deleted_ = deleted;
      db::Transaction transaction(*session_);
      edit_something(round);
      require(transaction.commit(), "a commit without an answer");
    });
  }

  void must_be_as_left(const Tables& tables) const {
    for (const std::int64_t id : deleted_) {
      if (wills_.contains(id)) continue;
      require(!tables.channels.contains(id),
              fmt::format("{} was deleted and is there", id));
    }
    for (const auto& [id, will] : wills_)
      must_be_as_left(tables, id, will);
  }

 private:
  void edit_something(int round) {
    auto chosen = wills_.begin();
    std::advance(chosen, dice_.below(static_cast<int>(wills_.size())));
    const std::int64_t id = chosen->first;
    Will will = chosen->second;
    switch (dice_.below(10)) {
      case 0: will.row.priority = dice_.below(9); break;
      case 1: will.row.weight = dice_.below(99); break;
      case 2: will.row.tag = fmt::format("tag-{}", dice_.below(5)); break;
      case 3:
        will.row.group = dice_.any<std::string>(
            {"default", "default,vip", fmt::format("alone-{}", id)});
        break;
      case 4:
        will.row.status = will.row.status == 1 ? 2 : 1;
        will.touched = round;
        break;
      case 5: return dice_.chance(50) ? remove(id) : add(round);
      default: return edit_names(id, std::move(will), round);
    }
    write(id, will, models_of(id));
    wills_[id] = std::move(will);
  }

  void edit_names(std::int64_t id, Will will, int round) {
    Names names = models_of(id);
    if (will.row.status == 1 && round >= will.touched + 2 && names.size() > 1 &&
        dice_.chance(50)) {
      const std::string name = dice_.any(names);
      if (name == anchor) return;
      std::erase(names, name);
      if (will.on.erase(name) == 0) will.off.insert(name);
    } else if (!will.off.empty() && dice_.chance(40)) {
      const std::string name = *will.off.begin();
      will.off.erase(name);
      names.push_back(name);
    } else {
      const std::string name = fmt::format("his-{}", ++last_name_);
      names.insert(names.begin(), name);
      will.on.insert(name);
    }
    will.touched = round;
    write(id, will, names);
    wills_[id] = std::move(will);
  }

  void remove(std::int64_t id) {
    // Another channel gives its place to the next one.
    if (wills_.size() < 6) return;
    session_->execute(R"(DELETE FROM "abilities" WHERE "channel_id" = ?)",
                      {id});
    session_->execute(R"(DELETE FROM "channels" WHERE "id" = ?)", {id});
    deleted_.insert(id);
    wills_.erase(id);
  }

  // Often under the id of the one that was deleted last.
  void add(int round) {
    std::int64_t id = 0;
    while (wills_.contains(++id) || id == 7 || id == 8)
      continue;
    const auto [like_id, like] =
        *std::find_if(wills_.begin(), wills_.end(), [](const auto& entry) {
          const std::int64_t place = entry.second.place->id;
          return place != 5 && place != 6;  // mapping, several keys
        });
    Will will{.place = like.place, .row = like.row, .touched = round};
    will.row.created = 1'770'000'000 + ++last_name_;
    will.row.status = 1;
    session_->execute(
        R"(INSERT INTO "channels" ("id", "type", "key", "name", "created_time",
             "base_url", "model_mapping", "auto_ban", "status", "models")
           SELECT ?, "type", "key", "name", ?, "base_url", "model_mapping",
             "auto_ban", 1, '' FROM "channels" WHERE "id" = ?)",
        {id, will.row.created, like_id});
    write(id, will, {anchor});
    wills_[id] = std::move(will);
  }

  // The row is his until he is done.
  Names models_of(std::int64_t id) {
    const auto rows = session_->query(
        fmt::format(R"(SELECT "models" FROM "channels" WHERE "id" = ?{})",
                    session_->dialect().lock_row),
        {id});
    Names names;
    const std::string text = db::text_of(rows.at(0).at(0));
    for (const auto name : base::split(text, ','))
      names.emplace_back(name);
    return names;
  }

  // As the gateway does it: the row, then its abilities anew.
  void write(std::int64_t id, const Will& will, const Names& names) {
    const ChannelRow& row = will.row;
    const db::Value tag = row.tag ? db::Value(*row.tag) : db::Value(nullptr);
    session_->execute(
        R"(UPDATE "channels" SET "status" = ?, "models" = ?, "group" = ?,
             "priority" = ?, "weight" = ?, "tag" = ? WHERE "id" = ?)",
        {row.status, base::joined(names, ","), row.group, row.priority,
         row.weight, tag, id});
    session_->execute(R"(DELETE FROM "abilities" WHERE "channel_id" = ?)",
                      {id});
    for (const std::string& name : names) {
      for (const auto group : base::split(row.group, ',')) {
        session_->execute(
            R"(INSERT INTO "abilities" VALUES (?, ?, ?, ?, ?, ?, ?))",
            {std::string(group), name, id, row.status == 1, row.priority,
             row.weight, tag});
      }
    }
  }

  void must_be_as_left(const Tables& tables, std::int64_t id,
                       const Will& will) const {
    require(tables.channels.contains(id), fmt::format("{} is away", id));
    const ChannelRow& is = tables.channels.at(id);
    const ChannelRow& wanted = will.row;
    require(is.created == wanted.created && is.status == wanted.status &&
                is.group == wanted.group && is.priority == wanted.priority &&
                is.weight == wanted.weight && is.tag == wanted.tag,
            fmt::format("{} is not as it was left: status {}, group {}", id,
                        is.status, is.group));
    const Names names = is.names();
    const std::set<std::string> listed(names.begin(), names.end());
    const auto say = [&](const std::string& name, const char* what) {
      return fmt::format("{} {} on {}: {}", name, what, id, is.models);
    };
    for (const std::string& name : will.off) {
      require(!listed.contains(name), say(name, "was taken off and is"));
    }
    for (const std::string& name : will.on) {
      require(listed.contains(name), say(name, "was put on and is not"));
    }
    if (wanted.status != 1) return;
    for (const std::string& name : will.place->names) {
      if (will.off.contains(name)) continue;
      require(listed.contains(name) == scene_.answers(*will.place, name),
              say(name, "is not as it answers"));
    }
  }

 public:
  // It always answers, so that no channel ever fails as a whole.
  static constexpr const char* anchor = "model-1";

 private:
  Scene& scene_;
  Dice& dice_;
  std::unique_ptr<db::Session> session_;
  base::StopFlag nobody_stops_;
  std::map<std::int64_t, Will> wills_;
  std::set<std::int64_t> deleted_;
  int last_name_ = 0;
};

// So many edits while rounds go on; returns how many rounds those were.
int edit_beside_rounds(db::Engine engine, int edits, Dice& dice) {
  Scene scene(engine, dice);
  must_have_ended_well(scene.world.round().ended);
  const auto more_dice = [&] {
    return Dice(static_cast<std::uint64_t>(dice.below(1 << 30)));
  };
  Dice truth = more_dice();
  Dice his_choice = more_dice();
  Dice his_pace = more_dice();
  Administrator administrator(scene, his_choice);
  std::atomic<int> rounds = 1;
  std::atomic<bool> is_over = false;
  std::exception_ptr trouble;
  std::thread thread([&] {
    try {
      for (int i = 0; i < edits; ++i) {
        std::this_thread::sleep_for(
            std::chrono::milliseconds(his_pace.below(120)));
        administrator.edit(rounds);
      }
    } catch (...) {
      trouble = std::current_exception();
    }
    is_over = true;
  });
  std::exception_ptr other;
  try {
    while (!is_over) {
      scene.change_truth(truth, Administrator::anchor);
      ++rounds;
      must_have_ended_well(scene.world.round().ended);
    }
  } catch (...) {
    other = std::current_exception();
  }
  thread.join();
  if (trouble) std::rethrow_exception(trouble);
  if (other) std::rethrow_exception(other);
  must_have_ended_well(scene.world.round().ended);
  must_have_ended_well(scene.world.round().ended);
  administrator.must_be_as_left(scene.tables());
  return rounds;
}

}  // namespace

Tally edit(db::Engine engine, int times, Dice dice) {
  constexpr int at_once = 30;
  Tally tally{.what = "edited by somebody else"};
  int rounds = 0;
  while (tally.times < times) {
    const int edits = std::min(at_once, times - tally.times);
    rounds += edit_beside_rounds(engine, edits, dice);
    tally.times += edits;
  }
  tally.detail = fmt::format("during {} rounds", rounds);
  return tally;
}

}  // namespace torture
