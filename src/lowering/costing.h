// SPDX-License-Identifier: MIT
// Cycles of GEMM and depthwise work on a target's MAC array; remembers shapes it has seen. Internal to
// lowering.
#pragma once

#include <map>
#include <tuple>

#include "lowering/cost/array_cost.h"
#include "lowering/cost/depthwise_cost.h"
#include "lowering/target.h"
#include "workload/step_graph.h"

namespace kiln::lowering {

class Costing {
 public:
  explicit Costing(const Target& target) : target_(target) {}

  /// Cost of `shape` in the phase and precision of `op`; `gated` MACs are part of `macs`.
  struct Cost {
    ArrayCost array;
    std::int64_t gated_macs = 0;
  };
  const Cost& gemm(const workload::Op& op, const GemmShape& shape);
  /// `channels` and `pixels` of a depthwise op.
  const Cost& depthwise(const workload::Op& op, std::int64_t channels, std::int64_t pixels);
  /// Vector-unit cycles of `operations` lane operations.
  std::int64_t vector_cycles(double operations) const;

 private:
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, int, int, double>;
  ArrayShape array(workload::Precision precision) const;
  std::optional<Dataflow> configured(workload::Phase phase) const;

  const Target& target_;
  std::map<Key, Cost> seen_;
};

}  // namespace kiln::lowering
