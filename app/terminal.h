#pragma once

#include <optional>
#include <string>

// Whether somebody sits before us who can be asked.
bool can_ask();

// Asks for one line, with `question` before it; what is typed is shown unless
// it is `hidden`.  Returns nothing at the end of the input and where a signal
// asks us to end, and leaves the terminal as it was.
std::optional<std::string> answer_to(const std::string& question, bool hidden);
