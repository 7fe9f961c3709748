#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What the command line says.
struct Options {
  enum class Command : std::uint8_t {
    run,
    check,
    list,
    test,
    demo,
    history,
    undo,
    repair,
    notify_test,
    init
  };
  enum class Color : std::uint8_t { automatic, always, never };

  Command command = Command::run;
  std::string config;
  bool once = false;
  bool dry_run = false;
  bool force = false;
  bool now = false;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  Color color = Color::automatic;
  std::vector<std::int64_t> channels;
  std::vector<std::string> models;
  std::string tested_channel;         // test: id or name
  std::string tested_model;           // test: "" is all of the list
  std::string notifier;               // notify test: "" is all
  std::optional<std::int64_t> round;  // history, undo
  std::string since;                  // the same
  std::optional<std::int64_t> last;   // history: how many changes
  std::string output;                 // init, as the rest; "" is not given
  std::string db_type;
  std::string dsn;
  std::string period;
  std::string language;
};

// Returns the options, or the exit code where there is nothing left to do:
// --help, --version, and a wrong command line, which is explained.
std::variant<Options, int> options_of(int argc, char** argv);

// For a command that somebody is to copy: the same configuration, and the same
// channels and models, as a shell reads them; " " before each, "" for none.
std::string config_again(const Options& options);
std::string selection_again(const Options& options);
