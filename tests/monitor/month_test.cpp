// A used month in fast motion, and each threshold by itself.

#include <algorithm>
#include <map>
#include <random>

#include "catch.h"
#include "rounds.h"

using core::Outcome;
using std::chrono::days;
using std::chrono::hours;
using Lines = std::vector<std::string>;

namespace {

constexpr int hours_of_a_day = 24;
constexpr int rounds_of_a_day = 4;

Lines names_in(const std::string& list) {
  Lines names;
  for (const auto name : base::split(list, ','))
    names.emplace_back(name);
  return names;
}

// The upstreams of the month, round by round, and what the rules make of them,
// told once more and in other words.
class Expected {
 public:
  explicit Expected(unsigned seed) : dice_(seed) {
    for (int id = 1; id <= channels; ++id) {
      for (int k = 0; k < names_of_each; ++k) {
        names_[id].push_back({.name = name_of(k)});
      }
    }
  }

  static std::string name_of(int k) {
    return k == 0 ? "anchor" : "model-" + std::to_string(k);
  }
  static std::string all_names() {
    Lines all;
    for (int k = 0; k < names_of_each; ++k)
      all.push_back(name_of(k));
    return base::joined(all, ",");
  }

  // Another round: some die, some limp, some return.
  void go_on() {
    for (auto& [id, names] : names_) {
      for (std::size_t k = 1; k < names.size(); ++k) {
        const auto luck = dice_() % 1000;
        if (luck < 8) names[k].mood = "gone";
        if (luck >= 8 && luck < 20) names[k].mood = "503";
        if (luck >= 20 && luck < 120) names[k].mood = "";
        if (luck >= 120 && luck < 125) names[k].mood = "limited-daily";
      }
    }
  }

  // What the upstream of `id` says to a test of each of its names.
  void tell(Rounds& rounds) const;

  // What a round with the rules as they are by default makes of it.
  void judge() {
    for (auto& [id, names] : names_) {
      Lines listed = names_in(lists_[id]);
      const std::size_t before = writes_;
      bool changed = false;
      for (Name& name : names) {
        const bool is_listed =
            std::find(listed.begin(), listed.end(), name.name) != listed.end();
        if (name.mood.empty()) {
          name.failed = 0;
          if (is_listed) continue;
          listed.push_back(name.name);
          changed = true;
        } else if (name.mood == "gone" || name.mood == "503") {
          ++name.failed;
          if (!is_listed || name.failed < (name.mood == "gone" ? 1 : 3)) {
            continue;
          }
          std::erase(listed, name.name);
          changed = true;
        }
      }
      writes_ = before + (changed ? 1 : 0);
      lists_[id] = base::joined(listed, ",");
    }
  }

  void begin() {
    for (const auto& [id, names] : names_)
      lists_[id] = all_names();
  }
  const std::map<int, std::string>& lists() const { return lists_; }
  std::size_t writes() const { return writes_; }

  static constexpr int channels = 4;

 private:
  static constexpr int names_of_each = 6;

  struct Name {
    std::string name;
    std::string mood;
    int failed = 0;
  };

  std::minstd_rand dice_;
  std::map<int, std::vector<Name>> names_;
  std::map<int, std::string> lists_;
  std::size_t writes_ = 0;
};

void Expected::tell(Rounds& rounds) const {
  for (const auto& [id, names] : names_) {
    demo::Site site;
    for (const Name& name : names) {
      site.models.push_back(name.name);
      if (!name.mood.empty()) site.moods[name.name] = name.mood;
    }
    rounds.upstream.set("site-" + std::to_string(id), site);
  }
}

std::set<std::string> set_of(const std::string& list) {
  const Lines names = names_in(list);
  return {names.begin(), names.end()};
}

// Rounds in which one name of channel 1 behaves so, and another one is well.
void behave(Rounds& rounds, const std::string& mood) {
  demo::Site site{.models = {"a", "b"}};
  if (!mood.empty()) site.moods["b"] = mood;
  rounds.upstream.set("site-1", site);
}

}  // namespace

TEST_CASE("in a month of rounds lists are true, and no write is idle") {
  const unsigned seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  Rounds rounds;
  Expected expected(seed);
  expected.begin();
  for (int id = 1; id <= Expected::channels; ++id) {
    rounds.add(id, Expected::all_names());
  }
  const std::int64_t writes = rounds.writes();
  rounds.step = hours(hours_of_a_day / rounds_of_a_day);
  for (int number = 0; number < 30 * rounds_of_a_day; ++number) {
    CAPTURE(number);
    if (number > 0) expected.go_on();
    expected.tell(rounds);
    const auto report = rounds.round();
    REQUIRE(report.result == core::RoundResult::complete);
    expected.judge();
    for (const auto& [id, list] : expected.lists()) {
      CAPTURE(id);
      REQUIRE(set_of(rounds.models(id)) == set_of(list));
    }
    REQUIRE(rounds.writes() - writes ==
            static_cast<std::int64_t>(expected.writes()));
  }
  CHECK(expected.writes() > 50);
  CHECK(rounds.journal(state::Settled::written).size() == expected.writes());
}

TEST_CASE("fail_after rounds in a row take a dead name off") {
  Rounds rounds;
  rounds.policy.judge.verdict.fail_after = 3;
  rounds.add(1, "a,b");
  rounds.round();
  behave(rounds, "gone");
  for (const char* list : {"a,b", "a,b"}) {
    rounds.round();
    CHECK(rounds.models(1) == list);
  }
  behave(rounds, "");  // once in between, and the count begins anew
  rounds.round();
  behave(rounds, "gone");
  for (const char* list : {"a,b", "a,b", "a"}) {
    rounds.round();
    CHECK(rounds.models(1) == list);
  }
}

