#include "config/reading.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/messages_config.h"
#include "base/text.h"

namespace config {
namespace {

using base::Sentence;
namespace say = base::say;

constexpr std::size_t most_remarks = 200;
constexpr std::size_t most_shown = 40;

std::string shown_text(std::string_view text) {
  return base::shortened(base::printable(text), most_shown);
}

Sentence placed(const std::string& path, int line, const Sentence& why) {
  if (path.empty()) return {say::config_whole, why};
  if (line == 0) return {say::config_at, path, why};
  return {say::config_at_line, path, line, why};
}

bool is_name_of_variable(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  const auto fits = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && letter(name[0]) &&
         std::all_of(name.begin(), name.end(), fits);
}

char folded(char c) {
  if (c == '-') return '_';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// A value of the environment is read as YAML reads a scalar without quotes, so
// that numbers can come from there; an empty one is a text.
Value taken_from(std::string_view text, const Value& instead_of) {
  Value value = plain_scalar(text);
  if (value.kind == Value::Kind::null) value.kind = Value::Kind::text;
  value.line = instead_of.line;
  value.source = instead_of.text;
  return value;
}

std::optional<Value> from_variable(const Value& value, const Spot& spot) {
  const std::string name = value.text.substr(2, value.text.size() - 3);
  if (!is_name_of_variable(name)) {
    spot.complain({say::config_odd_variable, shown_text(value.text)});
    return std::nullopt;
  }
  const std::optional<std::string> text = spot.reading.sources().variable(name);
  if (!text) {
    spot.complain({say::config_unset_variable, name});
    return std::nullopt;
  }
  return taken_from(*text, value);
}

// "/path", or "${NAME}/path", as systemd passes credentials.
std::optional<std::string> path_in(const Value& value, const Spot& spot) {
  std::string path = value.text.substr(std::string_view("file:").size());
  if (!path.starts_with("${")) return path;
  const std::size_t end = path.find('}');
  const std::string name = path.substr(2, end - 2);
  if (end == path.npos || !is_name_of_variable(name)) {
    spot.complain({say::config_odd_variable, shown_text(value.text)});
    return std::nullopt;
  }
  const auto folder = spot.reading.sources().variable(name);
  if (!folder) {
    spot.complain({say::config_unset_variable, name});
    return std::nullopt;
  }
  return *folder + path.substr(end + 1);
}

std::optional<Value> from_file(const Value& value, const Spot& spot) {
  const std::optional<std::string> path = path_in(value, spot);
  if (!path) return std::nullopt;
  auto read = spot.reading.sources().file(*path);
  if (const auto* why = std::get_if<Sentence>(&read)) {
    spot.complain(*why);
    return std::nullopt;
  }
  std::string_view text = std::get<std::string>(read);
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.remove_suffix(1);
  return taken_from(text, value);
}

// The one of `known` that is meant, or "" where none is near.
std::string_view nearest(std::string_view name,
                         const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string_view key : known) {
    const std::size_t far = distance(name, key);
    if (far >= best_distance) continue;
    best = key;
    best_distance = far;
  }
  return best;
}

// A key of that very name that belongs elsewhere.
std::string elsewhere(std::string_view name) {
  for (const KeyInfo& key : known_keys()) {
    if (key.path.find("[]") != key.path.npos) continue;
    const std::size_t dot = key.path.rfind('.');
    const std::string_view leaf =
        std::string_view(key.path).substr(dot == key.path.npos ? 0 : dot + 1);
    if (distance(name, leaf) == 0) return key.path;
  }
  return {};
}

}  // namespace

void Reading::complain(const std::string& path, int line, const Sentence& why) {
  if (complaints_.size() >= most_remarks) {
    ++dropped_complaints_;
  } else {
    complaints_.push_back({path, line, placed(path, line, why)});
  }
}

void Reading::warn(const std::string& path, int line, const Sentence& why) {
  if (is_full_of_warnings()) {
    ++dropped_warnings_;
  } else {
    warnings_.push_back({path, line, placed(path, line, why)});
  }
}

bool Reading::blamed(std::string_view path) const {
  return std::any_of(complaints_.begin(), complaints_.end(),
                     [&](const Remark& remark) {
                       if (!remark.path.starts_with(path)) return false;
                       const std::string_view rest =
                           std::string_view(remark.path).substr(path.size());
                       return rest.empty() || rest[0] == '.' || rest[0] == '[';
                     });
}

bool Reading::is_full_of_warnings() const {
  return warnings_.size() >= most_remarks;
}

std::vector<Sentence> Reading::complaints() const {
  return sorted(complaints_, dropped_complaints_);
}

std::vector<Sentence> Reading::warnings() const {
  return sorted(warnings_, dropped_warnings_);
}

std::vector<Sentence> Reading::sorted(std::vector<Remark> remarks,
                                      std::size_t dropped) {
  const auto place = [](const Remark& remark) {
    return remark.line == 0 ? std::numeric_limits<int>::max() : remark.line;
  };
  std::stable_sort(remarks.begin(), remarks.end(),
                   [&](const Remark& one, const Remark& other) {
                     return place(one) < place(other);
                   });
  std::vector<Sentence> sentences;
  sentences.reserve(remarks.size() + 1);
  for (Remark& remark : remarks) {
    sentences.push_back(std::move(remark.sentence));
  }
  if (dropped > 0) sentences.emplace_back(say::config_and_more, dropped);
  return sentences;
}

Spot Spot::member(std::string_view name, int at) const {
  const std::string shown = shown_text(name);
  return {reading, path.empty() ? shown : path + "." + shown, at};
}

Spot Spot::entry(std::string_view name, int at) const {
  return {reading, fmt::format("{}[\"{}\"]", path, shown_text(name)), at};
}

Spot Spot::element(std::size_t index, int at) const {
  return {reading, fmt::format("{}[{}]", path, index), at};
}

void Spot::expected(const Sentence& what, const Value& found,
                    bool secret) const {
  complain({say::config_expected, what, described(found, secret)});
}

std::optional<Value> Spot::resolved(const Value& value) const {
  if (value.kind != Value::Kind::text) return value;
  std::optional<Value> there = value;
  if (value.text.starts_with("${") && value.text.ends_with('}')) {
    there = from_variable(value, *this);
  } else if (value.text.starts_with("file:/") ||
             value.text.starts_with("file:${")) {
    there = from_file(value, *this);
  }
  if (!there) return std::nullopt;
  if (there->text.find('\0') != std::string::npos) {
    complain(say::config_nul_in_value);
    return std::nullopt;
  }
  if (!base::is_utf8(there->text)) {
    complain({say::config_value_not_utf8, shown_text(value.text)});
    return std::nullopt;
  }
  return there;
}

void Spot::unknown(const Member& entry,
                   const std::vector<std::string_view>& known) const {
  const Spot there = member(entry.name, entry.line);
  constexpr std::size_t longest_key = 64;
  std::string meant;
  if (entry.name.size() <= longest_key && !reading.is_full_of_warnings()) {
    meant = nearest(entry.name, known);
    if (meant.empty()) {
      meant = elsewhere(entry.name);
    } else if (!path.empty()) {
      meant = path + "." + meant;
    }
  }
  if (meant.empty()) {
    there.warn(say::config_unknown_key);
  } else {
    there.warn({say::config_unknown_key_meant, meant});
  }
}

Sentence described(const Value& found, bool secret) {
  const bool scalar = found.kind == Value::Kind::number ||
                      found.kind == Value::Kind::text ||
                      found.kind == Value::Kind::truth;
  if (scalar && !found.source.empty()) {
    return {say::config_found_elsewhere, shown_text(found.source)};
  }
  const bool empty = found.kind == Value::Kind::text && found.text.empty();
  if (scalar && secret && !empty) return say::config_found_secret;
  switch (found.kind) {
    case Value::Kind::null: return {say::config_found, "null"};
    case Value::Kind::truth:
      return {say::config_found, found.truth ? "true" : "false"};
    case Value::Kind::number:
      return {say::config_found, shown_text(found.text)};
    case Value::Kind::text:
      return {say::config_found, "\"" + shown_text(found.text) + "\""};
    case Value::Kind::list: return say::config_found_list;
    case Value::Kind::object: return say::config_found_object;
  }
  return {};
}

std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const bool same = folded(one[i - 1]) == folded(other[j - 1]);
      const std::size_t changed = diagonal + (same ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[other.size()];
}

// No deeper than most_levels.
void check_repeats(const Value& value, const Spot& spot) {
  std::set<std::string_view> names;
  for (const Member& member : value.members) {
    const Spot there = spot.member(member.name, member.line);
    if (!names.insert(member.name).second) {
      there.complain(say::config_repeated_key);
    }
    check_repeats(member.value, there);
  }
  for (std::size_t i = 0; i < value.elements.size(); ++i) {
    const Value& element = value.elements[i];
    check_repeats(element, spot.element(i, element.line));
  }
}

}  // namespace config
