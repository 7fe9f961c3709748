#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/messages_app.h"
#include "base/messages_init.h"
#include "base/text.h"
#include "commands.h"
#include "config/find.h"
#include "config/parse.h"
#include "config/starting.h"
#include "core/names.h"
#include "db/lock.h"
#include "output.h"
#include "places.h"
#include "private_file.h"
#include "signals.h"
#include "terminal.h"
#include "wiring.h"

namespace {

namespace fs = std::filesystem;
namespace say = base::say;
using base::Sentence;

constexpr std::string_view variable_form = "${NAME}";

// A gateway that was looked at.
struct Gateway {
  Sentence text;
  bool is_onehub = false;
};

// Gathers the answers, given ones first, and writes the file.  What ends it
// early is an exit code.
class Init {
 public:
  explicit Init(const Options& options)
      : options_(options),
        asks_(can_ask()),
        language_(locale_language()),
        output_(options.output.empty() ? "config.json" : options.output) {}

  int go() {
    std::error_code ignored;
    const bool is_there = fs::exists(fs::symlink_status(output_, ignored));
    if (is_there && !options_.force) {
      return refuse({say::init_is_there, output_});
    }
    if (!options_.language.empty()) start_.language = options_.language;
    // What is in /etc is read by a service, which writes elsewhere.
    if (db::absolute_path(output_).starts_with("/etc/")) {
      start_.state = "/var/lib/channel-monitor/channel-monitor.db";
    }
    follow_language();
    if (asks_) tell({say::init_welcome, output_});
    for (const auto step : {&Init::take_language, &Init::take_period,
                            &Init::take_db_type, &Init::take_dsn}) {
      if (const auto code = (this->*step)()) return *code;
    }
    return write();
  }

 private:
  using Ended = std::optional<int>;

  void tell(const Sentence& sentence) const {
    print(base::printable(sentence.in(language_)) + "\n");
  }

  int refuse(const Sentence& why, int code = wrong_usage) const {
    complain(language_, why);
    return code;
  }

  int interrupt() const {
    print("\n");
    return refuse(say::init_interrupted, interrupted);
  }

  void follow_language() {
    if (start_.language == "en") language_ = base::Language::en;
    if (start_.language == "zh") language_ = base::Language::zh;
  }

  // The answer, or what stands in brackets.
  std::optional<std::string> ask(const Sentence& question,
                                 const std::string& otherwise, bool hidden) {
    const std::string prompt =
        fmt::format("\n{}\n{}> ", question.in(language_),
                    otherwise.empty() ? "" : fmt::format("[{}] ", otherwise));
    const auto line = answer_to(prompt, hidden);
    if (!line) return std::nullopt;
    const std::string text(base::trimmed(*line));
    return text.empty() ? otherwise : text;
  }

  // What the program itself makes of these answers.
  std::variant<config::Parsed, config::Complaints> read(
      const config::Start& start) const {
    return config::parse(config::starting_file(start, language_),
                         config::Format::json, config::Rounds::many,
                         config::sources_of_process());
  }

  // Says what is wrong with them; the DSN may be missing as yet.
  bool is_good(config::Start start) const {
    if (start.dsn.empty()) {
      start.db_type = "sqlite";
      start.dsn = base::Secret("/");
    }
    const auto made = read(start);
    const auto* const wrong = std::get_if<config::Complaints>(&made);
    if (wrong == nullptr) return true;
    for (const Sentence& why : wrong->all)
      complain(language_, why);
    return false;
  }

  // Takes what is given; else asks until it is good; else leaves it.
  Ended take(std::string config::Start::*member, const std::string& given,
             const base::Phrase& question) {
    config::Start next = start_;
    if (!given.empty() || !asks_) {
      if (!given.empty()) next.*member = given;
      if (!is_good(next)) return wrong_usage;
      start_ = std::move(next);
      return std::nullopt;
    }
    do {
      const auto answer = ask({question}, start_.*member, false);
      if (!answer) return interrupt();
      next.*member = *answer;
    } while (!is_good(next));
    start_ = std::move(next);
    return std::nullopt;
  }

  Ended take_language() {
    const Ended code = take(&config::Start::language, options_.language,
                            say::init_ask_language);
    follow_language();
    return code;
  }

  Ended take_period() {
    return take(&config::Start::period, options_.period, say::init_ask_period);
  }

  // The command line has looked at the word already.
  Ended take_db_type() {
    if (!options_.db_type.empty()) start_.db_type = options_.db_type;
    if (!options_.db_type.empty() || !asks_) return std::nullopt;
    for (;;) {
      const auto answer = ask({say::init_ask_db_type}, start_.db_type, false);
      if (!answer) return interrupt();
      if (*answer == "mysql" || *answer == "postgres" || *answer == "sqlite") {
        start_.db_type = *answer;
        return std::nullopt;
      }
    }
  }

