// SPDX-License-Identifier: MIT
#include "stats/metrics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kiln::stats {

void Distribution::observe(double value) {
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = count_ == 0 ? value : std::max(max_, value);
  sum_ += value;
  ++count_;
}

Group& Group::child(const std::string& name) {
  children_.push_back(std::make_unique<Group>(path_.empty() ? name : path_ + "." + name));
  return *children_.back();
}

Counter& Group::counter(const std::string& name, std::string unit, std::string description) {
  Counter& counter = counters_.emplace_back();
  sum(name, std::move(unit), std::move(description),
      [&counter] { return static_cast<double>(counter.value()); });
  return counter;
}

Distribution& Group::distribution(const std::string& name, std::string unit, std::string description) {
  Distribution& d = distributions_.emplace_back();
  sum(name + ".count", "1", description + " (number of observations)",
      [&d] { return static_cast<double>(d.count()); });
  derived(name + ".mean", unit, description + " (mean)", [&d] { return d.mean(); });
  derived(name + ".min", unit, description + " (smallest)", [&d] { return d.min(); });
  derived(name + ".max", std::move(unit), description + " (largest)", [&d] { return d.max(); });
  return d;
}

void Group::derived(const std::string& name, std::string unit, std::string description,
                    std::function<double()> value) {
  metrics_.push_back(
      {path_.empty() ? name : path_ + "." + name, std::move(unit), std::move(description), std::move(value)});
}

void Group::sum(const std::string& name, std::string unit, std::string description,
                std::function<double()> value) {
  derived(name, std::move(unit), std::move(description), std::move(value));
  metrics_.back().adds_up = true;
}

void Group::value(const std::string& name, std::string unit, std::string description, double value) {
  derived(name, std::move(unit), std::move(description), [value] { return value; });
}

void Group::reset() {
  for (Counter& counter : counters_) counter.reset();
  for (Distribution& distribution : distributions_) distribution.reset();
  for (auto& child : children_) child->reset();
}

std::vector<Metric> Group::metrics() const {
  std::vector<Metric> all = metrics_;
  for (const auto& child : children_) {
    const std::vector<Metric> below = child->metrics();
    all.insert(all.end(), below.begin(), below.end());
  }
  return all;
}

std::vector<Sample> snapshot(const std::vector<Metric>& metrics) {
  std::vector<Sample> samples;
  for (const Metric& metric : metrics)
    samples.push_back({metric.path, metric.unit, metric.description, metric.value(), metric.adds_up});
  return samples;
}

std::string to_json(const std::vector<Sample>& samples) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const Sample& sample : samples)
    json[sample.path] = {{"value", sample.value}, {"unit", sample.unit}, {"description", sample.description}};
  return json.dump(1) + "\n";
}

}  // namespace kiln::stats
