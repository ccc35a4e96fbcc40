// SPDX-License-Identifier: MIT
// Operators that exporters take apart, put together again.
#pragma once

#include "workload/onnx/flat_graph.h"

namespace kiln::workload::onnx {

/// Rewrites the last operator of each pattern into what the whole of it is; the others are dead then unless
/// something else reads them. Makes Identity of arithmetic that changes nothing; HardSwish, Swish, Mish,
/// Gelu; LayerNormalization, RMSNormalization (facts: epsilon, 1: over the last axis) and GroupNormalization
/// (facts: groups) with their scale and shift.
void find_patterns(FlatGraph&);

}  // namespace kiln::workload::onnx
