// SPDX-License-Identifier: MIT
#include "lowering/residency.h"

#include <algorithm>

#include "base/ceil_div.h"
#include "lowering/product_slices.h"

namespace kiln::lowering {

namespace {

/// Largest share of `bytes` any tile holds when `units` units are spread over the tiles.
std::uint64_t largest_slice(std::uint64_t bytes, std::int64_t units, int tiles) {
  const std::int64_t most = base::ceil_div(units, tiles);
  return static_cast<std::uint64_t>(static_cast<double>(bytes) * static_cast<double>(most) /
                                    static_cast<double>(units)) +
         1;
}

class ResidencyPlanner {
 public:
  ResidencyPlanner(const workload::StepGraph& graph, const std::vector<ScheduledOp>& schedule,
                   const Target& target, const LoweringOptions& options)
      : graph_(graph), schedule_(schedule), target_(target), options_(options) {
    result_.stays.resize(graph.tensors.size());
    result_.reserved.assign(schedule.size(), 0);
    readers_.resize(graph.tensors.size());
    for (std::size_t i = 0; i < schedule.size(); ++i)
      for (const workload::TensorId id : op(i).reads)
        readers_[static_cast<std::size_t>(id)].push_back(static_cast<std::int32_t>(i));
  }

  Residency run() {
    for (std::size_t i = 0; i < schedule_.size(); ++i)
      for (const workload::TensorId id : op(i).writes)
        consider(static_cast<std::int32_t>(i), graph_.tensors[static_cast<std::size_t>(id)]);
    return std::move(result_);
  }

 private:
  const workload::Op& op(std::size_t position) const {
    return graph_.ops[static_cast<std::size_t>(schedule_[position].op)];
  }

  /// Every tile finds its own slice in its own SRAM.
  bool cut_alike(std::int32_t writer, std::int32_t reader, const workload::Tensor& tensor) const {
    const ScheduledOp& a = schedule_[static_cast<std::size_t>(writer)];
    const ScheduledOp& b = schedule_[static_cast<std::size_t>(reader)];
    if (a.mapping != Mapping::data || b.mapping != Mapping::data) return false;
    for (int tile = 0; tile < target_.tiles; ++tile)
      if (!finds_own_slice(graph_, tensor, a, b, target_.tiles, tile)) return false;
    return true;
  }

  void consider(std::int32_t writer, const workload::Tensor& tensor) {
    if (!is_per_sample(tensor.cls) || !touches_all(op(static_cast<std::size_t>(writer)), tensor)) return;
    const ScheduledOp& made = schedule_[static_cast<std::size_t>(writer)];
    const std::uint64_t bytes =
        largest_slice(static_cast<std::uint64_t>(tensor.bytes()), made.units, target_.tiles);
    Stay stay{writer, -1, false};
    for (const std::int32_t reader : readers_[static_cast<std::size_t>(tensor.id)]) {
      if (reader <= writer) continue;
      const bool near = reader - writer <= options_.residency_horizon && cut_alike(writer, reader, tensor) &&
                        touches_all(op(static_cast<std::size_t>(reader)), tensor);
      if (near && !stay.stored)
        stay.to = reader;
      else
        stay.stored = true;
    }
    if (stay.to < 0) return;
    const auto budget =
        static_cast<std::uint64_t>(target_.resident_share * static_cast<double>(target_.local_sram_bytes));
    const auto begin = result_.reserved.begin() + stay.from, end = result_.reserved.begin() + stay.to + 1;
    if (std::any_of(begin, end, [&](std::uint64_t taken) { return taken + bytes > budget; })) return;
    std::for_each(begin, end, [&](std::uint64_t& taken) { taken += bytes; });
    result_.stays[static_cast<std::size_t>(tensor.id)].push_back(stay);
  }

  const workload::StepGraph& graph_;
  const std::vector<ScheduledOp>& schedule_;
  const Target& target_;
  const LoweringOptions& options_;
  std::vector<std::vector<std::int32_t>> readers_;
  Residency result_;
};

}  // namespace

const Stay* Residency::stay_at(workload::TensorId tensor, std::int32_t position) const {
  for (const Stay& stay : stays[static_cast<std::size_t>(tensor)])
    if (stay.from < position && position <= stay.to) return &stay;
  return nullptr;
}

const Stay* Residency::begun_at(workload::TensorId tensor, std::int32_t position) const {
  for (const Stay& stay : stays[static_cast<std::size_t>(tensor)])
    if (stay.from == position) return &stay;
  return nullptr;
}

Residency plan_residency(const workload::StepGraph& graph, const std::vector<ScheduledOp>& schedule,
                         const Target& target, const LoweringOptions& options) {
  return ResidencyPlanner(graph, schedule, target, options).run();
}

}  // namespace kiln::lowering
