#pragma once

#include <string>

#include "core/provider.h"

namespace core {

// The body of one message, for whoever sells Anthropic's models: `version` is
// what a cloud wants in the body, where Anthropic itself has it in a header and
// the model's name in the body.
std::string anthropic_body(const Question& question,
                           std::string_view version = {});

// Reads an answer, or an event of a stream, of Anthropic's messages.
void read_anthropic(const base::json::Document& text, bool is_event,
                    Reading& reading);

}  // namespace core
