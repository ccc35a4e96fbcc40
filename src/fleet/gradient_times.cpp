// SPDX-License-Identifier: MIT
#include "fleet/gradient_times.h"

#include <algorithm>
#include <numeric>

namespace kiln::fleet {

using workload::Op;
using workload::Phase;

namespace {

constexpr int kUpdate = static_cast<int>(Phase::update);

stats::WorkKey key_of(const Op& op) {
  return {op.layer, static_cast<int>(op.phase)};
}

bool every_micro_batch(Phase phase) {
  return phase == Phase::forward || phase == Phase::dgrad || phase == Phase::wgrad;
}

/// The way through the last micro-batch, operation by operation.
class Walk {
 public:
  Walk(const workload::StepGraph& graph, const soc::StepRecord& record) : graph_(graph), record_(record) {
    for (const Op& op : graph.ops) ++ops_[key_of(op)];
  }

  GradientTimes times() {
    GradientTimes times;
    times.ready.assign(graph_.layers.size(), 0.0);
    double now_s = before_s(), all_s = record_.last_tile_wait_s;
    for (const auto& [key, work] : record_.work) all_s += work.exclusive_s;
    for (const Op& op : graph_.ops) {
      if (op.phase == Phase::update) continue;
      now_s += op_s(op);
      for (const workload::TensorId id : op.writes) {
        const workload::Tensor& tensor = graph_.tensors[static_cast<std::size_t>(id)];
        if (tensor.cls == workload::TensorClass::weight_gradient && tensor.layer != workload::kNone)
          times.ready[static_cast<std::size_t>(tensor.layer)] = now_s / all_s;
      }
    }
    if (record_.last_phase != Phase::update) now_s += record_.last_tile_wait_s;
    times.backward = std::min(1.0, now_s / all_s);
    return times;
  }

 private:
  double micro_batches(Phase phase) const { return every_micro_batch(phase) ? graph_.micro_batches : 1; }

  double op_s(const Op& op) const {
    const auto work = record_.work.find(key_of(op));
    if (work == record_.work.end()) return 0;
    return work->second.exclusive_s / (ops_.at(key_of(op)) * micro_batches(op.phase));
  }

  /// Micro-batches in front of the last one, and what belongs to no operation: launches, the samples' input.
  double before_s() const {
    double sum_s = 0;
    for (const auto& [key, work] : record_.work) {
      if (key.second == kUpdate) continue;
      const double own = ops_.contains(key) ? 1 / micro_batches(static_cast<Phase>(key.second)) : 0;
      sum_s += work.exclusive_s * (1 - own);
    }
    return sum_s;
  }

  const workload::StepGraph& graph_;
  const soc::StepRecord& record_;
  std::map<stats::WorkKey, double> ops_;
};

}  // namespace

GradientTimes gradient_times(const workload::StepGraph& graph, const soc::StepRecord& record) {
  return Walk(graph, record).times();
}

std::vector<std::vector<std::size_t>> cut_buckets(const std::vector<double>& ready,
                                                  const std::vector<std::uint64_t>& bytes,
                                                  std::uint64_t bucket_bytes) {
  std::vector<std::size_t> order(ready.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return ready[a] < ready[b]; });
  std::vector<std::vector<std::size_t>> buckets;
  std::uint64_t held = bucket_bytes;
  for (const std::size_t layer : order) {
    if (held >= bucket_bytes) {
      buckets.emplace_back();
      held = 0;
    }
    buckets.back().push_back(layer);
    held += bytes[layer];
  }
  return buckets;
}

std::vector<double> bucket_marks(const std::vector<std::vector<std::size_t>>& buckets,
                                 const std::vector<double>& ready, double backward) {
  std::vector<double> marks;
  double latest = 0;
  for (const std::vector<std::size_t>& bucket : buckets) {
    for (const std::size_t layer : bucket) latest = std::max(latest, ready[layer]);
    marks.push_back(std::min(latest, backward));
  }
  marks.back() = backward;
  return marks;
}

}  // namespace kiln::fleet