TEST_CASE("fail_after_passing rounds take off what may pass, a limit nothing") {
  Rounds rounds;
  rounds.policy.judge.verdict.fail_after_passing = 4;
  rounds.add(1, "a,b");
  rounds.round();
  // A limit proves nothing in either direction: the count stands still.
  for (const char* mood : {"503", "503", "429", "503"}) {
    behave(rounds, mood);
    rounds.round();
    CHECK(rounds.models(1) == "a,b");
  }
  behave(rounds, "503");
  rounds.round();
  CHECK(rounds.models(1) == "a");
}

TEST_CASE("recover_after good rounds in a row bring a name back") {
  Rounds rounds;
  rounds.policy.judge.verdict.recover_after = 3;
  rounds.add(1, "a,b");
  behave(rounds, "gone");
  rounds.round();
  REQUIRE(rounds.models(1) == "a");
  for (const char* mood : {"", "", "503", "", ""}) {
    behave(rounds, mood);
    rounds.round();
    CHECK(rounds.models(1) == "a");
  }
  rounds.round();
  CHECK(rounds.models(1) == "a,b");
}

TEST_CASE("a removed name that nobody offers is asked for until forget_after") {
  Rounds rounds;
  rounds.step = days(1);
  rounds.policy.memory.forget_after = days(10);
  rounds.add(1, "a,b");
  rounds.offer(1, "a", {"b"});
  rounds.round();
  REQUIRE(rounds.models(1) == "a");
  const int days_until_it_returns = GENERATE(8, 12);
  CAPTURE(days_until_it_returns);
  for (int day = 1; day < days_until_it_returns; ++day)
    rounds.round();
  rounds.offer(1, "a");  // it would answer, but is not in the list
  rounds.round();
  CHECK(rounds.models(1) == (days_until_it_returns < 10 ? "a,b" : "a"));
}

TEST_CASE("recheck asks again when the verdict is old enough, and no sooner") {
  Rounds rounds;
  rounds.policy.examination.recheck_alive = hours(6);
  rounds.policy.examination.recheck_dead = hours(3);
  rounds.add(1, "a,b");
  behave(rounds, "gone");
  rounds.round();
  REQUIRE(rounds.models(1) == "a");
  behave(rounds, "");
  // The list is asked for each hour; b after three hours, a after six.
  for (const int calls : {1, 1, 2, 1, 1, 2, 1, 1, 2}) {
    rounds.round();
    CHECK(rounds.calls == calls);
  }
  CHECK(rounds.models(1) == "a,b");
}

TEST_CASE("what the administrator takes off stays off for the whole month") {
  Rounds rounds;
  rounds.add(1, "a,b,c");
  rounds.round();
  rounds.change(
      "UPDATE channels SET models = 'a,c';"
      "DELETE FROM abilities WHERE model = 'b'");
  for (int hour = 0; hour < 40 * hours_of_a_day; hour += hours_of_a_day) {
    rounds.step = days(1);
    rounds.round();
    REQUIRE(rounds.models(1) == "a,c");
  }
  rounds.change(
      "UPDATE channels SET models = 'b,a,c';"
      "INSERT INTO abilities VALUES ('default', 'b', 1, 1, 5, 6,"
      " NULL)");
  rounds.round();
  CHECK(rounds.models(1) == "b,a,c");
  // From here on it is like every other.
  rounds.offer(1, "a,c", {"b"});
  rounds.round();
  CHECK(rounds.models(1) == "a,c");
  rounds.offer(1, "a,b,c");
  rounds.round();
  CHECK(rounds.models(1) == "a,c,b");
}

TEST_CASE("removals that were held accept_after times in a row are accepted") {
  Rounds rounds;
  rounds.policy.guard = {
      .max_removed_percent = 30, .min_models = 4, .accept_after = 3};
  rounds.add(1, "a,b,c,d");
  rounds.offer(1, "a", {"b", "c", "d"});
  for (int held = 0; held < 2; ++held) {
    rounds.round();
    CHECK(rounds.models(1) == "a,b,c,d");
  }
  rounds.offer(1, "a,d", {"b", "c"});  // others: the count begins anew
  for (int held = 0; held < 3; ++held) {
    rounds.round();
    CHECK(rounds.models(1) == "a,b,c,d");
  }
  rounds.round();
  CHECK(rounds.models(1) == "a,d");
}

TEST_CASE("a channel dies, is switched off, and comes back on") {
  Rounds rounds;
  rounds.add(1, "a,b", "default,vip");
  rounds.add(2, "x");
  rounds.round();
  rounds.dead = {Rounds::host(1)};
  const std::int64_t writes = rounds.writes();
  for (const int status : {1, 1, 3, 3, 3}) {
    rounds.round();
    CHECK(rounds.status(1) == status);
    CHECK(rounds.models(1) == "a,b");
  }
  rounds.dead.clear();
  rounds.round();
  CHECK(rounds.status(1) == 1);
  CHECK(rounds.writes() == writes + 2);
  for (const std::string& line : rounds.tables()) {
    CHECK(line.find(" 0 5 6 NULL") == std::string::npos);
  }
}

TEST_CASE("days without a network teach nothing") {
  Rounds rounds;
  rounds.add(1, "a,b");
  rounds.add(2, "x");
  rounds.round();
  const std::int64_t writes = rounds.writes();
  const auto memory = rounds.memory(1);
  rounds.dead = {Rounds::host(1), Rounds::host(2)};
  for (int hour = 0; hour < 3 * hours_of_a_day; ++hour)
    rounds.round();
  CHECK(rounds.writes() == writes);
  CHECK(rounds.memory(1) == memory);
}
