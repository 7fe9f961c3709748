#include <algorithm>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/messages_notify.h"
#include "base/text.h"
#include "commands.h"
#include "notifiers.h"
#include "notify/sender.h"
#include "output.h"
#include "signals.h"
#include "wiring.h"

namespace {

namespace say = base::say;
using base::Sentence;

Sentence said(const notify::Answer& answer) {
  if (const auto* later = std::get_if<notify::Later>(&answer)) {
    return later->why;
  }
  if (const auto* refused = std::get_if<notify::Refused>(&answer)) {
    return refused->why;
  }
  return say::notify_sent;
}

// Sends a sample to each service, all at once, and waits for their answers.
class NotifyTest {
 public:
  NotifyTest(const Options& options, const Loaded& loaded,
             std::vector<notify::Service> services)
      : options_(options),
        language_(loaded.language),
        services_(std::move(services)),
        sender_(loop_, loaded.config.ca_file),
        signals_(loop_, stop_, true, interrupted, [this](int) {
          is_interrupted_ = true;
          loop_.stop();
        }) {}

  int go() {
    const core::Message sample =
        core::sample_message(net::Loop::wall_now(), language_);
    for (std::size_t i = 0; i < services_.size(); ++i) {
      sender_.send(services_[i], sample, [this, i](const auto& answer) {
        answers_.insert_or_assign(i, answer);
        if (answers_.size() == services_.size()) loop_.stop();
      });
    }
    loop_.run();
    if (is_interrupted_) return interrupted;
    print(options_.json ? json() : lines());
    const bool all_sent =
        std::all_of(answers_.begin(), answers_.end(), [](const auto& one) {
          return std::holds_alternative<notify::Sent>(one.second);
        });
    return all_sent ? all_well : something_failed;
  }

 private:
  std::string lines() const {
    std::string text;
    for (const auto& [i, answer] : answers_) {
      text += fmt::format("{}: {}\n", services_[i].name,
                          base::printable(said(answer).in(language_)));
    }
    return text;
  }

  std::string json() const {
    base::json::Writer writer;
    writer.begin_object().member("schema", 1).key("services").begin_array();
    for (const auto& [i, answer] : answers_) {
      const bool is_sent = std::holds_alternative<notify::Sent>(answer);
      writer.begin_object()
          .member("service", services_[i].name)
          .member("sent", is_sent);
      if (!is_sent) writer.member("why", said(answer).in(language_));
      writer.end_object();
    }
    return writer.end_array().end_object().take() + '\n';
  }

  const Options& options_;
  base::Language language_;
  std::vector<notify::Service> services_;
  base::StopFlag stop_;
  net::Loop loop_;
  notify::Sender sender_;
  std::map<std::size_t, notify::Answer> answers_;
  bool is_interrupted_ = false;
  Signals signals_;
};

}  // namespace

int run_notify_test(const Options& options) {
  const auto read = load(options);
  if (const auto* refused = std::get_if<Refused>(&read)) {
    return complain_all(*refused);
  }
  const Loaded& loaded = std::get<Loaded>(read);
  auto services = notifiers_of(loaded.config.notification);
  if (services.empty()) {
    complain(loaded.language, {say::notify_none, loaded.file});
    return wrong_usage;
  }
  if (!options.notifier.empty()) {
    const std::string all = base::joined(names_of(services), ", ");
    std::erase_if(services, [&](const notify::Service& service) {
      return service.name != options.notifier;
    });
    if (services.empty()) {
      complain(loaded.language, {say::notify_unknown, options.notifier, all});
      return wrong_usage;
    }
  }
  return NotifyTest(options, loaded, std::move(services)).go();
}
