#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/messages_app.h"
#include "base/messages_db.h"
#include "base/messages_monitor.h"
#include "base/messages_net.h"
#include "base/messages_probe.h"
#include "base/text.h"
#include "commands.h"
#include "config/dsn.h"
#include "core/names.h"
#include "database.h"
#include "monitor/channel_secrets.h"
#include "net/trust.h"
#include "output.h"
#include "signals.h"
#include "store/engines.h"
#include "wiring.h"

namespace {

namespace say = base::say;
using base::Sentence;

struct Item {
  const base::Phrase* what;
  std::string_view name;  // for JSON
  bool good;
  Sentence text;
};

// Collects what there is to say, one question after the other.
class Check {
 public:
  Check(const Options& options, const Loaded& loaded)
      : options_(options),
        loaded_(loaded),
        log_(make_log(options, loaded.config, loaded.language)) {}

  int go() {
    add(say::check_configuration, "configuration", true,
        {say::configuration_is_good, loaded_.file});
    for (const Sentence& warning : loaded_.warnings) {
      add(say::check_configuration, "configuration", true, warning);
    }
    try {
      look_at_gateway();
    } catch (const base::Error& error) {
      if (error.cause() == base::Error::Cause::stopped) throw;
      worsen(exit_code_of(error));
      add(say::check_database, "database", false, error.sentence());
    }
    try {
      look_at_state();
    } catch (const base::Error& error) {
      if (error.cause() == base::Error::Cause::stopped) throw;
      worsen(no_database);
      add(say::check_state, "state", false, error.sentence());
    }
    look_at_authorities();
    name_proxies();
    tell();
    return code_;
  }

 private:
  void add(const base::Phrase& what, std::string_view name, bool good,
           Sentence text) {
    items_.push_back({&what, name, good, std::move(text)});
  }

  void worsen(int code) { code_ = std::max(code_, code); }

  void look_at_gateway() {
    const auto opened =
        open_store(loaded_.config, db::Access::read, stop_, log_);
    store::ChannelStore& store = *opened.store;
    auto channels = store.load();
    for (core::Channel& channel : channels)
      channel.name = monitor::shown_name(channel, store.schema());
    add(say::check_database, "database", true,
        {say::itself, config::shown(loaded_.config.database)});
    add(say::check_product, "product", true,
        {say::itself, core::name_of(store.schema().product)});
    look_at_channels(channels, store.schema());
    look_at_rights(store.schema());
    look_for_harm(channels, store);
    look_at_reload(store.schema());
  }

  // No fault, but something to know before the first change.
  void look_at_reload(const core::Schema& schema) {
    const config::Config& config = loaded_.config;
    if (schema.product != core::Product::onehub || config.do_not_modify_db) {
      return;
    }
    const bool can = !config.base_url.empty() && !config.system_token.empty();
    add(say::check_reload, "reload", can,
        can ? Sentence(say::onehub_will_be_told)
            : Sentence{say::onehub_not_told,
                       Sentence(say::onehub_without_api)});
  }

  void look_at_channels(const std::vector<core::Channel>& channels,
                        const core::Schema& schema) {
    const auto policy = policy_of(loaded_, options_).round;
    std::size_t chosen = 0;
    std::size_t models = 0;
    std::size_t asked = 0;
    std::vector<Item> problems;
    for (const core::Channel& channel : channels) {
      if (!monitor::is_chosen(channel, policy.selection)) continue;
      ++chosen;
      models += core::names_of(channel.models).size();
      asked += asked_of(channel);
      const Sentence why = core::config_error_of(channel, schema);
      if (why.empty()) continue;
      worsen(something_failed);
      problems.push_back(
          {&say::check_channels, "channels", false,
           Sentence{say::channel_problem, static_cast<std::int64_t>(channel.id),
                    channel.name, why}});
    }
    add(say::check_channels, "channels", true,
        {say::channels_counted, channels.size(), chosen, models});
    items_.insert(items_.end(), problems.begin(), problems.end());
    for (const Sentence& warning :
         monitor::strangers(policy.selection, channels)) {
      add(say::check_channels, "channels", false, warning);
    }
    count_calls(chosen, asked);
  }

  // How many names of the channel a round asks for, as far as can be known
  // without asking what else there is.
  std::size_t asked_of(const core::Channel& channel) const {
    const config::Config& config = loaded_.config;
    const core::NamePatterns excluded(config.exclude_model);
    const core::NamePatterns only(options_.models);
    const auto names =
        config.force_models ? config.models : core::names_of(channel.models);
    return static_cast<std::size_t>(
        std::count_if(names.begin(), names.end(), [&](const auto& name) {
          return !excluded.match(name) && (only.empty() || only.match(name));
        }));
  }

  void count_calls(std::size_t channels, std::size_t models) {
    const config::Config& config = loaded_.config;
    const std::size_t lists =
        config.force_models || config.force_inside_models ? 0 : channels;
    if (config.time_period.count() == 0) {
      return add(say::check_calls, "calls", true,
                 {say::calls_a_round, models, lists});
    }
    const auto day = std::chrono::duration<double>(std::chrono::hours(24));
    const double rounds = day / config.time_period;
    // What answered is asked again in the first round in which it is due.
    const double due_in = std::max(
        1.0, std::ceil(std::chrono::duration<double>(config.recheck.alive) /
                       config.time_period));
    const double calls = rounds * (static_cast<double>(models) / due_in +
                                   static_cast<double>(lists));
    add(say::check_calls, "calls", true,
        {due_in > 1 ? say::calls_a_day_due : say::calls_a_day, models, lists,
         fmt::format("{:.4g}", rounds), fmt::format("{:.0f}", calls)});
  }

