#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/messages.h"
#include "config/tree.h"

namespace config {

// Puts a tree together from the events of a parser, from front to back, within
// the bounds of depth and size.  Each function returns false once there is a
// fault; from then on nothing happens any more.
class TreeBuilder {
 public:
  // Begins a list or an object.
  bool open(Value::Kind kind, int line);

  // Ends what was begun last.
  bool close();

  // Names the next value; only in an object.
  bool name(std::string text, int line);

  // Adds a finished value, with everything in it.
  bool add(Value value);

  // Whether an object waits for a name.
  bool wants_name() const;

  bool is_complete() const { return root_.has_value(); }

  // The list or object that was begun last; there must be one.
  Value& top() { return open_.back().value; }

  // Counts what is kept beside the tree as if it were in it.
  bool charge(const Value& value);

  bool fail(base::Sentence fault);
  bool failed() const { return !fault_.empty(); }

  std::variant<Value, base::Sentence> take();

 private:
  struct Open {
    Value value;
    std::optional<Member> named;  // the name that waits for its value
  };

  bool put(Value value);

  std::vector<Open> open_;
  std::optional<Value> root_;
  std::size_t weight_ = 0;
  base::Sentence fault_;
};

// The line of text[at]; the first is 1.
int line_of(std::string_view text, std::size_t at);

std::variant<Value, base::Sentence> json_tree(std::string_view text);
std::variant<Value, base::Sentence> yaml_tree(std::string_view text);

}  // namespace config
