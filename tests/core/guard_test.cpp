#include "core/guard.h"

#include "base/messages_probe.h"
#include "catch.h"

using core::cut_off;
using core::Hosts;
using core::is_mass_removal;

namespace {

// `answering` hosts that answer, `failing` that fail, `silent` that say
// nothing.
Hosts hosts(int answering, int failing, int silent = 0) {
  Hosts all;
  const auto add = [&all](const std::string& name, core::HostRecord record) {
    all.emplace(name, record);
  };
  for (int i = 0; i < answering; ++i) {
    add("a" + std::to_string(i), {.answers = 3, .failures = 9, .silent = 1});
  }
  for (int i = 0; i < failing; ++i) {
    add("proxy f" + std::to_string(i), {.failures = 2, .silent = 1});
  }
  for (int i = 0; i < silent; ++i) {
    add("s" + std::to_string(i), {.silent = 1});
  }
  return all;
}

}  // namespace

TEST_CASE("guards have the names of the report") {
  CHECK(core::name_of(core::Guard::cut_off) == "cut_off");
  CHECK(core::name_of(core::Guard::mass_removal) == "mass_removal");
  CHECK(core::name_of(core::Guard::mass_addition) == "mass_addition");
  CHECK(core::name_of(core::Guard::last_model) == "last_model");
  CHECK(core::name_of(core::Guard::group_coverage) == "group_coverage");
  CHECK(core::name_of(core::Guard::auto_ban) == "auto_ban");
}

TEST_CASE("where nobody answers, this machine is cut off") {
  for (const Hosts& all : {hosts(0, 1), hosts(0, 9), hosts(0, 0, 1),
                           hosts(0, 1, 1), hosts(0, 0, 5)}) {
    CHECK(cut_off(all).is(base::say::cut_off_all));
  }
}

TEST_CASE("where nobody was asked, nothing is known") {
  CHECK(cut_off({}).empty());
  CHECK(cut_off({{"h", {}}}).empty());
}

TEST_CASE("nine of ten hosts that fail on the network cut off, too") {
  CHECK(cut_off(hosts(1, 9)).is(base::say::cut_off_most));
  CHECK(cut_off(hosts(2, 18)).is(base::say::cut_off_most));
  CHECK(cut_off(hosts(1, 99)).is(base::say::cut_off_most));
  CHECK(cut_off(hosts(1, 9)).in(base::Language::en).starts_with("9 of 10"));
  CHECK(cut_off(hosts(1, 8)).empty());
  CHECK(cut_off(hosts(2, 17)).empty());
  CHECK(cut_off(hosts(1, 1)).empty());
  CHECK(cut_off(hosts(1, 0)).empty());
}

TEST_CASE("hosts that were only silent did not fail on the network") {
  CHECK(cut_off(hosts(1, 8, 1)).empty());
  CHECK(cut_off(hosts(1, 0, 99)).empty());
}

TEST_CASE("too many removals are more than the percentage of enough models") {
  CHECK_FALSE(is_mass_removal(30, 100, {}));
  CHECK(is_mass_removal(31, 100, {}));
  CHECK_FALSE(is_mass_removal(6, 20, {}));
  CHECK(is_mass_removal(7, 20, {}));
  CHECK_FALSE(is_mass_removal(19, 19, {}));
  CHECK_FALSE(is_mass_removal(0, 100, {}));
  CHECK_FALSE(is_mass_removal(0, 100, {.max_removed_percent = 0}));
  CHECK(is_mass_removal(1, 100, {.max_removed_percent = 0}));
  CHECK_FALSE(is_mass_removal(100, 100, {.max_removed_percent = 100}));
  CHECK(is_mass_removal(2, 5, {.min_models = 5}));
  CHECK_FALSE(is_mass_removal(100, 100, {.forced = true}));
}

TEST_CASE("a login page in between is no connection") {
  const std::string_view any = "https://www.example.com/";
  for (const int status : {200, 204, 302, 404, 503})
    CHECK(core::shows_connection(any, status));
  CHECK_FALSE(core::shows_connection(any, 511));
  for (const std::string_view probe :
       {"http://connect.example/generate_204", "http://www.example/gen_204"}) {
    CHECK(core::shows_connection(probe, 204));
    for (const int status : {200, 302, 511})
      CHECK_FALSE(core::shows_connection(probe, status));
  }
}
