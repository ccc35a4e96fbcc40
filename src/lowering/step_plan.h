// SPDX-License-Identifier: MIT
// What is decided for a step before its tasks are written. Internal to lowering.
#pragma once

#include <string>
#include <vector>

#include "lowering/lower.h"
#include "lowering/memory_plan.h"
#include "lowering/residency.h"

namespace kiln::lowering {

/// Refers to what lower() has worked out.
struct StepPlan {
  const workload::StepGraph& graph;
  const Target& target;  ///< the tiles that take part
  const CompressionPlan& compression;
  const MemoryPlan& memory;
  const std::vector<ScheduledOp>& schedule;
  const Residency& residency;
  const std::vector<bool>& encoded_at_once;  ///< by layer: its gradient leaves the tile encoded
  const std::vector<std::string>& mapping_of_layer;

  const workload::Tensor& tensor(workload::TensorId id) const {
    return graph.tensors[static_cast<std::size_t>(id)];
  }
  bool is_gradient(workload::TensorId id) const {
    return tensor(id).cls == workload::TensorClass::weight_gradient;
  }
  /// Tiles that have a gradient of the layer each.
  int workers(std::int32_t layer) const {
    return layer >= 0 && mapping_of_layer[static_cast<std::size_t>(layer)] == "data" ? target.tiles : 1;
  }
};

/// What one tile does of a scheduled operation.
struct TilePart {
  const workload::Op& op;
  const ScheduledOp& scheduled;
  std::int32_t position;  ///< in the schedule
  int tile;
  Share share;
  TileProgram& program;
  std::uint64_t capacity;  ///< bytes of local SRAM left for this operation
};

}  // namespace kiln::lowering
