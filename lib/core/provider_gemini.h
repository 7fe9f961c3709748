#pragma once

#include <string>

#include "core/provider.h"

namespace core {

// The body of a question in Gemini's own protocol, for whoever sells it.
std::string gemini_body(const Question& question);

// Whether a model is asked for pictures by ":predict" and not by content.
bool is_imagen(std::string_view model);

// ":generateContent" and the like, with the query that a stream needs.
std::string gemini_action(const Question& question);

void read_gemini(const base::json::Document& text, const Question& question,
                 bool is_event, Reading& reading);

}  // namespace core
