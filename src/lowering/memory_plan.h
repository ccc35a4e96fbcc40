// SPDX-License-Identifier: MIT
// Where every tensor lives: gradient SRAM where gradients and
// residuals fit, DRAM for the rest. Internal to lowering.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lowering/lower.h"

namespace kiln::lowering {

struct Location {
  Home home = Home::dram;
  std::uint64_t address = 0;
  std::uint64_t copy_bytes = 0;  ///< distance between the workers' copies
  bool placed = false;
};

struct MemoryPlan {
  std::vector<Location> tensors;    ///< by tensor id
  std::vector<Location> payloads;   ///< by layer: encoded gradients, one per worker
  std::vector<Location> residuals;  ///< by layer: codec state, one per worker
  std::vector<Location> factors;    ///< by layer: factors kept from step to step, one for all workers
  MemoryUse use;
  std::vector<std::string> notes;
};

/// `worker_copies[layer]`: how many workers hold a gradient of their own (1 under channel mapping).
/// `encoded_at_once[layer]`: the plain gradient never exists outside the MAC array.
/// `order`: graph operations in the order they run; lifetimes are in positions of it.
MemoryPlan plan_memory(const workload::StepGraph& graph, const Target& target,
                       const CompressionPlan& compression, const LoweringOptions& options,
                       const std::vector<int>& worker_copies, const std::vector<bool>& encoded_at_once,
                       const std::vector<std::int32_t>& order);

}  // namespace kiln::lowering
