#pragma once

#include "input.h"

// What is fuzzed.  Each takes any bytes for what the world may send, and looks
// whether what must always hold, holds.
namespace fuzz {

void answers(Input input);
void channels(Input input);
void configuration(Input input);
void dsn(Input input);
void events(Input input);
void keys(Input input);
void lists(Input input);
void mapping(Input input);
void overrides(Input input);
void redaction(Input input);

}  // namespace fuzz
