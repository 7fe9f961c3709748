#include <charconv>
#include <csignal>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/messages_app.h"
#include "base/text.h"
#include "commands.h"
#include "output.h"
#include "signals.h"
#include "wiring.h"

namespace {

namespace say = base::say;
using base::Sentence;

// The channel that was meant: by its id, else by its name.
std::int64_t find_channel(const std::string& wanted,
                          const std::vector<core::Channel>& channels) {
  std::int64_t id = 0;
  const char* end = wanted.data() + wanted.size();
  const bool is_number =
      std::from_chars(wanted.data(), end, id).ptr == end && !wanted.empty();
  std::vector<std::string> found;
  for (const core::Channel& channel : channels) {
    const auto number = static_cast<std::int64_t>(channel.id);
    if (is_number && number == id) return id;
    if (channel.name == wanted) found.push_back(std::to_string(number));
  }
  if (found.size() == 1) return std::stoll(found.front());
  if (found.empty()) throw base::Error({say::no_such_channel, wanted});
  throw base::Error({say::several_channels, wanted, base::joined(found, ", ")});
}

std::string milliseconds(double time) {
  return time < 0 ? "-" : fmt::format("{:.0f}", time);
}

std::string indented(const std::string& text) {
  std::string all;
  for (const std::string_view line : base::split(text, '\n')) {
    all += fmt::format("    {}\n", line);
  }
  return all;
}

std::string described(const core::ModelReport& model, base::Language language) {
  const Sentence result{say::test_result, model.name, core::name_of(model.kind),
                        core::name_of(model.outcome)};
  std::string text = base::printable(result.in(language));
  if (!model.reason.empty()) {
    text += ": " + base::printable(model.reason.in(language));
  }
  text += '\n';
  if (model.attempts == 0) return text;
  return text + fmt::format(
                    "    {}\n",
                    Sentence{say::test_times, milliseconds(model.times.headers),
                             milliseconds(model.times.first_token),
                             milliseconds(model.times.total), model.attempts}
                        .in(language));
}

std::string described(const core::KeyReport& key, base::Language language) {
  std::string text =
      "    " +
      Sentence{say::key_seen, key.key, core::name_of(key.outcome)}.in(language);
  if (!key.enabled) text += ' ' + Sentence(say::key_is_off).in(language);
  if (!key.reason.empty()) {
    text += ": " + base::printable(key.reason.in(language));
  }
  return text + '\n';
}

std::string described(const core::Report& report,
                      const std::vector<monitor::Trace>& traces,
                      base::Language language) {
  std::string text;
  for (const monitor::Trace& trace : traces) {
    text += fmt::format(
        "{}\n{}{}\n{}\n", Sentence(say::test_request).in(language),
        indented(trace.request), Sentence(say::test_answer).in(language),
        indented(trace.answer));
  }
  for (const core::ChannelReport& channel : report.channels) {
    if (!channel.reason.empty() && channel.models.empty()) {
      text += base::printable(channel.reason.in(language)) + '\n';
    }
    for (const core::ModelReport& model : channel.models)
      text += described(model, language);
    for (const core::KeyReport& key : channel.keys)
      text += described(key, language);
  }
  return text;
}

std::string json_of(const core::Report& report,
                    const std::vector<monitor::Trace>& traces,
                    base::Language language) {
  base::json::Writer writer;
  writer.begin_object().member("schema", 1).key("calls").begin_array();
  for (const monitor::Trace& trace : traces) {
    writer.begin_object()
        .member("request", trace.request)
        .member("answer", trace.answer)
        .end_object();
  }
  writer.end_array().key("report").raw(core::json_of(report, language));
  return writer.end_object().take() + '\n';
}

// A round of one channel that writes and remembers nothing.
class Test {
 public:
  Test(const Options& options, const Loaded& loaded)
      : options_(options),
        loaded_(loaded),
        log_(make_log(options, loaded.config, loaded.language)),
        state_(state::make_empty_state()),
        signals_(loop_, stop_, true, interrupted,
                 [this](int) { service_->stop(); }) {}

  int go() {
    monitor::ServicePolicy policy = policy_of(loaded_, options_);
    policy.period = {};
    policy.round.dry_run = true;
    policy.round.timeout.reset();
    policy.round.examination.retry.attempts = 0;
    auto& candidates = policy.round.examination.candidates;
    candidates.only = core::NamePatterns(options_.models);
    candidates.exclude = {};
    candidates.force_inside_models = true;
    if (!options_.tested_model.empty()) {
      candidates.force_models = true;
      candidates.models = {options_.tested_model};
    }
    policy.round.selection = {.whatever_status = true};
    {
      const auto opened =
          open_store(loaded_.config, db::Access::read, stop_, log_);
      policy.round.selection.only = {
          find_channel(options_.tested_channel, opened.store->load())};
    }
    service_ = std::make_unique<monitor::Service>(
        std::move(policy), monitor::Service::Tools{loop_, *state_, log_, stop_},
        opener(), [this](const core::Report& report) { tell(report); });
    service_->trace(
        [this](const monitor::Trace& trace) { traces_.push_back(trace); });
    service_->start();
    loop_.run();
    return exit_code_;
  }

 private:
  monitor::Opener opener() {
    return [this]() -> std::variant<monitor::OpenGateway, monitor::LockedBy> {
      auto opened = open_store(loaded_.config, db::Access::read, stop_, log_);
      return monitor::OpenGateway{.store = std::move(opened.store),
                                  .identity = std::move(opened.identity),
                                  .engine = std::move(opened.engine)};
    };
  }

  void tell(core::Report report) {
    // Harm elsewhere is not what was asked.
    report.guards.clear();
    exit_code_ = core::exit_code_of(report);
    print(options_.json ? json_of(report, traces_, loaded_.language)
                        : described(report, traces_, loaded_.language));
    if (!report.error.empty()) complain(loaded_.language, report.error);
  }

  const Options& options_;
  const Loaded& loaded_;
  base::Log log_;
  base::StopFlag stop_;
  net::Loop loop_;
  std::unique_ptr<state::State> state_;
  std::unique_ptr<monitor::Service> service_;
  std::vector<monitor::Trace> traces_;
  int exit_code_ = all_well;
  Signals signals_;
};

}  // namespace

int run_test(const Options& options) {
  const auto read = load(options);
  if (const auto* refused = std::get_if<Refused>(&read)) {
    return complain_all(*refused);
  }
  return Test(options, std::get<Loaded>(read)).go();
}
