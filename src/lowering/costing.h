// SPDX-License-Identifier: MIT
// Cycles of GEMM and depthwise work on a target's MAC
// array; remembers work it has seen. Internal to lowering.
#pragma once

#include <compare>
#include <map>
#include <optional>

#include "lowering/cost/array_cost.h"
#include "lowering/cost/depthwise_cost.h"
#include "lowering/cost/kernel_positions.h"
#include "lowering/target.h"
#include "workload/step_graph.h"

namespace kiln::lowering {

/// All that the cost of a GEMM depends on besides the target.
struct GemmWork {
  GemmShape shape;
  workload::Precision precision = workload::Precision::fp16;
  workload::Phase phase = workload::Phase::forward;
  double density = 1;  ///< share of the MACs whose operands may all be other than zero, see costing.cpp
  /// Input channels of a kernel position, where a convolution is mapped by these; 0: one product.
  std::int64_t position_channels = 0;

  auto operator<=>(const GemmWork&) const = default;
};

/// All that the cost of a depthwise convolution depends on besides the target.
struct DepthwiseWork {
  DepthwiseShape shape;
  workload::Precision precision = workload::Precision::fp16;
  workload::Phase phase = workload::Phase::forward;
  double density = 1;  ///< as of a GEMM

  DepthwisePass pass() const {
    return phase == workload::Phase::wgrad ? DepthwisePass::weight : DepthwisePass::activation;
  }

  auto operator<=>(const DepthwiseWork&) const = default;
};

class Costing {
 public:
  explicit Costing(const Target& target) : target_(target) {}

  /// The part `shape` of an operation.
  GemmWork gemm_work(const workload::Op& op, const GemmShape& shape) const;
  /// `channels` and `pixels` of a depthwise operation.
  DepthwiseWork depthwise_work(const workload::Op& op, std::int64_t channels, std::int64_t pixels) const;

  /// `gated_macs` are part of `array.macs`; the product's MACs are `array.macs` and `skipped_macs`.
  struct Cost {
    ArrayCost array;
    std::int64_t gated_macs = 0;
    std::int64_t skipped_macs = 0;
  };
  const Cost& gemm(const GemmWork& work);
  const Cost& depthwise(const DepthwiseWork& work);
  /// Vector-unit cycles of `operations` lane operations.
  std::int64_t vector_cycles(double operations) const;

 private:
  // These see nothing of an operation but the key they are remembered under.
  Cost cost_of(const GemmWork& work) const;
  Cost cost_of(const DepthwiseWork& work) const;
  Cost cost_of(const GemmWork& work, const GemmShape& product, Dataflow dataflow) const;
  std::int64_t position_channels(const workload::Op& op) const;
  ArrayShape array(workload::Precision precision) const;
  std::optional<Dataflow> configured(workload::Phase phase) const;
  double density(const workload::Op& op) const;

  const Target& target_;
  std::map<GemmWork, Cost> gemms_;
  std::map<DepthwiseWork, Cost> depthwises_;
};

}  // namespace kiln::lowering
