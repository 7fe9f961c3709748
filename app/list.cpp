#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/messages_app.h"
#include "base/messages_report.h"
#include "base/text.h"
#include "commands.h"
#include "core/names.h"
#include "monitor/channel_secrets.h"
#include "monitor/policy.h"
#include "output.h"
#include "signals.h"
#include "wiring.h"

namespace {

namespace say = base::say;
using base::Sentence;

Sentence status_of(std::int64_t status) {
  if (status == core::enabled) return say::status_enabled;
  if (status == core::disabled_by_hand) return say::status_by_hand;
  if (status == core::disabled_automatically) return say::status_automatic;
  return {say::itself, status};
}

struct Known {
  std::string name;
  bool listed = false;
  core::NameMemory memory;
};

// A channel, with no secret in its name or in those of its models.
struct Subject {
  const core::Channel* channel = nullptr;
  core::ChannelMemory memory;
  std::string name;
  std::vector<Known> models;
};

// What is listed, in its order, then what is only remembered; of `only`, if
// there is something in it.
std::vector<Known> names_of(const core::Channel& channel,
                            const core::ChannelMemory& memory,
                            const base::Redactor& redactor,
                            const core::NamePatterns& only) {
  std::vector<Known> names;
  std::unordered_set<std::string> listed;
  const auto is_meant = [&only](const std::string& name) {
    return only.empty() || only.match(name);
  };
  for (const std::string& name : core::names_of(channel.models)) {
    listed.insert(name);
    if (!is_meant(name)) continue;
    const auto known = memory.names.find(name);
    names.push_back(
        {redactor.shown(name), true,
         known == memory.names.end() ? core::NameMemory() : known->second});
  }
  for (const auto& [name, known] : memory.names) {
    const bool is_told = known.removed || known.dismissed;
    if (is_told && !listed.contains(name) && is_meant(name)) {
      names.push_back({redactor.shown(name), false, known});
    }
  }
  return names;
}

Subject subject_of(const core::Channel& channel, const core::Schema& schema,
                   const core::Memory& memory, const core::NamePatterns& only) {
  base::Redactor redactor;
  monitor::add_secrets(redactor, channel, schema);
  Subject subject{.channel = &channel, .name = redactor.shown(channel.name)};
  if (const auto known = memory.find(channel.id); known != memory.end()) {
    subject.memory = known->second;
  }
  subject.models = names_of(channel, subject.memory, redactor, only);
  return subject;
}

Sentence outcome_of(const Known& known) {
  if (!known.listed && known.memory.dismissed) return say::was_dismissed;
  if (!known.listed && known.memory.removed) {
    return {say::was_removed, core::name_of(known.memory.removed_for)};
  }
  if (!known.memory.outcome) return say::never_seen;
  return {say::itself, core::name_of(*known.memory.outcome)};
}

std::string seen_at(const Known& known) {
  return known.memory.outcome ? base::rfc3339(known.memory.judged)
                              : std::string();
}

std::string keys_of(const core::ChannelMemory& memory,
                    base::Language language) {
  std::string text;
  for (const auto& [index, key] : memory.keys) {
    text += fmt::format(
        "    {}  {}\n",
        Sentence{say::key_seen, index, core::name_of(key.outcome)}.in(language),
        base::rfc3339(key.judged));
  }
  return text;
}

std::string table(const std::vector<Subject>& subjects,
                  base::Language language) {
  if (subjects.empty()) return Sentence(say::list_nothing).in(language) + '\n';
  std::string text;
  for (const Subject& subject : subjects) {
    const core::Channel& channel = *subject.channel;
    text += fmt::format("#{} {}  [{}]\n", static_cast<std::int64_t>(channel.id),
                        base::printable(subject.name),
                        status_of(channel.status).in(language));
    for (const Known& name : subject.models) {
      const std::string shown = base::printable(name.name);
      const std::size_t columns = base::width(shown);
      constexpr std::size_t column = 44;
      text +=
          fmt::format("    {}{}{}  {}\n", shown,
                      std::string(columns < column ? column - columns : 1, ' '),
                      outcome_of(name).in(language), seen_at(name));
    }
    text += keys_of(subject.memory, language);
  }
  return text;
}

void write_name(base::json::Writer& writer, const Known& known) {
  writer.begin_object()
      .member("name", known.name)
      .member("listed", known.listed);
  if (known.memory.outcome) {
    writer.member("outcome", core::name_of(*known.memory.outcome))
        .member("seen", base::rfc3339(known.memory.judged))
        .member("failed_rounds", known.memory.streak.failed)
        .member("answered_rounds", known.memory.streak.answered);
  }
  if (known.memory.removed) {
    writer.member("removed", base::rfc3339(*known.memory.removed))
        .member("removed_for", core::name_of(known.memory.removed_for));
  }
  if (known.memory.dismissed) writer.member("dismissed", true);
  writer.end_object();
}

void write_keys(base::json::Writer& writer, const core::ChannelMemory& memory) {
  if (memory.keys.empty()) return;
  writer.key("keys").begin_array();
  for (const auto& [index, key] : memory.keys) {
    writer.begin_object()
        .member("key", index)
        .member("outcome", core::name_of(key.outcome))
        .member("seen", base::rfc3339(key.judged))
        .end_object();
  }
  writer.end_array();
}

std::string json(const std::vector<Subject>& subjects) {
  base::json::Writer writer;
  writer.begin_object().member("schema", 1).key("channels").begin_array();
  for (const Subject& subject : subjects) {
    const core::Channel& channel = *subject.channel;
    writer.begin_object()
        .member("id", static_cast<std::int64_t>(channel.id))
        .member("name", subject.name)
        .member("type", channel.type)
        .member("status", channel.status)
        .member("disabled_by_us", subject.memory.disabled_by_us)
        .key("models")
        .begin_array();
    for (const Known& name : subject.models)
      write_name(writer, name);
    writer.end_array();
    write_keys(writer, subject.memory);
    writer.end_object();
  }
  return writer.end_array().end_object().take() + '\n';
}

}  // namespace

int run_list(const Options& options) {
  const auto read = load(options);
  if (const auto* refused = std::get_if<Refused>(&read)) {
    return complain_all(*refused);
  }
  const Loaded& loaded = std::get<Loaded>(read);
  const StopSignals signals(interrupted);
  const base::StopFlag& stop = signals.flag();
  base::Log log = make_log(options, loaded.config, loaded.language);
  const auto opened = open_store(loaded.config, db::Access::read, stop, log);
  auto channels = opened.store->load();
  for (const Sentence& warning :
       monitor::strangers({.only = options.channels}, channels)) {
    log.warning(warning);
  }
  if (!options.channels.empty()) {
    std::erase_if(channels, [&](const core::Channel& channel) {
      return std::find(options.channels.begin(), options.channels.end(),
                       static_cast<std::int64_t>(channel.id)) ==
             options.channels.end();
    });
  }
  const auto state = open_state_of(loaded, true, stop);
  const auto memory = state->memory(state->gateway(opened.identity));
  std::vector<Subject> subjects;
  subjects.reserve(channels.size());
  const core::NamePatterns only(options.models);
  for (const core::Channel& channel : channels) {
    Subject subject = subject_of(channel, opened.store->schema(), memory, only);
    if (only.empty() || !subject.models.empty()) {
      subjects.push_back(std::move(subject));
    }
  }
  print(options.json ? json(subjects) : table(subjects, loaded.language));
  return all_well;
}
