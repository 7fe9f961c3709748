#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "catch.h"
#include "support/gateways.h"
#include "support/program.h"
#include "world.h"

using e2e::Arguments;
using e2e::holds;
using e2e::World;

namespace {

namespace fs = std::filesystem;

Arguments with(const Arguments& more, const std::string& dsn) {
  Arguments all = {"init", "--db-type", "sqlite", "--dsn", dsn};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

int mode_of(const std::string& file) {
  struct stat status = {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return static_cast<int>(status.st_mode & 07777U);
}

void make(World& world) {
  world.make_gateway();
  world.add({.id = 1, .site = "a", .models = "x,y"});
  world.add({.id = 2, .site = "a", .models = "x"});
}

// On a terminal, an answer to each question, which is waited for.
class Dialogue {
 public:
  Dialogue(const World& world, Arguments arguments)
      : program_(on_terminal(world.command(std::move(arguments)))) {}

  void answer(const std::string& question, const std::string& text) {
    INFO(program_.out());
    REQUIRE(e2e::wait_for([&] {
      const std::string out = program_.out();
      const auto at = out.find(question, seen_);
      return at != std::string::npos && holds(out.substr(at), "> ");
    }));
    seen_ = program_.out().size();
    program_.type(text);
  }

  support::Program& program() { return program_; }

 private:
  static support::Command on_terminal(support::Command command) {
    command.on_terminal = true;
    return command;
  }

  support::Program program_;
  std::size_t seen_ = 0;
};

}  // namespace

TEST_CASE("init writes a configuration that check finds good") {
  World world;
  make(world);
  const auto made =
      world.run(with({"--period", "30m", "--language", "zh"}, world.gateway()));
  INFO(made.out << made.err);
  CHECK(made.code == 0);
  CHECK(made.err == "");
  CHECK(holds(made.out, "newapi,2 个渠道,共列出 3 个模型"));
  CHECK(mode_of(world.file("config.json")) == 0600);
  const auto check = world.run({"check", "--format", "json"});
  CHECK(check.code == 0);
  CHECK(holds(check.out, "2 个"));
  CHECK(world.run({"--once", "--dry-run"}).code == 0);
}

TEST_CASE("init takes the path of a database from where it is started") {
  World world;
  make(world);
  CHECK(world.run(with({"--output", "x.json"}, "gateway.db")).code == 0);
  CHECK(holds(support::text_of_file(world.file("x.json")),
              base::json::quote(world.gateway())));
}

TEST_CASE("init leaves a file that is there, unless it is told not to") {
  World world;
  make(world);
  support::write_file(world.file("config.json"), "{}");
  const auto refused = world.run(with({}, world.gateway()));
  CHECK(refused.code == 2);
  CHECK(holds(refused.err, "config.json is there already"));
  CHECK(e2e::lines_in(refused.err) == 1);
  CHECK(support::text_of_file(world.file("config.json")) == "{}");
  // A link that leads nowhere is a file of somebody's, too.
  fs::create_symlink("nowhere", world.file("link.json"));
  CHECK(world.run(with({"--output", "link.json"}, world.gateway())).code == 2);
  CHECK_FALSE(fs::exists(world.file("nowhere")));

  // The rights stay, too, but never for everybody.
  for (const auto& [before, after] :
       {std::pair(0644, 0640), {0600, 0600}, {0777, 0640}}) {
    ::chmod(world.file("config.json").c_str(), static_cast<mode_t>(before));
    CHECK(world.run(with({"--force"}, world.gateway())).code == 0);
    CHECK(mode_of(world.file("config.json")) == after);
  }
  CHECK(world.run({"check"}).code == 0);
}

TEST_CASE("init writes nothing where the answers are no good") {
  World world;
  make(world);
  world.environment.emplace_back("LANG=C.UTF-8");
  struct Row {
    Arguments arguments;
    int code;
    const char* says;
  };
  const std::string good = world.gateway();
  const std::vector<Row> rows = {
      {{"init"}, 2, "--dsn"},
      {with({"--period", "30"}, good), 2, "time_period"},
      {with({"--period", "1s"}, good), 2, "time_period"},
      {with({"--language", "fr"}, good), 2, "fr"},
      {{"init", "--db-type", "oracle", "--dsn", "x"}, 2, "oracle"},
      {{"init", "--dsn", "h/secret-word"}, 2, "db_dsn"},
      {with({}, "${NOT_SET}"), 2, "NOT_SET"},
      {with({}, world.file("nothing.db")), 3, "nothing.db"},
      {{"init", "--db-type", "postgres", "--dsn",
        "postgres://u:secret-word@127.0.0.1:1/d"},
       3,
       "127.0.0.1"},
      {with({"--output", "no/such/folder.json"}, good), 2,
       "no/such/folder.json"},
  };
  const auto before = e2e::everything_in(world.folder());
  for (const Row& row : rows) {
    CAPTURE(row.arguments);
    const auto ended = world.run(row.arguments);
    INFO(ended.out << ended.err);
    CHECK(ended.code == row.code);
    CHECK(holds(ended.err, row.says));
    CHECK(e2e::lines_in(ended.err) == 1);
    CHECK_FALSE(holds(ended.out + ended.err, "secret-word"));
    CHECK((e2e::everything_in(world.folder()) == before));
  }
}

TEST_CASE("init --force writes also what leads nowhere yet") {
  World world;
  make(world);
  const auto ended = world.run(
      {"init", "--force", "--dsn", "u:secret-word@tcp(127.0.0.1:1)/d"});
  INFO(ended.err);
  CHECK(ended.code == 0);
  CHECK(holds(ended.err, "127.0.0.1"));
  CHECK_FALSE(holds(ended.out + ended.err, "secret-word"));
  CHECK(holds(support::text_of_file(world.file("config.json")), "secret-word"));
}

TEST_CASE("init keeps the name of a variable instead of what is in it") {
  World world;
  make(world);
  world.environment.push_back("GATEWAY=" + world.gateway());
  CHECK(world.run(with({}, "${GATEWAY}")).code == 0);
  const std::string text = support::text_of_file(world.file("config.json"));
  CHECK(holds(text, R"("db_dsn": "${GATEWAY}")"));
  CHECK_FALSE(holds(text, world.gateway()));
}

TEST_CASE("init says when another file is read first") {
  World world;
  make(world);
  support::write_file(world.file("config.yaml"), "{}");
  const auto ended = world.run(with({}, world.gateway()));
  CHECK(ended.code == 0);
  CHECK(holds(ended.out, "config.yaml is there, too"));
}

TEST_CASE(
    "init asks on a terminal, tries what it hears, and lets it be mended") {
  World world;
  make(world);
  Dialogue dialogue(world, {"init"});
  dialogue.answer("Which language", "en\n");
  dialogue.answer("How long", "soon\n");
  dialogue.answer("How long", "15m\n");
  dialogue.answer("Which database", "db2\n");
  dialogue.answer("Which database", "sqlite\n");
  dialogue.answer("database file", "nothing.db\n");
  dialogue.answer("nevertheless", "\n");
  dialogue.answer("database file", "gateway.db\n");
  const auto ended = dialogue.program().wait();
  INFO(ended.out);
  CHECK(ended.code == 0);
  CHECK(holds(ended.out, "time_period"));
  CHECK(holds(ended.out, "newapi, 2 channels with 3 models"));
  const std::string text = support::text_of_file(world.file("config.json"));
  CHECK(holds(text, R"("time_period": "15m")"));
  CHECK(holds(text, R"("language": "en")"));
  CHECK(holds(text, base::json::quote(world.gateway())));
}

TEST_CASE("init shows no password, and can be left at any question") {
  World world;
  make(world);
  const auto before = e2e::everything_in(world.folder());
  const std::string end = GENERATE("\x03", "\x04");
  Dialogue dialogue(world, {"init", "--period", "1h", "--language", "en"});
  dialogue.answer("Which database", "postgres\n");
  dialogue.answer("Its address", "postgres://u:secret-word@127.0.0.1:1/d\n");
  dialogue.answer("nevertheless", "no\n");
  dialogue.answer("Its address", end);
  const auto ended = dialogue.program().wait();
  INFO(ended.out);
  CHECK(ended.code == 130);
  CHECK(ended.signal == 0);
  CHECK_FALSE(holds(ended.out, "secret-word"));
  CHECK(holds(ended.out, "nothing was written"));
  CHECK((e2e::everything_in(world.folder()) == before));
}
