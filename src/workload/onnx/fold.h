// SPDX-License-Identifier: MIT
// Computes operators whose inputs are known: shapes, indices, masks, scalars.
#pragma once

#include "workload/onnx/flat_graph.h"

namespace kiln::workload::onnx {

/// Sets the numbers of the node's outputs where they are few and follow from those of its inputs, whose
/// shapes are known. Leaves the others alone. Throws NodeError for whole numbers that overflow.
void fold(FlatGraph&, const FlatNode&);

}  // namespace kiln::workload::onnx
