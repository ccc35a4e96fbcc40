// SPDX-License-Identifier: MIT
// What a task counts in the ledger while it computes.
#pragma once

#include <array>

#include "lowering/cost/pe_registers.h"
#include "lowering/program.h"
#include "stats/activity.h"

namespace kiln::npu {

/// Flip-flops of the array that a cycle clocks while it computes, by number format.
using RegisterBits = std::array<double, lowering::kFormats>;

/// What the ledger counts a MAC of this precision as.
stats::ActivityKind mac_kind(workload::Precision precision);
/// Without its loads and stores.
stats::Counts activity_of(const lowering::Task& task, const RegisterBits& register_bits);

}  // namespace kiln::npu
