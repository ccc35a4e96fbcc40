// SPDX-License-Identifier: MIT
#include "learning/weight_history.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "config/pattern_map.h"
#include "learning/graph_facts.h"

namespace kiln::learning {

namespace {

constexpr double kMostBytes = 4.0 * (1 << 30);

bool is_critical(const std::string& layer, const StalenessConfig& config) {
  return std::any_of(config.critical.begin(), config.critical.end(),
                     [&](const std::string& pattern) { return config::fits(pattern, layer); });
}

}  // namespace

WeightHistory::WeightHistory(const workload::StepGraph& graph, const StalenessConfig& config,
                             std::uint64_t seed)
    : seed_(seed) {
  for (const std::string& pattern : config.critical)
    if (std::none_of(graph.layers.begin(), graph.layers.end(),
                     [&](const workload::LayerInfo& layer) { return config::fits(pattern, layer.name); }))
      throw base::ConfigError({}, "learning.staleness.critical",
                              fmt::format("no layer fits '{}'; see `kiln explain --layers`", pattern));
  const std::vector<double> shares = shares_of(config);
  upto_.resize(shares.size());
  std::partial_sum(shares.begin(), shares.end(), upto_.begin());
  double bytes = 0;
  for (const workload::Op& op : graph.ops) {
    if (op.phase != workload::Phase::update) continue;
    const workload::TensorId weights = find_operand(op.outputs, workload::Role::parameters);
    if (weights == workload::kNone || std::find(stale_.begin(), stale_.end(), weights) != stale_.end() ||
        is_critical(graph.layers[static_cast<std::size_t>(op.layer)].name, config))
      continue;
    stale_.push_back(weights);
    bytes += sizeof(float) *
             static_cast<double>(graph.tensors[static_cast<std::size_t>(weights)].shape.elements());
  }
  if (bytes * static_cast<double>(upto_.size()) > kMostBytes)
    throw base::ConfigError(
        {}, "learning.staleness",
        fmt::format("{} versions of {:.3g} MB of weights are more than 4 GiB; let gradients "
                    "miss fewer updates",
                    upto_.size(), bytes / 1e6));
}

std::size_t WeightHistory::draw(std::int64_t step) const {
  base::Rng rng(seed_, "", "staleness", static_cast<std::uint64_t>(step));
  const auto found = std::upper_bound(upto_.begin(), upto_.end(), rng.uniform() * upto_.back());
  const auto missed = static_cast<std::size_t>(std::min(found, upto_.end() - 1) - upto_.begin());
  return std::min(missed, versions_.empty() ? 0 : versions_.size() - 1);
}

std::int64_t WeightHistory::lend(Tensors& tensors, std::int64_t step) {
  const std::size_t missed = draw(step);
  if (missed == 0) return 0;
  const Version& old = versions_[versions_.size() - 1 - missed];
  today_.resize(stale_.size());
  for (std::size_t i = 0; i < stale_.size(); ++i) {
    const std::span<float> values = tensors.all(stale_[i]);
    today_[i].assign(values.begin(), values.end());
    std::copy(old[i].begin(), old[i].end(), values.begin());
    tensors.touch(stale_[i]);
  }
  return static_cast<std::int64_t>(missed);
}

void WeightHistory::take_back(Tensors& tensors, workload::TensorId weights) {
  const auto found = std::find(stale_.begin(), stale_.end(), weights);
  if (today_.empty() || found == stale_.end()) return;
  std::vector<float>& own = today_[static_cast<std::size_t>(found - stale_.begin())];
  if (own.empty()) return;  // already there
  std::copy(own.begin(), own.end(), tensors.all(weights).begin());
  tensors.touch(weights);
  own.clear();
}

void WeightHistory::take_back(Tensors& tensors, bool updated) {
  for (const workload::TensorId weights : stale_) take_back(tensors, weights);
  if (updated) keep(tensors);
}

void WeightHistory::keep(Tensors& tensors) {
  Version version;
  if (versions_.size() == upto_.size()) {
    version = std::move(versions_.front());
    versions_.erase(versions_.begin());
  }
  version.resize(stale_.size());
  for (std::size_t i = 0; i < stale_.size(); ++i) {
    const std::span<const float> values = tensors.all(stale_[i]);
    version[i].assign(values.begin(), values.end());
  }
  versions_.push_back(std::move(version));
}

}  // namespace kiln::learning
