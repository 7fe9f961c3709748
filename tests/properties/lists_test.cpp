#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "core/channel.h"
#include "core/names.h"
#include "properties/property.h"

// Lists, keys, mappings and patterns: what an administrator may have typed.

using property::any_bytes;
using property::any_text;

namespace {

using Names = std::vector<std::string>;

core::Schema newapi_schema() {
  return {.product = core::Product::newapi, .columns = {"channel_info"}};
}

core::Channel many_keys(std::string keys) {
  core::Channel channel;
  channel.key = base::Secret(std::move(keys));
  channel.channel_info = R"({"is_multi_key":true})";
  return channel;
}

std::vector<std::string> characters_of(std::string_view text) {
  std::vector<std::string> all;
  for (const char c : text) {
    const bool goes_on = (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
    if (all.empty() || !goes_on) all.emplace_back();
    all.back() += c;
  }
  return all;
}

// What "*" and "?" mean, the slow way.
bool matches_slowly(const Names& glob, const Names& text) {
  std::vector<bool> row(text.size() + 1, false);
  row[0] = true;
  for (const std::string& g : glob) {
    std::vector<bool> next(text.size() + 1, false);
    next[0] = row[0] && g == "*";
    for (std::size_t t = 1; t <= text.size(); ++t) {
      next[t] = g == "*" ? row[t] || next[t - 1]
                         : row[t - 1] && (g == "?" || g == text[t - 1]);
    }
    row = std::move(next);
  }
  return row.back();
}

// The upstream's name as new-api finds it, by following the links one by one
// as often as there are any.
std::optional<std::string> end_of_chain(
    const std::map<std::string, std::string>& links, std::string name) {
  for (std::size_t i = 0; i <= links.size(); ++i) {
    const auto link = links.find(name);
    if (link == links.end() || link->second.empty() || link->second == name) {
      return name;
    }
    name = link->second;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a text that is split and joined is the same to the byte") {
  property::holds(300, [] {
    const std::string text = any_bytes(30);
    const char separator = *rc::gen::element(',', '\n', 'a', '\0', '\x80');
    const auto parts = base::split(text, separator);
    const Names copies(parts.begin(), parts.end());
    RC_ASSERT(base::joined(copies, std::string(1, separator)) == text);
    for (const std::string_view part : parts) {
      RC_ASSERT(part.find(separator) == std::string_view::npos);
    }
  });
}

TEST_CASE("a list of any bytes is read into names in their order, each once") {
  property::holds(300, [] {
    const std::string list = any_bytes(30);
    const Names names = core::names_of(list);
    RC_ASSERT(std::set<std::string>(names.begin(), names.end()).size() ==
              names.size());
    std::size_t from = 0;
    for (const std::string& name : names) {
      RC_ASSERT(!name.empty());
      RC_ASSERT(base::trimmed(name) == name);
      RC_ASSERT(name.find(',') == std::string::npos);
      from = list.find(name, from);
      RC_ASSERT(from != std::string::npos);
    }
    RC_ASSERT(core::names_of(core::comma_list(names)) == names);
  });
}

TEST_CASE("names that may be listed come back from the list as they were") {
  property::holds(300, [] {
    Names names;
    const int count = *rc::gen::inRange(0, 40);
    for (int i = 0; i < count; ++i) {
      std::string name = any_bytes(4);
      if (core::may_be_listed(name, 255) && base::trimmed(name) == name) {
        names.push_back(std::move(name));
      }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    RC_ASSERT(core::names_of(core::comma_list(names)) == names);
    if (!names.empty()) {
      RC_ASSERT(core::raw_names_of(core::comma_list(names)) == names);
    }
  });
}

TEST_CASE("keys of several lines are those lines, whatever is in them") {
  property::holds(300, [] {
    std::string column = any_bytes(20);
    const auto keys = core::keys_of(many_keys(column), newapi_schema());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      RC_ASSERT(keys[i].index == i);
    }
    const bool may_be_json = base::trimmed(column).starts_with('[');
    if (may_be_json) return;
    while (column.starts_with('\n'))
      column.erase(0, 1);
    while (column.ends_with('\n'))
      column.pop_back();
    Names lines;
    for (const core::Key& key : keys)
      lines.push_back(key.secret.reveal());
    RC_ASSERT(base::joined(lines, "\n") == column);
  });
}

TEST_CASE("keys in a JSON array are its elements as they stand there") {
  property::holds(200, [] {
    Names texts;
    const int count = *rc::gen::inRange(0, 6);
    for (int i = 0; i < count; ++i) {
      const std::string inside = base::json::quote(any_text(5));
      texts.push_back(property::one_of(
          {inside, "{\"a\":[" + inside + ",1],\"b\":{}}", "[" + inside + "]",
           std::string("12"), std::string("null")}));
    }
    const std::string blank = property::one_of(
        {std::string(), std::string(" "), std::string("\n\t")});
    const auto keys = core::keys_of(
        many_keys(blank + "[" + blank +
                  base::joined(texts, blank + "," + blank) + blank + "]"),
        newapi_schema());
    Names found;
    for (const core::Key& key : keys)
      found.push_back(key.secret.reveal());
    RC_ASSERT(found == texts);
  });
}

TEST_CASE("a chain of mappings ends where its links lead, a cycle nowhere") {
  property::holds(300, [] {
    const auto name =
        rc::gen::elementOf(Names{"a", "b", "c", "d", "+a", "模型", ""});
    std::map<std::string, std::string> links;
    const int count = *rc::gen::inRange(0, 8);
    for (int i = 0; i < count; ++i)
      links[*name] = *name;
    const std::string from = *name;
    const core::ModelMapping chained(links, newapi_schema());
    RC_ASSERT(chained.upstream(from) == end_of_chain(links, from));
    const core::ModelMapping single(links, {core::Product::oneapi, {}});
    const auto link = links.find(from);
    const bool leads = link != links.end() && !link->second.empty();
    RC_ASSERT(single.upstream(from) == (leads ? link->second : from));
    for (const auto& [public_name, target] : links) {
      RC_ASSERT(chained.covers(target) == !target.empty());
    }
  });
}

TEST_CASE("a chain of a hundred thousand mappings is walked to its end") {
  constexpr int length = 100'000;
  std::map<std::string, std::string> links;
  for (int i = 0; i < length; ++i) {
    links[std::to_string(i)] = std::to_string(i + 1);
  }
  CHECK(core::ModelMapping(links, newapi_schema()).upstream("0") ==
        std::to_string(length));
  links[std::to_string(length)] = "0";
  CHECK_FALSE(core::ModelMapping(links, newapi_schema()).upstream("0"));
}

TEST_CASE("a mapping of any bytes is read or refused, never half of it") {
  property::holds(300, [] {
    core::Channel channel;
    channel.model_mapping =
        property::one_of({any_bytes(10), "{" + any_bytes(6) + "}",
                          "{" + base::json::quote(any_bytes(4)) + ":" +
                              base::json::quote(any_bytes(4)) + "}"});
    for (const auto product : {core::Product::oneapi, core::Product::newapi,
                               core::Product::onehub}) {
      const core::Schema schema{product, {"channel_info"}};
      const auto mapping = core::mapping_of(channel, schema);
      if (mapping) mapping->upstream(any_bytes(2));
      RC_ASSERT(mapping || !core::config_error_of(channel, schema).empty());
    }
  });
}

TEST_CASE("a pattern meets just what its stars and question marks stand for") {
  property::holds(500, [] {
    const auto few = rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("ab*?")));
    const bool is_foreign = *rc::gen::arbitrary<bool>();
    std::string glob = is_foreign ? any_text(6) : *few;
    const std::string text = is_foreign ? any_text(6) : *few;
    if (is_foreign && *rc::gen::arbitrary<bool>()) glob = "*" + text + "?";
    const bool met = matches_slowly(characters_of(glob), characters_of(text));
    RC_ASSERT(base::matches(glob, text) == met);
    RC_ASSERT(core::NamePatterns({"zz", glob, "yy"}).match(text) ==
              (glob == text || met || text == "zz" || text == "yy"));
    RC_ASSERT(base::matches(text, text));
  });
}

TEST_CASE("no pattern takes long, however many stars it has") {
  std::string glob;
  for (int i = 0; i < 200; ++i)
    glob += "*a";
  CHECK_FALSE(base::matches(glob + "b", std::string(20'000, 'a')));
}
