// SPDX-License-Identifier: MIT
// Memory of a training step from the lifetimes of its tensors.
#pragma once

#include <array>
#include <cstdint>

#include "workload/step_graph.h"

namespace kiln::workload {

inline constexpr int kTensorClasses = 9;

struct MemoryFootprint {
  std::int64_t peak_bytes = 0;
  OpId peak_op = kNone;                                ///< operation during which the peak is reached
  std::array<std::int64_t, kTensorClasses> at_peak{};  ///< bytes alive then, by TensorClass
  std::array<std::int64_t, kTensorClasses>
      total{};  ///< bytes of all tensors of a class, alive together or not
  std::int64_t at_peak_of(TensorClass cls) const { return at_peak[static_cast<int>(cls)]; }
  std::int64_t total_of(TensorClass cls) const { return total[static_cast<int>(cls)]; }
};

/// With micro-batches, gradients live over all of them and everything else over one.
MemoryFootprint footprint(const StepGraph&);

}  // namespace kiln::workload
