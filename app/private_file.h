#pragma once

#include <string>

#include "base/messages.h"

// Write a file that not everybody may read, and return why it was not written;
// then everything is as it was.

// A file that is there, or a link, is left alone.
base::Sentence write_new(const std::string& name, const std::string& text);

// Takes the place of a file that is there, and its owner and rights, but for
// those of everybody; that one stays as it is until the new one is whole.
base::Sentence write_over(const std::string& name, const std::string& text);
