#include "core/report.h"

#include <algorithm>

#include "base/json.h"
#include "base/messages_report.h"
#include "base/text.h"

namespace core {

namespace {

using base::Language;
using base::Sentence;
using base::json::Writer;
namespace say = base::say;

bool answers(const ModelReport& model) {
  return model.outcome == Outcome::ok;
}

bool is_fine(const ChannelReport& channel) {
  switch (channel.result) {
    case ChannelResult::unchanged:
    case ChannelResult::changed:
    case ChannelResult::would_change:
    case ChannelResult::skipped: break;
    default: return false;
  }
  if (!channel.removed.empty()) return false;
  return std::all_of(channel.models.begin(), channel.models.end(),
                     [](const ModelReport& model) {
                       return !model.listed || answers(model) ||
                              model.outcome == Outcome::untestable;
                     });
}

void write_if(Writer& writer, std::string_view name, double value) {
  if (value >= 0) writer.member(name, value);
}

void write_strings(Writer& writer, std::string_view name,
                   const std::vector<std::string>& texts) {
  writer.key(name).begin_array();
  for (const std::string& text : texts)
    writer.value(text);
  writer.end_array();
}

void write_model(Writer& writer, const ModelReport& model, Language language) {
  writer.begin_object().member("name", model.name);
  if (!model.upstream.empty()) writer.member("upstream", model.upstream);
  writer.member("kind", name_of(model.kind))
      .member("listed", model.listed)
      .member("outcome", name_of(model.outcome))
      .member("verdict", name_of(model.verdict));
  if (!model.reason.empty()) {
    writer.member("reason", model.reason.in(language));
  }
  if (model.http_status > 0) writer.member("http_status", model.http_status);
  writer.member("attempts", model.attempts);
  if (model.key) writer.member("key", *model.key);
  write_if(writer, "headers_ms", model.times.headers);
  write_if(writer, "first_token_ms", model.times.first_token);
  write_if(writer, "total_ms", model.times.total);
  write_if(writer, "tokens_per_second", model.tokens_per_second);
  writer.end_object();
}

void write_list(Writer& writer, const ChannelReport& channel) {
  writer.key("list").begin_object().member("source", name_of(channel.source));
  if (channel.list_outcome) {
    writer.member("outcome", name_of(*channel.list_outcome));
    writer.member("offered", channel.offered);
    if (channel.list_was_cut) writer.member("cut", true);
  }
  writer.end_object();
}

void write_keys(Writer& writer, const std::vector<KeyReport>& keys,
                Language language) {
  if (keys.empty()) return;
  writer.key("keys").begin_array();
  for (const KeyReport& key : keys) {
    writer.begin_object()
        .member("key", key.key)
        .member("enabled", key.enabled)
        .member("outcome", name_of(key.outcome));
    if (!key.reason.empty()) writer.member("reason", key.reason.in(language));
    writer.end_object();
  }
  writer.end_array();
}

void write_channel(Writer& writer, const ChannelReport& channel,
                   Language language) {
  writer.begin_object()
      .member("id", static_cast<std::int64_t>(channel.id))
      .member("name", channel.name)
      .member("type", channel.type);
  if (!channel.provider.empty()) writer.member("provider", channel.provider);
  writer.member("status", channel.status);
  if (channel.new_status) writer.member("new_status", *channel.new_status);
  writer.member("result", name_of(channel.result));
  if (!channel.reason.empty()) {
    writer.member("reason", channel.reason.in(language));
  }
  write_list(writer, channel);
  writer.key("models").begin_array();
  for (const ModelReport& model : channel.models) {
    write_model(writer, model, language);
  }
  writer.end_array();
  write_strings(writer, "added", channel.added);
  write_strings(writer, "removed", channel.removed);
  if (!channel.dismissed.empty()) {
    write_strings(writer, "dismissed", channel.dismissed);
  }
  write_keys(writer, channel.keys, language);
  writer.end_object();
}

void write_totals(Writer& writer, const Totals& totals) {
  writer.begin_object()
      .member("channels", totals.channels)
      .member("models", totals.models)
      .member("probes", totals.probes)
      .key("outcomes")
      .begin_object();
  for (std::size_t i = 0; i < outcome_count; ++i) {
    if (totals.outcomes.at(i) == 0) continue;
    writer.member(name_of(static_cast<Outcome>(i)), totals.outcomes.at(i));
  }
  writer.end_object()
      .member("added", totals.added)
      .member("removed", totals.removed)
      .member("held", totals.held)
      .member("disabled", totals.disabled)
      .member("enabled", totals.enabled)
      .member("tokens", totals.tokens)
      .member("untouched", totals.untouched)
      .end_object();
}

void write_round(Writer& writer, const Report& report, Language language) {
  writer.begin_object();
  if (report.id) writer.member("id", *report.id);
  writer.member("result", name_of(report.result));
  if (!report.error.empty()) {
    writer.member("error", report.error.in(language));
  }
  writer.member("started", base::rfc3339(report.started))
      .member("finished", base::rfc3339(report.finished))
      .member("seconds", report.seconds)
      .member("dry_run", report.dry_run);
  if (report.product) writer.member("product", name_of(*report.product));
  if (!report.database.empty()) writer.member("database", report.database);
  writer.end_object();
}

void count(Totals& totals, const ChannelReport& channel) {
  ++totals.channels;
  totals.added += static_cast<std::int64_t>(channel.added.size());
  totals.removed += static_cast<std::int64_t>(channel.removed.size());
  if (channel.new_status == disabled_automatically) ++totals.disabled;
  if (channel.new_status == enabled) ++totals.enabled;
  for (const ModelReport& model : channel.models) {
    ++totals.models;
    ++totals.outcomes.at(static_cast<std::size_t>(model.outcome));
    if (!model.due) ++totals.untouched;
    const bool held = model.verdict == Verdict::hold && model.listed &&
                      model.outcome != Outcome::untestable;
    if (held) ++totals.held;
  }
}

}  // namespace

std::string_view name_of(ChannelResult result) {
  constexpr std::array<std::string_view, 10> names = {
      "unchanged",         "changed",      "would_change", "held",
      "changed_meanwhile", "config_error", "unreachable",  "skipped",
      "cancelled",         "failed"};
  return names.at(static_cast<std::size_t>(result));
}

std::string_view name_of(RoundResult result) {
  constexpr std::array<std::string_view, 4> names = {"complete", "cancelled",
                                                     "locked", "failed"};
  return names.at(static_cast<std::size_t>(result));
}

Totals totals_of(const Report& report) {
  Totals totals;
  totals.tokens = report.tokens;
  totals.probes = report.probes;
  for (const ChannelReport& channel : report.channels)
    count(totals, channel);
  return totals;
}

int exit_code_of(const Report& report) {
  switch (report.result) {
    case RoundResult::locked: return 4;
    case RoundResult::failed: return 3;
    case RoundResult::cancelled: return 130;
    case RoundResult::complete: break;
  }
  const bool fine =
      report.guards.empty() &&
      std::all_of(report.channels.begin(), report.channels.end(), is_fine);
  return fine ? 0 : 1;
}

std::string json_of(const Totals& totals) {
  Writer writer;
  write_totals(writer, totals);
  return writer.take();
}

std::string json_of(const Report& report, Language language) {
  std::string json;
  put_json(report, language, [&](std::string_view piece) { json += piece; });
  return json;
}

void put_json(const Report& report, Language language, const PutText& put) {
  Writer writer;
  writer.begin_object().member("schema", 1).member("version", report.version);
  writer.key("round");
  write_round(writer, report, language);
  writer.key("totals");
  write_totals(writer, totals_of(report));
  writer.key("guards").begin_array();
  for (const GuardNote& note : report.guards) {
    writer.begin_object().member("guard", name_of(note.guard));
    if (note.channel) {
      writer.member("channel", static_cast<std::int64_t>(*note.channel));
    }
    writer.member("text", note.text.in(language)).end_object();
  }
  writer.end_array().key("channels").begin_array();
  for (const ChannelReport& channel : report.channels) {
    write_channel(writer, channel, language);
    put(writer.take_piece());
  }
  put(writer.end_array().end_object().take());
}

}  // namespace core
