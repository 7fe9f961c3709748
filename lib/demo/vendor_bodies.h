#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/json.h"
#include "demo/upstream_answers.h"

namespace demo {

// What a member of a body has to be.
enum class Shape : std::uint8_t {
  text,      // not empty
  any_text,  // or null
  number,    // whole, above 0
  real,      // or null
  truth,
  object,
  list,   // not empty
  texts,  // a list of texts, not empty
  text_or_texts,
  text_or_list,  // of objects
  turns,         // [{"role": …, "content": …}], not empty
  anything,
};

struct Field {
  std::string_view name;
  Shape shape = Shape::anything;
  bool is_required = false;
};
using Fields = std::initializer_list<Field>;

// What is wrong with the object at `at`: a member that is missing, of another
// shape, or not one of `fields`.  "" where nothing is.
std::string fault_in(const base::json::Document& body, std::string_view at,
                     Fields fields);

// The same for a body in OpenAI's protocol, asked at `endpoint`; where the
// address names the model, the body need not.
std::string openai_fault(const base::json::Document& body, Endpoint endpoint,
                         bool names_model);

}  // namespace demo