  void look_at_rights(const core::Schema& schema) {
    if (loaded_.config.do_not_modify_db) {
      return add(say::check_rights, "rights", true, {say::only_reads});
    }
    const config::Address& database = loaded_.config.database;
    try {
      look_at_place(database);
      const auto session = open_session(database, db::Access::write);
      if (database.engine != config::Engine::sqlite) {
        store::look_at_rights(*session, schema);
        store::look_at_engines(*session, schema);
      }
      add(say::check_rights, "rights", true, {say::may_write});
    } catch (const base::Error& error) {
      worsen(no_database);
      add(say::check_rights, "rights", false,
          {say::may_not_write, error.sentence()});
    }
  }

  void look_for_harm(const std::vector<core::Channel>& channels,
                     store::ChannelStore& store) {
    if (!store.schema().has_abilities()) return;
    const auto holes = core::uncovered(channels, store.covered_groups());
    for (const core::Uncovered& hole : holes) {
      worsen(something_failed);
      const auto channel =
          std::find_if(channels.begin(), channels.end(),
                       [&](const auto& one) { return one.id == hole.channel; });
      add(say::check_harm, "harm", false,
          {say::group_uncovered, static_cast<std::int64_t>(hole.channel),
           channel->name, hole.group});
    }
    if (holes.empty()) add(say::check_harm, "harm", true, {say::no_harm});
  }

  void look_at_state() {
    const auto state = state::look_at_state(loaded_.state_file, stop_);
    look_at_place_of_state(state != nullptr);
    if (!state) {
      return add(say::check_state, "state", true,
                 {say::state_will_be_made, loaded_.state_file});
    }
    const auto last =
        state->last_round(state->gateway(identity_of(loaded_.config)));
    add(say::check_state, "state", true,
        {say::state_is_there, loaded_.state_file,
         last ? static_cast<std::int64_t>(last->id) : 0});
  }

  // A round writes there, even one that leaves the gateway as it is.
  void look_at_place_of_state(bool is_there) const {
    const std::string& file = loaded_.state_file;
    const auto folder = std::filesystem::path(file).parent_path();
    if (!std::filesystem::is_directory(folder)) {
      throw base::Error({say::no_such_folder, file});
    }
    if (is_there &&
        ::faccessat(AT_FDCWD, file.c_str(), W_OK, AT_EACCESS) != 0) {
      throw base::Error({say::file_read_only, file});
    }
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
      throw base::Error({say::folder_read_only, file});
    }
  }

  void look_at_authorities() {
    try {
      if (net::has_authorities(loaded_.config.ca_file)) return;
      add(say::check_authorities, "authorities", false, {say::no_authorities});
    } catch (const base::Error& error) {
      worsen(no_database);
      add(say::check_authorities, "authorities", false, error.sentence());
    }
  }

  void name_proxies() {
    std::vector<std::string> set;
    for (const char* name :
         {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
          "no_proxy", "NO_PROXY"}) {
      const char* value = std::getenv(name);
      if (value != nullptr && *value != '\0') set.emplace_back(name);
    }
    if (!set.empty()) {
      add(say::check_proxies, "proxies", true,
          {say::proxies_set, base::joined(set, ", ")});
    }
  }

  void tell() {
    if (options_.json) return print(json() + '\n');
    std::string text;
    const bool colored = is_colored(options_);
    for (const Item& item : items_) {
      const std::string what = Sentence(*item.what).in(loaded_.language);
      const std::size_t columns = base::width(what);
      constexpr std::size_t column = 14;
      text += fmt::format(
          "{} {}{}{}\n",
          colored ? (item.good ? "\x1b[32m✓\x1b[0m" : "\x1b[31m✗\x1b[0m")
                  : (item.good ? "✓" : "✗"),
          what, std::string(columns < column ? column - columns : 1, ' '),
          base::printable(item.text.in(loaded_.language)));
    }
    print(text);
  }

  std::string json() const {
    base::json::Writer writer;
    writer.begin_object().member("schema", 1).member("exit_code", code_);
    writer.key("items").begin_array();
    for (const Item& item : items_) {
      writer.begin_object()
          .member("item", item.name)
          .member("good", item.good)
          .member("text", item.text.in(loaded_.language))
          .end_object();
    }
    return writer.end_array().end_object().take();
  }

  const Options& options_;
  const Loaded& loaded_;
  base::Log log_;
  StopSignals signals_{interrupted};
  const base::StopFlag& stop_ = signals_.flag();
  std::vector<Item> items_;
  int code_ = all_well;
};

}  // namespace

int run_check(const Options& options) {
  const auto read = load(options);
  if (const auto* refused = std::get_if<Refused>(&read)) {
    return complain_all(*refused);
  }
  return Check(options, std::get<Loaded>(read)).go();
}
