// SPDX-License-Identifier: MIT
// What a product on the MAC array adds to a task. Internal to lowering.
#pragma once

#include "lowering/costing.h"
#include "lowering/program.h"
#include "lowering/target.h"

namespace kiln::lowering {

/// Cycles, MACs and accesses of local SRAM and accumulators.
void add_array_work(Task& task, const Costing::Cost& cost, workload::Precision precision, const Target&);

}  // namespace kiln::lowering
