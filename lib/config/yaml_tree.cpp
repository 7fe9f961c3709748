#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "base/messages_config.h"
#include "config/tree_builder.h"

namespace config {
namespace {

using base::Sentence;
namespace say = base::say;

int line_of_mark(const YAML::Mark& mark) {
  return mark.line + 1;
}

// Whether the tag says that the scalar is to be read by what it looks like.
// "?" is a scalar without quotes and without a tag, "!" one with quotes.
bool is_plain(const std::string& tag) {
  static const std::set<std::string> plain{
      "?", "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool",
      "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"};
  return plain.contains(tag);
}

// Puts the members that "<<" names behind those of `object`, which win.
void merge(Value& object) {
  std::set<std::string> names;
  std::vector<Member> kept;
  std::vector<Member> merged;
  for (Member& member : object.members) {
    const Value& value = member.value;
    if (member.name == "<<" && value.kind == Value::Kind::object) {
      merged.insert(merged.end(), value.members.begin(), value.members.end());
    } else {
      names.insert(member.name);
      kept.push_back(std::move(member));
    }
  }
  for (Member& member : merged) {
    if (names.insert(member.name).second) kept.push_back(std::move(member));
  }
  object.members = std::move(kept);
}

// A list under "<<" names several objects, of which the first win.
void flatten_merge(Value& object) {
  std::vector<Member> flat;
  for (Member& member : object.members) {
    if (member.name != "<<" || member.value.kind != Value::Kind::list) {
      flat.push_back(std::move(member));
      continue;
    }
    for (Value& element : member.value.elements) {
      flat.push_back({.name = "<<", .line = member.line});
      flat.back().value = std::move(element);
    }
  }
  object.members = std::move(flat);
}

class Events : public YAML::EventHandler {
 public:
  std::variant<Value, Sentence> take() { return builder_.take(); }
  bool failed() const { return builder_.failed(); }
  void fail(Sentence fault) { builder_.fail(std::move(fault)); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    take_value({.line = line_of_mark(mark)}, mark, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (failed()) return;
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) {  // an alias inside of what it names
      fail({say::config_alias_of_itself, line_of_mark(mark)});
      return;
    }
    take_value(found->second, mark, YAML::NullAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& text) override {
    Value value{.kind = Value::Kind::text};
    if (is_plain(tag)) {
      value = plain_scalar(text);
    } else {
      value.text = text;
    }
    value.line = line_of_mark(mark);
    if (builder_.wants_name() && value.kind != Value::Kind::null) {
      value.kind = Value::Kind::text;
    }
    take_value(std::move(value), mark, anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    begin(Value::Kind::list, mark, anchor);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    begin(Value::Kind::object, mark, anchor);
  }
  void OnMapEnd() override {
    if (failed()) return;
    flatten_merge(builder_.top());
    for (const Member& member : builder_.top().members) {
      if (member.name != "<<" || member.value.kind == Value::Kind::object) {
        continue;
      }
      fail({say::config_odd_merge, member.line});
      return;
    }
    merge(builder_.top());
    end();
  }

 private:
  // A scalar, or the copy that an alias is; as a name, where one is due.
  void take_value(Value value, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (failed()) return;
    if (!keep(value, anchor)) return;
    if (!builder_.wants_name()) {
      builder_.add(std::move(value));
      return;
    }
    if (value.kind == Value::Kind::text || value.kind == Value::Kind::number) {
      builder_.name(std::move(value.text), line_of_mark(mark));
      return;
    }
    fail({say::config_odd_name, line_of_mark(mark)});
  }

  void begin(Value::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (builder_.wants_name()) fail({say::config_odd_name, line_of_mark(mark)});
    if (builder_.open(kind, line_of_mark(mark))) anchors_.push_back(anchor);
  }

  void end() {
    if (failed()) return;
    const YAML::anchor_t anchor = anchors_.back();
    anchors_.pop_back();
    if (keep(builder_.top(), anchor)) builder_.close();
  }

  bool keep(const Value& value, YAML::anchor_t anchor) {
    if (anchor == YAML::NullAnchor) return true;
    if (!builder_.charge(value)) return false;
    anchored_[anchor] = value;
    return true;
  }

  TreeBuilder builder_;
  std::map<YAML::anchor_t, Value> anchored_;
  std::vector<YAML::anchor_t> anchors_;  // of the lists and objects still open
};

// From the beginning of that line on.
std::string_view from_line(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n');
    if (end == text.npos) return {};
    text.remove_prefix(end + 1);
  }
  return text;
}

bool is_indented_by_tab(std::string_view line) {
  const std::size_t end = line.find_first_not_of(" -\t");
  return line.substr(0, end).find('\t') != line.npos;
}

// The parser's own words may quote the text, so they are not shown.
Sentence fault_of(const YAML::ParserException& error, std::string_view text) {
  const int line = line_of_mark(error.mark);
  const std::string_view rest = from_line(text, line);
  if (is_indented_by_tab(rest)) return {say::config_tab, line};
  if (error.msg.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR)) {
    return {say::config_unknown_alias, line};
  }
  const auto column = static_cast<std::size_t>(error.mark.column);
  const std::string_view there = rest.substr(std::min(column, rest.size()));
  if (there.starts_with('@') || there.starts_with('`') ||
      there.starts_with('%')) {
    return {say::config_reserved, line, column + 1, there.substr(0, 1)};
  }
  return {say::config_not_yaml, line, column + 1};
}

}  // namespace

std::variant<Value, Sentence> yaml_tree(std::string_view text) {
  Events events;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(events) &&
        parser.HandleNextDocument(events)) {
      events.fail(say::config_two_documents);
    }
  } catch (const YAML::DeepRecursion&) {
    events.fail({say::config_too_deep, most_levels});
  } catch (const YAML::ParserException& error) {
    events.fail(fault_of(error, text));
  }
  return events.take();
}

}  // namespace config
