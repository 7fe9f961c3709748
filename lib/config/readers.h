#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/messages.h"
#include "base/messages_config.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/time.h"
#include "config/parse.h"
#include "config/reading.h"
#include "config/tree.h"

namespace config {

// How a value of type T is read: `read` returns whether it set its target, and
// has complained where it did not.
template <typename T>
struct Reader {
  base::Sentence expected;
  std::function<bool(const Value&, const Spot&, T&)> read;
  std::vector<KeyInfo> inner = {};  // keys in it, paths as ".level", "[].rps"
};

// One key of an object that becomes an Owner.
template <typename Owner>
struct Field {
  KeyInfo info;
  std::vector<KeyInfo> inner;
  std::function<void(const Value&, const Spot&, Owner&)> read;
};

enum class Shown : std::uint8_t {
  yes,
  secret,
  unless_secret,  // not where a user name or a token may be in it
};

bool may_be_shown(Shown shown, const Value& value);

// A reader of one scalar, which `take` turns into a T where it is one.
template <typename T>
Reader<T> scalar(const base::Sentence& expected,
                 std::function<bool(const Value&, T&)> take,
                 Shown shown = Shown::yes) {
  auto read = [=](const Value& value, const Spot& spot, T& target) {
    const std::optional<Value> there = spot.resolved(value);
    if (!there) return false;
    if (take(*there, target)) return true;
    spot.expected(expected, *there, !may_be_shown(shown, *there));
    return false;
  };
  return {expected, std::move(read)};
}

Reader<bool> truth();
Reader<int> whole(int least, int most);
Reader<std::int64_t> channel_id();
Reader<double> number(double least, double most);
Reader<base::Milliseconds> duration(base::Milliseconds least,
                                    base::Milliseconds most);
// The same, or a number of seconds.
Reader<base::Milliseconds> seconds(base::Milliseconds least,
                                   base::Milliseconds most);

// Texts.  Where it says "or number", a number stands for its digits.
Reader<std::string> text(std::size_t least, std::size_t most);
Reader<std::string> text_or_number();
Reader<base::Secret> secret();   // or number
Reader<std::string> path();      // "" too
Reader<std::string> url();       // http or https, or ""
Reader<base::Secret> address();  // http or https URL, never shown, or ""
Reader<std::string> listen();    // "host:port", or ""
Reader<std::string> host_glob();
Reader<std::string> regex();

// Names of models, or globs; or numbers.  Empty ones are left out.
Reader<std::vector<std::string>> names();
// Addresses for mail: a list, or one text with commas.
Reader<std::vector<std::string>> mail_addresses();

// The id that a key of an object is; nothing where it is none.
std::optional<std::int64_t> id_of(std::string_view text);

// Whether it is "http://…" or "https://…" with a host and nothing odd in it.
bool is_url(std::string_view text);

// One of some words, in any case.
template <typename T>
Reader<T> choice(std::vector<std::pair<std::string, T>> words) {
  std::vector<std::string> all;
  for (const auto& [word, meant] : words) {
    if (!word.empty()) all.push_back(word);
  }
  return scalar<T>({base::say::expected_choice, base::joined(all, ", ")},
                   [words = std::move(words)](const Value& value, T& target) {
                     if (value.kind != Value::Kind::text) return false;
                     for (const auto& [word, meant] : words) {
                       if (base::lower(value.text) != word) continue;
                       target = meant;
                       return true;
                     }
                     return false;
                   });
}

// Reads each element that can be read.
template <typename T>
std::vector<T> elements_of(const Value& value, const Spot& spot,
                           const Reader<T>& each) {
  std::vector<T> all;
  for (std::size_t i = 0; i < value.elements.size(); ++i) {
    const Value& element = value.elements[i];
    T one{};
    if (each.read(element, spot.element(i, element.line), one)) {
      all.push_back(std::move(one));
    }
  }
  return all;
}

template <typename T>
Reader<std::vector<T>> list_of(const Reader<T>& each) {
  base::Sentence expected(base::say::expected_list, each.expected);
  auto read = [each, expected](const Value& value, const Spot& spot,
                               std::vector<T>& target) {
    if (value.kind != Value::Kind::list) {
      spot.expected(expected, value, false);
      return false;
    }
    target = elements_of(value, spot, each);
    return true;
  };
  std::vector<KeyInfo> inner = each.inner;
  for (KeyInfo& key : inner)
    key.path.insert(0, "[]");
  return {expected, std::move(read), std::move(inner)};
}

template <typename T>
std::map<std::string, T> entries_of(const Value& value, const Spot& spot,
                                    const Reader<T>& each) {
  std::map<std::string, T> all;
  for (const Member& member : value.members) {
    T one{};
    const Spot there = spot.entry(member.name, member.line);
    if (each.read(member.value, there, one)) {
      all.emplace(member.name, std::move(one));
    }
  }
  return all;
}

// An object with names of the user's, whose values may be secrets.
template <typename T>
Reader<std::map<std::string, T>> map_of(const Reader<T>& each) {
  base::Sentence expected(base::say::expected_map, each.expected);
  auto read = [each, expected](const Value& value, const Spot& spot,
                               std::map<std::string, T>& target) {
    if (value.kind != Value::Kind::object) {
      spot.expected(expected, value, true);
      return false;
    }
    target = entries_of(value, spot, each);
    return true;
  };
  return {expected, std::move(read)};
}

// Reads the members that `fields` know, in the order of these, and warns of
// the others.
template <typename T>
void read_members(const Value& value, const Spot& spot,
                  const std::vector<Field<T>>& fields, T& target) {
  std::vector<std::string_view> known;
  for (const Field<T>& field : fields) {
    known.push_back(field.info.path);
    const Member* member = value.find(field.info.path);
    if (member == nullptr) continue;
    field.read(member->value, spot.member(member->name, member->line), target);
  }
  for (const Member& member : value.members) {
    if (std::find(known.begin(), known.end(), member.name) == known.end()) {
      spot.unknown(member, known);
    }
  }
}

// An object whose keys are `fields`.  `check` sees what came out of them.
template <typename T>
Reader<T> object(std::vector<Field<T>> fields,
                 std::function<void(const Spot&, T&)> check = {}) {
  base::Sentence expected(base::say::expected_object);
  std::vector<KeyInfo> inner;
  for (const Field<T>& field : fields) {
    inner.push_back(field.info);
    inner.insert(inner.end(), field.inner.begin(), field.inner.end());
  }
  for (KeyInfo& key : inner)
    key.path.insert(0, ".");
  auto read = [expected, check, fields = std::move(fields)](
                  const Value& value, const Spot& spot, T& target) {
    if (value.kind != Value::Kind::object) {
      spot.expected(expected, value, true);
      return false;
    }
    read_members(value, spot, fields, target);
    if (check) check(spot, target);
    return true;
  };
  return {expected, std::move(read), std::move(inner)};
}

// What every field says of itself.
struct About {
  std::string_view name;
  std::string_view fallback;  // as JSON; "" where there is none
  base::Phrase meaning;
};

template <typename Owner, typename T>
Field<Owner> field(const About& about, T Owner::*member,
                   const Reader<T>& reader) {
  KeyInfo info{std::string(about.name), reader.expected,
               std::string(about.fallback), about.meaning};
  std::vector<KeyInfo> inner = reader.inner;
  for (KeyInfo& key : inner)
    key.path.insert(0, about.name);
  auto read = [reader, member](const Value& value, const Spot& spot,
                               Owner& owner) {
    reader.read(value, spot, owner.*member);
  };
  return {std::move(info), std::move(inner), std::move(read)};
}

template <typename Owner, typename T>
Field<Owner> field(const About& about, std::optional<T> Owner::*member,
                   const Reader<T>& reader) {
  const Reader<std::optional<T>> optional{
      reader.expected,
      [reader](const Value& value, const Spot& spot, std::optional<T>& target) {
        T one{};
        if (!reader.read(value, spot, one)) return false;
        target = std::move(one);
        return true;
      }};
  return field(about, member, optional);
}

}  // namespace config
