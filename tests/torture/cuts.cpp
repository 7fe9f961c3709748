// The connection to a server breaks at any moment, most of all where nobody can
// say whether a COMMIT has happened.

#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "support/wire.h"
#include "torture/scene.h"

namespace torture {

namespace {

using support::Break;

class CutLoop {
 public:
  CutLoop(db::Engine engine, Dice& dice)
      : dice_(dice),
        scene_(engine, dice),
        wire_(scene_.world.database().server().port) {
    db::Server through = scene_.world.database().server();
    through.port = wire_.port();
    scene_.world.set("db_dsn", base::json::quote(e2e::dsn_of(engine, through)));
    must_have_ended_well(scene_.world.round().ended);
  }

  // `in_silence` it has to wait for what never comes.
  void once(bool in_silence) {
    scene_.change_truth(dice_);
    const Tables before = scene_.tables();
    const Notes notes_before = scene_.notes();
    wire_.break_at(in_silence ? Break{.at = Break::At::commit_in_silence}
                              : any_break());
    const support::Ended ended = scene_.world.round().ended;
    const bool was_cut = wire_.is_broken();
    wire_.mend();
    must_have_ended(ended, was_cut);
    scene_.wait_until_alone();
    const Tables left = scene_.tables();
    const Notes notes = scene_.notes();
    const auto intents = intents_since(notes_before, notes);
    must_be_explained(before, left, intents);
    cut += was_cut ? 1 : 0;
    carried_on += was_cut && ended.code != 3 ? 1 : 0;
    in_doubt += static_cast<int>(notes.open_intents());
    must_have_ended_well(scene_.world.round().ended);
    scene_.must_be_true(before, scene_.tables());
    must_be_settled(scene_.notes(), left, intents);
  }

  int cut = 0;
  int carried_on = 0;
  int in_doubt = 0;

 private:
  Break any_break() {
    const bool down = dice_.chance(30);
    // A round sends some of these before it writes, and some for each channel.
    constexpr int bytes = 25'000;
    constexpr int commits = 6;
    switch (dice_.below(3)) {
      case 0:
        return {Break::At::bytes, static_cast<std::size_t>(dice_.below(bytes)),
                down};
      case 1:
        return {Break::At::commit_unsent,
                static_cast<std::size_t>(1 + dice_.below(commits)), down};
      default:
        return {Break::At::commit_told,
                static_cast<std::size_t>(1 + dice_.below(commits)), down};
    }
  }

  static void must_have_ended(const support::Ended& ended, bool was_cut) {
    if (!was_cut) return must_have_ended_well(ended);
    const bool is_complete =
        e2e::holds(ended.out, R"("result":"complete")") && ended.code == 1;
    const bool has_failed =
        e2e::holds(ended.out, R"("result":"failed")") && ended.code == 3;
    require(is_complete || has_failed || ended.code == 0,
            fmt::format("cut off it ended with {} (signal {}): {}", ended.code,
                        ended.signal, ended.out + ended.err));
  }

  Dice& dice_;
  Scene scene_;
  support::Wire wire_;
};

}  // namespace

Tally cut(db::Engine engine, int times, Dice dice) {
  Tally tally{.what = "cut off from its server"};
  CutLoop loop(engine, dice);
  // That takes ten seconds.
  constexpr int times_of_silence = 50;
  for (; tally.times < times; ++tally.times) {
    loop.once(tally.times % times_of_silence == times_of_silence - 1);
  }
  tally.detail = fmt::format("{} in time, {} of them went on, {} intents left",
                             loop.cut, loop.carried_on, loop.in_doubt);
  return tally;
}

}  // namespace torture
