#include <filesystem>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "catch.h"
#include "support/whole_database.h"
#include "world.h"

using e2e::everything_in;
using e2e::holds;
using e2e::World;

namespace {

using Lines = std::vector<std::string>;

void make(World& world) {
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone", .name = "one"});
  world.add({.id = 2, .site = "b", .models = "z,w@limited", .name = "two"});
  world.offer("a", {"x", "new"});
  world.write_configuration();
}

bool is_json(const std::string& text) {
  base::json::Document document;
  return document.parse(text) && text.ends_with('\n') &&
         e2e::lines_in(text) == 1;
}

bool has_han(const std::string& text) {
  return holds(text, "渠道");
}

}  // namespace

TEST_CASE("a dry run shows what it would do and makes no file") {
  World world;
  make(world);
  const auto before = everything_in(world.folder());
  const auto round = world.round({"--dry-run"});
  CHECK(round.code() == 1);
  CHECK(round.report.result(1) == "would_change");
  CHECK(round.report.names(1, "added") == Lines{"new"});
  CHECK(round.report.names(1, "removed") == Lines{"y@gone"});
  auto after = everything_in(world.folder());
  after.erase("gateway.db.channel-monitor.lock");
  CHECK((after == before));
}

TEST_CASE("a dry run looks at the state and leaves it as it is") {
  World world;
  make(world);
  world.round();
  world.change("UPDATE channels SET models = 'new' WHERE id = 1");
  const auto before = everything_in(world.folder());
  const auto round = world.round({"--dry-run"});
  CHECK(round.report.names(1, "dismissed") == Lines{"x"});
  CHECK((everything_in(world.folder()) == before));
}

TEST_CASE("check says what there is and touches nothing") {
  World world;
  make(world);
  const auto before = everything_in(world.folder());
  const auto text = world.run({"check"});
  INFO(text.out);
  CHECK(text.code == 0);
  CHECK(holds(text.out, "newapi"));
  CHECK(holds(text.out, "2 in the table"));
  const auto json = world.run({"check", "--format", "json"});
  CHECK(is_json(json.out));
  CHECK(e2e::Report(json.out).number("/exit_code") == 0);
  CHECK((everything_in(world.folder()) == before));
  CHECK(world.upstream.log().empty());
}

TEST_CASE("check counts the calls that the configuration means") {
  World world;
  make(world);
  world.set("time_period", R"("1h")");
  world.write_configuration();
  const auto all = world.run({"check"});
  CHECK(holds(all.out, "about 4 test calls and 2 list requests in a round"));
  CHECK(holds(all.out, "144 calls a day"));
  world.set("exclude_model", R"(["w*"])");
  world.write_configuration();
  CHECK(holds(world.run({"check"}).out, "about 3 test calls and 2 list"));
  CHECK(holds(world.run({"check", "--model", "z"}).out, "about 1 test calls"));
  world.set("recheck", R"({"alive": "5h30m"})");
  world.write_configuration();
  const auto due = world.run({"check"});
  CAPTURE(due.out);
  CHECK(holds(due.out, "about 3 test calls in a round in which all is due"));
  CHECK(holds(due.out, "60 calls a day"));
}

TEST_CASE("check names what is wrong, with the exit code of it") {
  World world;
  make(world);
  world.change("UPDATE channels SET model_mapping = '{' WHERE id = 2");
  const auto broken = world.run({"check"});
  CHECK(broken.code == 1);
  CHECK(holds(broken.out, "model_mapping"));
  std::filesystem::remove(world.gateway());
  const auto missing = world.run({"check", "--format", "json"});
  CHECK(missing.code == 3);
  CHECK(is_json(missing.out));
  world.environment.emplace_back("https_proxy=http://127.0.0.1:9");
  CHECK(holds(world.run({"check"}).out, "https_proxy"));
}

TEST_CASE("check ends as a round would that has no certificates") {
  World world;
  make(world);
  const auto file = GENERATE(as<std::string>(), "nowhere.pem", "none.pem");
  support::write_file(world.file("none.pem"), "none\n");
  const bool is_named = GENERATE(true, false);
  if (is_named) {
    world.set("ca_file", base::json::quote(world.file(file)));
    world.write_configuration();
  } else {
    world.environment.push_back("SSL_CERT_FILE=" + world.file(file));
  }
  const auto said = world.run({"check"});
  INFO(said.out);
  CHECK(said.code == 3);
  CHECK(holds(said.out, file));
  CHECK(world.run({"--once"}).code == 3);
}

