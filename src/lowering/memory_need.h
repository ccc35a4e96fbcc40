// SPDX-License-Identifier: MIT
// The memory that a step takes, without lowering its operations.
#pragma once

#include "lowering/lower.h"

namespace kiln::lowering {

/// As `lower` plans it, on a target whose DRAM holds anything.
MemoryUse memory_need(const workload::StepGraph& graph, Target target, const CompressionPlan& compression,
                      const LoweringOptions& options);

}  // namespace kiln::lowering
