// SPDX-License-Identifier: MIT
#include "lowering/costing.h"

#include <cmath>

namespace kiln::lowering {

using workload::Op;
using workload::Phase;

ArrayShape Costing::array(workload::Precision precision) const {
  return {target_.array_rows, target_.array_columns, target_.macs_per_pe_per_cycle(precision),
          target_.edge_aware_skew};
}

std::optional<Dataflow> Costing::configured(Phase phase) const {
  switch (phase) {
    case Phase::forward:
      return target_.forward_dataflow;
    case Phase::dgrad:
      return target_.dgrad_dataflow;
    case Phase::wgrad:
      return target_.wgrad_dataflow;
    case Phase::compress:
    case Phase::reduce:
    case Phase::update:
      return std::nullopt;
  }
  return std::nullopt;
}

const Costing::Cost& Costing::gemm(const Op& op, const GemmShape& shape) {
  const Key key{shape.m,
                shape.n,
                shape.k,
                shape.repeats,
                static_cast<int>(op.precision),
                static_cast<int>(op.phase),
                op.weight_density};
  const auto [it, fresh] = seen_.try_emplace(key);
  if (!fresh) return it->second;
  const ArrayShape on = array(op.precision);
  const Dataflow dataflow = configured(op.phase).value_or(best_dataflow(shape, on, target_.law));
  if (op.weight_density < 1 && target_.sparsity.scheme != SparsityScheme::dense) {
    SparsityShape sparsity = target_.sparsity;
    sparsity.density = op.weight_density;
    const SparsityCost cost = sparse_gemm_cost(shape, on, dataflow, target_.law, sparsity);
    it->second = {cost.array, cost.gated_macs};
  } else {
    it->second = {gemm_cost(shape, on, dataflow, target_.law), 0};
  }
  return it->second;
}

const Costing::Cost& Costing::depthwise(const Op& op, std::int64_t channels, std::int64_t pixels) {
  const Key key{
      channels, pixels, -1, op.gemm.repeats, static_cast<int>(op.precision), static_cast<int>(op.phase), 0};
  const auto [it, fresh] = seen_.try_emplace(key);
  if (!fresh) return it->second;
  const bool weight = op.phase == Phase::wgrad;
  const std::int64_t positions = op.gemm.macs() / op.gemm.repeats / (weight ? op.gemm.k : op.gemm.m);
  it->second = {depthwise_cost({channels, pixels, positions}, array(op.precision), target_.law,
                               weight ? DepthwisePass::weight : DepthwisePass::activation),
                0};
  return it->second;
}

std::int64_t Costing::vector_cycles(double operations) const {
  return static_cast<std::int64_t>(std::ceil(operations / target_.vector_lanes));
}

}  // namespace kiln::lowering