TEST_CASE("check ends as a round would that has nowhere to keep its state") {
  World world;
  make(world);
  world.set("state", base::json::quote(world.file("nowhere/state.db")));
  world.write_configuration();
  const auto said = world.run({"check"});
  INFO(said.out);
  CHECK(said.code == 3);
  CHECK(holds(said.out, "nowhere/state.db"));
  CHECK(world.run({"--once"}).code == 3);
}

TEST_CASE("list shows what was last seen and touches nothing") {
  World world;
  make(world);
  const auto before = everything_in(world.folder());
  const auto fresh = world.run({"list"});
  CHECK(fresh.code == 0);
  CHECK(holds(fresh.out, "never"));
  CHECK((everything_in(world.folder()) == before));
  world.round();
  const auto known = everything_in(world.folder());
  const auto text = world.run({"list"});
  INFO(text.out);
  CHECK(holds(text.out, "removed: model_gone"));
  CHECK(holds(text.out, "rate_limited"));
  const auto json = world.run({"list", "--format", "json", "--channel", "2"});
  CHECK(is_json(json.out));
  CHECK(e2e::Report(json.out).number("/channels/0/id") == 2);
  CHECK_FALSE(holds(json.out, "\"one\""));
  const auto gone =
      world.run({"list", "--format", "json", "--model", "*@gone"});
  CHECK(is_json(gone.out));
  CHECK(holds(gone.out, "\"y@gone\""));
  CHECK_FALSE(holds(gone.out, "\"x\""));
  CHECK_FALSE(holds(gone.out, "/channels/1"));
  const auto some = world.run({"list", "--channel", "2", "77"});
  CHECK(some.code == 0);
  CHECK(holds(some.err, "--channel names channels that do not exist: 77"));
  const auto none = world.run({"list", "--channel", "77"});
  CHECK(none.code == 2);
  CHECK(none.out.empty());
  CHECK(holds(none.err, "there is no channel 77"));
  CHECK((everything_in(world.folder()) == known));
}

TEST_CASE("test shows one channel's calls and writes nothing") {
  World world;
  make(world);
  const auto before = everything_in(world.folder());
  const auto by_name = world.run({"test", "one"});
  INFO(by_name.out);
  CHECK(by_name.code == 1);
  CHECK(holds(by_name.out, "POST " + world.upstream.url("a")));
  CHECK(holds(by_name.out, "HTTP 404"));
  const auto one = world.run({"test", "1", "x", "--format", "json"});
  CHECK(one.code == 0);
  CHECK(is_json(one.out));
  CHECK_FALSE(holds(one.out, "y@gone"));
  // One that is not listed, too, and a channel that is off by hand.
  CHECK(world.run({"test", "1", "other"}).code == 0);
  world.change("UPDATE channels SET status = 2 WHERE id = 2");
  const auto off = everything_in(world.folder());
  CHECK(holds(world.run({"test", "2", "z"}).out, "z (chat): ok"));
  CHECK((everything_in(world.folder()) == off));
  CHECK(off.size() == before.size());
}

TEST_CASE("the demonstration shows every sort of thing and leaves nothing") {
  const World world;
  const auto before = everything_in(world.folder());
  support::Program as_json(world.command({"demo", "--format", "json"}));
  const auto text = world.run({"demo"});
  CHECK(text.code == 0);
  CHECK(text.err == "");
  for (const char* what : {"removed", "added", "kept: timeout", "enabled"}) {
    CAPTURE(what);
    CHECK(holds(text.out, what));
  }
  const auto json = as_json.wait();
  CHECK(json.code == 0);
  CHECK(is_json(json.out));
  CHECK((everything_in(world.folder()) == before));
}

TEST_CASE("with --channel nothing else is looked at or reported") {
  World world;
  make(world);
  const auto round = world.round({"--channel", "2"});
  CHECK(round.report.result(1) == "");
  CHECK(round.report.result(2) == "unchanged");
  CHECK(world.models(1) == "x,y@gone");
  for (const auto& seen : world.upstream.log()) {
    CHECK(seen.site == "b");
  }
}

