#include "options.h"

#include <algorithm>
#include <limits>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/messages_init.h"
#include "base/messages_options.h"
#include "base/text.h"
#include "output.h"
#include "version.h"
#include "wiring.h"

namespace {

namespace say = base::say;
using base::Sentence;

constexpr auto most = std::numeric_limits<std::int64_t>::max();

// What the command line is told in: nobody has read a configuration yet.
base::Language language() {
  static const base::Language of_locale = locale_language();
  return of_locale;
}

std::string in_words(const base::Phrase& phrase) {
  return Sentence(phrase).in(language());
}

CLI::Validator one_of(const std::vector<std::string>& words) {
  return {
      [words](const std::string& word) {
        if (std::find(words.begin(), words.end(), word) != words.end()) {
          return std::string();
        }
        return Sentence{say::usage_one_of, word, base::joined(words, ", ")}.in(
            language());
      },
      ""};
}

CLI::Validator number_from(std::int64_t least, std::int64_t greatest = most) {
  return {[=](const std::string& text) {
            const auto number = base::whole_number(text);
            if (number && *number >= least && *number <= greatest) {
              return std::string();
            }
            return Sentence{say::usage_number, text, least, greatest}.in(
                language());
          },
          ""};
}

void add_common(CLI::App& app, Options& options) {
  app.add_option("--config", options.config, in_words(say::help_config))
      ->check(CLI::Validator(
          [](const std::string& name) {
            return name.empty() ? in_words(say::usage_no_file) : std::string();
          },
          ""))
      ->type_name("FILE");
  app.add_flag("--dry-run", options.dry_run, in_words(say::help_dry_run));
  app.add_flag("--force", options.force, in_words(say::help_force));
  app.add_flag("--now", options.now, in_words(say::help_now));
  app.add_option("--channel", options.channels, in_words(say::help_channel))
      ->type_name("ID")
      ->check(number_from(0));
  app.add_option("--model", options.models, in_words(say::help_model))
      ->type_name("GLOB");
  app.add_option_function<std::string>(
         "--format",
         [&options](const std::string& format) {
           options.json = format == "json";
         },
         in_words(say::help_format))
      ->check(one_of({"table", "json"}))
      ->type_name("FORMAT");
  app.add_flag("-q,--quiet", options.quiet, in_words(say::help_quiet));
  app.add_flag("-v,--verbose", options.verbose, in_words(say::help_verbose));
  app.add_option_function<std::string>(
         "--color",
         [&options](const std::string& when) {
           options.color = when == "always"  ? Options::Color::always
                           : when == "never" ? Options::Color::never
                                             : Options::Color::automatic;
         },
         in_words(say::help_color))
      ->check(one_of({"auto", "always", "never"}))
      ->type_name("WHEN");
}

void add_answers(CLI::App& init, Options& options) {
  init.add_option("--output", options.output, in_words(say::help_init_output))
      ->type_name("FILE");
  init.add_option("--db-type", options.db_type,
                  in_words(say::help_init_db_type))
      ->check(one_of({"mysql", "postgres", "sqlite"}))
      ->type_name("TYPE");
  init.add_option("--dsn", options.dsn,
                  Sentence{say::help_init_dsn, "${NAME}"}.in(language()))
      ->type_name("DSN");
  init.add_option("--period", options.period, in_words(say::help_init_period))
      ->type_name("TIME");
  init.add_option("--language", options.language,
                  in_words(say::help_init_language))
      ->check(one_of({"auto", "en", "zh"}))
      ->type_name("LANGUAGE");
}

void add_commands(CLI::App& app, Options& options) {
  using Command = Options::Command;
  const auto add = [&](const char* name, Command command,
                       const base::Phrase& help) {
    CLI::App* sub = app.add_subcommand(name, in_words(help));
    sub->group(in_words(say::help_commands));
    sub->get_help_ptr()->group(in_words(say::help_options));
    sub->callback([&options, command] { options.command = command; });
    return sub;
  };
  add("run", Command::run, say::help_run)
      ->add_flag("--once", options.once, in_words(say::help_once));
  add("demo", Command::demo, say::help_demo);
  add_answers(*add("init", Command::init, say::help_init), options);
  add("check", Command::check, say::help_check);
  add("list", Command::list, say::help_list);
  CLI::App* test = add("test", Command::test, say::help_test);
  test->add_option("channel", options.tested_channel,
                   in_words(say::help_test_channel))
      ->type_name("")
      ->required();
  test->add_option("model", options.tested_model,
                   in_words(say::help_test_model))
      ->type_name("");
  CLI::App* history = add("history", Command::history, say::help_history);
  history->add_option("--last", options.last, in_words(say::help_last))
      ->type_name("N")
      ->check(number_from(1, 1'000'000));
  CLI::App* undo = add("undo", Command::undo, say::help_undo);
  for (CLI::App* sub : {history, undo}) {
    sub->add_option("round", options.round, in_words(say::help_round))
        ->type_name("")
        ->check(number_from(1));
    sub->add_option("--since", options.since, in_words(say::help_since))
        ->type_name("TIME");
  }
  add("repair", Command::repair, say::help_repair);
  CLI::App* notify = app.add_subcommand("notify", in_words(say::help_notify));
  notify->group(in_words(say::help_commands));
  notify->get_help_ptr()->group(in_words(say::help_options));
  notify->require_subcommand(1);
  notify->fallthrough();
  CLI::App* sample =
      notify->add_subcommand("test", in_words(say::help_notify_test));
  sample->group(in_words(say::help_commands));
  sample->get_help_ptr()->group(in_words(say::help_options));
  sample->callback([&options] { options.command = Command::notify_test; });
  sample
      ->add_option("service", options.notifier,
                   in_words(say::help_notify_service))
      ->type_name("");
}

std::string quoted(const std::string& word) {
  constexpr std::string_view harmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
  if (!word.empty() && word.find_first_not_of(harmless) == std::string::npos) {
    return word;
  }
  return '\'' + base::replaced(word, "'", "'\\''") + '\'';
}

// A change, and the rows of a channel, are brought back or mended as a whole:
// more than was asked for must not be written.
bool takes_models(Options::Command command) {
  using Command = Options::Command;
  return command != Command::undo && command != Command::repair &&
         command != Command::history;
}

// Subcommands take over what is set before they are added.
void translate(CLI::App& app) {
  app.set_help_flag("-h,--help", in_words(say::help_help));
  app.option_defaults()->group(in_words(say::help_options));
  app.get_help_ptr()->group(in_words(say::help_options));
  const auto formatter = app.get_formatter();
  formatter->label("Usage", in_words(say::help_usage));
  formatter->label("Positionals", in_words(say::help_arguments));
  formatter->label("REQUIRED", "");
}

// "--format: text" of the library; the part before the colon.
std::string name_in(const CLI::ParseError& error) {
  const std::string text = error.what();
  return text.substr(0, text.find(':'));
}

Sentence complaint_of(const CLI::ParseError& error, const CLI::App& app) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const auto extras = app.remaining(true);
    return {say::usage_unknown, extras.empty() ? "" : extras.front()};
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return {say::usage_missing, name_in(error)};
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    const bool of_notify = app.got_subcommand("notify");
    return {of_notify ? say::usage_notify : say::usage_required};
  }
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    // "Could not convert: --once = maybe"
    const std::string text = error.what();
    return {say::usage_unknown, text.substr(text.find("--"))};
  }
  return {say::usage_wrong, error.what()};
}

}  // namespace

std::variant<Options, int> options_of(int argc, char** argv) {
  Options options;
  CLI::App app(in_words(say::help_about), "channel-monitor");
  translate(app);
  app.set_version_flag("--version", std::string("channel-monitor ") + version,
                       in_words(say::help_version));
  app.require_subcommand(0, 1);
  app.fallthrough();
  app.add_flag("--once", options.once, in_words(say::help_once));
  add_common(app, options);
  add_commands(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      std::ostringstream text;
      const int code = app.exit(error, text, text);
      print(text.str());
      return code;
    }
    complain(language(), complaint_of(error, app));
    return wrong_usage;
  }
  if (!options.models.empty() && !takes_models(options.command)) {
    complain(language(), {say::usage_whole_channels});
    return wrong_usage;
  }
  return options;
}

std::string config_again(const Options& options) {
  return options.config.empty() ? "" : " --config " + quoted(options.config);
}

std::string selection_again(const Options& options) {
  std::string text;
  for (const std::int64_t channel : options.channels)
    text += fmt::format(" --channel {}", channel);
  for (const std::string& model : options.models)
    text += " --model " + quoted(model);
  return text;
}
