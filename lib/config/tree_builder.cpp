#include "config/tree_builder.h"

#include <algorithm>
#include <utility>

#include "base/messages_config.h"

namespace config {
namespace {

// A file of the largest size fits; one whose aliases multiply does not.
constexpr std::size_t most_weight = std::size_t{16} << 20;
constexpr std::size_t weight_of_one = 64;

struct Extent {
  std::size_t weight = 0;
  std::size_t levels = 0;
};

// No deeper than most_levels: the builder refused everything else.
Extent extent_of(const Value& value) {
  Extent all{.weight = weight_of_one + value.text.size()};
  const auto add = [&all](const Extent& inner) {
    all.weight += inner.weight;
    all.levels = std::max(all.levels, inner.levels);
  };
  for (const Value& element : value.elements)
    add(extent_of(element));
  for (const Member& member : value.members) {
    add(extent_of(member.value));
    all.weight += member.name.size();
  }
  const bool nests =
      value.kind == Value::Kind::list || value.kind == Value::Kind::object;
  all.levels += nests ? 1U : 0U;
  return all;
}

base::Sentence too_deep() {
  return base::Sentence(base::say::config_too_deep, most_levels);
}

}  // namespace

bool TreeBuilder::open(Value::Kind kind, int line) {
  if (failed()) return false;
  if (open_.size() >= most_levels) return fail(too_deep());
  weight_ += weight_of_one;
  if (weight_ > most_weight) return fail(base::say::config_too_many);
  open_.push_back({.value = {.kind = kind, .line = line}});
  return true;
}

bool TreeBuilder::close() {
  if (failed()) return false;
  Value value = std::move(open_.back().value);
  open_.pop_back();
  return put(std::move(value));
}

bool TreeBuilder::name(std::string text, int line) {
  if (failed()) return false;
  weight_ += text.size();
  open_.back().named = Member{.name = std::move(text), .line = line};
  return true;
}

bool TreeBuilder::add(Value value) {
  if (failed()) return false;
  if (open_.size() + extent_of(value).levels > most_levels) {
    return fail(too_deep());
  }
  return charge(value) && put(std::move(value));
}

bool TreeBuilder::wants_name() const {
  return !open_.empty() && open_.back().value.kind == Value::Kind::object &&
         !open_.back().named;
}

bool TreeBuilder::charge(const Value& value) {
  if (failed()) return false;
  weight_ += extent_of(value).weight;
  return weight_ <= most_weight || fail(base::say::config_too_many);
}

bool TreeBuilder::fail(base::Sentence fault) {
  if (!failed()) fault_ = std::move(fault);
  return false;
}

std::variant<Value, base::Sentence> TreeBuilder::take() {
  if (failed()) return fault_;
  return root_ ? std::move(*root_) : Value{};
}

bool TreeBuilder::put(Value value) {
  if (open_.empty()) {
    root_ = std::move(value);
    return true;
  }
  Open& inside = open_.back();
  if (inside.value.kind == Value::Kind::list) {
    inside.value.elements.push_back(std::move(value));
    return true;
  }
  inside.named->value = std::move(value);
  inside.value.members.push_back(std::move(*inside.named));
  inside.named.reset();
  return true;
}

int line_of(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
}

}  // namespace config