TEST_CASE("with --model nothing else is looked at, and none is dismissed") {
  World world;
  make(world);
  world.offer("a", {"x", "new", "newer"});
  const auto round = world.round({"--model", "new*", "--model", "y*"});
  CHECK(world.models(1) == "x,new,newer");
  for (const auto& seen : world.upstream.log()) {
    CHECK_FALSE(holds(seen.body, "\"x\""));
  }
  CHECK(holds(round.report.reason(2), "was chosen"));
  CHECK(world.round().report.names(1, "dismissed") == Lines());
}

TEST_CASE("with --quiet nothing is said where nothing is wrong") {
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x"});
  world.write_configuration();
  const auto ended = world.run({"--once", "--quiet"});
  CHECK(ended.code == 0);
  CHECK(ended.out == "");
  CHECK(ended.err == "");
}

TEST_CASE("people are spoken to in their language") {
  World world;
  make(world);
  struct Choice {
    const char* locale;
    const char* language;
    bool chinese;
  };
  const auto choice = GENERATE(Choice{"LC_ALL=zh_CN.UTF-8", "auto", true},
                               Choice{"LANG=zh_TW.UTF-8", "auto", true},
                               Choice{"LC_ALL=C", "auto", false},
                               Choice{"LC_ALL=de_DE.UTF-8", "auto", false},
                               Choice{"LC_ALL=C", "zh", true},
                               Choice{"LC_ALL=zh_CN.UTF-8", "en", false});
  CAPTURE(choice.locale, choice.language);
  world.environment.emplace_back(choice.locale);
  world.set("language", base::json::quote(choice.language));
  world.write_configuration();
  CHECK(has_han(world.run({"check"}).out) == choice.chinese);
  CHECK(has_han(world.run({"--once", "--dry-run"}).out) == choice.chinese);
  CHECK(has_han(world.run({"test", "77"}).err) == choice.chinese);
  CHECK(has_han(world.run({"list", "--channel", "77"}).err) == choice.chinese);
  const auto json = world.run({"--once", "--dry-run", "--format", "json"});
  CHECK(is_json(json.out));
}

TEST_CASE("a refusal is spoken in the language of the locale") {
  World world;
  world.environment.emplace_back("LC_ALL=zh_CN.UTF-8");
  const auto ended = world.run({"--once"});
  CHECK(ended.code == 2);
  CHECK(holds(ended.err, "请用 --config"));
}

TEST_CASE("a round's JSON is one document, and logs are elsewhere") {
  World world;
  make(world);
  const auto round = world.round({"-v"});
  CHECK(is_json(round.ended.out));
  CHECK(round.report.number("/schema") == 1);
  CHECK(holds(round.report.text("/round/started"), "T"));
}

TEST_CASE("a locked or failed round is one JSON document, too") {
  World world;
  make(world);
  std::filesystem::remove(world.gateway());
  const auto round = world.round();
  INFO(round.ended.out << round.ended.err);
  CHECK(round.code() == 3);
  CHECK(is_json(round.ended.out));
  CHECK(round.report.text("/round/result") == "failed");
}

TEST_CASE("the progress line is for terminals only") {
  World world;
  make(world);
  world.change("DELETE FROM channels WHERE id = 1");
  const std::string erase = "\r\x1b[K";
  const auto plain = world.run({"--once"});
  CHECK_FALSE(holds(plain.out + plain.err, "\x1b"));
  auto command = world.command({"--once"});
  command.on_terminal = true;
  const auto shown = support::run(command);
  INFO(shown.out);
  CHECK(holds(shown.out, erase));
  CHECK(holds(shown.out, "/1 channels"));
  CHECK(shown.code == 1);
  command.arguments = {"--once", "--quiet"};
  CHECK_FALSE(holds(support::run(command).out, erase));
  command.arguments = {"--once"};
  command.environment.emplace_back("NO_COLOR=");
  CHECK(holds(support::run(command).out, "\x1b[3"));
  command.environment.back() = "NO_COLOR=1";
  CHECK_FALSE(holds(support::run(command).out, "\x1b[3"));
}

