#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/messages.h"
#include "options.h"
#include "state/state.h"

// How history, undo and repair tell of changes.

// "  #3 name" and under it, a line each, what a change did and why; long lists
// are cut where not `whole`.
std::string described(const state::JournalEntry& entry, base::Language language,
                      bool whole);

// "12 rows added, …" of what is done to abilities.
base::Sentence described(const core::AbilityEdits& edits);

// One line under a channel, such as "      why       …".
std::string line_of(const base::Phrase& what, const base::Sentence& text,
                    base::Language language);

// "#3 name", or "#3 a channel that does not exist".
std::string shown_channel(core::ChannelId id, const std::string& name,
                          bool vanished, base::Language language);

// "channel-monitor undo 12", with the configuration if it was named.
std::string undo_command(const Options& options, state::RoundId round);

std::string_view name_of(state::RoundKind kind);

// The members of one change in JSON, without the braces.
void write_members(base::json::Writer& writer,
                   const state::JournalEntry& entry);
void write_member(base::json::Writer& writer, const core::AbilityEdits& edits);
