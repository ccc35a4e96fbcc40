// SPDX-License-Identifier: MIT
#include "lowering/mapping.h"

#include <algorithm>
#include <cmath>

#include "lowering/costing.h"

namespace kiln::lowering {

using workload::OpKind;
using workload::TensorClass;

namespace {

class Estimator {
 public:
  Estimator(const workload::StepGraph& graph, const Target& target, const CompressionPlan& compression,
            SampleCut cut)
      : graph_(graph), target_(target), compression_(compression), cut_(cut), costing_(target) {}

  /// NPU cycles of one operation: the slower of computing on the fullest tile and moving all tiles' bytes.
  double cycles(const workload::Op& op, Mapping mapping) {
    const std::int64_t units = units_of(graph_, op, mapping, cut_);
    const auto fullest =
        static_cast<double>((units + target_.tiles - 1) / target_.tiles) / static_cast<double>(units);
    return std::max(compute(op, mapping, fullest),
                    bytes(op, mapping, std::min<double>(static_cast<double>(units), target_.tiles)) /
                        target_.dram_bytes_per_cycle);
  }

  /// The gradient written by every worker and read by its owner, instead of once.
  double reduction_cycles(std::int32_t layer) const {
    double bytes = 0;
    for (const workload::Tensor& tensor : graph_.tensors) {
      if (tensor.layer != layer || tensor.cls != TensorClass::weight_gradient) continue;
      const bool encoded = compression_.stored_encoded(layer);
      const double one =
          encoded ? static_cast<double>(compression_.layers[static_cast<std::size_t>(layer)].payload_bytes)
                  : static_cast<double>(tensor.bytes());
      const double state =
          encoded ? 2 * static_cast<double>(compression_.state_bytes(layer, tensor.elements())) : 0;
      bytes += (2 * one + state) * (target_.tiles - 1);
    }
    return bytes / target_.dram_bytes_per_cycle;
  }

 private:
  double compute(const workload::Op& op, Mapping mapping, double fraction) {
    double cycles = static_cast<double>(op.vector.elements) * op.vector.ops_per_element * op.vector.passes *
                    fraction / target_.vector_lanes;
    const auto cut = [&](std::int64_t extent) {
      return std::max<std::int64_t>(
          1, static_cast<std::int64_t>(std::ceil(static_cast<double>(extent) * fraction)));
    };
    GemmShape shape{op.gemm.m, op.gemm.n, op.gemm.k, op.gemm.repeats};
    if (op.kind == OpKind::gemm || op.kind == OpKind::depthwise) {
      std::int64_t& extent = divided_extent(graph_, op, mapping, shape);
      extent = cut(extent);
      const Costing::Cost& cost =
          op.kind == OpKind::gemm
              ? costing_.gemm(costing_.gemm_work(op, shape))
              : costing_.depthwise(costing_.depthwise_work(
                    op, shape.repeats, op.phase == workload::Phase::wgrad ? shape.k : shape.m));
      cycles = std::max(cycles, static_cast<double>(cost.array.cycles));
    }
    return cycles;
  }

  double bytes(const workload::Op& op, Mapping mapping, double tiles) const {
    double sum = 0;
    for (const bool written : {false, true}) {
      for (const workload::TensorId id : written ? op.writes : op.reads) {
        const workload::Tensor& tensor = graph_.tensors[static_cast<std::size_t>(id)];
        const bool shared =
            extent_of(graph_, op, tensor, mapping, written) != Extent::slice && !moves_rows(op, tensor);
        sum += static_cast<double>(moved_bytes(op, tensor)) * (shared ? tiles : 1);
      }
    }
    return sum;
  }

  const workload::StepGraph& graph_;
  const Target& target_;
  const CompressionPlan& compression_;
  SampleCut cut_;
  Costing costing_;
};

/// What every mapping spreads over the tiles in the same way.
bool shared_out_alike(OpKind kind) {
  return kind == OpKind::compress || kind == OpKind::reduce || kind == OpKind::update ||
         kind == OpKind::perturb || kind == OpKind::project;
}

}  // namespace

std::vector<Mapping> choose_mappings(const workload::StepGraph& graph, const Target& target,
                                     const CompressionPlan& compression, const LoweringOptions& options) {
  const bool channels = options.mapping == Mapping::channel && target.tiles > 1;
  std::vector<Mapping> mappings(graph.layers.size(), channels ? Mapping::channel : Mapping::data);
  if (options.mapping != Mapping::layer_wise || target.tiles == 1) return mappings;
  Estimator estimator(graph, target, compression, options.cut);
  std::vector<double> data(graph.layers.size(), 0), channel(graph.layers.size(), 0);
  for (const workload::Op& op : graph.ops) {
    if (op.layer < 0 || shared_out_alike(op.kind)) continue;
    const double times = graph.micro_batches;
    data[static_cast<std::size_t>(op.layer)] += times * estimator.cycles(op, Mapping::data);
    channel[static_cast<std::size_t>(op.layer)] += times * estimator.cycles(op, Mapping::channel);
  }
  for (std::size_t layer = 0; layer < mappings.size(); ++layer)
    if (channel[layer] < data[layer] + estimator.reduction_cycles(static_cast<std::int32_t>(layer)))
      mappings[layer] = Mapping::channel;
  return mappings;
}

}  // namespace kiln::lowering