TEST_CASE("the progress line is never longer than the terminal is wide") {
  World world;
  make(world);
  const std::string erase = "\r\x1b[K";
  for (const auto* language : {"en", "zh"}) {
    world.set("language", base::json::quote(language));
    world.write_configuration();
    auto command = world.command({"--once"});
    command.on_terminal = true;
    command.columns = 24;
    const std::string shown = support::run(command).out;
    INFO(shown);
    const std::size_t first = shown.find(erase);
    REQUIRE(first != std::string::npos);
    const std::size_t begin = first + erase.size();
    const std::string line =
        shown.substr(begin, shown.find(erase, begin) - begin);
    CHECK(holds(line, "…"));
    CHECK(base::width(line) < 24);
    CHECK(base::width(line) > 20);
  }
}

TEST_CASE("a dumb terminal gets no escape sequences") {
  World world;
  make(world);
  auto command = world.command({"--once"});
  command.on_terminal = true;
  command.environment.emplace_back("TERM=dumb");
  CHECK_FALSE(holds(support::run(command).out, "\x1b"));
}

TEST_CASE("control characters of rows and upstreams reach no terminal") {
  World world;
  make(world);
  world.change(
      "UPDATE channels SET name = 'evil' || char(27) || ']0;name' || "
      "char(7) || char(10) || 'second' WHERE id = 1");
  world.offer("a", {"x", "new\x1b[31m", "y\n"});
  for (const auto& arguments :
       {e2e::Arguments{"--once", "--dry-run"},
        e2e::Arguments{"--once", "--dry-run", "-v"}, e2e::Arguments{"list"},
        e2e::Arguments{"check"}, e2e::Arguments{"test", "1"},
        e2e::Arguments{"--once", "--dry-run", "--format", "json"}}) {
    CAPTURE(arguments);
    const auto ended = world.run(arguments);
    for (const char c : ended.out + ended.err) {
      if (c == '\n') continue;
      CHECK(static_cast<unsigned char>(c) >= 0x20);
    }
  }
  world.round();
  CHECK_FALSE(holds(world.models(1), "\x1b"));
}

TEST_CASE("a reader that goes away does not end a round") {
  World world;
  make(world);
  support::Command command = world.command({});
  command.arguments = {"-c", std::string(CHANNEL_MONITOR) +
                                 " --once --format json | true; exit 0"};
  command.file = "sh";
  CHECK(support::run(command).code == 0);
  CHECK(world.models(1) == "x,new");
}

namespace {

// `script` has the program as $0, and the arguments.
support::Ended run_by_shell(const World& world, const std::string& script,
                            const e2e::Arguments& arguments) {
  support::Command command = world.command({});
  command.file = "sh";
  command.arguments = {"-c", script, CHANNEL_MONITOR};
  command.arguments.insert(command.arguments.end(), arguments.begin(),
                           arguments.end());
  return support::run(command);
}

}  // namespace

TEST_CASE("an output that cannot be written is told, once, and is not 0") {
  const e2e::Arguments arguments = GENERATE(
      e2e::Arguments{"list"}, e2e::Arguments{"check"}, e2e::Arguments{"demo"},
      e2e::Arguments{"history"}, e2e::Arguments{"--once"},
      e2e::Arguments{"--once", "--format", "json"}, e2e::Arguments{"--help"});
  CAPTURE(arguments);
  World world;
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y@gone"});
  world.offer("a", {"x", "new"});
  const bool is_round = arguments.front() == "--once";
  if (!is_round) world.round();
  world.write_configuration();
  const auto ended =
      run_by_shell(world, R"(exec "$0" "$@" > /dev/full)", arguments);
  INFO(ended.err);
  CHECK(ended.code == 1);
  CHECK(e2e::lines_in(ended.err) == 1);
  CHECK(holds(ended.err, "standard output cannot be written: No space left"));
  // What was done is done.
  CHECK(world.models(1) == "x,new");
  if (is_round) CHECK(world.round().report.result(1) == "unchanged");
}

TEST_CASE("a reader that went away, and an output that was closed, are quiet") {
  World world;
  make(world);
  world.round();
  const auto gone = run_by_shell(
      world, R"({ sleep 0.2; "$0" "$@"; echo "code $?" >&2; } | true)",
      {"list"});
  CHECK(gone.err == "code 0\n");
  const auto closed =
      run_by_shell(world, R"(exec "$0" "$@" <&- >&- 2>&-)", {"list"});
  CHECK(closed.code == 0);
}
