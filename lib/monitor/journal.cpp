#include "monitor/journal.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "base/redact.h"
#include "base/text.h"
#include "core/names.h"
#include "monitor/channel_secrets.h"

namespace monitor {

namespace {

using Names = std::vector<std::string>;

// The names of `these` that are not in `those`.
Names without(const Names& these, const Names& those) {
  const std::unordered_set<std::string> left_out(those.begin(), those.end());
  Names rest;
  std::copy_if(these.begin(), these.end(), std::back_inserter(rest),
               [&](const auto& name) { return !left_out.contains(name); });
  return rest;
}

bool holds_secret(const std::string& text, const core::Channel& channel,
                  const core::Schema& schema) {
  base::Redactor redactor;
  add_secrets(redactor, channel, schema);
  return redactor.would_change(text);
}

}  // namespace

core::ShownNames shown_names_of(const core::ChannelChange& change,
                                const core::Schema& schema) {
  base::Redactor redactor;
  add_secrets(redactor, change.before, schema);
  Names names = core::names_of(change.before.models);
  if (change.models) {
    const Names after = core::names_of(*change.models);
    names.insert(names.end(), after.begin(), after.end());
  }
  return shown_names(redactor, names);
}

state::Details details_of(const store::Applied& applied,
                          const state::State& state,
                          const core::Schema& schema) {
  const core::Channel& before = applied.before;
  const core::Channel& after = applied.after;
  state::Details details{.test_time_before = before.test_time,
                         .test_time_after = after.test_time,
                         .response_time_before = before.response_time,
                         .response_time_after = after.response_time,
                         .abilities = applied.abilities};
  if (before.other_info != after.other_info) {
    const std::string info = before.other_info.value_or("");
    details.other_info_mark = state.mark(after.other_info.value_or(""));
    details.other_info_kept = !holds_secret(info, before, schema);
    if (details.other_info_kept) details.other_info_before = before.other_info;
  }
  return details;
}

state::Intent intent_of(const core::ChannelChange& change,
                        const store::Result& ahead, const state::State& state,
                        const core::Schema& schema) {
  const core::Channel& channel = change.before;
  state::Intent intent{.channel = channel.id,
                       .created_time = channel.created_time,
                       .type = channel.type,
                       .name = shown_name(channel, schema),
                       .marks = state.marks_of(channel),
                       .group = channel.group,
                       .models_before = channel.models,
                       .models_after = change.models.value_or(channel.models),
                       .status_before = channel.status,
                       .status_after = change.status.value_or(channel.status),
                       .reason = change.status_reason,
                       .vanished = change.vanished};
  if (const auto* applied = std::get_if<store::Applied>(&ahead)) {
    intent.status_before = applied->before.status;
    intent.status_after = applied->after.status;
    intent.details = details_of(*applied, state, schema);
  }
  return intent;
}

state::Settlement settlement_of(const store::Applied& applied,
                                const state::State& state,
                                const core::Schema& schema) {
  return {.settled = state::Settled::written,
          .status_before = applied.before.status,
          .status_after = applied.after.status,
          .details = details_of(applied, state, schema)};
}

bool is_remembered(const state::Intent& intent) {
  return !intent.vanished && (intent.models_before != intent.models_after ||
                              intent.status_before != intent.status_after);
}

void remember(core::ChannelMemory& memory, const state::JournalEntry& entry) {
  const state::Intent& intent = entry.intent;
  const Names before = core::names_of(intent.models_before);
  const Names after = core::names_of(intent.models_after);
  if (memory.created_time != intent.created_time) memory = {};
  memory.created_time = intent.created_time;
  memory.type = intent.type;
  memory.address_mark = intent.marks.address;
  memory.key_mark = intent.marks.key;
  memory.mapping_mark = intent.marks.mapping;
  memory.seen = true;
  std::optional<std::int64_t> status;
  if (intent.status_before != intent.status_after) {
    status = intent.status_after;
  }
  if (entry.kind == state::RoundKind::undo) {
    return core::remember_undo(memory, before, after, status);
  }
  memory.listed = before;
  core::remember_change(memory, without(before, after), without(after, before),
                        status, entry.at);
}

JournalledWrites::JournalledWrites(const JournalTools& tools,
                                   state::RoundKind kind, base::WallTime now)
    : tools_(tools),
      kind_(kind),
      now_(now),
      memory_(tools.state.memory(tools.gateway)) {}

store::Result JournalledWrites::write(const core::ChannelChange& change,
                                      state::Intent intent) {
  if (!round_) {
    round_ = tools_.state.begin_round(tools_.gateway, now_, kind_);
  }
  const state::IntentId id =
      tools_.state.intend(*round_, now_, {intent}).front();
  store::Result result = tools_.store.apply(change);
  // Nobody knows yet: it is looked up at the next start.
  if (std::holds_alternative<store::InDoubt>(result)) return result;
  state::Settlement settlement{.settled = state::Settled::dropped};
  core::Memory learnt;
  if (const auto* applied = std::get_if<store::Applied>(&result)) {
    settlement = settlement_of(*applied, tools_.state, tools_.store.schema());
    intent.status_before = applied->before.status;
    intent.status_after = applied->after.status;
    if (is_remembered(intent)) {
      core::ChannelMemory& memory = memory_[intent.channel];
      remember(memory, {.at = now_, .intent = intent, .kind = kind_});
      learnt.emplace(intent.channel, memory);
    }
  }
  settlement.id = id;
  tools_.state.settle(tools_.gateway, {settlement}, learnt);
  return result;
}

void JournalledWrites::finish(const std::string& summary) {
  if (!round_) return;
  tools_.state.record(tools_.gateway, {.round = {.id = *round_,
                                                 .kind = kind_,
                                                 .started = now_,
                                                 .finished = now_,
                                                 .result = "complete",
                                                 .summary = summary}});
}

}  // namespace monitor
