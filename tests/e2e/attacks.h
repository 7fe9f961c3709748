#pragma once

#include <string>
#include <vector>

#include "web/http_server.h"

namespace e2e {

// A way in which an upstream may answer to do harm, and what it has to count
// as where a list was asked for, and where a model was; "" where it is not
// tried so.
struct Attack {
  std::string name;
  web::Reply reply;
  std::string list;
  std::string probe;
};

// Where redirects are to lead: to the upstream itself, or elsewhere.
struct Places {
  int own_port = 0;
  int trap_port = 0;  // nobody may come there
};

// Silence, floods, breaks, lies and odd encodings.
std::vector<Attack> attacks_on_patience();
std::vector<Attack> attacks_on_memory();
std::vector<Attack> attacks_on_connections();
std::vector<Attack> attacks_on_readers();
std::vector<Attack> redirects(const Places& places);

// A list as OpenAI has it, of these names as JSON writes them, quotation marks
// included.
std::string list_of(const std::vector<std::string>& names);

}  // namespace e2e
