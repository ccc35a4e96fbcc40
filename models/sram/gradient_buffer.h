// SPDX-License-Identifier: MIT
// What of a worker's gradient state fits the gradient buffer,
// and what spilling the rest to DRAM costs every step.
#pragma once

#include <cstdint>
#include <string>

namespace kiln::sram {

/// What one worker keeps per parameter. Bits of 0: not kept.
struct GradientDemand {
  std::int64_t parameters = 0;
  int residual_bits = 32;
  int momentum_bits = 0;            ///< DGC's second buffer
  std::int64_t gradient_bytes = 0;  ///< gradient slice in flight, doubled for double buffering
  double residual_passes = 1;       ///< reads of the residual per step
};

struct GradientPlan {
  std::int64_t needed_bytes = 0;
  std::int64_t resident_bytes = 0;
  std::int64_t spilled_bytes = 0;
  double dram_bytes_per_step = 0;  ///< reads and writes of the spilled part
  bool fits() const { return spilled_bytes == 0; }
  /// One sentence for the report: what is needed, what fits, what it costs.
  std::string explain() const;
};

/// The gradient in flight is placed first, then as much residual as fits. Throws base::SimError when not even
/// the gradient in flight fits.
GradientPlan plan_gradient_buffer(const GradientDemand& demand, std::int64_t capacity_bytes);

}  // namespace kiln::sram
