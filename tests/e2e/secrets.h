#pragma once

#include <string>
#include <vector>

#include "support/program.h"
#include "world.h"

namespace e2e {

// All that a reader could make a secret of: raw, percent-encoded with digits of
// either case, escaped in JSON, in base64 at any alignment and of either
// alphabet, in hexadecimal of either case.
std::vector<std::string> forms_of(const std::string& secret);

// Checks that none of `secrets` is in `text`, in any form.
void look_for_secrets(const std::vector<std::string>& secrets,
                      const std::string& where, const std::string& text);

// The same of what a program said and what is in the folder of `world`, the
// gateway, its configuration and the files of `except` aside.
void look_for_secrets(const std::vector<std::string>& secrets,
                      const World& world, const support::Ended& ended,
                      const std::vector<std::string>& except = {});

}  // namespace e2e
