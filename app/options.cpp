#include "options.h"

#include <cstdio>
#include <map>

#include <CLI/CLI.hpp>

#include "version.h"

namespace {

constexpr int wrong_usage = 2;

void add_common(CLI::App& app, Options& options) {
  app.add_option("--config", options.config,
                 "configuration (default: config.yaml, config.yml or "
                 "config.json here)")
      ->type_name("FILE");
  app.add_flag("--dry-run", options.dry_run,
               "write nothing, show what would be written");
  app.add_flag("--force", options.force,
               "lift the guards mass_removal and mass_addition");
  app.add_flag("--now", options.now, "do not wait for the first round");
  app.add_option("--channel", options.channels, "only these channels")
      ->type_name("ID")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--model", options.models, "only models that match")
      ->type_name("GLOB");
  app.add_option_function<std::string>(
         "--format",
         [&options](const std::string& format) {
           options.json = format == "json";
         },
         "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORMAT");
  app.add_flag("-q,--quiet", options.quiet, "only warnings and errors");
  app.add_flag("-v,--verbose", options.verbose, "every detail in the log");
  app.add_option_function<std::string>(
         "--color",
         [&options](const std::string& when) {
           options.color = when == "always"  ? Options::Color::always
                           : when == "never" ? Options::Color::never
                                             : Options::Color::automatic;
         },
         "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
}

void add_commands(CLI::App& app, Options& options) {
  using Command = Options::Command;
  const auto add = [&](const char* name, Command command, const char* help) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->callback([&options, command] { options.command = command; });
    return sub;
  };
  add("run", Command::run, "a round every time_period (the default)")
      ->add_flag("--once", options.once, "one round, then exit");
  add("demo", Command::demo,
      "one round on a throw-away gateway with simulated upstreams");
  add("check", Command::check,
      "configuration, database, rights and harm already there; touches "
      "nothing");
  add("list", Command::list, "channels and models with their last outcomes");
  CLI::App* test = add("test", Command::test,
                       "probe one channel or model now; writes nothing");
  test->add_option("channel", options.tested_channel, "id or name")->required();
  test->add_option("model", options.tested_model, "a model's public name");
  CLI::App* history = add("history", Command::history,
                          "past changes, newest first; only looks");
  history->add_option("--last", options.last, "at most so many changes")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  CLI::App* undo =
      add("undo", Command::undo,
          "bring back the changes of a round, the last one of a --channel, or "
          "all --since a time");
  for (CLI::App* sub : {history, undo}) {
    sub->add_option("round", options.round, "the number of a round")
        ->check(CLI::PositiveNumber);
    sub->add_option("--since", options.since,
                    "changes since then: RFC 3339, UTC if there is no zone")
        ->type_name("TIME");
  }
  add("repair", Command::repair, "make abilities agree with their channels");
}

}  // namespace

std::variant<Options, int> options_of(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Keeps the model lists of a One API, New API or One Hub gateway true.",
      "channel-monitor");
  app.set_version_flag("--version", std::string("channel-monitor ") + version);
  app.require_subcommand(0, 1);
  app.fallthrough();
  app.add_flag("--once", options.once, "one round, then exit");
  add_common(app, options);
  add_commands(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : wrong_usage;
  }
  return options;
}
