#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/families.h"

namespace metrics {

// In the order of the family's labels.
using Labels = std::vector<std::string>;

// Values by family and labels, as a value of its own: no clock, no lock.
class Registry {
 public:
  Registry();

  // Counters never go down: `by` is at least 0.  0 makes the series begin.
  void add(Metric metric, const Labels& labels, double by = 1);
  void set(Metric metric, const Labels& labels, double value);

  // A negative value only makes the series begin: nothing was measured.
  void observe(Metric metric, const Labels& labels, double value);

  // Forgets series.
  void clear(Metric metric);
  void drop(Metric metric, const std::function<bool(const Labels&)>& which);

  // Zero where there is no such series; of a histogram, how many were observed.
  double value(Metric metric, const Labels& labels) const;
  std::size_t series(Metric metric) const;
  void for_each(Metric metric,
                const std::function<void(const Labels&)>& what) const;

  // The text format of Prometheus (version 0.0.4); families without series are
  // left out.
  std::string text() const;

  // Takes over what an earlier text() said of `metric`s; lines that are not as
  // we write them are passed over.
  void restore(std::string_view text, const std::vector<Metric>& metrics);

 private:
  struct Series {
    double value = 0;                   // the sum of a histogram
    std::vector<std::uint64_t> counts;  // by bucket, the last is +Inf's
  };
  using AllSeries = std::map<Labels, Series>;

  AllSeries& of(Metric metric);
  const AllSeries& of(Metric metric) const;
  void restore_line(std::string_view line, Metric metric);

  std::vector<AllSeries> families_;
};

}  // namespace metrics
