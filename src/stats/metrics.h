// SPDX-License-Identifier: MIT
// The registry of everything a run reports: value, unit and description of each metric, in one tree.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace kiln::stats {

class Counter {
 public:
  void add(std::int64_t amount = 1) { value_ += amount; }
  void reset() { value_ = 0; }
  std::int64_t value() const { return value_; }

 private:
  std::int64_t value_ = 0;
};

/// Mean, extremes and count of observed values.
class Distribution {
 public:
  void observe(double value);
  void reset() { *this = {}; }
  std::int64_t count() const { return count_; }
  double mean() const { return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_); }
  double min() const { return min_; }
  double max() const { return max_; }

 private:
  std::int64_t count_ = 0;
  double sum_ = 0, min_ = 0, max_ = 0;
};

struct Metric {
  std::string path;  ///< "soc.noc.flits"
  std::string unit;
  std::string description;
  std::function<double()> value;
  bool adds_up = false;  ///< over time: a count, not a mean or a share
};

/// One node of the tree, usually one module. Children and metrics live as long as the group.
class Group {
 public:
  explicit Group(std::string path) : path_(std::move(path)) {}
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  Group& child(const std::string& name);
  Counter& counter(const std::string& name, std::string unit, std::string description);
  Distribution& distribution(const std::string& name, std::string unit, std::string description);
  /// A value computed when it is written: a ratio, a sum, something an engine keeps.
  void derived(const std::string& name, std::string unit, std::string description,
               std::function<double()> value);
  /// The same of what adds up over time.
  void sum(const std::string& name, std::string unit, std::string description, std::function<double()> value);
  void value(const std::string& name, std::string unit, std::string description, double value);

  void reset();
  /// This group's metrics and all below it, in order of registration.
  std::vector<Metric> metrics() const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::deque<std::unique_ptr<Group>> children_;
  std::deque<Counter> counters_;
  std::deque<Distribution> distributions_;
  std::vector<Metric> metrics_;
};

/// The values of metrics at one moment.
struct Sample {
  std::string path, unit, description;
  double value = 0;
  bool adds_up = false;
};
std::vector<Sample> snapshot(const std::vector<Metric>& metrics);

/// {"path": {"value":, "unit":, "description":}, ...}; byte-identical for equal values.
std::string to_json(const std::vector<Sample>& samples);

}  // namespace kiln::stats
