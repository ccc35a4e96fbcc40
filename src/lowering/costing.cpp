// SPDX-License-Identifier: MIT
#include "lowering/costing.h"

#include <cmath>

namespace kiln::lowering {

using workload::Op;
using workload::Phase;

GemmWork gemm_work(const Op& op, const GemmShape& shape) {
  return {shape, op.precision, op.phase, op.weight_density};
}

DepthwiseWork depthwise_work(const Op& op, std::int64_t channels, std::int64_t pixels) {
  const bool weight = op.phase == Phase::wgrad;
  const std::int64_t positions = op.gemm.macs() / op.gemm.repeats / (weight ? op.gemm.k : op.gemm.m);
  return {{channels, pixels, positions},
          op.precision,
          weight ? DepthwisePass::weight : DepthwisePass::activation};
}

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

Costing::Cost Costing::cost_of(const GemmWork& work) const {
  const ArrayShape on = array(work.precision);
  DataflowRule rule = target_.dataflow_rule;
  rule.word_bytes = workload::bits_of(work.precision) / 8;
  rule.accumulator_bytes = target_.accumulator_bytes;
  const std::optional<Dataflow> given = configured(work.phase);
  const Dataflow dataflow = given ? *given : best_dataflow(work.shape, on, target_.law, rule);
  if (work.weight_density >= 1 || target_.sparsity.scheme == SparsityScheme::dense)
    return {gemm_cost(work.shape, on, dataflow, target_.law), 0, 0};
  SparsityShape sparsity = target_.sparsity;
  sparsity.density = work.weight_density;
  const SparsityCost cost = sparse_gemm_cost(work.shape, on, dataflow, target_.law, sparsity);
  return {cost.array, cost.gated_macs, cost.skipped_macs};
}

Costing::Cost Costing::cost_of(const DepthwiseWork& work) const {
  // The strict law knows no mapping of its own: a product with one column for every channel, as in SCALE-Sim.
  if (target_.law == CostLaw::strict) {
    const GemmShape channel = one_column_gemm(work.shape, work.pass);
    const ArrayShape on = array(work.precision);
    const Dataflow dataflow =
        target_.forward_dataflow.value_or(best_dataflow(channel, on, target_.law, target_.dataflow_rule));
    return {gemm_cost(channel, on, dataflow, target_.law), 0, 0};
  }
  return {depthwise_cost(work.shape, array(work.precision), target_.law, work.pass), 0, 0};
}

const Costing::Cost& Costing::gemm(const GemmWork& work) {
  const auto [it, fresh] = gemms_.try_emplace(work);
  if (fresh) it->second = cost_of(work);
  return it->second;
}

const Costing::Cost& Costing::depthwise(const DepthwiseWork& work) {
  const auto [it, fresh] = depthwises_.try_emplace(work);
  if (fresh) it->second = cost_of(work);
  return it->second;
}

std::int64_t Costing::vector_cycles(double operations) const {
  return static_cast<std::int64_t>(std::ceil(operations / target_.vector_lanes));
}

}  // namespace kiln::lowering
