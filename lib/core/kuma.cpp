#include "core/kuma.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/messages_machines.h"
#include "base/redact.h"
#include "base/text.h"

namespace core {

namespace {

namespace say = base::say;
using base::Sentence;

// What the probes of one monitor come to.
class Tally {
 public:
  void add(const ModelReport& model) {
    if (model.outcome == Outcome::untestable) return;
    const Served served = served_by(model.outcome);
    ++asked_;
    if (served == Served::yes) {
      ++alive_;
      note_ping(model.times);
    } else if (served == Served::no) {
      if (!dead_) dead_ = model;
    } else if (model.listed && !unclear_) {
      unclear_ = model.outcome;
    }
  }

  // Whether there is nothing to say; then why not.
  Sentence silence() const {
    if (alive_ > 0) return {};
    if (unclear_) return {say::kuma_proves_nothing, name_of(*unclear_)};
    return dead_ ? Sentence() : Sentence(say::kuma_not_asked);
  }

  std::string url(const base::Secret& address, const base::Phrase& up,
                  base::Language language) const {
    if (alive_ > 0) {
      const std::string ping =
          ping_ ? std::to_string(std::max(std::lround(*ping_), 1L)) : "";
      const Sentence message{up, alive_, asked_};
      return kuma_url(address.reveal(), "up", message.in(language), ping);
    }
    const Sentence message{say::kuma_down, name_of(dead_->outcome),
                           dead_->reason};
    return kuma_url(address.reveal(), "down",
                    base::Redactor().excerpt(message.in(language)), "");
  }

 private:
  void note_ping(const Times& times) {
    const double time =
        times.first_token >= 0 ? times.first_token : times.total;
    if (time >= 0 && (!ping_ || time < *ping_)) ping_ = time;
  }

  int asked_ = 0;
  int alive_ = 0;
  std::optional<double> ping_;
  std::optional<ModelReport> dead_;  // the first
  std::optional<Outcome> unclear_;   // of the first
};

bool tells_anything(const Report& report) {
  return report.result == RoundResult::complete && !report.dry_run &&
         std::none_of(report.guards.begin(), report.guards.end(),
                      [](const GuardNote& note) {
                        return note.guard == Guard::cut_off;
                      });
}

// The token is the last part of the path.
std::string_view token_of(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  while (url.ends_with('/'))
    url.remove_suffix(1);
  return url.substr(url.rfind('/') + 1);
}

bool is_ours(std::string_view parameter) {
  const std::string_view name = parameter.substr(0, parameter.find('='));
  return name == "status" || name == "msg" || name == "ping";
}

}  // namespace

KumaPlan kuma_plan(const Report& report, const KumaMonitors& monitors,
                   base::Language language) {
  KumaPlan plan;
  if (!tells_anything(report)) return plan;
  std::map<std::string_view, Tally> of_models;
  std::map<std::int64_t, Tally> of_channels;
  for (const ChannelReport& channel : report.channels) {
    if (channel.result == ChannelResult::cancelled) continue;
    Tally& whole = of_channels[static_cast<std::int64_t>(channel.id)];
    for (const ModelReport& model : channel.models) {
      whole.add(model);
      const auto monitor = monitors.by_model.find(model.name);
      if (monitor != monitors.by_model.end()) {
        of_models[monitor->first].add(model);
      }
    }
  }
  const auto tell = [&](Sentence whose, const base::Secret& url,
                        const Tally& tally, const base::Phrase& up) {
    if (const Sentence why = tally.silence(); !why.empty()) {
      plan.silences.push_back({std::move(whose), why});
    } else {
      plan.pushes.push_back(
          {std::move(whose), base::Secret(tally.url(url, up, language))});
    }
  };
  for (const auto& [name, url] : monitors.by_model) {
    tell({say::kuma_model, name}, url, of_models[name], say::kuma_model_up);
  }
  for (const auto& [id, url] : monitors.by_channel) {
    tell({say::kuma_channel, id}, url, of_channels[id], say::kuma_channel_up);
  }
  return plan;
}

std::string kuma_url(std::string_view url, std::string_view status,
                     std::string_view message, std::string_view ping) {
  url = url.substr(0, url.find('#'));
  const std::size_t question = url.find('?');
  std::string all(url.substr(0, question));
  char before = '?';
  const auto add = [&](std::string_view parameter) {
    all += std::exchange(before, '&');
    all += parameter;
  };
  if (question != url.npos) {
    for (const std::string_view kept :
         base::split(url.substr(question + 1), '&')) {
      if (!kept.empty() && !is_ours(kept)) add(kept);
    }
  }
  add("status=" + std::string(status));
  add("msg=" + base::percent_encoded(message));
  add("ping=" + std::string(ping));
  return all;
}

base::Sentence kuma_refused(const base::Secret& url, int status,
                            std::string_view body) {
  constexpr int ok = 200;
  base::json::Document document;
  const bool is_json = document.parse(body);
  if (status == ok && is_json && document.truth("/ok").value_or(false)) {
    return {};
  }
  const auto said = is_json ? document.text("/msg") : std::nullopt;
  if (said) return {say::kuma_refused, status, kuma_excerpt(url, *said)};
  return {say::kuma_no_ok, status, kuma_excerpt(url, body)};
}

std::string kuma_excerpt(const base::Secret& url, std::string_view text) {
  base::Redactor redactor;
  redactor.add(url);
  redactor.add_url(url.reveal());
  redactor.add(base::Secret(std::string(token_of(url.reveal()))));
  return redactor.excerpt(text);
}

}  // namespace core
