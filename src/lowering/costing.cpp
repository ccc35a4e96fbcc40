// SPDX-License-Identifier: MIT
#include "lowering/costing.h"

#include <cmath>
#include <vector>

namespace kiln::lowering {

using workload::Op;
using workload::Phase;

namespace {

/// Of a phase with products.
TrainingPhase training_phase(Phase phase) {
  return phase == Phase::forward ? TrainingPhase::forward
         : phase == Phase::dgrad ? TrainingPhase::dgrad
                                 : TrainingPhase::wgrad;
}

}  // namespace

/// Gated multipliers rest when either operand is zero (Eyeriss; Chen et al., JSSC 2017). The other schemes
/// skip zeros of the weights, which they hold compressed.
double Costing::density(const Op& op) const {
  const bool either = target_.sparsity.scheme == SparsityScheme::zero_gated;
  return op.weight_density * (either ? op.input_density : 1);
}

GemmWork Costing::gemm_work(const Op& op, const GemmShape& shape) const {
  return {shape, op.precision, op.phase, density(op), position_channels(op)};
}

std::int64_t Costing::position_channels(const Op& op) const {
  const bool applies = target_.convolutions == ConvolutionMapping::per_position &&
                       op.kind == workload::OpKind::gemm && op.conv;
  if (!applies) return 0;
  switch (op.phase) {
    case Phase::forward:
      return op.gemm.k / op.conv->positions();
    case Phase::dgrad:
      return op.gemm.n / op.conv->positions();
    case Phase::wgrad:
      return op.gemm.m / op.conv->positions();
    case Phase::compress:
    case Phase::reduce:
    case Phase::update:
      return 0;
  }
  return 0;
}

DepthwiseWork Costing::depthwise_work(const Op& op, std::int64_t channels, std::int64_t pixels) const {
  const std::int64_t positions =
      op.gemm.macs() / op.gemm.repeats / (op.phase == Phase::wgrad ? op.gemm.k : op.gemm.m);
  return {{channels, pixels, positions}, op.precision, op.phase, density(op)};
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
  const std::vector<GemmShape> products =
      work.position_channels > 0
          ? per_position(work.shape, training_phase(work.phase), work.position_channels)
          : std::vector{work.shape};
  const ArrayShape on = array(work.precision);
  DataflowRule rule = target_.dataflow_rule;
  rule.word_bytes = workload::bits_of(work.precision) / 8;
  rule.accumulator_bytes = target_.sum_bytes(work.precision);
  const std::optional<Dataflow> given = configured(work.phase);
  const Dataflow dataflow = given ? *given : best_dataflow(products.front(), on, target_.law, rule);
  Cost cost = cost_of(work, products.front(), dataflow);
  for (std::size_t i = 1; i < products.size(); ++i) {
    const Cost next = cost_of(work, products[i], dataflow);
    append(cost.array, next.array);
    cost.gated_macs += next.gated_macs;
    cost.skipped_macs += next.skipped_macs;
  }
  return cost;
}

Costing::Cost Costing::cost_of(const GemmWork& work, const GemmShape& product, Dataflow dataflow) const {
  const ArrayShape on = array(work.precision);
  if (work.density >= 1 || target_.sparsity.scheme == SparsityScheme::dense)
    return {gemm_cost(product, on, dataflow, target_.law), 0, 0};
  SparsityShape sparsity = target_.sparsity;
  sparsity.density = work.density;
  const SparsityCost cost = sparse_gemm_cost(product, on, dataflow, target_.law, sparsity);
  return {cost.array, cost.gated_macs, cost.skipped_macs};
}

Costing::Cost Costing::cost_of(const DepthwiseWork& work) const {
  // Only the pipelined law knows a mapping of its own. Else it is a product with one column for every
  // channel, as in SCALE-Sim and on arrays whose columns share their operands.
  if (target_.law != CostLaw::pipelined)
    return cost_of(
        GemmWork{one_column_gemm(work.shape, work.pass()), work.precision, work.phase, work.density});
  Cost cost{depthwise_cost(work.shape, array(work.precision), target_.law, work.pass()), 0, 0};
  if (target_.sparsity.scheme == SparsityScheme::zero_gated) {
    const double macs = static_cast<double>(cost.array.macs);
    cost.gated_macs = cost.array.macs - std::llround(macs * work.density);
  }
  return cost;
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
