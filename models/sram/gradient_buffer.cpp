// SPDX-License-Identifier: MIT
#include "sram/gradient_buffer.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::sram {
namespace {

std::string as_mib(std::int64_t bytes) {
  return fmt::format("{:.2f} MiB", static_cast<double>(bytes) / (1 << 20));
}

}  // namespace

GradientPlan plan_gradient_buffer(const GradientDemand& demand, std::int64_t capacity_bytes) {
  KILN_CHECK(demand.gradient_bytes <= capacity_bytes,
             "the gradient in flight takes {} bytes, the gradient buffer has {}; use smaller slices or a "
             "larger buffer",
             demand.gradient_bytes, capacity_bytes);
  GradientPlan plan;
  const std::int64_t state = (demand.parameters * (demand.residual_bits + demand.momentum_bits) + 7) / 8;
  plan.needed_bytes = state + demand.gradient_bytes;
  plan.resident_bytes = std::min(plan.needed_bytes, capacity_bytes);
  plan.spilled_bytes = plan.needed_bytes - plan.resident_bytes;
  plan.dram_bytes_per_step = static_cast<double>(plan.spilled_bytes) * (demand.residual_passes + 1);
  return plan;
}

std::string GradientPlan::explain() const {
  if (fits()) return fmt::format("gradient state of {} fits its buffer", as_mib(needed_bytes));
  return fmt::format("gradient state needs {}, {} fit; {} spill to DRAM and move {} every step and worker",
                     as_mib(needed_bytes), as_mib(resident_bytes), as_mib(spilled_bytes),
                     as_mib(static_cast<std::int64_t>(dram_bytes_per_step)));
}

}  // namespace kiln::sram
