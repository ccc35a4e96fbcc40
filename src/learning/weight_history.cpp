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

/// What is made of weights in front of their use is one tensor for all workers.
void refuse_shared(const workload::StepGraph& graph) {
  for (const workload::Op& op : graph.ops)
    for (const workload::Operand& output : op.outputs)
      if (op.phase != workload::Phase::update && output.role == workload::Role::quantised)
        throw base::ConfigError({}, "learning.staleness",
                                fmt::format("{} makes one copy of the weights for all workers, who miss "
                                            "different updates; leave training.quantisation_aware out, or "
                                            "let all miss as many (`missed`, without per_worker)",
                                            op.name));
}

}  // namespace

WeightHistory::WeightHistory(const workload::StepGraph& graph, const StalenessConfig& config,
                             std::uint64_t seed, int workers)
    : seed_(seed) {
  for (const std::string& pattern : config.critical)
    if (std::none_of(graph.layers.begin(), graph.layers.end(),
                     [&](const workload::LayerInfo& layer) { return config::fits(pattern, layer.name); }))
      throw base::ConfigError({}, "learning.staleness.critical",
                              fmt::format("no layer fits '{}'; see `kiln explain --layers`", pattern));
  for (const Shares& shares : shares_of(config, workers)) {
    upto_.emplace_back(shares.size());
    std::partial_sum(shares.begin(), shares.end(), upto_.back().begin());
    kept_ = std::max(kept_, shares.size());
  }
  if (by_worker()) refuse_shared(graph);
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
  if (bytes * static_cast<double>(kept_) > kMostBytes)
    throw base::ConfigError(
        {}, "learning.staleness",
        fmt::format("{} versions of {:.3g} MB of weights are more than 4 GiB; let gradients "
                    "miss fewer updates",
                    kept_, bytes / 1e6));
}

std::size_t WeightHistory::draw(std::size_t worker, std::int64_t step) const {
  const Shares& upto = upto_[worker];
  base::Rng rng(seed_, by_worker() ? fmt::format("worker{}", worker) : "", "staleness",
                static_cast<std::uint64_t>(step));
  const auto found = std::upper_bound(upto.begin(), upto.end(), rng.uniform() * upto.back());
  const auto missed = static_cast<std::size_t>(std::min(found, upto.end() - 1) - upto.begin());
  return std::min(missed, versions_.empty() ? 0 : versions_.size() - 1);
}

double WeightHistory::lend(Tensors& tensors, std::int64_t step) {
  missed_.clear();
  for (std::size_t worker = 0; worker < upto_.size(); ++worker) missed_.push_back(draw(worker, step));
  shown_.assign(stale_.size(), 0);
  today_.assign(stale_.size(), {});
  if (!by_worker())
    for (std::size_t place = 0; place < stale_.size(); ++place) put(tensors, place, missed_.front());
  return static_cast<double>(std::accumulate(missed_.begin(), missed_.end(), std::size_t{0})) /
         static_cast<double>(missed_.size());
}

void WeightHistory::show(Tensors& tensors, const workload::Op& op, int worker) {
  if (!by_worker()) return;
  for (const workload::TensorId id : op.reads)
    if (const auto found = std::find(stale_.begin(), stale_.end(), id); found != stale_.end())
      put(tensors, static_cast<std::size_t>(found - stale_.begin()),
          missed_[static_cast<std::size_t>(worker)]);
}

void WeightHistory::put(Tensors& tensors, std::size_t place, std::size_t missed) {
  if (shown_[place] == missed) return;
  const std::span<float> values = tensors.all(stale_[place]);
  if (today_[place].empty()) today_[place].assign(values.begin(), values.end());
  const std::vector<float>& wanted =
      missed == 0 ? today_[place] : versions_[versions_.size() - 1 - missed][place];
  std::copy(wanted.begin(), wanted.end(), values.begin());
  tensors.touch(stale_[place]);
  shown_[place] = missed;
}

void WeightHistory::take_back(Tensors& tensors, workload::TensorId weights) {
  const auto found = std::find(stale_.begin(), stale_.end(), weights);
  if (today_.empty() || found == stale_.end()) return;
  std::vector<float>& own = today_[static_cast<std::size_t>(found - stale_.begin())];
  if (own.empty()) return;  // already there
  std::copy(own.begin(), own.end(), tensors.all(weights).begin());
  tensors.touch(weights);
  own.clear();
  shown_[static_cast<std::size_t>(found - stale_.begin())] = 0;
}

void WeightHistory::take_back(Tensors& tensors, bool updated) {
  for (const workload::TensorId weights : stale_) take_back(tensors, weights);
  if (updated) keep(tensors);
}

void WeightHistory::keep(Tensors& tensors) {
  Version version;
  if (versions_.size() == kept_) {
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
