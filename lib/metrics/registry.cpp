#include "metrics/registry.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"

namespace metrics {

namespace {

std::string_view name_of(Type type) {
  switch (type) {
    case Type::counter: return "counter";
    case Type::gauge: return "gauge";
    case Type::histogram: return "histogram";
  }
  return "";
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char one : text) {
    if (one == '\\')
      out += "\\\\";
    else if (one == '"')
      out += "\\\"";
    else if (one == '\n')
      out += "\\n";
    else
      out += one;
  }
}

// "{a="b",c="d"", left open for one more.
std::string opened(const Family& family, const Labels& labels) {
  std::string out;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    out += i == 0 ? '{' : ',';
    out += family.labels[i];
    out += "=\"";
    append_escaped(out, labels[i]);
    out += '"';
  }
  return out;
}

void append_histogram(std::string& out, const Family& family,
                      const std::string& open,
                      const std::vector<std::uint64_t>& counts, double sum) {
  auto end = std::back_inserter(out);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    const std::string edge = i < family.buckets.size()
                                 ? fmt::format("{}", family.buckets[i])
                                 : "+Inf";
    fmt::format_to(end, "{}_bucket{}{}le=\"{}\"}} {}\n", family.name, open,
                   open.empty() ? "{" : ",", edge, below);
  }
  const std::string_view close = open.empty() ? "" : "}";
  fmt::format_to(end, "{}_sum{}{} {}\n{}_count{}{} {}\n", family.name, open,
                 close, sum, family.name, open, close, below);
}

// `text` begins with a label's value behind its quote.
std::optional<std::string> take_value(std::string_view& text) {
  std::string value;
  while (!text.empty()) {
    const char one = text.front();
    text.remove_prefix(1);
    if (one == '"') return value;
    if (one != '\\') {
      value += one;
      continue;
    }
    if (text.empty()) return std::nullopt;
    value += text.front() == 'n' ? '\n' : text.front();
    text.remove_prefix(1);
  }
  return std::nullopt;
}

bool take(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

// The values of `names`, all of them in order, and what stands behind.
std::optional<Labels> take_labels(std::string_view& text,
                                  const std::vector<std::string_view>& names) {
  Labels labels;
  for (const std::string_view name : names) {
    if (!take(text, labels.empty() ? "{" : ",")) return std::nullopt;
    if (!take(text, name) || !take(text, "=\"")) return std::nullopt;
    auto value = take_value(text);
    if (!value || !base::is_utf8(*value)) return std::nullopt;
    labels.push_back(*std::move(value));
  }
  if (!names.empty() && !take(text, "}")) return std::nullopt;
  return take(text, " ") ? std::optional(std::move(labels)) : std::nullopt;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = end == text.data() + text.size();
  if (error != std::errc() || !is_whole || !std::isfinite(value) || value < 0) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

Registry::Registry() : families_(families().size()) {}

Registry::AllSeries& Registry::of(Metric metric) {
  return families_[static_cast<std::size_t>(metric)];
}

const Registry::AllSeries& Registry::of(Metric metric) const {
  return families_[static_cast<std::size_t>(metric)];
}

void Registry::add(Metric metric, const Labels& labels, double by) {
  of(metric)[labels].value += std::max(by, 0.0);
}

void Registry::set(Metric metric, const Labels& labels, double value) {
  of(metric)[labels].value = value;
}

void Registry::observe(Metric metric, const Labels& labels, double value) {
  const std::vector<double>& buckets = family_of(metric).buckets;
  Series& series = of(metric)[labels];
  series.counts.resize(buckets.size() + 1);
  if (!(value >= 0)) return;
  const auto bucket = std::lower_bound(buckets.begin(), buckets.end(), value);
  ++series.counts[static_cast<std::size_t>(bucket - buckets.begin())];
  series.value += value;
}

void Registry::clear(Metric metric) {
  of(metric).clear();
}

void Registry::drop(Metric metric,
                    const std::function<bool(const Labels&)>& which) {
  std::erase_if(of(metric), [&](const auto& one) { return which(one.first); });
}

double Registry::value(Metric metric, const Labels& labels) const {
  const auto found = of(metric).find(labels);
  if (found == of(metric).end()) return 0;
  const Series& series = found->second;
  if (family_of(metric).type != Type::histogram) return series.value;
  return static_cast<double>(std::accumulate(
      series.counts.begin(), series.counts.end(), std::uint64_t{0}));
}

std::size_t Registry::series(Metric metric) const {
  return of(metric).size();
}

void Registry::for_each(Metric metric,
                        const std::function<void(const Labels&)>& what) const {
  for (const auto& [labels, series] : of(metric))
    what(labels);
}

std::string Registry::text() const {
  std::string out;
  for (std::size_t i = 0; i < families_.size(); ++i) {
    if (families_[i].empty()) continue;
    const Family& family = families()[i];
    fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n",
                   family.name, family.help, family.name, name_of(family.type));
    for (const auto& [labels, series] : families_[i]) {
      const std::string open = opened(family, labels);
      if (family.type == Type::histogram) {
        append_histogram(out, family, open, series.counts, series.value);
      } else {
        fmt::format_to(std::back_inserter(out), "{}{}{} {}\n", family.name,
                       open, open.empty() ? "" : "}", series.value);
      }
    }
  }
  return out;
}

void Registry::restore(std::string_view text,
                       const std::vector<Metric>& metrics) {
  for (const std::string_view line : base::split(text, '\n')) {
    for (const Metric metric : metrics) {
      if (line.starts_with(family_of(metric).name)) restore_line(line, metric);
    }
  }
  // What was not there in full was not ours.
  for (const Metric metric : metrics) {
    const Family& family = family_of(metric);
    if (family.type != Type::histogram) continue;
    for (auto& [labels, series] : of(metric)) {
      series.counts.resize(family.buckets.size() + 1);
      for (std::size_t i = series.counts.size() - 1; i > 0; --i) {
        series.counts[i] -= std::min(series.counts[i], series.counts[i - 1]);
      }
    }
  }
}

// Counts of buckets are left as they stand there, each with those below.
void Registry::restore_line(std::string_view line, Metric metric) {
  const Family& family = family_of(metric);
  line.remove_prefix(family.name.size());
  std::vector<std::string_view> names = family.labels;
  const bool is_bucket =
      family.type == Type::histogram && take(line, "_bucket");
  if (is_bucket) names.emplace_back("le");
  if (family.type == Type::histogram && !is_bucket && !take(line, "_sum")) {
    return;
  }
  auto labels = take_labels(line, names);
  const auto value = number(line);
  if (!labels || !value) return;
  if (!is_bucket) {
    of(metric)[*labels].value = *value;
    return;
  }
  const std::string edge = labels->back();
  labels->pop_back();
  std::size_t bucket = 0;
  while (bucket < family.buckets.size() &&
         fmt::format("{}", family.buckets[bucket]) != edge)
    ++bucket;
  if (bucket == family.buckets.size() && edge != "+Inf") return;
  auto& counts = of(metric)[*labels].counts;
  counts.resize(family.buckets.size() + 1);
  counts[bucket] = static_cast<std::uint64_t>(std::min(*value, 1e15));
}

}  // namespace metrics
