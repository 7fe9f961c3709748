#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"
#include "config/parse.h"
#include "config/tree.h"

namespace config {

// What is said while a tree becomes a Config.
class Reading {
 public:
  explicit Reading(const Sources& sources) : sources_(sources) {}

  const Sources& sources() const { return sources_; }

  // `path` is the key's, "" for the file as a whole; `line` 0 is unknown.
  void complain(const std::string& path, int line, const base::Sentence& why);
  void warn(const std::string& path, int line, const base::Sentence& why);

  // Whether there was a complaint about `path` or something in it.
  bool blamed(std::string_view path) const;

  bool is_full_of_warnings() const;

  // In the order of the file.
  std::vector<base::Sentence> complaints() const;
  std::vector<base::Sentence> warnings() const;

 private:
  struct Remark {
    std::string path;
    int line = 0;
    base::Sentence sentence;
  };

  static std::vector<base::Sentence> sorted(std::vector<Remark> remarks,
                                            std::size_t dropped);

  const Sources& sources_;
  std::vector<Remark> complaints_;
  std::vector<Remark> warnings_;
  std::size_t dropped_complaints_ = 0;
  std::size_t dropped_warnings_ = 0;
};

// A place in the file.
struct Spot {
  Reading& reading;
  std::string path;
  int line = 0;

  // "log" -> "log.level"
  Spot member(std::string_view name, int at) const;
  // "uptime-kuma.model_url" -> "uptime-kuma.model_url["gpt-4"]"
  Spot entry(std::string_view name, int at) const;
  // "limits" -> "limits[2]"
  Spot element(std::size_t index, int at) const;

  void complain(const base::Sentence& why) const {
    reading.complain(path, line, why);
  }
  void warn(const base::Sentence& why) const { reading.warn(path, line, why); }

  // Complains that `what` was expected.  `found` is shown unless it is secret.
  void expected(const base::Sentence& what, const Value& found,
                bool secret) const;

  // `value`, or what "${NAME}" or "file:/path" stands for; nothing where that
  // cannot be had, about which it complains.
  std::optional<Value> resolved(const Value& value) const;

  // Warns of a key that is not one of `known`.
  void unknown(const Member& member,
               const std::vector<std::string_view>& known) const;
};

// `found` in words, at most 40 characters of it.
base::Sentence described(const Value& found, bool secret);

// How many characters must be changed to make one text the other; upper and
// lower case, and "-" and "_", count as equal.
std::size_t distance(std::string_view one, std::string_view other);

// Complains of every key that stands twice in an object, at any depth.
void check_repeats(const Value& value, const Spot& spot);

}  // namespace config