  Ended take_dsn() {
    if (!options_.dsn.empty()) return take_given_dsn();
    if (!asks_) return refuse(say::init_needs_dsn);
    for (;;) {
      const auto answer = ask(dsn_question(), "", start_.db_type != "sqlite");
      if (!answer) return interrupt();
      const auto is_taken = try_dsn(*answer);
      if (!is_taken) return interrupt();
      if (*is_taken) return std::nullopt;
    }
  }

  // Whether it is to be written; nothing where nobody says so any more.
  std::optional<bool> try_dsn(const std::string& answer) {
    if (answer.empty()) return false;
    start_.dsn = written(answer);
    if (!is_good(start_)) return false;
    const auto found = look();
    if (const auto* const gateway = std::get_if<Gateway>(&found)) {
      greet(*gateway);
      return true;
    }
    complain(language_, {say::init_no_access, std::get<Sentence>(found)});
    const auto keep = ask({say::init_ask_keep}, "no", false);
    if (!keep) return std::nullopt;
    return *keep == "yes" || *keep == "y";
  }

  Ended take_given_dsn() {
    start_.dsn = written(options_.dsn);
    if (!is_good(start_)) return wrong_usage;
    const auto found = look();
    if (const auto* const gateway = std::get_if<Gateway>(&found)) {
      greet(*gateway);
      return std::nullopt;
    }
    const Sentence& why = std::get<Sentence>(found);
    if (!options_.force) {
      return refuse({say::init_no_gateway, why},
                    is_about_usage(why) ? wrong_usage : no_database);
    }
    complain(language_, {say::init_no_access, why});
    return std::nullopt;
  }

  Sentence dsn_question() const {
    if (start_.db_type == "sqlite") return say::init_ask_sqlite;
    return {start_.db_type == "mysql" ? say::init_ask_mysql
                                      : say::init_ask_postgres,
            variable_form};
  }

  // A file is found from wherever the program is started.
  base::Secret written(const std::string& dsn) const {
    const bool is_path = start_.db_type == "sqlite" && !dsn.starts_with("${") &&
                         !dsn.starts_with("file:");
    return base::Secret(is_path ? db::absolute_path(dsn) : dsn);
  }

  std::variant<Gateway, Sentence> look() const try {
    auto made = read(start_);
    const config::Config& config = std::get<config::Parsed>(made).config;
    base::Log log = make_log(options_, config, language_);
    const StopSignals signals(interrupted);
    const OpenedStore opened =
        open_store(config, db::Access::read, signals.flag(), log);
    const auto channels = opened.store->load();
    std::size_t models = 0;
    for (const core::Channel& channel : channels)
      models += core::names_of(channel.models).size();
    const core::Product product = opened.store->schema().product;
    return Gateway{.text = {say::init_found, config::shown(config.database),
                            core::name_of(product), channels.size(), models},
                   .is_onehub = product == core::Product::onehub};
  } catch (const base::Error& error) {
    if (error.cause() == base::Error::Cause::stopped) throw;
    return error.sentence();
  }

  void greet(const Gateway& gateway) const {
    if (options_.quiet) return;
    tell(gateway.text);
    if (gateway.is_onehub) tell(say::init_onehub);
  }

  // What `--force` may not write over, either.
  Sentence clash() const {
    const auto made = read(start_);
    const auto* parsed = std::get_if<config::Parsed>(&made);
    if (parsed == nullptr) return {};
    const fs::path folder = fs::path(db::absolute_path(output_)).parent_path();
    return clash_of(output_, parsed->config,
                    (folder / parsed->config.state).string());
  }

  int write() const {
    if (const Sentence why = clash(); !why.empty()) return refuse(why);
    const std::string text = config::starting_file(start_, language_);
    const Sentence why =
        options_.force ? write_over(output_, text) : write_new(output_, text);
    if (!why.empty()) return refuse(why);
    if (options_.quiet) return all_well;
    tell({say::init_written, output_});
    const auto read_first = config::find(working_folder());
    std::error_code ignored;
    if (options_.output.empty() && read_first &&
        !fs::equivalent(*read_first, output_, ignored)) {
      tell({say::init_shadowed, read_first->string()});
    }
    tell({say::init_next, output_});
    return all_well;
  }

  const Options& options_;
  bool asks_;
  base::Language language_;
  std::string output_;
  config::Start start_;
};

}  // namespace

int run_init(const Options& options) {
  return Init(options).go();
}
