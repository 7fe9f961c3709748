#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/abilities.h"

namespace state {

// `edits` as the journal keeps them: JSON, rows that only differ in their
// models in one.  Nothing where some text is not UTF-8, which no JSON holds.
std::optional<std::string> text_of(const core::AbilityEdits& edits);

// What text_of() gave; nothing where it is something else.
std::optional<core::AbilityEdits> ability_edits(std::string_view text);

}  // namespace state
